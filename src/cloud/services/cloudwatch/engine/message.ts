import type { MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import type { Scope } from "../../../core/scope.ts";
import type { AlarmRow, AlarmState } from "../state.ts";
import { Double, javaJson, javaTime } from "./java.ts";

/** The names of regions in CloudWatch's messages ("AWS Regions and Endpoints"). */
const REGION_NAMES: Record<string, string> = {
  "us-east-1": "US East (N. Virginia)",
  "us-east-2": "US East (Ohio)",
  "us-west-1": "US West (N. California)",
  "us-west-2": "US West (Oregon)",
  "ca-central-1": "Canada (Central)",
  "eu-central-1": "EU (Frankfurt)",
  "eu-west-1": "EU (Ireland)",
  "eu-west-2": "EU (London)",
  "eu-west-3": "EU (Paris)",
  "eu-north-1": "EU (Stockholm)",
  "eu-south-1": "EU (Milan)",
  "ap-northeast-1": "Asia Pacific (Tokyo)",
  "ap-northeast-2": "Asia Pacific (Seoul)",
  "ap-northeast-3": "Asia Pacific (Osaka)",
  "ap-southeast-1": "Asia Pacific (Singapore)",
  "ap-southeast-2": "Asia Pacific (Sydney)",
  "ap-south-1": "Asia Pacific (Mumbai)",
  "ap-east-1": "Asia Pacific (Hong Kong)",
  "sa-east-1": "South America (Sao Paulo)",
  "af-south-1": "Africa (Cape Town)",
  "me-south-1": "Middle East (Bahrain)",
};

const regionName = (region: string): string => REGION_NAMES[region] ?? region;

/** SNS takes subjects of up to 100 characters. */
const MAX_SUBJECT = 100;

const STATISTICS: Record<string, string> = { SampleCount: "SAMPLE_COUNT", Average: "AVERAGE", Sum: "SUM", Minimum: "MINIMUM", Maximum: "MAXIMUM" };

/** What an alarm sends to an SNS topic: the subject, and the JSON that mail filters and chat bots read. */
export function snsMessage(scope: Scope, alarm: AlarmRow, previous: AlarmState): { subject: string; body: string } {
  const subject = `${alarm.state.value}: "${alarm.name}" in ${regionName(scope.region)}`;
  return {
    subject: subject.length > MAX_SUBJECT ? `${subject.slice(0, MAX_SUBJECT - 3)}...` : subject,
    body: javaJson({
      AlarmName: alarm.name,
      AlarmDescription: alarm.description ?? null,
      AWSAccountId: scope.account,
      AlarmConfigurationUpdatedTimestamp: javaTime(alarm.configuredAt),
      NewStateValue: alarm.state.value,
      NewStateReason: alarm.state.reason,
      StateChangeTime: javaTime(alarm.state.at),
      Region: regionName(scope.region),
      AlarmArn: alarm.arn,
      OldStateValue: previous.value,
      OKActions: alarm.okActions,
      AlarmActions: alarm.alarmActions,
      InsufficientDataActions: alarm.insufficientDataActions,
      Trigger: triggerOf(alarm),
    }),
  };
}

function triggerOf(alarm: AlarmRow): object {
  const { metric } = alarm;
  const rest = {
    EvaluationPeriods: alarm.evaluationPeriods,
    ...(alarm.datapointsToAlarm !== undefined ? { DatapointsToAlarm: alarm.datapointsToAlarm } : {}),
    ComparisonOperator: alarm.comparison,
    Threshold: new Double(alarm.threshold),
    TreatMissingData: alarm.treatMissingData ?? "missing",
    EvaluateLowSampleCountPercentile: alarm.lowSamplePercentile ?? "",
  };
  if (!metric) return { Period: periodOf(alarm), ...rest, Metrics: (alarm.metrics ?? []).map(queryOf) };
  return {
    MetricName: metric.name,
    Namespace: metric.namespace,
    StatisticType: metric.statistic ? "Statistic" : "ExtendedStatistic",
    ...(metric.statistic ? { Statistic: STATISTICS[metric.statistic] } : { ExtendedStatistic: metric.extendedStatistic }),
    Unit: metric.unit ?? null,
    Dimensions: metric.dimensions.map(({ Name, Value }) => ({ value: Value, name: Name })),
    Period: metric.period,
    ...rest,
  };
}

function queryOf(query: MetricDataQuery): object {
  const stat = query.MetricStat;
  const metric = stat && {
    Metric: {
      Dimensions: (stat.Metric?.Dimensions ?? []).map(({ Name, Value }) => ({ value: Value, name: Name })),
      MetricName: stat.Metric?.MetricName,
      Namespace: stat.Metric?.Namespace,
    },
    Period: stat.Period,
    Stat: stat.Stat,
    ...(stat.Unit ? { Unit: stat.Unit } : {}),
  };
  return {
    ...(query.Expression !== undefined ? { Expression: query.Expression } : {}),
    Id: query.Id,
    ...(query.Label !== undefined ? { Label: query.Label } : {}),
    ...(metric ? { MetricStat: metric } : {}),
    ReturnData: query.ReturnData !== false,
  };
}

/** Seconds; of an alarm on several metrics, the one that they share. */
export const periodOf = (alarm: AlarmRow): number =>
  alarm.metric?.period ??
  alarm.metrics?.find((query) => query.MetricStat)?.MetricStat?.Period ??
  alarm.metrics?.find((query) => query.Period)?.Period ??
  60;
