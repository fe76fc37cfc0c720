import type { Scope } from "../../../core/scope.ts";
import type { Store } from "../../../core/store.ts";
import type { AutoScalingPorts } from "../index.ts";
import { activities, hooks, instances, notifications, policies, groups } from "../state.ts";
import type { GroupRow } from "../state.ts";
import { GROUP_TAG, itself } from "./launch.ts";

interface Described {
  Reservations?: { Instances?: { InstanceId?: string; InstanceType?: string; ImageId?: string; SubnetId?: string; ClientToken?: string }[] }[];
}

/**
 * After a restart: takes in instances that EC2 has started for a launch of this group (its activity was their client token)
 * and that had not been written down yet.
 */
export async function adoptInstances(deps: Pick<AutoScalingPorts, "store" | "api" | "clock">, scope: Scope, group: GroupRow): Promise<void> {
  const Filters = [
    { Name: `tag:${GROUP_TAG}`, Values: [group.name] },
    { Name: "instance-state-name", Values: ["pending", "running"] },
  ];
  const found = await deps.api.call<Described>("ec2", "DescribeInstances", { Filters }, scope, itself(scope));
  for (const { InstanceId, InstanceType, ImageId, SubnetId, ClientToken } of (found.Reservations ?? []).flatMap(({ Instances }) => Instances ?? [])) {
    const activity = activities(deps.store, scope).get(ClientToken ?? "");
    const subnet = group.subnets.find((candidate) => candidate.id === SubnetId);
    if (instances(deps.store, scope).has(InstanceId!) || !activity || activity.endedAt !== undefined || !subnet) continue;
    activities(deps.store, scope).update(activity.id, { instanceId: InstanceId, description: `Launching a new EC2 instance: ${InstanceId}` });
    instances(deps.store, scope).set(InstanceId!, {
      id: InstanceId!,
      group: group.name,
      subnet,
      type: InstanceType ?? "",
      imageId: ImageId,
      template: group.template,
      launchedAt: deps.clock.now(),
      activity: activity.id,
      state: "Pending",
      health: "Healthy",
      isProtected: group.protectNew,
    });
  }
}

/** Removes a group and all that belongs to it; its activities stay, marked. */
export function forgetGroup(store: Store, scope: Scope, group: GroupRow): void {
  for (const { id } of activities(store, scope).filter((row) => row.group === group.name))
    activities(store, scope).update(id, { groupDeleted: true });
  for (const table of [hooks(store, scope), policies(store, scope), notifications(store, scope)]) {
    for (const [key, row] of table.entries()) if (row.group === group.name) table.delete(key);
  }
  groups(store, scope).delete(group.name);
}
