import {
  ConflictException,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListTasksCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-ecs";
import type { Engine, Runnable, StopMark, TargetTag, WokenTag } from "./engine.ts";
import { type Capacity, familyOf, pinnedRevision, type RunAnswer, type Tasks } from "./ensure-task.ts";
import { taskOf } from "./marks.ts";
import { STOP_MARK, TARGET_TAG, USED_TAG, WOKEN_TAG } from "./names.ts";
import { readTask, type SeenTask } from "./seen-task.ts";
import { overridesOf } from "./overrides.ts";
import type { RunInput } from "./run-spec.ts";
import { writeStopMark, writeTargetTag, writeWokenTag } from "./task-tags.ts";

/** @param poke invokes a function by name, and does not wait for it */
export function awsTasks(ecs: ECSClient, engine: Engine, poke: (reconcile: string) => Promise<void>, tag?: TargetTag): Tasks {
  return {
    look: () => lookAtTasks(ecs, engine),
    describe: (arns) => describeTasks(ecs, engine, arns),
    run: (token, capacity, startedBy, woken) => runTask(ecs, engine, { token, capacity, startedBy, tag, woken }),
    use: async (arn, at, marked) => {
      // Before the mark is gone: whoever sees it gone is to see this.
      await ecs.send(new TagResourceCommand({ resourceArn: arn, tags: [{ key: USED_TAG, value: new Date(at).toISOString() }] }));
      if (marked) await unmarkTask(ecs, arn);
    },
    poke: () => poke(engine.reconcile),
    revision: async () => {
      const pinned = pinnedRevision(engine);
      if (pinned) return pinned;
      const { taskDefinition } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: engine.taskDefinition }));
      return taskDefinition?.taskDefinitionArn === undefined ? undefined : taskOf(taskDefinition.taskDefinitionArn);
    },
  };
}

/** One page of each: an engine has one task, and ECS keeps stopped ones for an hour (Amazon ECS API reference, DescribeTasks). */
export async function lookAtTasks(ecs: ECSClient, engine: Runnable): Promise<SeenTask[]> {
  const list = async (desiredStatus: "RUNNING" | "STOPPED"): Promise<string[]> => {
    const { taskArns } = await ecs.send(new ListTasksCommand({ cluster: engine.cluster, family: familyOf(engine), desiredStatus }));
    return taskArns ?? [];
  };
  const [running, stopped] = await Promise.all([list("RUNNING"), list("STOPPED")]);
  // DescribeTasks takes 100.
  return await describeTasks(ecs, engine, [...new Set([...running, ...stopped])].slice(0, 100));
}

export async function describeTasks(ecs: ECSClient, engine: Pick<Runnable, "cluster">, arns: readonly string[]): Promise<SeenTask[]> {
  if (arns.length === 0) return [];
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster: engine.cluster, tasks: [...arns], include: ["TAGS"] }));
  return tasks.map(readTask).filter((task) => task !== undefined);
}

export interface Run {
  readonly token: string;
  readonly capacity: Capacity;
  readonly startedBy: string;
  readonly tag?: TargetTag | undefined;
  readonly woken?: WokenTag | undefined;
  /** What the container is told, over its own settings. */
  readonly input?: RunInput;
}

/** @throws what RunTask throws, but for a token that was used with other parameters */
export async function runTask(ecs: ECSClient, engine: Runnable, run: Run): Promise<RunAnswer> {
  try {
    const { tasks, failures } = await ecs.send(new RunTaskCommand(runTaskInput(engine, run)));
    const task = tasks?.map(readTask).find((task) => task !== undefined);
    if (task) return { task };
    return { failures: (failures ?? []).map(({ reason, detail, arn }) => [reason, detail, arn && `(${arn})`].filter(Boolean).join(" ")) };
  } catch (error) {
    if (!(error instanceof ConflictException)) throw error;
    return { taken: error.resourceIds ?? [] };
  }
}

export function runTaskInput(engine: Runnable, { token, capacity, startedBy, tag, woken, input }: Run): RunTaskCommandInput {
  const tags = [
    ...(tag ? [{ key: TARGET_TAG, value: writeTargetTag(tag) }] : []),
    ...(woken ? [{ key: WOKEN_TAG, value: writeWokenTag(woken) }] : []),
  ];
  return {
    cluster: engine.cluster,
    taskDefinition: engine.taskDefinition,
    count: 1,
    clientToken: token,
    startedBy,
    ...("launchType" in capacity
      ? { launchType: capacity.launchType }
      : {
          capacityProviderStrategy: capacity.providers.map(({ name, weight, base }) => ({ capacityProvider: name, weight, base })),
        }),
    // Only a task with an interface of its own has one to configure.
    ...(engine.network === "awsvpc"
      ? {
          networkConfiguration: {
            awsvpcConfiguration: {
              subnets: [...engine.subnets],
              securityGroups: [...engine.securityGroups],
              // On an EC2 instance ECS refuses it: only Fargate gives the interface a public address.
              ...(onFargate(capacity) ? { assignPublicIp: engine.publicIp ? "ENABLED" : "DISABLED" } : {}),
            },
          },
        }
      : {}),
    ...(input ? { overrides: overridesOf(engine.container, input) } : {}),
    ...(tags.length > 0 ? { tags } : {}),
  };
}

const onFargate = (capacity: Capacity): boolean =>
  "launchType" in capacity
    ? capacity.launchType === "FARGATE"
    : capacity.providers.every(({ name }) => name === "FARGATE" || name === "FARGATE_SPOT");

export async function markTask(ecs: ECSClient, arn: string, mark: StopMark): Promise<void> {
  await ecs.send(new TagResourceCommand({ resourceArn: arn, tags: [{ key: STOP_MARK, value: writeStopMark(mark) }] }));
}

export async function unmarkTask(ecs: ECSClient, arn: string): Promise<void> {
  await ecs.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: [STOP_MARK] }));
}
