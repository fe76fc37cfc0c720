import type {
  DeleteClusterRequest,
  DeleteClusterResponse,
  DescribeClustersRequest,
  DescribeClustersResponse,
  ListClustersRequest,
  ListClustersResponse,
  UpdateClusterRequest,
  UpdateClusterResponse,
  UpdateClusterSettingsRequest,
  UpdateClusterSettingsResponse,
} from "@aws-sdk/client-ecs";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { clusterArn, clusterOf, lastPart, page } from "../lookup.ts";
import type { Parts } from "../parts.ts";
import { clusters, containerInstances, occupies, services, tasks } from "../state.ts";
import { clusterView } from "../views.ts";

export function DescribeClusters(deps: Pick<Parts, "store">, input: DescribeClustersRequest, call: Call): DescribeClustersResponse {
  const names = (input.clusters?.length ? input.clusters : ["default"]).map(lastPart);
  const table = clusters(deps.store, call);
  const rows = names.map((name) => table.get(name));
  return {
    clusters: rows.filter((row) => row !== undefined).map((row) => clusterView(deps.store, call, row, input.include ?? [])),
    failures: names.filter((_, i) => !rows[i]).map((name) => ({ arn: clusterArn(call, name), reason: "MISSING" })),
  };
}

export function ListClusters(deps: Pick<Parts, "store">, input: ListClustersRequest, call: Call): ListClustersResponse {
  const rows = clusters(deps.store, call).filter(({ status }) => status === "ACTIVE");
  const { items, nextToken } = page(
    rows.map((row) => row.arn),
    input,
  );
  return { clusterArns: items, nextToken };
}

export function UpdateCluster(deps: Pick<Parts, "store">, input: UpdateClusterRequest, call: Call): UpdateClusterResponse {
  const cluster = clusterOf(deps.store, call, input.cluster);
  if (input.serviceConnectDefaults) throw new NotSupported("ecs", "UpdateCluster", "serviceConnectDefaults");
  const row = clusters(deps.store, call).update(cluster.name, {
    settings: merged(cluster.settings, input.settings),
    configuration: input.configuration ?? cluster.configuration,
  });
  return { cluster: clusterView(deps.store, call, row) };
}

export function UpdateClusterSettings(deps: Pick<Parts, "store">, input: UpdateClusterSettingsRequest, call: Call): UpdateClusterSettingsResponse {
  const cluster = clusterOf(deps.store, call, input.cluster);
  const row = clusters(deps.store, call).update(cluster.name, { settings: merged(cluster.settings, input.settings) });
  return { cluster: clusterView(deps.store, call, row) };
}

function merged<S extends { name?: string }>(present: S[], changes: S[] = []): S[] {
  return [...present.filter(({ name }) => !changes.some((change) => change.name === name)), ...changes];
}

export function DeleteCluster(deps: Pick<Parts, "store">, input: DeleteClusterRequest, call: Call): DeleteClusterResponse {
  const cluster = clusterOf(deps.store, call, input.cluster);
  const { name } = cluster;
  if (containerInstances(deps.store, call).find((row) => row.clusterName === name)) {
    throw new AwsError(
      "ClusterContainsContainerInstancesException",
      "The Cluster cannot be deleted while Container Instances are active or draining.",
    );
  }
  if (services(deps.store, call).find((row) => row.clusterName === name && row.status !== "INACTIVE")) {
    throw new AwsError("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.");
  }
  if (tasks(deps.store, call).find((row) => row.clusterName === name && occupies(row))) {
    throw new AwsError("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.");
  }
  const row = { ...cluster, status: "INACTIVE" as const };
  clusters(deps.store, call).delete(name);
  return { cluster: clusterView(deps.store, call, row) };
}
