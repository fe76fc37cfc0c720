import type { Dimension, MetricDataQuery, MetricStat } from "@aws-sdk/client-cloudwatch";
import { NotSupported } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import { invalidValue, validationError } from "../errors.ts";
import { evaluateMath } from "../math/evaluate.ts";
import { MathError, parseMath } from "../math/parse.ts";
import type { MathScope, Series, Value } from "../math/series.ts";
import type { MetricStore } from "./metric-store.ts";
import { statistic } from "./statistic.ts";

/** Dimensions as an object. @throws AwsError where a name or value is missing or too long (PutMetricData's limits) */
export function dimensionsOf(dimensions: Dimension[] | undefined, path: string): Record<string, string> {
  const found: Record<string, string> = {};
  if ((dimensions?.length ?? 0) > 30)
    throw validationError(
      `1 validation error detected: Value at '${path}' failed to satisfy constraint: Member must have length less than or equal to 30`,
    );
  dimensions?.forEach(({ Name, Value }, index) => {
    if (!Name || Name.length > 255 || Name.startsWith(":")) throw invalidValue(`The parameter ${path}.member.${index + 1}.Name is invalid.`);
    if (!Value || Value.length > 1024) throw invalidValue(`The parameter ${path}.member.${index + 1}.Value is invalid.`);
    found[Name] = Value;
  });
  return found;
}

/** 1, 5, 10, 20, 30, or a multiple of 60 (MetricStat, Period). */
export const isPeriod = (period: number | undefined): period is number =>
  period !== undefined && (period === 1 || period === 5 || period === 10 || period === 20 || period === 30 || (period > 0 && period % 60 === 0));

/** The series of one metric and statistic in a range whose timestamps count from `start`. */
export function seriesOfMetric(
  metrics: MetricStore,
  scope: Scope,
  stat: MetricStat,
  range: { start: number; end: number },
): { points: Map<number, number>; samples: Map<number, number> } {
  const { Namespace, MetricName, Dimensions } = stat.Metric!;
  const compute = statistic(stat.Stat!);
  if (!compute) throw validationError(`The value ${stat.Stat} for parameter MetricStat.Stat is invalid.`);
  const id = { namespace: Namespace!, name: MetricName!, dimensions: dimensionsOf(Dimensions, "MetricStat.Metric.Dimensions") };
  const points = new Map<number, number>();
  const samples = new Map<number, number>();
  for (const { at, aggregate } of metrics.query(scope, id, { ...range, period: stat.Period!, unit: stat.Unit })) {
    const value = compute(aggregate);
    if (value !== undefined) points.set(at, value);
    samples.set(at, aggregate.count);
  }
  return { points, samples };
}

/** @throws AwsError for a set of queries that GetMetricData and PutMetricAlarm refuse alike. */
export function validateQueries(queries: MetricDataQuery[]): void {
  const ids = new Set<string>();
  for (const query of queries) {
    const id = query.Id ?? "";
    if (!/^[a-z][a-zA-Z0-9_]{0,254}$/.test(id))
      throw validationError(
        `The value ${id} for parameter MetricDataQueries.member.Id is invalid. An Id must start with a lowercase letter and may contain letters, numbers and underscores.`,
      );
    if (ids.has(id)) throw validationError(`The values for parameter id in MetricDataQueries are not unique: ${id}`);
    ids.add(id);
    if ((query.MetricStat === undefined) === (query.Expression === undefined)) {
      throw validationError(`Exactly one of the parameters MetricStat and Expression must be specified for ${id}.`);
    }
    if (query.AccountId !== undefined) throw new NotSupported("cloudwatch", "GetMetricData", "queries of other accounts (AccountId)");
    if (query.Expression !== undefined && /^\s*SELECT\s/i.test(query.Expression))
      throw new NotSupported("cloudwatch", "GetMetricData", "Metrics Insights queries");
    if (query.MetricStat) validateStat(id, query.MetricStat);
    else if (query.Period !== undefined && !isPeriod(query.Period)) throw badPeriod(query.Period);
  }
}

const badPeriod = (period: number | undefined): Error =>
  validationError(`The value ${period} for parameter Period is invalid. Period must be 1, 5, 10, 20, 30 or a multiple of 60.`);

function validateStat(id: string, stat: MetricStat): void {
  if (!stat.Metric?.Namespace || !stat.Metric.MetricName) throw validationError(`The metric of ${id} needs a Namespace and a MetricName.`);
  if (!isPeriod(stat.Period)) throw badPeriod(stat.Period);
  if (!statistic(stat.Stat ?? "")) throw validationError(`The value ${stat.Stat} for parameter MetricStat.Stat is invalid.`);
  dimensionsOf(stat.Metric.Dimensions, "MetricStat.Metric.Dimensions");
}

/**
 * The values of all queries, by Id. Metrics are read and expressions computed once, and only where asked for.
 * @throws AwsError (ValidationError) naming the expression that is wrong.
 */
export function evaluateQueries(
  metrics: MetricStore,
  scope: Scope,
  queries: MetricDataQuery[],
  range: { start: number; end: number; aligned?: boolean },
): (id: string) => Value {
  const series: Series[] = queries.flatMap((query) => {
    const { MetricStat: stat } = query;
    if (!stat) return [];
    const step = stat.Period! * 1000;
    const start = range.aligned ? Math.floor(range.start / step) * step : range.start;
    const { points } = seriesOfMetric(metrics, scope, stat, { start, end: range.end });
    return [{ id: query.Id!, label: query.Label ?? stat.Metric!.MetricName!, period: stat.Period!, points }];
  });
  const values = new Map<string, Value>(series.map((one) => [one.id, { kind: "series", series: one }]));
  const finest = Math.min(...series.map(({ period }) => period));
  const busy = new Set<string>();

  const compute = (query: MetricDataQuery): Value => {
    const id = query.Id!;
    const known = values.get(id);
    if (known) return known;
    if (busy.has(id)) throw validationError(`Error in expression '${id}' [Circular reference]`);
    busy.add(id);
    const inner: MathScope = {
      ...range,
      metrics: series,
      period: query.Period ?? (Number.isFinite(finest) ? finest : 60),
      resolve: (name) => {
        const target = queries.find((candidate) => candidate.Id === name);
        return target && compute(target);
      },
    };
    const value = inExpression(id, () => evaluateMath(parseMath(query.Expression!), inner));
    busy.delete(id);
    values.set(id, value);
    return value;
  };
  return (id) => compute(queries.find((query) => query.Id === id)!);
}

/** Says in which expression a mistake is. */
export function inExpression<T>(id: string, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    if (error instanceof MathError) throw validationError(`Error in expression '${id}' [${error.message}]`);
    throw error;
  }
}
