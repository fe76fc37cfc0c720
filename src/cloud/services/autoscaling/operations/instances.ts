import type {
  ActivitiesType,
  ActivityType,
  DescribeScalingActivitiesType,
  SetInstanceHealthQuery,
  SetInstanceProtectionQuery,
  TerminateInstanceInAutoScalingGroupType,
} from "@aws-sdk/client-auto-scaling";
import { NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { USER_HEALTH_CHECK, userTerminated } from "../engine/causes.ts";
import { page, requireGroup, validationError } from "../errors.ts";
import type { AutoScalingDeps } from "../index.ts";
import { activities, groups, instances, isLeaving, membersOf } from "../state.ts";
import { describeActivity } from "./views.ts";

/** Ends one instance; the group starts another one unless its desired capacity goes down with it. */
export function TerminateInstanceInAutoScalingGroup(deps: AutoScalingDeps, input: TerminateInstanceInAutoScalingGroupType, call: Call): ActivityType {
  if (input.InstanceIds !== undefined || input.AutoScalingGroupName !== undefined) {
    throw new NotSupported("autoscaling", "TerminateInstanceInAutoScalingGroup", "several instances at once (InstanceIds, AutoScalingGroupName)");
  }
  const instance = instances(deps.store, call).get(input.InstanceId ?? "");
  if (!instance || isLeaving(instance))
    throw validationError(`Instance Id not found - No managed instance found for instance ID: ${input.InstanceId}`);
  const group = requireGroup(deps.store, call, instance.group);
  let capacity: { from: number; to: number } | undefined;
  if (input.ShouldDecrementDesiredCapacity) {
    if (group.desired - 1 < group.min) {
      throw validationError(
        `Currently, desiredSize equals minSize (${group.min}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
      );
    }
    const live = membersOf(deps.store, call, group.name).filter((member) => !isLeaving(member)).length;
    capacity = { from: live, to: live - 1 };
    groups(deps.store, call).update(group.name, { desired: group.desired - 1 });
  }
  const activity = deps.engine.terminate(call, instance, userTerminated(deps.clock.now(), instance.id, capacity));
  deps.engine.converge(call, group.name);
  return { Activity: activity && describeActivity(activity) };
}

export function SetInstanceProtection(deps: Pick<AutoScalingDeps, "store" | "engine">, input: SetInstanceProtectionQuery, call: Call): object {
  const group = requireGroup(deps.store, call, input.AutoScalingGroupName);
  const table = instances(deps.store, call);
  for (const id of input.InstanceIds ?? []) {
    const instance = table.get(id);
    if (!instance || instance.group !== group.name) throw validationError(`The instance ${id} is not part of Auto Scaling group ${group.name}.`);
    if (instance.state !== "InService") throw validationError(`The instance ${id} is not in InService.`);
  }
  for (const id of input.InstanceIds ?? []) table.update(id, { isProtected: input.ProtectedFromScaleIn ?? false });
  deps.engine.converge(call, group.name);
  return {};
}

/** An application's own health check; the grace period protects an instance unless told otherwise. */
export function SetInstanceHealth(deps: Pick<AutoScalingDeps, "store" | "engine" | "clock">, input: SetInstanceHealthQuery, call: Call): void {
  const instance = instances(deps.store, call).get(input.InstanceId ?? "");
  if (!instance) throw validationError(`Instance Id not found - No managed instance found for instance ID: ${input.InstanceId}`);
  if (input.HealthStatus !== "Healthy" && input.HealthStatus !== "Unhealthy")
    throw validationError(`Valid instance health states are: [Healthy, Unhealthy]. Supplied value: ${input.HealthStatus}`);
  const group = requireGroup(deps.store, call, instance.group);
  const inGrace = deps.clock.now() < (instance.inServiceAt ?? Infinity) + group.healthCheckGracePeriod * 1000;
  if (input.HealthStatus === "Unhealthy" && input.ShouldRespectGracePeriod !== false && inGrace && group.healthCheckGracePeriod > 0) return;
  instances(deps.store, call).update(instance.id, {
    health: input.HealthStatus,
    unhealthyBecause: input.HealthStatus === "Unhealthy" ? USER_HEALTH_CHECK : undefined,
  });
  deps.engine.converge(call, instance.group);
}

/** Activities in progress come first, then the latest. */
export function DescribeScalingActivities(deps: Pick<AutoScalingDeps, "store">, input: DescribeScalingActivitiesType, call: Call): ActivitiesType {
  if (input.Filters?.length) throw new NotSupported("autoscaling", "DescribeScalingActivities", "Filters");
  if (input.AutoScalingGroupName !== undefined && !input.IncludeDeletedGroups) requireGroup(deps.store, call, input.AutoScalingGroupName);
  const found = activities(deps.store, call)
    .filter((row) => input.AutoScalingGroupName === undefined || row.group === input.AutoScalingGroupName)
    .filter((row) => !input.ActivityIds?.length || input.ActivityIds.includes(row.id))
    .filter((row) => input.IncludeDeletedGroups || !row.groupDeleted)
    .sort((a, b) => Number(b.endedAt === undefined) - Number(a.endedAt === undefined) || b.startedAt - a.startedAt);
  const { items, ...rest } = page(found, input.NextToken, input.MaxRecords ?? 100);
  return { Activities: items.map(describeActivity), ...rest };
}
