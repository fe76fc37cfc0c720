import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { type ECSClient, StopTaskCommand } from "@aws-sdk/client-ecs";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { ConflictException, CreateScheduleCommand, DeleteScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { DeleteParameterCommand, GetParameterCommand, ParameterNotFound, PutParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { awsAnnounced } from "../shared/aws-announced.ts";
import { describeTasks, lookAtTasks } from "../shared/aws-tasks.ts";
import type { Recorder } from "../shared/aws-record.ts";
import { tailOf } from "../shared/aws-tail.ts";
import { tellAndRecord } from "../shared/aws-tell.ts";
import { announcedPath, lastRunParameter, type LeafId, leftUpSchedule, scheduleGroupName } from "../shared/names.ts";
import { realTime } from "../shared/poll.ts";
import type { LastRun, RunSpec } from "../shared/run-spec.ts";
import { CLIENT } from "../shared/sdk.ts";
import { taskId } from "../shared/seen-task.ts";
import { DELETED, stopReason } from "../shared/stopped.ts";
import type { EndWorld } from "./end-runs.ts";
import type { Occasion } from "./run.ts";
import type { WatchWorld } from "./watch-run.ts";

export interface WatchParts {
  readonly ecs: ECSClient;
  readonly ssm: SSMClient;
  readonly id: LeafId;
  readonly spec: RunSpec;
  readonly topics: readonly string[];
  readonly record: Recorder;
  readonly self: string;
  readonly schedulerRole: string;
  /** Function that starts runs; empty where there is none. */
  readonly runTask: string;
}

export function awsWatchWorld(parts: WatchParts): WatchWorld {
  const { ecs, ssm, id, spec } = parts;
  const GroupName = scheduleGroupName(id.application, id.leaf);
  return {
    now: realTime.now,
    describe: async (task) => (await describeTasks(ecs, spec, [task]))[0],
    tail: (task) => tailOf(id, spec.container, task, new CloudWatchLogsClient(CLIENT)),
    check: async (task, at) => {
      const input = {
        GroupName,
        Name: leftUpSchedule(taskId(task)),
        // `at(yyyy-mm-ddThh:mm:ss)` (EventBridge Scheduler User Guide, "One-time schedules").
        ScheduleExpression: `at(${new Date(Math.ceil(at / 1000) * 1000).toISOString().slice(0, 19)})`,
        ScheduleExpressionTimezone: "UTC",
        FlexibleTimeWindow: { Mode: "OFF" as const },
        ActionAfterCompletion: "DELETE" as const,
        Target: { Arn: parts.self, RoleArn: parts.schedulerRole, Input: JSON.stringify({ task }) },
      };
      await ignoring(ConflictException, () => new SchedulerClient(CLIENT).send(new CreateScheduleCommand(input)));
    },
    uncheck: async (task) => {
      // Over already, or never made: either way it is not there.
      await new SchedulerClient(CLIENT).send(new DeleteScheduleCommand({ GroupName, Name: leftUpSchedule(task) })).catch((error: unknown) => {
        if (!(error instanceof Error && error.name === "ResourceNotFoundException")) throw error;
      });
    },
    replace: async (task) => {
      const Payload = JSON.stringify({ insteadOf: task });
      await new LambdaClient(CLIENT).send(new InvokeCommand({ FunctionName: parts.runTask, InvocationType: "Event", Payload }));
    },
    remember: (run) => remember(ssm, lastRunParameter(id), run),
    stop: async (task) => {
      const reason = stopReason({ at: "", by: "left-up", drain: false });
      await ecs.send(new StopTaskCommand({ cluster: spec.cluster, task, reason }));
    },
    announced: awsAnnounced<Occasion>(announcedPath(id), ssm),
    tell: (message) => tellAndRecord(parts.topics, message, parts.record),
    record: parts.record,
  };
}

/** Runs may end at the same time, and their events come in any order: a later one stays. */
async function remember(ssm: SSMClient, Name: string, run: LastRun): Promise<void> {
  const known = await ignoring(ParameterNotFound, () => ssm.send(new GetParameterCommand({ Name })));
  if (known && (JSON.parse(known.Parameter!.Value!) as LastRun).stoppedAt > run.stoppedAt) return;
  await ssm.send(new PutParameterCommand({ Name, Type: "String", Value: JSON.stringify(run).slice(0, MOST_CHARACTERS), Overwrite: true }));
}

/** Of a standard parameter (AWS Systems Manager API reference, PutParameter, Value). */
const MOST_CHARACTERS = 4096;

export function awsEndWorld({ ecs, ssm, id, spec }: WatchParts): EndWorld {
  const announced = awsAnnounced(announcedPath(id), ssm);
  return {
    ...realTime,
    tasks: () => lookAtTasks(ecs, spec),
    stop: async (task) => void (await ecs.send(new StopTaskCommand({ cluster: spec.cluster, task, reason: DELETED }))),
    forget: async () => {
      for (const one of await announced.read()) await announced.forget(one);
      await ignoring(ParameterNotFound, () => ssm.send(new DeleteParameterCommand({ Name: lastRunParameter(id) })));
    },
  };
}

/** @returns undefined when it failed with that error */
async function ignoring<T>(type: new (...parameters: never[]) => Error, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof type) return undefined;
    throw error;
  }
}
