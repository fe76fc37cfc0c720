import type { Aggregate } from "./aggregate.ts";

/** Computes one statistic of an interval; undefined where it cannot be known (percentiles of statistic sets, negative values). */
export type Statistic = (aggregate: Aggregate) => number | undefined;

const PLAIN: Record<string, Statistic> = {
  SampleCount: (a) => a.count,
  Average: (a) => a.sum / a.count,
  Sum: (a) => a.sum,
  Minimum: (a) => a.min,
  Maximum: (a) => a.max,
};

/**
 * The statistic that a name stands for, or undefined where there is none of that name: the five plain ones, `p99.9`,
 * `tm90`, `tc90`, `ts90`, `wm90`, their long forms `TM(10%:90%)` and `TM(150:1000)`, `IQM` and `PR(:300)`
 * ("CloudWatch statistics definitions").
 */
export function statistic(name: string): Statistic | undefined {
  if (Object.hasOwn(PLAIN, name)) return PLAIN[name];
  const percentile = /^p(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(name);
  if (percentile) return (a) => ofValues(a, (values) => quantile(values, a.count, Number(percentile[1]) / 100));
  if (name === "IQM") return trimmed("tm", { from: 0.25, to: 0.75 });
  const short = /^(tm|tc|ts|wm)(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(name);
  if (short) return trimmed(short[1] as Trimming, { from: 0, to: Number(short[2]) / 100 });
  const long = /^(TM|TC|TS|WM|PR)\((-?\d*(?:\.\d+)?)(%?):(-?\d*(?:\.\d+)?)(%?)\)$/.exec(name);
  if (!long || (!long[2] && !long[4])) return undefined;
  const [, kind, low, lowPercent, high, highPercent] = long;
  const isPercent = lowPercent === "%" || highPercent === "%";
  if (kind === "PR") return isPercent ? undefined : rank(low ? Number(low) : -Infinity, high ? Number(high) : Infinity);
  if (isPercent) return trimmed(kind!.toLowerCase() as Trimming, { from: low ? Number(low) / 100 : 0, to: high ? Number(high) / 100 : 1 });
  return bounded(kind!.toLowerCase() as Trimming, low ? Number(low) : -Infinity, high ? Number(high) : Infinity);
}

/** Statistics that need the values themselves. */
export const isExtended = (name: string): boolean => !Object.hasOwn(PLAIN, name);

type Trimming = "tm" | "tc" | "ts" | "wm";
type Sorted = [value: number, count: number][];

/** "Percentile statistics are not available for metrics when any of the metric values are negative numbers." */
function ofValues(aggregate: Aggregate, fn: (values: Sorted) => number): number | undefined {
  if (!aggregate.values || aggregate.min < 0 || aggregate.count === 0) return undefined;
  const value = fn([...aggregate.values].sort(([a], [b]) => a - b));
  return Number.isFinite(value) ? value : undefined;
}

function quantile(values: Sorted, count: number, fraction: number): number {
  let seen = 0;
  for (const [value, times] of values) {
    seen += times;
    if (seen >= fraction * count) return value;
  }
  return values.at(-1)![0];
}

/** The part of a sorted list between two quantiles; at the borders a value counts in part. */
function between(values: Sorted, count: number, range: { from: number; to: number }): Sorted {
  const [low, high] = [range.from * count, range.to * count];
  let seen = 0;
  return values.flatMap(([value, times]): Sorted => {
    const part = Math.min(seen + times, high) - Math.max(seen, low);
    seen += times;
    return part > 0 ? [[value, part]] : [];
  });
}

const counted = (values: Sorted): number => values.reduce((sum, [, times]) => sum + times, 0);
const summed = (values: Sorted): number => values.reduce((sum, [value, times]) => sum + value * times, 0);

function trimmed(kind: Trimming, range: { from: number; to: number }): Statistic {
  return (a) =>
    ofValues(a, (values) => {
      const inside = between(values, a.count, range);
      if (kind === "tc") return counted(inside);
      if (kind === "ts") return summed(inside);
      if (kind === "tm") return summed(inside) / counted(inside);
      // A winsorized mean takes what is outside for the value at the border.
      const [lowest, highest] = [inside[0]![0], inside.at(-1)![0]];
      return (summed(inside) + lowest * range.from * a.count + highest * (1 - range.to) * a.count) / a.count;
    });
}

function bounded(kind: Trimming, low: number, high: number): Statistic {
  return (a) =>
    ofValues(a, (values) => {
      if (kind === "wm") return values.reduce((sum, [value, times]) => sum + Math.min(Math.max(value, low), high) * times, 0) / a.count;
      const inside = values.filter(([value]) => value > low && value <= high);
      if (kind === "tc") return counted(inside);
      return kind === "ts" ? summed(inside) : summed(inside) / counted(inside);
    });
}

const rank =
  (low: number, high: number): Statistic =>
  (a) =>
    ofValues(a, (values) => (counted(values.filter(([value]) => value > low && value <= high)) / a.count) * 100);
