import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import { EachMinute } from "../../../core/each-minute.ts";
import type { Scope } from "../../../core/scope.ts";
import { groupName } from "../lookup.ts";
import type { Parts } from "../parts.ts";
import {
  type CapacityProviderRow,
  type ContainerInstanceRow,
  capacityProviders,
  clusters,
  containerInstances,
  occupies,
  services,
  tasks,
} from "../state.ts";
import { waiting } from "./capacity.ts";
import { instancesFor } from "./packing.ts";
import { capacityOf } from "./resources.ts";

/** The low alarm of the target tracking policy needs so many minutes below the target (managed-scaling-behavior.html, scale-in). */
const LOW_MINUTES = 15;

interface Managed {
  scope: Scope;
  clusterName: string;
  provider: CapacityProviderRow;
}

/**
 * Managed scaling of capacity providers. AWS publishes CapacityProviderReservation (instances needed, in percent of those
 * that are there) and lets a target tracking policy of the group follow it
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-auto-scaling.html). Here the metric is published
 * too, and scale-in acts on it after 15 minutes; scale-out does not wait for an alarm, but comes with the task that waits.
 * @returns `start` is to be called too when a provider may have come to be managed
 */
export function createManagedScaling(parts: () => Parts): {
  scaleOut(scope: Scope, clusterName: string, provider: string): void;
  start(): void;
  stop(): void;
} {
  const low = new Map<string, number>();
  const busy = new Map<string, Promise<void>>();
  /** One after the other for each provider: each looks at what the one before has set. */
  const inTurn = (name: string, work: () => Promise<void>): Promise<void> => {
    const failed = (error: unknown): void => parts().log(`ecs: managed scaling of ${name}: ${(error as Error).message}`);
    const next = (busy.get(name) ?? Promise.resolve()).then(work).catch(failed);
    busy.set(name, next);
    return parts().clock.during(next);
  };
  const minute = async (): Promise<void> => {
    for (const managed of allManaged(parts())) {
      const key = `${managed.scope.account}/${managed.scope.region}/${managed.clusterName}/${managed.provider.name}`;
      await inTurn(managed.provider.name, async () => {
        const reservation = await publish(parts(), managed);
        const minutes = reservation < managed.provider.provider.managedScaling!.targetCapacity! ? (low.get(key) ?? 0) + 1 : 0;
        low.set(key, minutes);
        // What the task's own call could not do (the group was full, a launch failed) is tried again.
        await scaleOut(parts(), managed);
        if (minutes >= LOW_MINUTES) await scaleIn(parts(), managed);
      });
    }
  };
  let minutes: EachMinute | undefined;
  return {
    scaleOut: (scope, clusterName, name) => {
      const provider = capacityProviders(parts().store, scope).get(name);
      if (provider?.provider.managedScaling?.status === "ENABLED")
        void inTurn(name, () => scaleOut(parts(), { scope: { account: scope.account, region: scope.region }, clusterName, provider }));
    },
    start: () => (minutes ??= new EachMinute(parts().clock, { wanted: () => allManaged(parts()).length > 0, work: minute })).wake(),
    stop: () => {
      minutes?.stop();
      low.clear();
    },
  };
}

function allManaged({ store }: Parts): Managed[] {
  return store.scopes("ecs.clusters").flatMap((scope) =>
    clusters(store, scope)
      .values()
      .flatMap((cluster) =>
        cluster.capacityProviders.flatMap((name): Managed[] => {
          const provider = capacityProviders(store, scope).get(name);
          return provider?.provider.managedScaling?.status === "ENABLED" ? [{ scope, clusterName: cluster.name, provider }] : [];
        }),
      ),
  );
}

async function groupOf({ api }: Parts, { scope, provider }: Managed): Promise<AutoScalingGroup | undefined> {
  const answer = await api.call<{ AutoScalingGroups?: AutoScalingGroup[] }>(
    "autoscaling",
    "DescribeAutoScalingGroups",
    { AutoScalingGroupNames: [groupName(provider)] },
    scope,
  );
  return answer.AutoScalingGroups?.[0];
}

/** The type of the instances that a group launches, for how many tasks one holds. */
async function instanceType({ api }: Parts, { scope }: Managed, group: AutoScalingGroup): Promise<string | undefined> {
  const present = group.Instances?.[0]?.InstanceType;
  if (present) return present;
  const mixed = group.MixedInstancesPolicy?.LaunchTemplate;
  if (mixed?.Overrides?.[0]?.InstanceType) return mixed.Overrides[0].InstanceType;
  const template = group.LaunchTemplate ?? mixed?.LaunchTemplateSpecification;
  if (!template?.LaunchTemplateId) return undefined;
  const answer = await api.call<{ LaunchTemplateVersions?: { LaunchTemplateData?: { InstanceType?: string } }[] }>(
    "ec2",
    "DescribeLaunchTemplateVersions",
    { LaunchTemplateId: template.LaunchTemplateId, Versions: [template.Version ?? "$Default"] },
    scope,
  );
  return answer.LaunchTemplateVersions?.[0]?.LaunchTemplateData?.InstanceType;
}

