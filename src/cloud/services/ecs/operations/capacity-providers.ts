import type { AutoScalingGroupsType } from "@aws-sdk/client-auto-scaling";
import type {
  AutoScalingGroupProvider,
  CapacityProvider,
  CreateCapacityProviderRequest,
  CreateCapacityProviderResponse,
  DeleteCapacityProviderRequest,
  DeleteCapacityProviderResponse,
  DescribeCapacityProvidersRequest,
  DescribeCapacityProvidersResponse,
  UpdateCapacityProviderRequest,
  UpdateCapacityProviderResponse,
} from "@aws-sdk/client-ecs";
import { NotSupported } from "../../../core/errors.ts";
import { arn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { clientError, groupName, invalid, lastPart } from "../lookup.ts";
import type { Parts } from "../parts.ts";
import { type CapacityProviderRow, capacityProviders, clusters } from "../state.ts";
import { capacityProviderView } from "../views.ts";
import { putHook, removeHook } from "./put-cluster-capacity-providers.ts";

/** AWS's own, of every account; DescribeCapacityProviders lists them too. */
const OWN = ["FARGATE", "FARGATE_SPOT"];

/** Managed scaling and termination protection are off unless asked for, managed draining is on (API_AutoScalingGroupProvider). */
function checked(wanted: AutoScalingGroupProvider): AutoScalingGroupProvider {
  const { status, targetCapacity = 100 } = wanted.managedScaling ?? {};
  if (targetCapacity < 1 || targetCapacity > 100) throw invalid("The managed scaling target capacity must be between 1 and 100.");
  if (wanted.managedTerminationProtection === "ENABLED" && status !== "ENABLED")
    throw invalid("Managed termination protection is not supported when managed scaling is turned off. Turn managed scaling on and try again.");
  return {
    autoScalingGroupArn: wanted.autoScalingGroupArn,
    managedScaling: {
      status: "DISABLED",
      targetCapacity: 100,
      minimumScalingStepSize: 1,
      maximumScalingStepSize: 10_000,
      instanceWarmupPeriod: 300,
      ...wanted.managedScaling,
    },
    managedTerminationProtection: wanted.managedTerminationProtection ?? "DISABLED",
    managedDraining: wanted.managedDraining ?? "ENABLED",
  };
}

export async function CreateCapacityProvider(deps: Parts, input: CreateCapacityProviderRequest, call: Call): Promise<CreateCapacityProviderResponse> {
  const name = input.name!;
  if (input.managedInstancesProvider) throw new NotSupported("ecs", "CreateCapacityProvider", "managedInstancesProvider");
  if (!input.autoScalingGroupProvider) throw invalid("The autoScalingGroupProvider parameter is required.");
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(name) || /^(aws|ecs|fargate)/i.test(name)) {
    throw invalid(
      "The specified capacity provider name is invalid. Up to 255 characters are allowed, including letters (uppercase and lowercase), numbers, underscores, and hyphens. It cannot be prefixed with aws, ecs, or fargate. Specify a valid name and try again.",
    );
  }
  const table = capacityProviders(deps.store, call);
  const provider = checked(input.autoScalingGroupProvider);
  const existing = table.get(name);
  if (existing) {
    if (existing.provider.autoScalingGroupArn === provider.autoScalingGroupArn) return { capacityProvider: capacityProviderView(existing) };
    throw clientError(
      "The specified capacity provider already exists. To change the configuration of an existing capacity provider, update the capacity provider.",
    );
  }
  const row: CapacityProviderRow = { name, arn: arn("ecs", call, `capacity-provider/${name}`), provider, tags: input.tags ?? [] };
  await markGroup(deps, call, row);
  table.set(name, row);
  return { capacityProvider: capacityProviderView(row) };
}

/**
 * ECS marks a group that it scales (Amazon ECS Developer Guide, "Amazon ECS capacity providers for EC2 workloads": the tag
 * AmazonECSManaged), and refuses termination protection for one whose new instances are not protected.
 */
