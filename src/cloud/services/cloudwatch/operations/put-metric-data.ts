import type { MetricDatum, PutMetricDataInput, StandardUnit } from "@aws-sdk/client-cloudwatch";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { invalidCombination, invalidValue, missingParameter, validationError } from "../errors.ts";
import type { CloudWatchDeps } from "../index.ts";
import { merge, ofStatisticSet, ofValue } from "../metrics/aggregate.ts";
import type { Aggregate } from "../metrics/aggregate.ts";
import { dimensionsOf } from "../metrics/queries.ts";

const HOUR = 3_600_000;

/** Limits: API reference of PutMetricData and MetricDatum. */
const MAX_DATA = 1000;
const MAX_VALUES = 150;
const LARGEST = 2 ** 360;

/** Takes metric values: single ones, statistic sets, and values with counts. */
export function PutMetricData(deps: Pick<CloudWatchDeps, "clock" | "metrics" | "engine">, input: PutMetricDataInput, call: Call): void {
  if (input.EntityMetricData?.length) throw new NotSupported("cloudwatch", "PutMetricData", "EntityMetricData");
  const namespace = input.Namespace ?? "";
  if (!namespace) throw missingParameter("Namespace");
  if (namespace.length > 255 || /^(:|AWS\/)/.test(namespace) || !/^[^:].*/.test(namespace))
    throw invalidValue(`The value ${namespace} for parameter Namespace is invalid.`);
  const data = input.MetricData ?? [];
  if (data.length === 0) throw missingParameter("MetricData");
  if (data.length > MAX_DATA) throw validationError(`The collection MetricData must not have a size greater than ${MAX_DATA}.`);
  // All are checked before any is taken.
  const checked = data.map((datum, index) => check(datum, `MetricData.member.${index + 1}`, deps.clock.now()));
  for (const { id, ...value } of checked) deps.metrics.add(call, { namespace, ...id }, value);
  deps.engine.wake();
}

interface Checked {
  id: { name: string; dimensions: Record<string, string> };
  at: number;
  unit: StandardUnit;
  aggregate: Aggregate;
  resolution: 1 | 60;
}

function check(datum: MetricDatum, path: string, now: number): Checked {
  if (!datum.MetricName) throw missingParameter(`${path}.MetricName`);
  if (datum.MetricName.length > 255) throw invalidValue(`The value ${datum.MetricName} for parameter ${path}.MetricName is invalid.`);
  const resolution = datum.StorageResolution ?? 60;
  if (resolution !== 1 && resolution !== 60) throw invalidValue(`The value ${resolution} for parameter ${path}.StorageResolution is invalid.`);
  const at = datum.Timestamp?.getTime() ?? now;
  // "Time stamps … can be between two weeks before the current date and up to 2 hours into the future."
  if (at < now - 14 * 24 * HOUR) throw invalidValue(`The parameter ${path}.Timestamp must specify a time within the past two weeks.`);
  if (at > now + 2 * HOUR) throw invalidValue(`The parameter ${path}.Timestamp must specify a time no more than two hours in the future.`);
  return {
    id: { name: datum.MetricName, dimensions: dimensionsOf(datum.Dimensions, `${path}.Dimensions`) },
    at,
    unit: datum.Unit ?? "None",
    aggregate: aggregateOf(datum, path),
    resolution,
  };
}

function aggregateOf(datum: MetricDatum, path: string): Aggregate {
  const given = (["Value", "StatisticValues", "Values"] as const).filter((name) => datum[name] !== undefined);
  if (given.length === 0) {
    throw new AwsError(
      "MissingRequiredParameterException",
      `At least one of the parameters ${path}.Value, ${path}.Values, or ${path}.StatisticValues must be specified.`,
    );
  }
  if (given.length > 1) {
    throw invalidCombination(
      `The parameters ${given.map((name) => `${path}.${name}`).join(" and ")} are mutually exclusive and you have specified both.`,
    );
  }
  const number = (value: number | undefined, name: string): number => {
    if (value === undefined) throw missingParameter(`${path}.${name}`);
    if (!Number.isFinite(value) || Math.abs(value) > LARGEST) throw invalidValue(`The value ${value} for parameter ${path}.${name} is invalid.`);
    return value;
  };
  if (datum.Value !== undefined) return ofValue(number(datum.Value, "Value"));
  if (datum.StatisticValues) {
    const { SampleCount, Sum, Minimum, Maximum } = datum.StatisticValues;
    const set = {
      count: number(SampleCount, "StatisticValues.SampleCount"),
      sum: number(Sum, "StatisticValues.Sum"),
      min: number(Minimum, "StatisticValues.Minimum"),
      max: number(Maximum, "StatisticValues.Maximum"),
    };
    if (set.count <= 0 || set.min > set.max) throw invalidValue(`The parameter ${path}.StatisticValues is invalid.`);
    return ofStatisticSet(set);
  }
  return listOf(datum, path, number);
}

function listOf(datum: MetricDatum, path: string, number: (value: number | undefined, name: string) => number): Aggregate {
  const values = datum.Values!;
  if (values.length === 0) throw missingParameter(`${path}.Values`);
  if (values.length > MAX_VALUES) throw invalidValue(`The collection ${path}.Values must not have a size greater than ${MAX_VALUES}.`);
  if (datum.Counts && datum.Counts.length !== values.length) {
    throw invalidValue(`The parameters ${path}.Values and ${path}.Counts must be of the same size.`);
  }
  const aggregate = values
    .map((value, index) => ({ value: number(value, "Values"), count: number(datum.Counts?.[index] ?? 1, "Counts") }))
    .filter(({ count }) => count > 0)
    .reduce((sum: Aggregate | undefined, { value, count }) => merge(sum, ofValue(value, count)), undefined);
  if (!aggregate) throw invalidValue(`The parameter ${path}.Counts is invalid.`);
  return aggregate;
}
