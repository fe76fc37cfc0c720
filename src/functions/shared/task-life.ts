import { isCrash } from "./crash-loop.ts";
import type { Engine, WakeSource } from "./engine.ts";
import type { Phases, SleptLine, Waker, WokenBy } from "./record.ts";
import type { SeenTask } from "./seen-task.ts";
import { tickOf } from "./start-run.ts";
import { DELETED, isStoppedBy } from "./stopped.ts";

/** What a task tells of its own wake, for the history. */

const SOURCES: readonly WakeSource[] = ["http", "event", "api", "workflow", "schedule", "cli"];

/**
 * A task that Rouse has not started was run by somebody.
 * @param bySchedule EventBridge Scheduler itself runs tasks of this leaf, and they say nothing of who has
 */
export function wakerOf({ startedBy, woken }: Pick<SeenTask, "startedBy" | "woken">, bySchedule = false): Waker {
  const known = SOURCES.find((source) => startedBy === `rouse/${source}` || startedBy?.startsWith(`rouse/${source}/`));
  const by: WokenBy = known ?? (isScheduler(startedBy) || (bySchedule && startedBy === undefined) ? "schedule" : "hand");
  return { by, ...(woken?.who ? { who: woken.who } : {}), ...(woken?.what ? { what: woken.what } : {}) };
}

/** Not documented; public code that sorts ECS tasks by who has started them knows EventBridge Scheduler by this. */
const isScheduler = (startedBy: string | undefined): boolean => startedBy?.startsWith("chronos-schedule/") === true;

const iso = (at: number): string => new Date(at).toISOString();

/** As far as ECS tells of them. A run's tick is when it was asked for. */
export function phasesOf(task: SeenTask): Phases {
  const { woken, createdAt, pullStoppedAt, startedAt } = task;
  const asked = woken?.at ?? tickOf(task.startedBy);
  return {
    ...(asked ? { asked: dated(asked) } : {}),
    ...(woken?.seen ? { noticed: dated(woken.seen) } : {}),
    task: iso(createdAt),
    ...(pullStoppedAt === undefined ? {} : { image: iso(pullStoppedAt) }),
    ...(startedAt === undefined ? {} : { running: iso(startedAt) }),
  };
}

const dated = (text: string): string => (Number.isNaN(Date.parse(text)) ? text : iso(Date.parse(text)));

/** What is paid on Fargate: from the begin of its pull to its end ("AWS Fargate pricing"). Seconds. */
export function paidSeconds({ pullStartedAt, startedAt, stoppedAt }: SeenTask, now: number): number {
  const from = pullStartedAt ?? startedAt;
  return from === undefined ? 0 : Math.max(0, Math.round(((stoppedAt ?? now) - from) / 1000));
}

/** Why an engine's task has ended. */
export function whyEnded(task: SeenTask, engine: Pick<Engine, "port">): SleptLine["why"] {
  if (isStoppedBy(task, "idle")) return "idle";
  if (isStoppedBy(task, "left-up")) return "left-up";
  if (isStoppedBy(task, "cli")) return "hand";
  if (task.stoppedReason === DELETED) return "deleted";
  if (isCrash(task, engine)) return task.startedAt === undefined ? "failed" : "crashed";
  if (task.stopCode === "EssentialContainerExited") return "ended";
  return task.stopCode === "UserInitiated" && !task.stoppedReason?.startsWith("Rouse: ") ? "hand" : "other";
}
