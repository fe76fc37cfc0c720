import type { CapacityProviderStrategyItem, PutClusterCapacityProvidersRequest, PutClusterCapacityProvidersResponse } from "@aws-sdk/client-ecs";
import { AwsError } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { DRAINING_HOOK, HOOK_TIMEOUT_S } from "../engine/draining.ts";
import { checkStrategy, isFargate } from "../engine/strategy.ts";
import { clusterOf, groupName, invalid, lastPart } from "../lookup.ts";
import type { Parts } from "../parts.ts";
import { type CapacityProviderRow, type ClusterRow, capacityProviders, clusters, containerInstances, services } from "../state.ts";
import { clusterView } from "../views.ts";

export async function PutClusterCapacityProviders(
  deps: Parts,
  input: PutClusterCapacityProvidersRequest,
  call: Call,
): Promise<PutClusterCapacityProvidersResponse> {
  const cluster = clusterOf(deps.store, call, input.cluster);
  const row = await attachProviders(deps, call, cluster, {
    capacityProviders: input.capacityProviders ?? [],
    strategy: input.defaultCapacityProviderStrategy ?? [],
  });
  return { cluster: clusterView(deps.store, call, row) };
}

/** Makes these the capacity providers of a cluster: checks them, and puts the draining hook on their groups. */
export async function attachProviders(
  deps: Parts,
  scope: Scope,
  cluster: ClusterRow,
  wanted: { capacityProviders: string[]; strategy: CapacityProviderStrategyItem[] },
): Promise<ClusterRow> {
  const names = wanted.capacityProviders.map(lastPart);
  const rows = names.filter((name) => !isFargate(name)).map((name) => provider(deps, scope, name));
  checkStrategy({ ...cluster, capacityProviders: names }, wanted.strategy);
  const gone = cluster.capacityProviders.filter((name) => !names.includes(name));
  const used = services(deps.store, scope).find(
    (row) =>
      row.clusterName === cluster.name &&
      row.status !== "INACTIVE" &&
      (row.capacityProviderStrategy ?? []).some((item) => gone.includes(item.capacityProvider!)),
  );
  if (used) throw new AwsError("ResourceInUseException", "The specified capacity provider is in use and cannot be removed.");
  for (const row of rows) if (row.provider.managedDraining === "ENABLED") await putHook(deps, scope, row);
  for (const name of gone) await removeHook(deps, scope, name);
  const row = clusters(deps.store, scope).update(cluster.name, { capacityProviders: names, defaultCapacityProviderStrategy: wanted.strategy });
  adoptInstances(deps, scope, cluster.name, rows);
  deps.scheduler.reconcileCluster(scope, cluster.name);
  return row;
}

function provider(deps: Parts, scope: Scope, name: string): CapacityProviderRow {
  const row = capacityProviders(deps.store, scope).get(name);
  if (!row) throw invalid(`The specified capacity provider ${name} was not found. Specify a valid name and try again.`);
  return row;
}

/** Instances of the providers' groups that have registered before. */
function adoptInstances(deps: Parts, scope: Scope, clusterName: string, rows: CapacityProviderRow[]): void {
  const table = containerInstances(deps.store, scope);
  for (const instance of table.filter((one) => one.clusterName === clusterName && !one.capacityProviderName)) {
    const group = deps.instances.get(scope, instance.ec2InstanceId)?.tags["aws:autoscaling:groupName"];
    const row = rows.find((one) => group !== undefined && groupName(one) === group);
    if (row) table.update(instance.id, { capacityProviderName: row.name });
  }
}

export async function putHook(deps: Parts, scope: Scope, row: CapacityProviderRow): Promise<void> {
  const input = {
    AutoScalingGroupName: groupName(row),
    LifecycleHookName: DRAINING_HOOK,
    LifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
    HeartbeatTimeout: HOOK_TIMEOUT_S,
    DefaultResult: "CONTINUE",
  };
  await deps.api.call("autoscaling", "PutLifecycleHook", input, scope);
}

export async function removeHook(deps: Parts, scope: Scope, name: string): Promise<void> {
  const row = capacityProviders(deps.store, scope).get(name);
  if (row?.provider.managedDraining !== "ENABLED") return;
  const input = { AutoScalingGroupName: groupName(row), LifecycleHookName: DRAINING_HOOK };
  await deps.api.call("autoscaling", "DeleteLifecycleHook", input, scope).catch((error: unknown) => {
    if (!(error instanceof AwsError)) throw error; // The group may be gone already.
  });
}