const activeOf = ({ store }: Parts, { scope, clusterName, provider }: Managed): ContainerInstanceRow[] =>
  containerInstances(store, scope).filter(
    (row) => row.clusterName === clusterName && row.capacityProviderName === provider.name && row.status === "ACTIVE",
  );

/** How many new instances the waiting tasks need. One that fits on no instance of the type brings none. */
async function newInstances(deps: Parts, managed: Managed, group: AutoScalingGroup): Promise<number> {
  const tasksWaiting = waiting(deps, managed.scope, managed.clusterName, managed.provider.name);
  if (tasksWaiting.length === 0) return 0;
  return instancesFor(tasksWaiting, capacityOf((await instanceType(deps, managed, group)) ?? ""));
}

async function scaleOut(deps: Parts, managed: Managed): Promise<void> {
  const group = await groupOf(deps, managed);
  if (!group) return;
  const { minimumScalingStepSize: least = 1, maximumScalingStepSize: most = 10_000 } = managed.provider.provider.managedScaling!;
  const desired = group.DesiredCapacity ?? 0;
  // Instances that have been asked for, and have not joined the cluster yet.
  const coming = Math.max(0, desired - activeOf(deps, managed).length);
  const lacking = (await newInstances(deps, managed, group)) - coming;
  if (lacking <= 0) return;
  const wanted = Math.min(group.MaxSize ?? desired, desired + Math.min(most, Math.max(least, lacking)));
  if (wanted > desired) await setDesired(deps, managed, wanted);
}

const setDesired = ({ api }: Parts, { scope, provider }: Managed, DesiredCapacity: number): Promise<unknown> =>
  api.call("autoscaling", "SetDesiredCapacity", { AutoScalingGroupName: groupName(provider), DesiredCapacity, HonorCooldown: false }, scope);

/** An instance is in use when a task is on it that is not a daemon's (managed-scaling-behavior.html). */
function inUse({ store }: Parts, { scope }: Managed, instance: ContainerInstanceRow): boolean {
  return tasks(store, scope)
    .filter((row) => row.containerInstanceId === instance.id && occupies(row))
    .some((row) => services(store, scope).get(`${row.clusterName}/${row.serviceName ?? ""}`)?.schedulingStrategy !== "DAEMON");
}

/**
 * Puts CapacityProviderReservation: the instances needed in percent of those there; 100 when there are none and none are
 * needed, 200 when there are none and some are (managed-scaling-behavior.html; AWS Containers blog, "Deep Dive on Amazon
 * ECS Cluster Auto Scaling").
 */
async function publish(deps: Parts, managed: Managed): Promise<number> {
  const present = activeOf(deps, managed);
  const used = present.filter((instance) => inUse(deps, managed, instance)).length;
  const group = await groupOf(deps, managed);
  const needed = used + (group ? await newInstances(deps, managed, group) : 0);
  const value = present.length === 0 ? (needed === 0 ? 100 : 200) : (needed * 100) / present.length;
  const dimensions = { CapacityProviderName: managed.provider.name, ClusterName: managed.clusterName };
  deps.metrics.put(managed.scope, "AWS/ECS/ManagedScaling", [{ name: "CapacityProviderReservation", dimensions, value, unit: "Percent" }]);
  return value;
}

/** Down to what is needed. With managed termination protection the instances in use are protected, and the others are not. */
async function scaleIn(deps: Parts, managed: Managed): Promise<void> {
  const group = await groupOf(deps, managed);
  if (!group) return;
  const present = activeOf(deps, managed);
  const used = present.filter((instance) => inUse(deps, managed, instance));
  const { managedScaling, managedTerminationProtection } = managed.provider.provider;
  const needed = used.length + (await newInstances(deps, managed, group));
  const wanted = Math.max(group.MinSize ?? 0, Math.ceil((needed * 100) / managedScaling!.targetCapacity!));
  if (wanted >= (group.DesiredCapacity ?? 0)) return;
  if (managedTerminationProtection === "ENABLED") {
    await protect(deps, managed, used, true);
    await protect(
      deps,
      managed,
      present.filter((instance) => !used.includes(instance)),
      false,
    );
  }
  await setDesired(deps, managed, wanted);
}

async function protect(
  { api }: Parts,
  { scope, provider }: Managed,
  instances: ContainerInstanceRow[],
  ProtectedFromScaleIn: boolean,
): Promise<void> {
  if (instances.length === 0) return;
  const InstanceIds = instances.map(({ ec2InstanceId }) => ec2InstanceId);
  await api.call("autoscaling", "SetInstanceProtection", { AutoScalingGroupName: groupName(provider), InstanceIds, ProtectedFromScaleIn }, scope);
}
