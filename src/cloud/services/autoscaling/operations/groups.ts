import type {
  AutoScalingGroupNamesType,
  AutoScalingGroupsType,
  DeleteAutoScalingGroupType,
  DescribeAutoScalingInstancesType,
  AutoScalingInstancesType,
  DescribeAccountLimitsAnswer,
  SetDesiredCapacityType,
  UpdateAutoScalingGroupType,
} from "@aws-sdk/client-auto-scaling";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { blockingActivity } from "../engine/activities.ts";
import { userDesired, userUpdate } from "../engine/causes.ts";
import { page, requireGroup, requireLivingGroup, validationError } from "../errors.ts";
import type { AutoScalingDeps } from "../index.ts";
import { activities, groups, instances, isLeaving, membersOf } from "../state.ts";
import type { GroupRow } from "../state.ts";
import { plainMembers, refuseAbsent, subnetsOf, templateOf, validateSizes } from "./group-input.ts";
import { describeGroup, describeMember, matchesFilters } from "./views.ts";

/** Changes a group. A desired capacity that is not given is brought between a new minimum and maximum, and kept otherwise. */
export async function UpdateAutoScalingGroup(deps: AutoScalingDeps, input: UpdateAutoScalingGroupType, call: Call): Promise<void> {
  refuseAbsent("UpdateAutoScalingGroup", input);
  const name = requireLivingGroup(deps.store, call, input.AutoScalingGroupName).name;
  const template = input.LaunchTemplate ? { template: await templateOf(deps, call, input.LaunchTemplate) } : {};
  const places = input.VPCZoneIdentifier !== undefined || input.AvailabilityZones?.length ? { subnets: await subnetsOf(deps, call, input) } : {};
  // Read again: others may have changed it meanwhile.
  const group = requireLivingGroup(deps.store, call, name);
  const [min, max] = [input.MinSize ?? group.min, input.MaxSize ?? group.max];
  if (max < min) throw validationError(`Max bound, ${max}, must be greater than or equal to min bound, ${min}`);
  const desired = input.DesiredCapacity ?? Math.min(max, Math.max(min, group.desired));
  validateSizes({ min, max, desired });
  const causes = desired === group.desired ? group.causes : [...group.causes, userUpdate(deps.clock.now(), { min, max, desired }, group.desired)];
  groups(deps.store, call).update(name, { ...plainMembers("UpdateAutoScalingGroup", input), ...template, ...places, min, max, desired, causes });
  deps.engine.clearBackoff(call, name);
  deps.engine.converge(call, name);
}

export function SetDesiredCapacity(deps: AutoScalingDeps, input: SetDesiredCapacityType, call: Call): void {
  const group = requireLivingGroup(deps.store, call, input.AutoScalingGroupName);
  const desired = input.DesiredCapacity;
  if (desired === undefined || desired < 0) throw validationError("DesiredCapacity must not be negative.");
  if (desired > group.max) throw validationError(`New SetDesiredCapacity value ${desired} is above max value ${group.max} for the AutoScalingGroup.`);
  if (desired < group.min) throw validationError(`New SetDesiredCapacity value ${desired} is below min value ${group.min} for the AutoScalingGroup.`);
  if (input.HonorCooldown) {
    const blocking = blockingActivity(deps, call, group);
    if (blocking) throw new AwsError("ScalingActivityInProgressFault", `Scaling activity ${blocking} is in progress and blocks this action`);
  }
  if (desired !== group.desired) setDesired(deps, call, group, desired, userDesired(deps.clock.now(), group.desired, desired));
  deps.engine.clearBackoff(call, group.name);
  deps.engine.converge(call, group.name);
}

export function setDesired(deps: AutoScalingDeps, call: { account: string; region: string }, group: GroupRow, desired: number, cause: string): void {
  groups(deps.store, call).update(group.name, { desired, causes: [...group.causes, cause] });
}

/** Without ForceDelete only a group that has nothing left. */
export function DeleteAutoScalingGroup(deps: AutoScalingDeps, input: DeleteAutoScalingGroupType, call: Call): void {
  const group = requireGroup(deps.store, call, input.AutoScalingGroupName);
  if (!input.ForceDelete) {
    const members = membersOf(deps.store, call, group.name);
    if (members.some((instance) => !isLeaving(instance)) || group.desired > 0) {
      throw new AwsError(
        "ResourceInUseFault",
        "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.",
      );
    }
    if (members.length > 0 || activities(deps.store, call).find((row) => row.group === group.name && row.endedAt === undefined)) {
      throw new AwsError(
        "ScalingActivityInProgressFault",
        "You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group.",
      );
    }
  }
  deps.engine.forceDelete(call, group);
}

export function DescribeAutoScalingGroups(deps: Pick<AutoScalingDeps, "store">, input: AutoScalingGroupNamesType, call: Call): AutoScalingGroupsType {
  const found = groups(deps.store, call)
    .filter((group) => !input.AutoScalingGroupNames?.length || input.AutoScalingGroupNames.includes(group.name))
    .filter((group) => matchesFilters(group, input.Filters))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const { items, ...rest } = page(found, input.NextToken, input.MaxRecords ?? 50);
  return { AutoScalingGroups: items.map((group) => describeGroup(deps, call, group)), ...rest };
}

export function DescribeAutoScalingInstances(
  deps: Pick<AutoScalingDeps, "store">,
  input: DescribeAutoScalingInstancesType,
  call: Call,
): AutoScalingInstancesType {
  const found = instances(deps.store, call)
    .filter((instance) => !input.InstanceIds?.length || input.InstanceIds.includes(instance.id))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const { items, ...rest } = page(found, input.NextToken, input.MaxRecords ?? 50);
  return {
    AutoScalingInstances: items.map((instance) => ({
      ...describeMember(instance),
      AutoScalingGroupName: instance.group,
      HealthStatus: instance.health.toUpperCase(),
    })),
    ...rest,
  };
}

/** "Default quotas": 500 groups and 200 launch configurations in a region. */
export function DescribeAccountLimits(deps: Pick<AutoScalingDeps, "store">, _input: object, call: Call): DescribeAccountLimitsAnswer {
  return {
    MaxNumberOfAutoScalingGroups: 500,
    MaxNumberOfLaunchConfigurations: 200,
    NumberOfAutoScalingGroups: groups(deps.store, call).size,
    NumberOfLaunchConfigurations: 0,
  };
}

const absent = (operation: string) => (): never => {
  throw new NotSupported("autoscaling", operation);
};
export const EnterStandby = absent("EnterStandby");
export const ExitStandby = absent("ExitStandby");
