import type { StateValue } from "@aws-sdk/client-cloudwatch";
import type { Scope } from "../../../core/scope.ts";
import { evaluateQueries, seriesOfMetric } from "../metrics/queries.ts";
import type { MetricStore } from "../metrics/metric-store.ts";
import type { AlarmRow } from "../state.ts";
import { breaches, decide, evaluationRange } from "./decide.ts";
import type { Datapoint, Decision, Rule } from "./decide.ts";
import { periodOf } from "./message.ts";
import { reasonDataOf, reasonOf } from "./reason.ts";

/** What an alarm comes to at a moment. `state` is undefined where it stays as it is. */
export interface Evaluation {
  state: { value: StateValue; reason: string; reasonData: string } | undefined;
  /** The values used, newest first. */
  datapoints: number[];
  /** For so many periods more the state cannot change, whatever comes in for times after those that were looked at. */
  rests: number;
}

/**
 * Evaluates an alarm over the periods that end at `until` (a whole minute, or ten seconds for high resolution), so that a
 * period of five minutes is looked at every minute: "at the end of minute 6, the alarm is evaluated based on minutes 2 to 6".
 * @param now for the reason's queryDate
 */
export function evaluateAlarm(metrics: MetricStore, scope: Scope, alarm: AlarmRow, until: number, now: number): Evaluation {
  const period = periodOf(alarm);
  const rule = ruleOf(alarm);
  const range = datapointsOf(metrics, scope, alarm, { period, count: evaluationRange(rule.evaluationPeriods), until });
  if (!range || hasTooFewSamples(alarm, range)) return { state: undefined, datapoints: [], rests: 0 };
  const decision = decide(rule, range);
  const datapoints = decision.used.map((point) => point.value!);
  const rests = alarm.state.value === "OK" && decision.state === "OK" ? periodsOfRest(rule, decision) : 0;
  // Nobody is told of a state that stays.
  if (decision.state === undefined || decision.state === alarm.state.value) return { state: undefined, datapoints, rests };
  const reason = reasonOf(alarm, rule, { ...decision, state: decision.state });
  const reasonData = reasonDataOf(alarm, { decision, range, period, at: now, evaluationPeriods: rule.evaluationPeriods });
  return { state: { value: decision.state, reason, reasonData }, datapoints, rests };
}

/**
 * An alarm of which all of the newest N points have to breach, and to which no point means none that breaches, stays OK until as
 * many new ones are there as it lacks: N, less the breaching ones since the last that was not. Each period brings one at most.
 */
function periodsOfRest(rule: Rule, { used }: Decision): number {
  if (rule.treatMissingData !== "notBreaching" || rule.datapointsToAlarm !== rule.evaluationPeriods) return 0;
  const since = used.findIndex((point) => !breaches(rule, point.value!));
  return rule.evaluationPeriods - (since < 0 ? used.length : since) - 1;
}

function ruleOf(alarm: AlarmRow): Rule {
  // "Alarms that evaluate metrics in the AWS/DynamoDB namespace always ignore missing data."
  const treatment = alarm.metric?.namespace === "AWS/DynamoDB" ? "ignore" : (alarm.treatMissingData ?? "missing");
  return {
    comparison: alarm.comparison,
    threshold: alarm.threshold,
    evaluationPeriods: alarm.evaluationPeriods,
    datapointsToAlarm: alarm.datapointsToAlarm ?? alarm.evaluationPeriods,
    treatMissingData: treatment as Rule["treatMissingData"],
  };
}

function datapointsOf(
  metrics: MetricStore,
  scope: Scope,
  alarm: AlarmRow,
  { period, count, until }: { period: number; count: number; until: number },
): Datapoint[] | undefined {
  const step = period * 1000;
  const [start, end] = [until - count * step, until];
  const { metric } = alarm;
  let points: ReadonlyMap<number, number>;
  let samples: ReadonlyMap<number, number> | undefined;
  if (metric) {
    const stat = {
      Metric: { Namespace: metric.namespace, MetricName: metric.name, Dimensions: metric.dimensions },
      Period: period,
      Stat: metric.statistic ?? metric.extendedStatistic,
      Unit: metric.unit,
    };
    ({ points, samples } = seriesOfMetric(metrics, scope, stat, { start, end }));
  } else {
    const watched = alarm.metrics!.find((query) => query.ReturnData !== false)!;
    const value = evaluateQueries(metrics, scope, alarm.metrics!, { start, end })(watched.Id!);
    const only = value.kind === "series" ? value.series : value.kind === "array" && value.list.length === 1 ? value.list[0]! : undefined;
    if (!only) return undefined;
    points = only.points;
  }
  return Array.from({ length: count }, (_unused, index) => {
    const at = start + index * step;
    const sampleCount = samples?.get(at);
    return { at, value: points.get(at), ...(sampleCount !== undefined ? { sampleCount } : {}) };
  });
}

/** "Percentile-based CloudWatch alarms and low data samples": fewer than 10/(1-p), or 10/p below the median. */
function hasTooFewSamples(alarm: AlarmRow, range: Datapoint[]): boolean {
  const percentile = /^p([\d.]+)$/.exec(alarm.metric?.extendedStatistic ?? "");
  if (alarm.lowSamplePercentile !== "ignore" || !percentile) return false;
  const fraction = Number(percentile[1]) / 100;
  // Rounded: 10 / (1 - 0.9) is a little more than 100 in binary.
  const needed = Math.round(10_000 / (fraction >= 0.5 ? 1 - fraction : fraction)) / 1000;
  const samples = range.slice(-alarm.evaluationPeriods).reduce((sum, point) => sum + (point.sampleCount ?? 0), 0);
  return samples > 0 && samples < needed;
}
