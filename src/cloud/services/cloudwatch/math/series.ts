import { MathError } from "./parse.ts";

/** One metric or result over time. Points by timestamp (ms); a timestamp without a point has no data. */
export interface Series {
  /** The query's identifier. */
  readonly id: string;
  readonly label: string;
  /** Seconds between timestamps. */
  readonly period: number;
  readonly points: ReadonlyMap<number, number>;
}

/** S, TS and TS[] of the documentation. */
export type Value = { kind: "scalar"; value: number } | { kind: "series"; series: Series } | { kind: "array"; list: Series[] };

/** What an expression is evaluated against. */
export interface MathScope {
  /** The first timestamp of the range, and its end (exclusive), in ms. */
  start: number;
  end: number;
  /** Timestamps are multiples of their period, not counted from `start`. */
  aligned?: boolean;
  /** Seconds; of a series that no metric gives a period, such as TIME_SERIES. */
  period: number;
  /** The value of an identifier; undefined where the request has none. */
  resolve(id: string): Value | undefined;
  /** The metrics of the request (not its expressions), in its order. */
  metrics: Series[];
}

export const scalar = (value: number): Value => ({ kind: "scalar", value });
export const single = (series: Series): Value => ({ kind: "series", series });
export const array = (list: Series[]): Value => ({ kind: "array", list });

/** A series with other points. Points that are not numbers are dropped, as CloudWatch drops a division by zero. */
export function withPoints(series: Series, points: Iterable<readonly [number, number]>): Series {
  const kept = new Map<number, number>();
  for (const [at, value] of points) if (Number.isFinite(value)) kept.set(at, value);
  return { ...series, points: kept };
}

export const mapPoints = (series: Series, fn: (value: number, at: number) => number): Series =>
  withPoints(
    series,
    [...series.points].map(([at, value]) => [at, fn(value, at)] as const),
  );

/** Every timestamp that a series of this period has in the range. */
export function grid(scope: Pick<MathScope, "start" | "end" | "aligned">, periodSeconds: number): number[] {
  const step = periodSeconds * 1000;
  const times: number[] = [];
  for (let at = scope.aligned ? Math.floor(scope.start / step) * step : scope.start; at < scope.end; at += step) times.push(at);
  return times;
}

/** All timestamps at which any of the series has a point, in order. */
export function union(list: readonly Series[]): number[] {
  const times = new Set<number>();
  for (const series of list) for (const at of series.points.keys()) times.add(at);
  return [...times].sort((a, b) => a - b);
}

/** Points in order of time. */
export const ordered = (series: Series): [number, number][] => [...series.points].sort(([a], [b]) => a - b);

export function asScalar(value: Value, what: string): number {
  if (value.kind !== "scalar") throw new MathError(`${what} must be a scalar`);
  return value.value;
}

/** The series of a TS or TS[]. */
export function seriesOf(value: Value, what: string): Series[] {
  if (value.kind === "scalar") throw new MathError(`${what} must be a time series or an array of time series`);
  return value.kind === "series" ? [value.series] : value.list;
}

/** Applies a function to a TS, or to each of a TS[]. */
export function mapSeries(value: Value, what: string, fn: (series: Series) => Series): Value {
  if (value.kind === "series") return single(fn(value.series));
  return array(seriesOf(value, what).map(fn));
}
