import type { MetricDataQuery, PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import { NotSupported } from "../../../core/errors.ts";
import { arn, parseArn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { record } from "../engine/history.ts";
import { configurationOf, stateOf } from "../engine/views.ts";
import { invalidCombination, missingParameter, validationError } from "../errors.ts";
import type { CloudWatchDeps } from "../index.ts";
import { calledFunctions, parseMath, referencedIds } from "../math/parse.ts";
import { dimensionsOf, evaluateQueries, inExpression, isPeriod, validateQueries } from "../metrics/queries.ts";
import { isExtended, statistic } from "../metrics/statistic.ts";
import { alarms } from "../state.ts";
import type { AlarmRow } from "../state.ts";
import { tagsOf } from "./tags.ts";

const DAY = 86_400;
/** "Each alarm can have up to five actions for each alarm state." */
const MAX_ACTIONS = 5;

/** Members that would change how an alarm works and that this cloud does not have. */
const ABSENT = [
  "ThresholdMetricId",
  "EvaluationWindow",
  "WarmUpConfiguration",
  "EvaluationCriteria",
  "EvaluationInterval",
  "ActionConfiguration",
] as const;

/**
 * Creates an alarm, in INSUFFICIENT_DATA until it is first evaluated, or overwrites one; the state of an alarm that is
 * there already stays. Watches one metric, or one expression over metrics of the same period.
 */
export function PutMetricAlarm(
  deps: Pick<CloudWatchDeps, "store" | "clock" | "ids" | "metrics" | "engine" | "events">,
  input: PutMetricAlarmInput,
  call: Call,
): void {
  for (const member of ABSENT) if (input[member] !== undefined) throw new NotSupported("cloudwatch", "PutMetricAlarm", member);
  validateName(input.AlarmName);
  validateActions(input, call);
  const { evaluationPeriods, datapointsToAlarm } = validateCounts(input);
  if (input.Threshold === undefined) throw missingParameter("Threshold");
  const now = deps.clock.now();
  const table = alarms(deps.store, call);
  const before = table.get(input.AlarmName!);
  const watched = input.Metrics?.length
    ? { metrics: validateMetrics(deps, input, call) }
    : { metric: singleMetric(input, before?.metric?.queryId ?? deps.ids.uuid()) };
  validateSpan(watched.metric?.period ?? sharedPeriod(watched.metrics ?? []), evaluationPeriods);
  const initial = { value: "INSUFFICIENT_DATA", reason: "Unchecked: Initial alarm creation", at: now } as const;
  const row: AlarmRow = {
    name: input.AlarmName!,
    arn: arn("cloudwatch", call, `alarm:${input.AlarmName}`),
    description: input.AlarmDescription,
    actionsEnabled: input.ActionsEnabled ?? true,
    okActions: input.OKActions ?? [],
    alarmActions: input.AlarmActions ?? [],
    insufficientDataActions: input.InsufficientDataActions ?? [],
    ...watched,
    evaluationPeriods,
    datapointsToAlarm,
    threshold: input.Threshold,
    comparison: input.ComparisonOperator!,
    treatMissingData: input.TreatMissingData,
    lowSamplePercentile: input.EvaluateLowSampleCountPercentile,
    state: before?.state ?? initial,
    transitionedAt: before?.transitionedAt ?? now,
    configuredAt: now,
    actedAt: before?.actedAt ?? now,
    // "If you are using this operation to update an existing alarm, any tags you specify in this parameter are ignored."
    tags: before?.tags ?? tagsOf(input.Tags),
  };
  table.set(row.name, row);
  announce(deps, call, row, before);
  deps.engine.wake();
}

function announce(deps: Pick<CloudWatchDeps, "store" | "clock" | "ids" | "events">, call: Call, row: AlarmRow, before: AlarmRow | undefined): void {
  record(deps, call, {
    alarm: row.name,
    type: "ConfigurationUpdate",
    summary: `Alarm "${row.name}" ${before ? "updated" : "created"}`,
    data: { type: before ? "Update" : "Create", ...(before ? { updatedAlarm: configurationOf(row) } : { createdAlarm: configurationOf(row) }) },
  });
  const detail = {
    alarmName: row.name,
    operation: before ? "update" : "create",
    state: stateOf(row.state),
    configuration: configurationOf(row),
    ...(before ? { previousConfiguration: configurationOf(before) } : {}),
  };
  deps.events.emit(call, { source: "aws.cloudwatch", detailType: "CloudWatch Alarm Configuration Change", resources: [row.arn], detail });
}

function validateName(name: string | undefined): void {
  if (!name) throw missingParameter("AlarmName");
  if (name.length > 255) {
    throw validationError(
      `1 validation error detected: Value '${name}' at 'alarmName' failed to satisfy constraint: Member must have length less than or equal to 255`,
    );
  }
  // oxlint-disable-next-line no-control-regex -- "can't contain ASCII control characters"
  if (/[\u0000-\u001f\u007f]/.test(name)) throw validationError("AlarmName must not contain ASCII control characters.");
}

function validateActions(input: PutMetricAlarmInput, call: Call): void {
  for (const member of ["OKActions", "AlarmActions", "InsufficientDataActions"] as const) {
    const actions = input[member] ?? [];
    if (actions.length > MAX_ACTIONS) {
      const name = member.charAt(0).toLowerCase() + member.slice(1);
      throw validationError(
        `1 validation error detected: Value '[${actions.join(", ")}]' at '${name}' failed to satisfy constraint: Member must have length less than or equal to ${MAX_ACTIONS}`,
      );
    }
    for (const action of actions) validateAction(action, call);
  }
}

function validateAction(action: string, call: Call): void {
  const parts = parseArn(action);
  if (!parts) throw validationError(`Invalid arn syntax: ${action}`);
  // Policies of EC2 Auto Scaling and of Application Auto Scaling, which has ECS services alone.
  const scales = parts.service === "autoscaling" && /^scalingPolicy:[^:]+:(autoScalingGroupName|resource\/ecs\/service)\//.test(parts.resource);
  if (parts.service !== "sns" && parts.service !== "lambda" && !scales)
    throw new NotSupported("cloudwatch", "PutMetricAlarm", `the action ${action}`);
  if (parts.region !== call.region) throw validationError(`Invalid region ${parts.region} specified. Only ${call.region} is supported.`);
}

function validateCounts(input: PutMetricAlarmInput): { evaluationPeriods: number; datapointsToAlarm: number | undefined } {
  if (input.EvaluationPeriods === undefined) throw missingParameter("EvaluationPeriods");
  if (!input.ComparisonOperator) throw missingParameter("ComparisonOperator");
  if (/Upper|Lower/.test(input.ComparisonOperator)) throw new NotSupported("cloudwatch", "PutMetricAlarm", "alarms on anomaly detection");
  const least = (name: string, value: number): Error =>
    validationError(
      `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: Member must have value greater than or equal to 1`,
    );
  if (input.EvaluationPeriods < 1) throw least("evaluationPeriods", input.EvaluationPeriods);
  const datapoints = input.DatapointsToAlarm;
  if (datapoints !== undefined && datapoints < 1) throw least("datapointsToAlarm", datapoints);
  if (datapoints !== undefined && datapoints > input.EvaluationPeriods) {
    throw validationError(`DatapointsToAlarm (${datapoints}) must be less than or equal to EvaluationPeriods (${input.EvaluationPeriods}).`);
  }
  const treatment = input.TreatMissingData;
  if (treatment !== undefined && !["missing", "ignore", "breaching", "notBreaching"].includes(treatment)) {
    throw validationError(
      `Option ${treatment} is not supported for TreatMissingData. Supported options are breaching, notBreaching, ignore and missing.`,
    );
  }
  const low = input.EvaluateLowSampleCountPercentile;
  if (low !== undefined && low !== "evaluate" && low !== "ignore")
    throw validationError(`Option ${low} is not supported for EvaluateLowSampleCountPercentile.`);
  return { evaluationPeriods: input.EvaluationPeriods, datapointsToAlarm: datapoints };
}

/** A day, or seven days for periods of an hour and more (PutMetricAlarm, Period). */
function validateSpan(period: number, evaluationPeriods: number): void {
  const [limit, words] = period >= 3600 ? [7 * DAY, "seven days"] : [DAY, "a day"];
  if (period * evaluationPeriods > limit)
    throw validationError(`Metrics cannot be checked across more than ${words} (EvaluationPeriods * Period must be <= ${limit}).`);
}

function singleMetric(input: PutMetricAlarmInput, queryId: string): NonNullable<AlarmRow["metric"]> {
  for (const name of ["MetricName", "Namespace", "Period"] as const) if (input[name] === undefined) throw missingParameter(name);
  if ((input.Statistic === undefined) === (input.ExtendedStatistic === undefined)) {
    throw invalidCombination("Exactly one of the parameters Statistic and ExtendedStatistic must be specified.");
  }
  validateAlarmPeriod(input.Period);
  const extended = input.ExtendedStatistic;
  if (extended !== undefined && (!isExtended(extended) || !statistic(extended)))
    throw validationError(`The value ${extended} for parameter ExtendedStatistic is not supported.`);
  if (input.Statistic !== undefined && (isExtended(input.Statistic) || !statistic(input.Statistic))) {
    throw validationError(`The value ${input.Statistic as string} for parameter Statistic is not supported.`);
  }
  dimensionsOf(input.Dimensions, "Dimensions");
  return {
    namespace: input.Namespace!,
    name: input.MetricName!,
    dimensions: input.Dimensions ?? [],
    period: input.Period!,
    statistic: input.Statistic,
    extendedStatistic: extended,
    unit: input.Unit,
    queryId,
  };
}

function validateAlarmPeriod(period: number | undefined): void {
  if (!isPeriod(period) || period < 10) throw validationError("Period must be 10, 20, 30 or a multiple of 60");
}

const sharedPeriod = (metrics: MetricDataQuery[]): number =>
  metrics.find((query) => query.MetricStat)?.MetricStat?.Period ?? metrics.find((query) => query.Period)?.Period ?? 60;

function validateMetrics(deps: Pick<CloudWatchDeps, "metrics" | "clock">, input: PutMetricAlarmInput, call: Call): MetricDataQuery[] {
  const queries = input.Metrics!;
  for (const name of ["MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic"] as const) {
    if (input[name] !== undefined && !(Array.isArray(input[name]) && input[name].length === 0)) {
      throw invalidCombination(`The parameters Metrics and ${name} are mutually exclusive and you have specified both.`);
    }
  }
  validateQueries(queries);
  const watched = queries.filter((query) => query.ReturnData !== false);
  if (watched.length !== 1) throw validationError("Exactly one element of the metrics list should return data.");
  const stats = queries.filter((query) => query.MetricStat);
  // "A math expression used for an alarm can include as many as 10 metrics. Each metric must be using the same period."
  if (stats.length > 10) throw validationError("Metrics list cannot contain more than 10 metrics.");
  if (new Set(stats.map((query) => query.MetricStat!.Period)).size > 1) throw validationError("Metrics list: all metrics must have the same Period.");
  validateAlarmPeriod(sharedPeriod(queries));
  for (const query of queries) {
    if (query.Expression === undefined) continue;
    const node = inExpression(query.Id!, () => parseMath(query.Expression!));
    if (calledFunctions(node).has("SEARCH")) throw validationError(`Error in expression '${query.Id}': SEARCH is not supported on Metric Alarms.`);
    for (const id of referencedIds(node)) {
      if (!queries.some((other) => other.Id === id)) throw validationError(`Error in expression '${query.Id}' [Unknown identifier '${id}']`);
    }
  }
  // Computed once, without data, so that an expression that cannot work is refused now and not found out every minute.
  const until = Math.floor(deps.clock.now() / 60_000) * 60_000;
  const value = evaluateQueries(deps.metrics, call, queries, { start: until - 60_000, end: until })(watched[0]!.Id!);
  if (value.kind !== "series") throw validationError(`Error in expression '${watched[0]!.Id}' [An alarm needs a single time series]`);
  return queries;
}
