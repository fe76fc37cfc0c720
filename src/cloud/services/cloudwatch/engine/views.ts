import type { MetricAlarm, MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import type { AlarmRow, AlarmState } from "../state.ts";
import { javaTime } from "./java.ts";

/** An alarm as DescribeAlarms shows it. */
export function describeAlarm(alarm: AlarmRow): MetricAlarm {
  return {
    AlarmName: alarm.name,
    AlarmArn: alarm.arn,
    AlarmDescription: alarm.description,
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAt),
    ActionsEnabled: alarm.actionsEnabled,
    OKActions: alarm.okActions,
    AlarmActions: alarm.alarmActions,
    InsufficientDataActions: alarm.insufficientDataActions,
    StateValue: alarm.state.value,
    StateReason: alarm.state.reason,
    StateReasonData: alarm.state.reasonData,
    StateUpdatedTimestamp: new Date(alarm.state.at),
    StateTransitionedTimestamp: new Date(alarm.transitionedAt),
    MetricName: alarm.metric?.name,
    Namespace: alarm.metric?.namespace,
    Statistic: alarm.metric?.statistic,
    ExtendedStatistic: alarm.metric?.extendedStatistic,
    Dimensions: alarm.metric?.dimensions ?? [],
    Period: alarm.metric?.period,
    Unit: alarm.metric?.unit,
    EvaluationPeriods: alarm.evaluationPeriods,
    DatapointsToAlarm: alarm.datapointsToAlarm,
    Threshold: alarm.threshold,
    ComparisonOperator: alarm.comparison,
    TreatMissingData: alarm.treatMissingData,
    EvaluateLowSampleCountPercentile: alarm.lowSamplePercentile,
    Metrics: alarm.metrics,
  };
}

/** The metrics of an alarm as events and Lambda payloads have them ("Alarm events and EventBridge"). */
function metricsOf(alarm: AlarmRow): object[] {
  const { metric } = alarm;
  if (!metric) return (alarm.metrics ?? []).map(queryOf);
  const dimensions = Object.fromEntries(metric.dimensions.map(({ Name, Value }) => [Name!, Value!]));
  return [
    {
      id: metric.queryId,
      metricStat: {
        metric: { namespace: metric.namespace, name: metric.name, dimensions },
        period: metric.period,
        stat: metric.statistic ?? metric.extendedStatistic,
        ...(metric.unit ? { unit: metric.unit } : {}),
      },
      returnData: true,
    },
  ];
}

function queryOf(query: MetricDataQuery): object {
  const stat = query.MetricStat;
  return {
    id: query.Id,
    ...(query.Expression !== undefined ? { expression: query.Expression } : {}),
    ...(query.Label !== undefined ? { label: query.Label } : {}),
    ...(query.Period !== undefined ? { period: query.Period } : {}),
    ...(stat
      ? {
          metricStat: {
            metric: {
              namespace: stat.Metric?.Namespace,
              name: stat.Metric?.MetricName,
              dimensions: Object.fromEntries((stat.Metric?.Dimensions ?? []).map(({ Name, Value }) => [Name!, Value!])),
            },
            period: stat.Period,
            stat: stat.Stat,
            ...(stat.Unit ? { unit: stat.Unit } : {}),
          },
        }
      : {}),
    returnData: query.ReturnData !== false,
  };
}

export const stateOf = (state: AlarmState): object => ({
  value: state.value,
  reason: state.reason,
  ...(state.reasonData !== undefined ? { reasonData: state.reasonData } : {}),
  timestamp: javaTime(state.at),
});

/** The detail of a "CloudWatch Alarm State Change" event; also `alarmData` of what a Lambda function gets. */
export const stateChange = (alarm: AlarmRow, previous: AlarmState): object => ({
  alarmName: alarm.name,
  state: stateOf(alarm.state),
  previousState: stateOf(previous),
  configuration: { ...(alarm.description !== undefined ? { description: alarm.description } : {}), metrics: metricsOf(alarm) },
});

/** The configuration in a "CloudWatch Alarm Configuration Change" event. */
export const configurationOf = (alarm: AlarmRow): object => ({
  evaluationPeriods: alarm.evaluationPeriods,
  ...(alarm.datapointsToAlarm !== undefined ? { datapointsToAlarm: alarm.datapointsToAlarm } : {}),
  threshold: alarm.threshold,
  comparisonOperator: alarm.comparison,
  treatMissingData: alarm.treatMissingData ?? "missing",
  metrics: metricsOf(alarm),
  alarmName: alarm.name,
  ...(alarm.description !== undefined ? { description: alarm.description } : {}),
  actionsEnabled: alarm.actionsEnabled,
  timestamp: javaTime(alarm.configuredAt),
  okActions: alarm.okActions,
  alarmActions: alarm.alarmActions,
  insufficientDataActions: alarm.insufficientDataActions,
});
