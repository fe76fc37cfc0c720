import type { CreateClusterRequest, CreateClusterResponse } from "@aws-sdk/client-ecs";
import { NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { clusterArn, invalid } from "../lookup.ts";
import type { Parts } from "../parts.ts";
import { type ClusterRow, clusters } from "../state.ts";
import { clusterView } from "../views.ts";
import { attachProviders } from "./put-cluster-capacity-providers.ts";

/** Creating a cluster that exists answers with it, as ECS does. */
export async function CreateCluster(deps: Parts, input: CreateClusterRequest, call: Call): Promise<CreateClusterResponse> {
  const name = input.clusterName ?? "default";
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) throw invalid("Identifier must be 1 to 255 letters, numbers, hyphens, and underscores.");
  if (input.serviceConnectDefaults) throw new NotSupported("ecs", "CreateCluster", "serviceConnectDefaults");
  const table = clusters(deps.store, call);
  const existing = table.get(name);
  if (existing?.status === "ACTIVE") return { cluster: clusterView(deps.store, call, existing) };
  const row: ClusterRow = {
    name,
    arn: clusterArn(call, name),
    status: "ACTIVE",
    settings: withDefaults(input.settings),
    configuration: input.configuration,
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
    tags: input.tags ?? [],
  };
  table.set(name, row);
  const attached = await attachProviders(deps, call, row, {
    capacityProviders: input.capacityProviders ?? [],
    strategy: input.defaultCapacityProviderStrategy ?? [],
  });
  return { cluster: clusterView(deps.store, call, attached) };
}

/** Container Insights is off unless asked for; it is only remembered here. */
export function withDefaults(settings: ClusterRow["settings"] = []): ClusterRow["settings"] {
  return settings.some(({ name }) => name === "containerInsights") ? settings : [...settings, { name: "containerInsights", value: "disabled" }];
}
