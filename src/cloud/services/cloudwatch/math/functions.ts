import { MathError } from "./parse.ts";
import { array, asScalar, grid, mapPoints, mapSeries, ordered, scalar, seriesOf, single, union, withPoints } from "./series.ts";
import type { MathScope, Series, Value } from "./series.ts";

/** A function over values that have been evaluated. `name` is for messages. */
export type MathFunction = (args: Value[], scope: MathScope, name: string) => Value;

const total = (values: number[]): number => values.reduce((sum, value) => sum + value, 0);
const mean = (values: number[]): number => total(values) / values.length;
const deviation = (values: number[]): number => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));

/**
 * SUM, MIN, … : of a TS a scalar over its points, of a TS[] a TS with one point per timestamp at which any series has one.
 * @param overSeries of the points of one series; `expected` is how many there would be without gaps
 * @param across of the points of all series at one timestamp; `count` is how many series there are
 */
function aggregate(overSeries: (values: number[], expected: number) => number, across: (values: number[], count: number) => number): MathFunction {
  return ([value], scope, name) => {
    if (value!.kind === "series") {
      const { points, period } = value!.series;
      return scalar(points.size === 0 ? Number.NaN : overSeries([...points.values()], grid(scope, period).length));
    }
    const list = seriesOf(value!, `The argument of ${name}`);
    const points = union(list).map((at) => {
      const present = list.map((series) => series.points.get(at)).filter((point) => point !== undefined);
      return [at, across(present, list.length)] as const;
    });
    return single(withPoints({ id: "", label: name, period: list[0]?.period ?? scope.period, points: new Map() }, points));
  };
}

/** Functions of each point: ABS, CEIL, … */
const pointwise =
  (fn: (value: number) => number): MathFunction =>
  ([value], _scope, name) =>
    mapSeries(value!, `The argument of ${name}`, (series) => mapPoints(series, fn));

/** Functions of each point and the one before it; the first has none and is dropped. */
const stepwise =
  (fn: (value: number, before: number, seconds: number) => number): MathFunction =>
  ([value], _scope, name) =>
    mapSeries(value!, `The argument of ${name}`, (series) => {
      const points = ordered(series);
      return withPoints(
        series,
        points.slice(1).map(([at, point], index) => {
          const [beforeAt, before] = points[index]!;
          return [at, fn(point, before, (at - beforeAt) / 1000)] as const;
        }),
      );
    });

/** Functions of the timestamp: MINUTE, HOUR, …: "a new non-sparse time series where each value is based on its timestamp". */
const calendar =
  (fn: (at: Date) => number): MathFunction =>
  ([value], scope, name) => {
    if (value!.kind !== "series") throw new MathError(`The argument of ${name} must be a time series`);
    const { series } = value!;
    return single(
      withPoints(
        series,
        grid(scope, series.period).map((at) => [at, fn(new Date(at))] as const),
      ),
    );
  };

const runningSum: MathFunction = ([value], _scope, name) =>
  mapSeries(value!, `The argument of ${name}`, (series) => {
    let sum = 0;
    return withPoints(
      series,
      ordered(series).map(([at, point]) => [at, (sum += point)] as const),
    );
  });

const onlyArray = (value: Value, name: string): Series[] => {
  if (value.kind !== "array") throw new MathError(`The argument of ${name} must be an array of time series`);
  return value.list;
};

const emptySeries = (scope: MathScope): Series => ({ id: "", label: "", period: scope.period, points: new Map() });

function slice(args: Value[], _scope: MathScope, name: string): Value {
  const list = onlyArray(args[0]!, name);
  const from = asScalar(args[1]!, `The start of ${name}`);
  return array(list.slice(from, args[2] ? asScalar(args[2], `The end of ${name}`) : undefined));
}

/**
 * The functions by name, with the numbers of arguments that they take. FILL, IF, SORT, METRICS and PERIOD take keywords or
 * names and are in evaluate.ts. Source: the table in "Using math expressions with CloudWatch metrics".
 */
export const FUNCTIONS: Record<string, { args: [least: number, most: number]; call: MathFunction }> = {
  ABS: { args: [1, 1], call: pointwise(Math.abs) },
  CEIL: { args: [1, 1], call: pointwise(Math.ceil) },
  FLOOR: { args: [1, 1], call: pointwise(Math.floor) },
  LOG: { args: [1, 1], call: pointwise(Math.log) },
  LOG10: { args: [1, 1], call: pointwise(Math.log10) },
  SUM: { args: [1, 1], call: aggregate(total, total) },
  // "Missing values are treated as 0": the divisor is what could be there, not what is.
  AVG: {
    args: [1, 1],
    call: aggregate(
      (values, expected) => total(values) / Math.max(expected, values.length),
      (values, count) => total(values) / count,
    ),
  },
  MIN: {
    args: [1, 1],
    call: aggregate(
      (values) => Math.min(...values),
      (values) => Math.min(...values),
    ),
  },
  MAX: {
    args: [1, 1],
    call: aggregate(
      (values) => Math.max(...values),
      (values) => Math.max(...values),
    ),
  },
  STDDEV: { args: [1, 1], call: aggregate(deviation, deviation) },
  DATAPOINT_COUNT: { args: [1, 1], call: datapointCount },
  DIFF: { args: [1, 1], call: stepwise((value, before) => value - before) },
  DIFF_TIME: { args: [1, 1], call: stepwise((_value, _before, seconds) => seconds) },
  RATE: { args: [1, 1], call: stepwise((value, before, seconds) => (value - before) / seconds) },
  RUNNING_SUM: { args: [1, 1], call: runningSum },
  MINUTE: { args: [1, 1], call: calendar((at) => at.getUTCMinutes()) },
  HOUR: { args: [1, 1], call: calendar((at) => at.getUTCHours()) },
  // 1 is Monday and 7 is Sunday.
  DAY: { args: [1, 1], call: calendar((at) => ((at.getUTCDay() + 6) % 7) + 1) },
  DATE: { args: [1, 1], call: calendar((at) => at.getUTCDate()) },
  MONTH: { args: [1, 1], call: calendar((at) => at.getUTCMonth() + 1) },
  YEAR: { args: [1, 1], call: calendar((at) => at.getUTCFullYear()) },
  EPOCH: { args: [1, 1], call: calendar((at) => Math.floor(at.getTime() / 1000)) },
  METRIC_COUNT: { args: [1, 1], call: ([value], _scope, name) => scalar(onlyArray(value!, name).length) },
  FIRST: { args: [1, 1], call: ([value], scope, name) => single(onlyArray(value!, name)[0] ?? emptySeries(scope)) },
  LAST: { args: [1, 1], call: ([value], scope, name) => single(onlyArray(value!, name).at(-1) ?? emptySeries(scope)) },
  SLICE: { args: [2, 3], call: slice },
  REMOVE_EMPTY: { args: [1, 1], call: ([value], _scope, name) => array(onlyArray(value!, name).filter((series) => series.points.size > 0)) },
  TIME_SERIES: {
    args: [1, 1],
    call: ([value], scope, name) => {
      const constant = asScalar(value!, `The argument of ${name}`);
      return single(
        withPoints(
          emptySeries(scope),
          grid(scope, scope.period).map((at) => [at, constant] as const),
        ),
      );
    },
  },
};

/** Unlike the other aggregates it is 0, not nothing, for a series without points. */
function datapointCount(args: Value[], scope: MathScope, name: string): Value {
  const [value] = args;
  if (value!.kind === "series") return scalar(value!.series.points.size);
  return aggregate(
    (values) => values.length,
    (values) => values.length,
  )(args, scope, name);
}
