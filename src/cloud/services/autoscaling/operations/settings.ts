import type {
  CreateOrUpdateTagsType,
  DeleteNotificationConfigurationType,
  DeleteTagsType,
  DescribeNotificationConfigurationsAnswer,
  DescribeNotificationConfigurationsType,
  DescribeTagsType,
  DisableMetricsCollectionQuery,
  EnableMetricsCollectionQuery,
  PutNotificationConfigurationType,
  ScalingProcessQuery,
  Tag,
  TagsType,
} from "@aws-sdk/client-auto-scaling";
import { NotSupported } from "../../../core/errors.ts";
import { parseArn } from "../../../core/scope.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { announceTest } from "../engine/announce.ts";
import { GROUP_METRICS } from "../engine/metrics.ts";
import { page, requireGroup, requireLivingGroup, validationError } from "../errors.ts";
import type { AutoScalingDeps } from "../index.ts";
import { groups, notifications } from "../state.ts";
import { tagsOf } from "./group-input.ts";
import { describeTag } from "./views.ts";

/** The processes of "Suspend and resume a process for an Auto Scaling group". */
const PROCESSES = [
  "Launch",
  "Terminate",
  "AddToLoadBalancer",
  "AlarmNotification",
  "AZRebalance",
  "HealthCheck",
  "InstanceRefresh",
  "ReplaceUnhealthy",
  "ScheduledActions",
];
const EVENTS = [
  "autoscaling:EC2_INSTANCE_LAUNCH",
  "autoscaling:EC2_INSTANCE_LAUNCH_ERROR",
  "autoscaling:EC2_INSTANCE_TERMINATE",
  "autoscaling:EC2_INSTANCE_TERMINATE_ERROR",
  "autoscaling:TEST_NOTIFICATION",
];

function processesOf(input: ScalingProcessQuery): string[] {
  for (const process of input.ScalingProcesses ?? [])
    if (!PROCESSES.includes(process)) throw validationError(`The process ${process} is not valid. Valid values are [${PROCESSES.join(", ")}]`);
  return input.ScalingProcesses?.length ? input.ScalingProcesses : PROCESSES;
}

export function SuspendProcesses(deps: AutoScalingDeps, input: ScalingProcessQuery, call: Call): void {
  const group = requireLivingGroup(deps.store, call, input.AutoScalingGroupName);
  const named = processesOf(input);
  const reason = `User suspended at ${new Date(deps.clock.now()).toISOString().slice(0, 19)}Z`;
  const kept = group.suspended.filter(({ process }) => !named.includes(process));
  groups(deps.store, call).update(group.name, { suspended: [...kept, ...named.map((process) => ({ process, reason }))] });
}

export function ResumeProcesses(deps: AutoScalingDeps, input: ScalingProcessQuery, call: Call): void {
  const group = requireLivingGroup(deps.store, call, input.AutoScalingGroupName);
  const named = processesOf(input);
  groups(deps.store, call).update(group.name, { suspended: group.suspended.filter(({ process }) => !named.includes(process)) });
  deps.engine.converge(call, group.name);
}

export const DescribeScalingProcessTypes = (): object => ({ Processes: PROCESSES.map((ProcessName) => ({ ProcessName })) });

export function PutNotificationConfiguration(deps: AutoScalingDeps, input: PutNotificationConfigurationType, call: Call): void {
  const group = requireLivingGroup(deps.store, call, input.AutoScalingGroupName);
  const topicArn = input.TopicARN ?? "";
  if (parseArn(topicArn)?.service !== "sns") throw validationError(`Invalid SNS topic ARN: ${topicArn}`);
  for (const type of input.NotificationTypes ?? [])
    if (!EVENTS.includes(type))
      throw validationError(`"${type}" is not a valid Notification Type. The set of valid types is: [${EVENTS.join(", ")}]`);
  const table = notifications(deps.store, call);
  // "This configuration overwrites any existing configuration" of the topic.
  for (const [key, row] of table.entries()) if (row.group === group.name && row.topicArn === topicArn) table.delete(key);
  for (const type of input.NotificationTypes ?? []) table.set(`${group.name}|${topicArn}|${type}`, { group: group.name, topicArn, type });
  announceTest(deps, call, group, topicArn);
}

export function DeleteNotificationConfiguration(deps: AutoScalingDeps, input: DeleteNotificationConfigurationType, call: Call): void {
  const group = requireGroup(deps.store, call, input.AutoScalingGroupName);
  const table = notifications(deps.store, call);
  for (const [key, row] of table.entries()) if (row.group === group.name && row.topicArn === input.TopicARN) table.delete(key);
}

