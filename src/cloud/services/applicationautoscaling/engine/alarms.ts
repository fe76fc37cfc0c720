import type { PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import type { TargetTrackingMetricDataQuery, TargetTrackingScalingPolicyConfiguration } from "@aws-sdk/client-application-auto-scaling";
import { AwsError } from "../../../core/errors.ts";
import type { Api } from "../../../core/ports.ts";
import type { Scope } from "../../../core/scope.ts";
import type { PolicyRow, TrackingPolicyRow } from "../state.ts";
import { lowThreshold } from "./decide.ts";
import { itself } from "./ecs.ts";

type Watched = Partial<PutMetricAlarmInput>;

/** `app/<name>/<id>/targetgroup/<name>/<id>`, the form of ALBRequestCountPerTarget's ResourceLabel (API Reference). */
export const LABEL = /^(app\/[^/]+\/[^/]+)\/(targetgroup\/[^/]+\/[^/]+)$/;

/** The metric that a policy tracks, as its alarms watch it: one-minute periods. */
export function watchedBy(tracking: TargetTrackingScalingPolicyConfiguration, resourceId: string): Watched {
  const { PredefinedMetricSpecification: predefined, CustomizedMetricSpecification: customized } = tracking;
  if (predefined?.PredefinedMetricType === "ALBRequestCountPerTarget") {
    const [, LoadBalancer, TargetGroup] = LABEL.exec(predefined.ResourceLabel ?? "") ?? [];
    const Dimensions = Object.entries({ LoadBalancer, TargetGroup }).map(([Name, Value]) => ({ Name, Value }));
    return { Namespace: "AWS/ApplicationELB", MetricName: "RequestCountPerTarget", Statistic: "Sum", Period: 60, Dimensions };
  }
  if (predefined) {
    const [, ClusterName, ServiceName] = resourceId.split("/");
    const MetricName = predefined.PredefinedMetricType === "ECSServiceAverageMemoryUtilization" ? "MemoryUtilization" : "CPUUtilization";
    const Dimensions = Object.entries({ ClusterName, ServiceName }).map(([Name, Value]) => ({ Name, Value }));
    return { Namespace: "AWS/ECS", MetricName, Statistic: "Average", Unit: "Percent", Period: 60, Dimensions };
  }
  if (customized?.Metrics) return { Metrics: customized.Metrics.map(minutely) };
  const { Namespace, MetricName, Statistic, Unit, Dimensions } = customized!;
  return { Namespace, MetricName, Statistic, Unit: Unit as Watched["Unit"], Dimensions, Period: 60 };
}

const minutely = ({ MetricStat, ...query }: TargetTrackingMetricDataQuery): NonNullable<Watched["Metrics"]>[number] => ({
  ...query,
  ...(MetricStat ? { MetricStat: { ...MetricStat, Unit: MetricStat.Unit as Watched["Unit"], Period: 60 } } : { Period: 60 }),
});

/**
 * The alarms of a target tracking policy, as they were seen on AWS (`describe-alarms` of such policies, published in many
 * Terraform imports): above the target in 3 of 3 minutes; below 90 % of it in 15 of 15; missing data treated as `missing`.
 * Without scaling in there is no low one.
 */
export function alarmsOf(policy: TrackingPolicyRow): PutMetricAlarmInput[] {
  const action = `${policy.arn}:${policy.createdBy}`;
  const common = {
    ...watchedBy(policy.tracking, policy.resourceId),
    AlarmDescription: `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${action}.`,
    ActionsEnabled: true,
    AlarmActions: [action],
  };
  const target = policy.tracking.TargetValue!;
  const high = { ...common, AlarmName: policy.high, EvaluationPeriods: 3, Threshold: target, ComparisonOperator: "GreaterThanThreshold" } as const;
  if (policy.low === undefined) return [high];
  const below = { EvaluationPeriods: 15, Threshold: lowThreshold(target), ComparisonOperator: "LessThanThreshold" } as const;
  return [high, { ...common, AlarmName: policy.low, ...below }];
}

interface Deps {
  api: Api;
}

/** Makes a policy's alarms, both or none. @throws AwsError FailedResourceAccessException where CloudWatch refuses them */
export async function putAlarms(deps: Deps, scope: Scope, policy: TrackingPolicyRow): Promise<void> {
  try {
    for (const alarm of alarmsOf(policy)) await deps.api.call("cloudwatch", "PutMetricAlarm", alarm, scope, itself(scope));
  } catch (error) {
    await deleteAlarms(deps, scope, policy);
    if (error instanceof AwsError) throw new AwsError("FailedResourceAccessException", error.message);
    throw error;
  }
}

/** Deletes a policy's own alarms; those that somebody deleted already are no matter. */
export async function deleteAlarms({ api }: Deps, scope: Scope, policy: PolicyRow | undefined): Promise<void> {
  if (policy?.type !== "TargetTrackingScaling") return;
  for (const name of [policy.high, policy.low]) {
    if (name === undefined) continue;
    try {
      await api.call("cloudwatch", "DeleteAlarms", { AlarmNames: [name] }, scope, itself(scope));
    } catch (error) {
      if (!(error instanceof AwsError) || !error.code.startsWith("ResourceNotFound")) throw error;
    }
  }
}

/** The alarms whose actions call a policy. @throws AwsError FailedResourceAccessException */
export async function alarmsThatCall({ api }: Deps, scope: Scope, policyArn: string): Promise<{ AlarmName: string; AlarmARN: string }[]> {
  interface Found {
    MetricAlarms?: { AlarmName?: string; AlarmArn?: string }[];
  }
  try {
    const { MetricAlarms } = await api.call<Found>("cloudwatch", "DescribeAlarms", { ActionPrefix: policyArn }, scope, itself(scope));
    return (MetricAlarms ?? []).map(({ AlarmName, AlarmArn }) => ({ AlarmName: AlarmName!, AlarmARN: AlarmArn! }));
  } catch (error) {
    if (error instanceof AwsError) throw new AwsError("FailedResourceAccessException", error.message);
    throw error;
  }
}
