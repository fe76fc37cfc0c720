import { ECSClient } from "@aws-sdk/client-ecs";
import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { GetParameterCommand, ParameterNotFound, SSMClient } from "@aws-sdk/client-ssm";
import type { Project, TaskLeaf } from "../config/index.ts";
import { lookAtTasks } from "../functions/shared/aws-tasks.ts";
import { lastRunParameter, type LeafId, scheduleGroupName, taskParameter, TICK_SCHEDULE } from "../functions/shared/names.ts";
import type { LastRun, RunSpec } from "../functions/shared/run-spec.ts";
import { clientOf, type Connection, serverTime } from "./environment.ts";
import type { LeafStatus } from "./leaf-state.ts";
import { describeTask, type SeenSchedule, type TaskObservation } from "./task-state.ts";

/** Reads the status of a scheduled task. @throws the SDK's errors */
export async function taskStatus(project: Project, leaf: TaskLeaf, connection: Connection): Promise<LeafStatus> {
  const ecs = clientOf(ECSClient, connection);
  const now = serverTime(ecs);
  const observed = await observe(project, leaf, connection, ecs);
  return describeTask(leaf.name, observed, now());
}

const idOf = (project: Project, leaf: TaskLeaf): LeafId => ({
  application: project.base.name,
  environment: project.environment.name,
  leaf: leaf.name,
});

/** What it takes to run the leaf, as its stack says it; undefined when that is not there. */
export const specOf = (project: Project, leaf: TaskLeaf, connection: Connection): Promise<RunSpec | undefined> =>
  parameter<RunSpec>(taskParameter(idOf(project, leaf)), connection);

async function observe(project: Project, leaf: TaskLeaf, connection: Connection, ecs: ECSClient): Promise<TaskObservation | undefined> {
  const spec = await specOf(project, leaf, connection);
  if (!spec) return undefined;
  const [tasks, schedules, last] = await Promise.all([
    lookAtTasks(ecs, spec),
    ticksOf(scheduleGroupName(project.base.name, leaf.name), connection),
    parameter<LastRun>(lastRunParameter(idOf(project, leaf)), connection),
  ]);
  return { tasks, schedules, ...(last ? { last } : {}) };
}

/** The schedules that the template has made. */
async function ticksOf(GroupName: string, connection: Connection): Promise<SeenSchedule[]> {
  const scheduler = clientOf(SchedulerClient, connection);
  const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({ GroupName, NamePrefix: TICK_SCHEDULE }));
  return await Promise.all(
    Schedules.map(async ({ Name }) => {
      const found = await scheduler.send(new GetScheduleCommand({ GroupName, Name }));
      return {
        expression: found.ScheduleExpression ?? "",
        timezone: found.ScheduleExpressionTimezone ?? "UTC",
        enabled: found.State === "ENABLED",
        changedAt: (found.LastModificationDate ?? found.CreationDate)?.getTime() ?? 0,
      };
    }),
  );
}

async function parameter<T>(Name: string, connection: Connection): Promise<T | undefined> {
  try {
    const { Parameter } = await clientOf(SSMClient, connection).send(new GetParameterCommand({ Name }));
    return JSON.parse(Parameter!.Value!) as T;
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  }
}
