import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { Api, MetricsPort } from "../../core/ports.ts";
import { bind, type Service } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { access } from "./access.ts";
import { Engine } from "./engine/engine.ts";
import { CreateSchedule } from "./operations/create-schedule.ts";
import * as groupOperations from "./operations/groups.ts";
import { DeleteSchedule, GetSchedule, ListSchedules } from "./operations/schedules.ts";
import { ListTagsForResource, TagResource, UntagResource } from "./operations/tags.ts";
import { UpdateSchedule } from "./operations/update-schedule.ts";

export interface SchedulerDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  /** Targets are invoked through their operations, as the schedule's role. */
  api: Api;
  metrics: MetricsPort;
  iam: { canAssume(roleArn: string, servicePrincipal: string, context?: Readonly<Record<string, string>>): boolean };
  /** Told of invocations that failed for good; to standard error unless given. */
  onDeliveryError?: (error: unknown, delivery: { schedule: string; targetArn: string }) => void;
}

/** What the operations need, made once. */
export interface SchedulerParts extends SchedulerDeps {
  engine: Engine;
}

const reportToStderr: NonNullable<SchedulerDeps["onDeliveryError"]> = (error, { schedule, targetArn }) => {
  process.stderr.write(`rouse: schedule ${schedule} could not invoke ${targetArn}: ${error instanceof Error ? error.message : String(error)}\n`);
};

/** Amazon EventBridge Scheduler. See README.md for what it has and what it lacks. */
export function createScheduler(deps: SchedulerDeps): Service {
  const engine = new Engine({ ...deps, onDeliveryError: deps.onDeliveryError ?? reportToStderr });
  const parts: SchedulerParts = { ...deps, engine };
  const stop = (): void => engine.stop();
  return {
    name: "scheduler",
    signingNames: ["scheduler"],
    sdk: () => import("@aws-sdk/client-scheduler"),
    protocols: ["restJson1"],
    apiVersion: "2021-06-30",
    operations: bind(parts, {
      CreateSchedule,
      UpdateSchedule,
      GetSchedule,
      ListSchedules,
      DeleteSchedule,
      ...groupOperations,
      TagResource,
      UntagResource,
      ListTagsForResource,
    }),
    access,
    start: () => engine.start(),
    stop,
    reset: stop,
  };
}