async function markGroup({ api }: Pick<Parts, "api">, call: Call, row: CapacityProviderRow): Promise<void> {
  if (row.provider.managedScaling?.status !== "ENABLED") return;
  const name = groupName(row);
  if (row.provider.managedTerminationProtection === "ENABLED") {
    const answer = await api.call<AutoScalingGroupsType>("autoscaling", "DescribeAutoScalingGroups", { AutoScalingGroupNames: [name] }, call);
    if (answer.AutoScalingGroups?.[0]?.NewInstancesProtectedFromScaleIn === false)
      throw invalid(
        "The managed termination protection setting for the capacity provider is invalid. To enable managed termination protection for a capacity provider, the Auto Scaling group must have instance protection from scale in enabled.",
      );
  }
  const tag = { ResourceId: name, ResourceType: "auto-scaling-group", Key: "AmazonECSManaged", Value: "", PropagateAtLaunch: true };
  await api.call("autoscaling", "CreateOrUpdateTags", { Tags: [tag] }, call);
}

export async function UpdateCapacityProvider(deps: Parts, input: UpdateCapacityProviderRequest, call: Call): Promise<UpdateCapacityProviderResponse> {
  const before = one(deps, input.name!, call);
  const wanted = { ...before.provider, ...dropUndefined(input.autoScalingGroupProvider ?? {}) };
  const provider = checked(wanted);
  const row: CapacityProviderRow = { ...before, provider, updateStatus: "UPDATE_COMPLETE" };
  await markGroup(deps, call, row);
  const attached = clusters(deps.store, call).find(({ capacityProviders: names }) => names.includes(before.name));
  if (attached && provider.managedDraining === "DISABLED") await removeHook(deps, call, before.name);
  capacityProviders(deps.store, call).set(row.name, row);
  if (attached && provider.managedDraining === "ENABLED") await putHook(deps, call, row);
  if (attached) deps.scheduler.reconcileCluster(call, attached.name);
  return { capacityProvider: capacityProviderView(row) };
}

const dropUndefined = (value: object): object => Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));

function one(deps: Pick<Parts, "store">, nameOrArn: string, call: Call): CapacityProviderRow {
  const row = capacityProviders(deps.store, call).get(lastPart(nameOrArn));
  if (!row) throw clientError("The specified capacity provider does not exist. Specify a valid name or ARN and try again.");
  return row;
}

export function DeleteCapacityProvider(deps: Pick<Parts, "store">, input: DeleteCapacityProviderRequest, call: Call): DeleteCapacityProviderResponse {
  const row = one(deps, input.capacityProvider!, call);
  if (clusters(deps.store, call).find(({ capacityProviders: names }) => names.includes(row.name))) {
    throw clientError(
      "The capacity provider cannot be deleted because it is associated with cluster. Remove the capacity provider from the cluster and try again.",
    );
  }
  capacityProviders(deps.store, call).delete(row.name);
  return { capacityProvider: { ...capacityProviderView(row), status: "INACTIVE", updateStatus: "DELETE_COMPLETE" } };
}

export function DescribeCapacityProviders(
  deps: Pick<Parts, "store">,
  input: DescribeCapacityProvidersRequest,
  call: Call,
): DescribeCapacityProvidersResponse {
  const table = capacityProviders(deps.store, call);
  const names = input.capacityProviders?.map(lastPart) ?? [...OWN, ...table.values().map(({ name }) => name)];
  const rows = names.map((name): CapacityProvider | undefined => {
    if (OWN.includes(name)) return { capacityProviderArn: arn("ecs", call, `capacity-provider/${name}`), name, status: "ACTIVE", tags: [] };
    const row = table.get(name);
    return row && capacityProviderView(row, input.include ?? []);
  });
  return {
    capacityProviders: rows.filter((row) => row !== undefined),
    failures: names.filter((_, i) => !rows[i]).map((name) => ({ arn: arn("ecs", call, `capacity-provider/${name}`), reason: "MISSING" })),
  };
}
