import { AutoScalingClient, CreateOrUpdateTagsCommand, UpdateAutoScalingGroupCommand } from "@aws-sdk/client-auto-scaling";
import { DescribeServicesCommand, DescribeTasksCommand, ECSClient, ListTasksCommand } from "@aws-sdk/client-ecs";
import { readEnv } from "../shared/env.ts";
import { describeGroup } from "../shared/group.ts";
import { logLine } from "../shared/log.ts";
import { readMarks, taskOf, writeMark } from "../shared/marks.ts";
import { MARKS } from "../shared/names.ts";
import { CLIENT } from "../shared/sdk.ts";
import { decide, type StoppedTask } from "./break-crash-loop.ts";
import { BREAK_CRASH_LOOP_ENV } from "./env.ts";

const env = readEnv(BREAK_CRASH_LOOP_ENV);
const autoScaling = new AutoScalingClient(CLIENT);
const ecs = new ECSClient(CLIENT);
const limits = { stops: Number(env.stops), withinMs: Number(env.within) * 1000 };

/** A task of the service has stopped: counts the recent crashes in ECS and stops the group when it is a loop. */
export async function handler(): Promise<void> {
  const [group, tasks, currentTask] = await Promise.all([describeGroup(autoScaling, env.group), stoppedTasks(), serviceTask()]);
  const desired = group.DesiredCapacity ?? 0;
  const decision = decide({ desired, tasks, currentTask, marks: readMarks(group.Tags ?? []), limits, now: Date.now() });
  if (!("mark" in decision)) return logLine("none", { leaf: env.leaf, ...decision });

  // The mark first: from then on no DNS query raises the count again, and the stop is announced as a crash.
  const tag = {
    ResourceId: env.group,
    ResourceType: "auto-scaling-group",
    Key: MARKS.crashed,
    Value: writeMark(decision.mark),
    PropagateAtLaunch: false,
  };
  await autoScaling.send(new CreateOrUpdateTagsCommand({ Tags: [tag] }));
  await autoScaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: env.group, DesiredCapacity: 0 }));
  logLine("stop", { leaf: env.leaf, ...decision.mark });
}

/** ECS keeps stopped tasks for at least an hour (Amazon ECS API reference, DescribeTasks), 100 to a page: more is no use. */
async function stoppedTasks(): Promise<StoppedTask[]> {
  const { taskArns } = await ecs.send(new ListTasksCommand({ cluster: env.cluster, serviceName: env.service, desiredStatus: "STOPPED" }));
  if (!taskArns?.length) return [];
  const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster: env.cluster, tasks: taskArns }));
  return tasks ?? [];
}

async function serviceTask(): Promise<string> {
  const { services } = await ecs.send(new DescribeServicesCommand({ cluster: env.cluster, services: [env.service] }));
  return taskOf(services?.[0]?.taskDefinition);
}
