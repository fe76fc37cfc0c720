import type {
  DescribeTasksRequest,
  DescribeTasksResponse,
  ListTasksRequest,
  ListTasksResponse,
  StopTaskRequest,
  StopTaskResponse,
} from "@aws-sdk/client-ecs";
import type { Call } from "../../../core/service.ts";
import { clusterOf, findTask, invalid, lastPart, page, taskArn } from "../lookup.ts";
import type { Parts } from "../parts.ts";
import { tasks } from "../state.ts";
import { taskView } from "../views.ts";

export function DescribeTasks(deps: Pick<Parts, "store">, input: DescribeTasksRequest, call: Call): DescribeTasksResponse {
  const cluster = clusterOf(deps.store, call, input.cluster);
  if (!input.tasks?.length) throw invalid("Tasks cannot be empty.");
  if (input.tasks.length > 100) throw invalid("You may only describe up to 100 tasks at a time.");
  const rows = input.tasks.map((id) => findTask(deps.store, call, cluster, id));
  return {
    tasks: rows.filter((row) => row !== undefined).map((row) => taskView(row, input.include ?? [])),
    failures: input.tasks.filter((_, i) => !rows[i]).map((id) => ({ arn: taskArn(call, cluster.name, lastPart(id)), reason: "MISSING" })),
  };
}

/** `desiredStatus` RUNNING (which PENDING tasks have too) unless told; STOPPED ones are there for an hour. */
export function ListTasks(deps: Pick<Parts, "store">, input: ListTasksRequest, call: Call): ListTasksResponse {
  const cluster = clusterOf(deps.store, call, input.cluster);
  const desired = input.desiredStatus ?? "RUNNING";
  const instance = input.containerInstance && lastPart(input.containerInstance);
  const service = input.serviceName && lastPart(input.serviceName);
  const rows = tasks(deps.store, call).filter(
    ({ clusterName, containerInstanceId, serviceName, task }) =>
      clusterName === cluster.name &&
      task.desiredStatus === desired &&
      (!instance || containerInstanceId === instance) &&
      (!service || serviceName === service) &&
      (!input.startedBy || task.startedBy === input.startedBy) &&
      (!input.family || lastPart(task.taskDefinitionArn).replace(/:\d+$/, "") === input.family) &&
      (!input.launchType || task.launchType === input.launchType),
  );
  const { items, nextToken } = page(
    rows.map(({ task }) => task.taskArn),
    input,
  );
  return { taskArns: items, nextToken };
}

/** Answers at once; the task stops in its own time. */
export function StopTask(deps: Parts, input: StopTaskRequest, call: Call): StopTaskResponse {
  const cluster = clusterOf(deps.store, call, input.cluster);
  const row = findTask(deps.store, call, cluster, input.task!);
  if (!row) throw invalid("The referenced task was not found.");
  void deps.runner.stop(call, row.id, { stopCode: "UserInitiated", reason: input.reason ?? "Task stopped by user" });
  return { task: taskView(tasks(deps.store, call).get(row.id)!) };
}
