import type { Activity, AutoScalingGroup, Filter, Instance, TagDescription } from "@aws-sdk/client-auto-scaling";
import type { Scope } from "../../../core/scope.ts";
import { detailsOf } from "../engine/announce.ts";
import { validationError } from "../errors.ts";
import type { AutoScalingDeps } from "../index.ts";
import { membersOf } from "../state.ts";
import type { ActivityRow, GroupRow, GroupTag, InstanceRow, TemplateRef } from "../state.ts";

const templateOf = ({ id, name, version }: TemplateRef): { LaunchTemplateId: string; LaunchTemplateName: string; Version: string } => ({
  LaunchTemplateId: id,
  LaunchTemplateName: name,
  Version: version,
});

export const describeTag = (group: string, tag: GroupTag): TagDescription => ({
  ResourceId: group,
  ResourceType: "auto-scaling-group",
  Key: tag.key,
  Value: tag.value,
  PropagateAtLaunch: tag.propagate,
});

export const describeMember = (instance: InstanceRow): Instance => ({
  InstanceId: instance.id,
  InstanceType: instance.type,
  AvailabilityZone: instance.subnet.zone,
  LifecycleState: instance.state,
  HealthStatus: instance.health,
  LaunchTemplate: templateOf(instance.template),
  ImageId: instance.imageId,
  ProtectedFromScaleIn: instance.isProtected,
});

export function describeGroup(deps: Pick<AutoScalingDeps, "store">, scope: Scope, group: GroupRow): AutoScalingGroup {
  return {
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: group.arn,
    LaunchTemplate: templateOf(group.template),
    MinSize: group.min,
    MaxSize: group.max,
    DesiredCapacity: group.desired,
    DefaultCooldown: group.defaultCooldown,
    DefaultInstanceWarmup: group.defaultInstanceWarmup,
    AvailabilityZones: [...new Set(group.subnets.map(({ zone }) => zone))].sort(),
    LoadBalancerNames: [],
    TargetGroupARNs: [],
    HealthCheckType: "EC2",
    HealthCheckGracePeriod: group.healthCheckGracePeriod,
    Instances: membersOf(deps.store, scope, group.name).map(describeMember),
    CreatedTime: new Date(group.createdAt),
    SuspendedProcesses: group.suspended.map(({ process, reason }) => ({ ProcessName: process, SuspensionReason: reason })),
    VPCZoneIdentifier: group.subnets.map(({ id }) => id).join(","),
    EnabledMetrics: group.metrics.map((Metric) => ({ Metric, Granularity: "1Minute" })),
    Status: group.deleting ? "Delete in progress" : undefined,
    Tags: group.tags.map((tag) => describeTag(group.name, tag)),
    TerminationPolicies: group.terminationPolicies,
    NewInstancesProtectedFromScaleIn: group.protectNew,
    ServiceLinkedRoleARN: group.serviceLinkedRoleArn,
    Context: group.context,
    TrafficSources: [],
    CapacityRebalance: false,
  };
}

/** Filters of DescribeAutoScalingGroups: `tag-key`, `tag-value`, `tag:<key>`. All must match; one of the values is enough. */
export function matchesFilters(group: GroupRow, filters: Filter[] | undefined): boolean {
  return (filters ?? []).every(({ Name, Values = [] }) => {
    if (Name === "tag-key") return group.tags.some(({ key }) => Values.includes(key));
    if (Name === "tag-value") return group.tags.some(({ value }) => Values.includes(value));
    if (Name?.startsWith("tag:")) return group.tags.some(({ key, value }) => key === Name.slice(4) && Values.includes(value));
    throw validationError(`Filter type ${Name} is not correct. Allowed Filter types are: tag-key, tag-value and tag:<key>`);
  });
}

export const describeActivity = (activity: ActivityRow): Activity => ({
  ActivityId: activity.id,
  AutoScalingGroupName: activity.group,
  Description: activity.description,
  Cause: activity.cause,
  StartTime: new Date(activity.startedAt),
  EndTime: activity.endedAt === undefined ? undefined : new Date(activity.endedAt),
  StatusCode: activity.status,
  StatusMessage: activity.message,
  Progress: activity.progress,
  Details: JSON.stringify(detailsOf(activity.subnet)),
  AutoScalingGroupState: activity.groupDeleted ? "Deleted" : undefined,
  AutoScalingGroupARN: activity.groupArn,
});