export function DescribeNotificationConfigurations(
  deps: Pick<AutoScalingDeps, "store">,
  input: DescribeNotificationConfigurationsType,
  call: Call,
): DescribeNotificationConfigurationsAnswer {
  const found = notifications(deps.store, call).filter(
    (row) => !input.AutoScalingGroupNames?.length || input.AutoScalingGroupNames.includes(row.group),
  );
  const { items, ...rest } = page(found, input.NextToken, input.MaxRecords ?? 50);
  return {
    NotificationConfigurations: items.map(({ group, topicArn, type }) => ({
      AutoScalingGroupName: group,
      TopicARN: topicArn,
      NotificationType: type,
    })),
    ...rest,
  };
}

export const DescribeAutoScalingNotificationTypes = (): object => ({ AutoScalingNotificationTypes: EVENTS });

function groupOfTag(deps: Pick<AutoScalingDeps, "store">, scope: Scope, tag: Tag): string {
  if (tag.ResourceType !== undefined && tag.ResourceType !== "auto-scaling-group")
    throw validationError(`Invalid resource type: ${tag.ResourceType}`);
  return requireGroup(deps.store, scope, tag.ResourceId).name;
}

export function CreateOrUpdateTags(deps: AutoScalingDeps, input: CreateOrUpdateTagsType, call: Call): void {
  const named = (input.Tags ?? []).map((tag) => ({ group: groupOfTag(deps, call, tag), tag: tagsOf([tag], call.principal)[0]! }));
  for (const { group, tag } of named) {
    const tags = groups(deps.store, call)
      .get(group)!
      .tags.filter(({ key }) => key !== tag.key);
    if (tags.length >= 50) throw validationError("You have reached the limit of 50 tags per group.");
    groups(deps.store, call).update(group, { tags: [...tags, tag] });
  }
}

export function DeleteTags(deps: AutoScalingDeps, input: DeleteTagsType, call: Call): void {
  for (const tag of input.Tags ?? []) {
    const group = groupOfTag(deps, call, tag);
    groups(deps.store, call).update(group, {
      tags: groups(deps.store, call)
        .get(group)!
        .tags.filter(({ key }) => key !== tag.Key),
    });
  }
}

/** Filters: `auto-scaling-group`, `key`, `value`, `propagate-at-launch`. */
export function DescribeTags(deps: Pick<AutoScalingDeps, "store">, input: DescribeTagsType, call: Call): TagsType {
  const found = groups(deps.store, call)
    .values()
    .flatMap((group) => group.tags.map((tag) => ({ group: group.name, tag })))
    .filter(({ group, tag }) =>
      (input.Filters ?? []).every(({ Name, Values = [] }) => {
        const actual: Record<string, string> = {
          "auto-scaling-group": group,
          key: tag.key,
          value: tag.value,
          "propagate-at-launch": String(tag.propagate),
        };
        const value = Object.hasOwn(actual, Name ?? "") ? actual[Name!] : undefined;
        if (value === undefined)
          throw validationError(`Filter type ${Name} is not correct. Allowed Filter types are: auto-scaling-group key propagate-at-launch value`);
        return Values.includes(value);
      }),
    );
  const { items, ...rest } = page(found, input.NextToken, input.MaxRecords ?? 50);
  return { Tags: items.map(({ group, tag }) => describeTag(group, tag)), ...rest };
}

export function EnableMetricsCollection(deps: AutoScalingDeps, input: EnableMetricsCollectionQuery, call: Call): void {
  const group = requireLivingGroup(deps.store, call, input.AutoScalingGroupName);
  if (input.Granularity !== "1Minute") throw validationError("The only valid value for Granularity is 1Minute");
  const wanted = input.Metrics?.length ? input.Metrics : GROUP_METRICS;
  for (const metric of wanted) {
    if (/^(WarmPool|GroupAndWarmPool)/.test(metric)) throw new NotSupported("autoscaling", "EnableMetricsCollection", "metrics of warm pools");
    if (!GROUP_METRICS.includes(metric))
      throw validationError(`${metric} is not a valid metric type. The valid metric types are: [${GROUP_METRICS.join(", ")}]`);
  }
  groups(deps.store, call).update(group.name, { metrics: [...new Set([...group.metrics, ...wanted])] });
  deps.groupMetrics.wake();
}

export function DisableMetricsCollection(deps: AutoScalingDeps, input: DisableMetricsCollectionQuery, call: Call): void {
  const group = requireGroup(deps.store, call, input.AutoScalingGroupName);
  const metrics = input.Metrics?.length ? group.metrics.filter((metric) => !input.Metrics!.includes(metric)) : [];
  groups(deps.store, call).update(group.name, { metrics });
}

export const DescribeMetricCollectionTypes = (): object => ({
  Metrics: GROUP_METRICS.map((Metric) => ({ Metric })),
  Granularities: [{ Granularity: "1Minute" }],
});
export const DescribeTerminationPolicyTypes = (): object => ({
  TerminationPolicyTypes: [
    "ClosestToNextInstanceHour",
    "Default",
    "NewestInstance",
    "OldestInstance",
    "OldestLaunchConfiguration",
    "OldestLaunchTemplate",
  ],
});
