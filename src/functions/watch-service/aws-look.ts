import { DescribeServicesCommand, DescribeTasksCommand, type ECSClient, ListTasksCommand, type Task } from "@aws-sdk/client-ecs";
import { taskOf } from "../shared/marks.ts";
import { taskId } from "../shared/seen-task.ts";
import type { EndedTask, Observation } from "./watch-service.ts";

/** @returns undefined where there is no such service (any more) */
export async function lookAtService(
  ecs: ECSClient,
  { cluster, service }: { readonly cluster: string; readonly service: string },
): Promise<Omit<Observation, "announced" | "now"> | undefined> {
  const [{ services }, ended] = await Promise.all([
    ecs.send(new DescribeServicesCommand({ cluster, services: [service] })),
    endedTasks(ecs, cluster, service),
  ]);
  const found = services?.[0];
  const primary = found?.deployments?.find(({ status }) => status === "PRIMARY");
  if (!found || !primary) return undefined;
  return {
    desired: found.desiredCount ?? 0,
    running: found.runningCount ?? 0,
    primary: {
      id: primary.id ?? "",
      definition: taskOf(primary.taskDefinition),
      rollout: primary.rolloutState ?? "",
      desired: primary.desiredCount ?? 0,
      running: primary.runningCount ?? 0,
    },
    ended,
  };
}

/** ECS keeps stopped tasks for at least an hour (Amazon ECS API reference, DescribeTasks), 100 to a page: more is no use. */
async function endedTasks(ecs: ECSClient, cluster: string, serviceName: string): Promise<EndedTask[]> {
  const { taskArns } = await ecs.send(new ListTasksCommand({ cluster, serviceName, desiredStatus: "STOPPED" }));
  if (!taskArns?.length) return [];
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  return tasks.filter(({ lastStatus }) => lastStatus === "STOPPED").map(endedTask);
}

const endedTask = (task: Task): EndedTask => ({
  id: taskId(task.taskArn!),
  definition: taskOf(task.taskDefinitionArn),
  // "If a task is started by an Amazon ECS service, the startedBy parameter contains the deployment ID of that service" (API reference, Task).
  deployment: task.startedBy ?? "",
  at: (task.stoppedAt ?? task.stoppingAt)?.getTime() ?? 0,
  stopCode: task.stopCode,
  stoppedReason: task.stoppedReason,
  containers: (task.containers ?? []).map(({ name, exitCode, reason }) => ({ name: name ?? "", exitCode, reason })),
});
