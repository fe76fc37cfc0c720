import type { Datapoint, GetMetricStatisticsInput, GetMetricStatisticsOutput, StandardUnit } from "@aws-sdk/client-cloudwatch";
import type { Call } from "../../../core/service.ts";
import { invalidCombination, invalidValue, missingParameter } from "../errors.ts";
import type { CloudWatchDeps } from "../index.ts";
import { dimensionsOf, isPeriod } from "../metrics/queries.ts";
import { statistic } from "../metrics/statistic.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const MAX_DATAPOINTS = 1440;

/** Reads one metric. Timestamps count from the (rounded) start, as the API reference says. */
export function GetMetricStatistics(
  deps: Pick<CloudWatchDeps, "metrics" | "clock">,
  input: GetMetricStatisticsInput,
  call: Call,
): GetMetricStatisticsOutput {
  const { Namespace, MetricName, StartTime, EndTime, Period } = input;
  for (const name of ["Namespace", "MetricName", "StartTime", "EndTime", "Period"] as const)
    if (input[name] === undefined) throw missingParameter(name);
  const names = [...(input.Statistics ?? []), ...(input.ExtendedStatistics ?? [])];
  if (names.length === 0) throw invalidCombination("Must specify either Statistics or ExtendedStatistics");
  for (const name of names) if (!statistic(name)) throw invalidValue(`The value ${name} for parameter Statistics is invalid.`);
  if (!isPeriod(Period)) throw invalidValue(`The value ${Period} for parameter Period is invalid.`);
  const start = roundStart(StartTime!.getTime(), deps.clock.now(), Period);
  const end = EndTime!.getTime();
  if (start >= end) throw invalidValue("The parameter StartTime must be less than the parameter EndTime.");
  const count = Math.ceil((end - start) / (Period * 1000));
  if (count > MAX_DATAPOINTS) {
    throw invalidCombination(
      `You have requested up to ${count.toLocaleString("en-US")} datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    );
  }
  const id = { namespace: Namespace!, name: MetricName!, dimensions: dimensionsOf(input.Dimensions, "Dimensions") };
  // Values of different units are aggregated apart, and come as data points of their own.
  const units = input.Unit ? [input.Unit] : (deps.metrics.units(call, id) as StandardUnit[]);
  const Datapoints = units.flatMap((unit) =>
    deps.metrics.query(call, id, { start, end, period: Period, unit }).map(({ at, aggregate }): Datapoint => {
      const extended = (input.ExtendedStatistics ?? [])
        .map((name) => [name, statistic(name)!(aggregate)] as const)
        .filter(([, value]) => value !== undefined);
      return {
        Timestamp: new Date(at),
        ...Object.fromEntries((input.Statistics ?? []).map((name) => [name, statistic(name)!(aggregate)])),
        ...(extended.length > 0 ? { ExtendedStatistics: Object.fromEntries(extended) as Record<string, number> } : {}),
        Unit: unit,
      };
    }),
  );
  return { Label: MetricName, Datapoints };
}

/** Down to the minute, to five minutes after 15 days, to the hour after 63 (API reference, StartTime). */
function roundStart(start: number, now: number, period: number): number {
  const age = now - start;
  const step = period < 60 ? period * 1000 : age > 63 * DAY ? 60 * MINUTE : age > 15 * DAY ? 5 * MINUTE : MINUTE;
  return Math.floor(start / step) * step;
}
