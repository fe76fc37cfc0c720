import type {
  DeregisterContainerInstanceRequest,
  DeregisterContainerInstanceResponse,
  DescribeContainerInstancesRequest,
  DescribeContainerInstancesResponse,
  ListContainerInstancesRequest,
  ListContainerInstancesResponse,
  UpdateContainerInstancesStateRequest,
  UpdateContainerInstancesStateResponse,
} from "@aws-sdk/client-ecs";
import { NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { changeInstance } from "../engine/task-state.ts";
import { clusterOf, containerInstanceArn, findContainerInstance, invalid, lastPart, page } from "../lookup.ts";
import type { Parts } from "../parts.ts";
import { containerInstances, occupies, tasks } from "../state.ts";
import { containerInstanceView } from "../views.ts";

export function ListContainerInstances(deps: Pick<Parts, "store">, input: ListContainerInstancesRequest, call: Call): ListContainerInstancesResponse {
  if (input.filter) throw new NotSupported("ecs", "ListContainerInstances", "filter");
  const cluster = clusterOf(deps.store, call, input.cluster);
  const rows = containerInstances(deps.store, call).filter(
    (row) => row.clusterName === cluster.name && (!input.status || row.status === input.status),
  );
  const { items, nextToken } = page(
    rows.map(({ arn }) => arn),
    input,
  );
  return { containerInstanceArns: items, nextToken };
}

export function DescribeContainerInstances(
  deps: Pick<Parts, "store">,
  input: DescribeContainerInstancesRequest,
  call: Call,
): DescribeContainerInstancesResponse {
  const cluster = clusterOf(deps.store, call, input.cluster);
  if (!input.containerInstances?.length) throw invalid("Container instances cannot be empty.");
  const rows = input.containerInstances.map((id) => findContainerInstance(deps.store, call, cluster, id));
  return {
    containerInstances: rows.filter((row) => row !== undefined).map((row) => containerInstanceView(deps.store, call, row, input.include ?? [])),
    failures: input.containerInstances
      .filter((_, i) => !rows[i])
      .map((id) => ({ arn: containerInstanceArn(call, cluster.name, lastPart(id)), reason: "MISSING" })),
  };
}

export function UpdateContainerInstancesState(
  deps: Parts,
  input: UpdateContainerInstancesStateRequest,
  call: Call,
): UpdateContainerInstancesStateResponse {
  const cluster = clusterOf(deps.store, call, input.cluster);
  const { status } = input;
  if (status !== "ACTIVE" && status !== "DRAINING") throw invalid("Container instance status should be one of [ACTIVE, DRAINING]");
  const answer: Required<Pick<UpdateContainerInstancesStateResponse, "containerInstances" | "failures">> = { containerInstances: [], failures: [] };
  for (const reference of input.containerInstances ?? []) {
    const row = findContainerInstance(deps.store, call, cluster, reference);
    if (!row) {
      answer.failures.push({ arn: containerInstanceArn(call, cluster.name, lastPart(reference)), reason: "MISSING" });
      continue;
    }
    if (row.status !== status) changeInstance(deps, call, row.id, { status });
    deps.scheduler.reconcileCluster(call, cluster.name);
    answer.containerInstances.push(containerInstanceView(deps.store, call, containerInstances(deps.store, call).get(row.id)!));
  }
  return answer;
}

/** With tasks on it, `force` is needed; they go on running on AWS, but nobody minds them, and here they are stopped. */
export function DeregisterContainerInstance(deps: Parts, input: DeregisterContainerInstanceRequest, call: Call): DeregisterContainerInstanceResponse {
  const cluster = clusterOf(deps.store, call, input.cluster);
  const row = findContainerInstance(deps.store, call, cluster, input.containerInstance!);
  if (!row) throw invalid("Unable to find Container Instance.");
  const here = tasks(deps.store, call).filter((task) => task.containerInstanceId === row.id && occupies(task));
  if (here.length > 0 && !input.force) throw invalid("Found running tasks on the instance.");
  const inactive = changeInstance(deps, call, row.id, { status: "INACTIVE", agentConnected: false });
  for (const task of here)
    void deps.runner.lose(call, task.id, { stopCode: "UserInitiated", reason: "Container instance deregistration forced by user" });
  containerInstances(deps.store, call).delete(row.id);
  deps.scheduler.reconcileCluster(call, cluster.name);
  return { containerInstance: containerInstanceView(deps.store, call, inactive) };
}
