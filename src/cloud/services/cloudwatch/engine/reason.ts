import type { StateValue } from "@aws-sdk/client-cloudwatch";
import type { AlarmRow } from "../state.ts";
import { breaches } from "./decide.ts";
import type { Datapoint, Decision, Rule } from "./decide.ts";
import { Double, javaDouble, javaJson, javaTime, reasonTime } from "./java.ts";

const PHRASES: Record<string, string> = {
  GreaterThanOrEqualToThreshold: "greater than or equal to",
  GreaterThanThreshold: "greater than",
  LessThanThreshold: "less than",
  LessThanOrEqualToThreshold: "less than or equal to",
};

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** From this many data points on, CloudWatch names them in a sentence of their own. */
const MANY = 5;

/**
 * An alarm's StateReason, in CloudWatch's words (those of the examples in "Alarm events and EventBridge", and of alarm
 * messages that people have published).
 */
export function reasonOf(alarm: Pick<AlarmRow, "datapointsToAlarm">, rule: Rule, decision: Decision & { state: StateValue }): string {
  if (decision.state === "INSUFFICIENT_DATA") {
    return `Insufficient Data: ${plural(rule.evaluationPeriods, "datapoint")} ${rule.evaluationPeriods === 1 ? "was" : "were"} unknown.`;
  }
  if (decision.filled > 0) return filledReason(rule, decision);
  const toAlarm = decision.state === "ALARM";
  const relevant = decision.used.filter((point) => breaches(rule, point.value!) === toAlarm);
  const verb = `${relevant.length === 1 ? "was" : "were"}${toAlarm ? "" : " not"}`;
  const comparison = `${verb} ${PHRASES[rule.comparison]} the threshold (${javaDouble(rule.threshold)})`;
  const listed = `[${relevant
    .slice(0, MANY)
    .map((point) => `${javaDouble(point.value!)} (${reasonTime(point.at)})`)
    .join(", ")}]`;
  // The count of N is there only for alarms that set DatapointsToAlarm.
  const many = relevant.length >= MANY;
  const minimum = toAlarm ? rule.datapointsToAlarm : rule.evaluationPeriods - rule.datapointsToAlarm + 1;
  const transition = `(minimum ${plural(minimum, "datapoint")} for ${toAlarm ? "OK -> ALARM" : "ALARM -> OK"} transition)`;
  if (alarm.datapointsToAlarm === undefined) {
    const head = plural(relevant.length, "datapoint");
    return many
      ? `Threshold Crossed: ${head} ${comparison}. The most recent datapoints: ${listed}.`
      : `Threshold Crossed: ${head} ${listed} ${comparison}.`;
  }
  const head = `${relevant.length} out of the last ${rule.evaluationPeriods} datapoints`;
  return many
    ? `Threshold Crossed: ${head} ${comparison}. The most recent datapoints which crossed the threshold: ${listed} ${transition}.`
    : `Threshold Crossed: ${head} ${listed} ${comparison} ${transition}.`;
}

function filledReason(rule: Rule, { used, filled }: Decision): string {
  const received =
    used.length === 0 ? "no datapoints were received" : `${plural(used.length, "datapoint")} ${used.length === 1 ? "was" : "were"} received`;
  const treated = rule.treatMissingData === "breaching" ? "Breaching" : "NonBreaching";
  return `Threshold Crossed: ${received} for ${plural(rule.evaluationPeriods, "period")} and ${plural(filled, "missing datapoint")} ${filled === 1 ? "was" : "were"} treated as [${treated}].`;
}

/** An alarm's StateReasonData: JSON, version 1.0. */
export function reasonDataOf(
  alarm: AlarmRow,
  evaluation: { decision: Decision; range: Datapoint[]; period: number; at: number; evaluationPeriods: number },
): string {
  const used = evaluation.decision.used;
  const newest = evaluation.range.slice(-evaluation.evaluationPeriods).reverse();
  const oldest = used.at(-1);
  const statistic = alarm.metric?.statistic ?? alarm.metric?.extendedStatistic;
  return javaJson({
    version: "1.0",
    queryDate: javaTime(evaluation.at),
    ...(oldest ? { startDate: javaTime(oldest.at) } : {}),
    ...(alarm.metric?.unit ? { unit: alarm.metric.unit } : {}),
    ...(statistic ? { statistic } : {}),
    period: evaluation.period,
    recentDatapoints: used.map((point) => new Double(point.value!)).reverse(),
    threshold: new Double(alarm.threshold),
    evaluatedDatapoints: (used.length > 0 ? used : newest).map((point) => ({
      timestamp: javaTime(point.at),
      ...(point.sampleCount !== undefined ? { sampleCount: new Double(point.sampleCount) } : {}),
      ...(point.value !== undefined ? { value: new Double(point.value) } : {}),
    })),
  });
}
