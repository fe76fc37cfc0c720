import { type CrashMark, type Marks, taskOf } from "../shared/marks.ts";

/** A stopped task of the leaf's service, as DescribeTasks gives it. */
export interface StoppedTask {
  readonly stopCode?: string;
  readonly stoppedReason?: string;
  readonly stoppedAt?: Date;
  readonly stoppingAt?: Date;
  readonly taskDefinitionArn?: string;
  readonly containers?: readonly { readonly exitCode?: number; readonly reason?: string }[];
}

export interface Limits {
  readonly stops: number;
  readonly withinMs: number;
}

const FIRST_BACK_OFF_MS = 15 * 60_000;
const LONGEST_BACK_OFF_MS = 24 * 60 * 60_000;

/**
 * True for a stop that the container brought about itself. Scaling, draining, a deploy and a user's StopTask are not: their
 * stop codes are ServiceSchedulerInitiated, TerminationNotice, SpotInterruption and UserInitiated (Amazon ECS API
 * reference, Task, stopCode). The scheduler also stops what fails its health check, and says so in the reason.
 */
export function isCrash({ stopCode, stoppedReason }: StoppedTask): boolean {
  if (stopCode === "EssentialContainerExited" || stopCode === "TaskFailedToStart") return true;
  return stopCode === "ServiceSchedulerInitiated" && /health check/i.test(stoppedReason ?? "");
}

export interface Situation {
  readonly desired: number;
  readonly tasks: readonly StoppedTask[];
  /** `family:revision` that the service runs now: what another revision did does not count. */
  readonly currentTask: string;
  readonly marks: Marks;
  readonly limits: Limits;
  readonly now: number;
}

/** @returns the mark to leave when the loop must be broken now; otherwise why not. */
export function decide({ desired, tasks, currentTask, marks, limits, now }: Situation): { mark: CrashMark } | { why: string; crashes: number } {
  // The last wake and the last break start the count afresh: what was stopped before them has been dealt with.
  const since = Math.max(now - limits.withinMs, time(marks.wake?.at), time(marks.crashed?.at));
  const crashes = tasks
    .filter((task) => isCrash(task) && taskOf(task.taskDefinitionArn) === currentTask && stoppedAt(task) > since)
    .sort((a, b) => stoppedAt(a) - stoppedAt(b));
  const last = crashes.at(-1);
  if (desired === 0) return { why: "the group is stopped already", crashes: crashes.length };
  if (!last || crashes.length < limits.stops) return { why: "not a loop so far", crashes: crashes.length };
  const strikes = nextStrike(marks.crashed, currentTask, now);
  const until = now + Math.min(FIRST_BACK_OFF_MS * 2 ** strikes, LONGEST_BACK_OFF_MS);
  return { mark: { at: iso(now), until: iso(until), strikes, task: currentTask, stops: crashes.length, reason: reasonOf(last) } };
}

/** Broken again within a day of the last back-off's end, with the same task definition: one strike more. */
function nextStrike(before: CrashMark | undefined, currentTask: string, now: number): number {
  return before && before.task === currentTask && now - Date.parse(before.until) < LONGEST_BACK_OFF_MS ? before.strikes + 1 : 0;
}

function reasonOf(task: StoppedTask): string {
  const exit = task.containers?.find(({ exitCode }) => exitCode !== undefined)?.exitCode;
  const reason = task.containers?.find((container) => container.reason)?.reason ?? task.stoppedReason ?? "";
  return exit === undefined ? reason : `exit code ${exit}${reason ? `, ${reason}` : ""}`;
}

const stoppedAt = (task: StoppedTask): number => (task.stoppedAt ?? task.stoppingAt)?.getTime() ?? 0;
const time = (text: string | undefined): number => (text === undefined ? 0 : Date.parse(text));
const iso = (at: number): string => new Date(at).toISOString();
