import type { ComparisonOperator, StateValue } from "@aws-sdk/client-cloudwatch";

/** One period as an alarm sees it. `value` is undefined where there is no data. */
export interface Datapoint {
  at: number;
  value: number | undefined;
  sampleCount?: number;
}

/** The part of an alarm's configuration that decides on its state. */
export interface Rule {
  comparison: ComparisonOperator;
  threshold: number;
  evaluationPeriods: number;
  datapointsToAlarm: number;
  treatMissingData: "missing" | "ignore" | "breaching" | "notBreaching";
}

/** What an evaluation came to. `state` is undefined where the alarm stays as it is. */
export interface Decision {
  state: StateValue | undefined;
  /** The data points that were used, newest first. */
  used: Datapoint[];
  /** How many missing ones were filled in, as breaching or not breaching. */
  filled: number;
}

const COMPARISONS: Partial<Record<ComparisonOperator, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** @throws Error for the comparisons of anomaly detection, which PutMetricAlarm refuses. */
export function breaches(rule: Pick<Rule, "comparison" | "threshold">, value: number): boolean {
  const compare = COMPARISONS[rule.comparison];
  if (!compare) throw new Error(`cannot compare with ${rule.comparison}`);
  return compare(value, rule.threshold);
}

/**
 * How many of the most recent periods are looked at: more than EvaluationPeriods, "in case some of the most recent data
 * points are missing". The documentation gives one figure, 5 where EvaluationPeriods is 3; the rule behind it is not
 * published, two more is ours.
 */
export const evaluationRange = (evaluationPeriods: number): number => evaluationPeriods + 2;

/**
 * Decides on an alarm's state from the data points of its evaluation range, oldest first.
 * Source: "How alarm state is evaluated when data is missing" and "Avoiding premature transitions to alarm state"
 * (Configuring how CloudWatch alarms treat missing data, CloudWatch User Guide).
 */
export function decide(rule: Rule, range: Datapoint[]): Decision {
  const real = range.filter((point) => point.value !== undefined).reverse();
  const isBreaching = (point: Datapoint): boolean => breaches(rule, point.value!);
  if (real.length >= rule.evaluationPeriods) {
    const used = real.slice(0, rule.evaluationPeriods);
    return { state: used.filter(isBreaching).length >= rule.datapointsToAlarm ? "ALARM" : "OK", used, filled: 0 };
  }
  const bad = real.filter(isBreaching).length;
  const lacking = rule.evaluationPeriods - real.length;
  if (rule.treatMissingData === "breaching") {
    return { state: bad + lacking >= rule.datapointsToAlarm ? "ALARM" : "OK", used: real, filled: lacking };
  }
  if (rule.treatMissingData === "notBreaching") return { state: bad >= rule.datapointsToAlarm ? "ALARM" : "OK", used: real, filled: lacking };
  return { state: withoutFilling(rule, range, real.length, bad), used: real, filled: 0 };
}

/** For `missing` and `ignore`, with fewer real data points than EvaluationPeriods. */
function withoutFilling(rule: Rule, range: Datapoint[], real: number, bad: number): StateValue | undefined {
  const ignore = rule.treatMissingData === "ignore";
  if (real === 0) return ignore ? undefined : "INSUFFICIENT_DATA";
  if (bad >= rule.datapointsToAlarm) return "ALARM";
  if (bad < real) return "OK";
  // Too few, but nothing speaks against: ALARM once the oldest breaching point is as old as DatapointsToAlarm, so that one
  // fresh point does not raise a false alarm; until then the state stays.
  const age = range.length - range.findIndex((point) => point.value !== undefined);
  return age >= rule.datapointsToAlarm && !ignore ? "ALARM" : undefined;
}
