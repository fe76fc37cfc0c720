/**
 * What is kept of the values of one metric in one interval. `values` counts each value, for percentiles; undefined where
 * they are not known (statistic sets). Beyond 256 distinct values they are kept to 1 % of their size, so memory is bounded.
 */
export interface Aggregate {
  count: number;
  sum: number;
  min: number;
  max: number;
  values: Map<number, number> | undefined;
}

const MAX_DISTINCT = 256;

/** `count` times the same value. */
export const ofValue = (value: number, count = 1): Aggregate => ({
  count,
  sum: value * count,
  min: value,
  max: value,
  values: new Map([[value, count]]),
});

/**
 * A statistic set. Its values are known only where they are all the same: percentiles of statistic sets are available if
 * "the SampleCount value is 1 and Min, Max and Sum are all equal", or Min and Max are equal and Sum is Min × SampleCount
 * (PutMetricData, "Publishing statistic sets").
 */
export function ofStatisticSet(set: { count: number; sum: number; min: number; max: number }): Aggregate {
  const uniform = set.min === set.max && set.sum === set.min * set.count;
  return { ...set, values: uniform ? new Map([[set.min, set.count]]) : undefined };
}

/** Takes `b` into `a`. */
export function include(a: Aggregate, b: Aggregate): void {
  a.count += b.count;
  a.sum += b.sum;
  a.min = Math.min(a.min, b.min);
  a.max = Math.max(a.max, b.max);
  if (!a.values || !b.values) {
    a.values = undefined;
    return;
  }
  for (const [value, count] of b.values) a.values.set(value, (a.values.get(value) ?? 0) + count);
  if (a.values.size > MAX_DISTINCT) a.values = coarsen(a.values);
}

/** Both together. Changes neither. */
export function merge(a: Aggregate | undefined, b: Aggregate): Aggregate {
  if (!a) return { ...b, values: b.values && new Map(b.values) };
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    values: a.values && b.values && mergeValues(a.values, b.values),
  };
}

function mergeValues(a: Map<number, number>, b: Map<number, number>): Map<number, number> {
  const merged = new Map(a);
  for (const [value, count] of b) merged.set(value, (merged.get(value) ?? 0) + count);
  return merged.size > MAX_DISTINCT ? coarsen(merged) : merged;
}

function coarsen(values: Map<number, number>): Map<number, number> {
  const coarse = new Map<number, number>();
  for (const [value, count] of values) {
    const rounded = value === 0 ? 0 : Math.sign(value) * 1.01 ** Math.round(Math.log(Math.abs(value)) / Math.log(1.01));
    coarse.set(rounded, (coarse.get(rounded) ?? 0) + count);
  }
  return coarse;
}
