import type { ReadyLine, SleptLine } from "../shared/record.ts";
import { type SeenTask, taskId } from "../shared/seen-task.ts";
import { DELETED, isStoppedBy } from "../shared/stopped.ts";
import { paidSeconds, phasesOf, wakerOf } from "../shared/task-life.ts";
import { costOf } from "../shared/words.ts";
import { runOf, type WatchConfig } from "./run.ts";

/** A run that has begun. While it runs ECS knows for whom; afterwards it does not. */
export const readyLine = (task: SeenTask, config: WatchConfig): ReadyLine => ({
  line: "ready",
  wake: taskId(task.arn),
  at: new Date(task.startedAt ?? task.createdAt).toISOString(),
  woken: wakerOf(task, config.direct),
  phases: phasesOf(task),
});

/** A run that is over. */
export function sleptLine(task: SeenTask, config: WatchConfig, now: number): SleptLine {
  const { stoppedAt, exitCode, how } = runOf(task, config.container);
  const upSeconds = paidSeconds(task, now);
  return {
    line: "slept",
    wake: taskId(task.arn),
    at: stoppedAt,
    woken: wakerOf(task, config.direct),
    phases: phasesOf(task),
    why: whyOver(task, config),
    reason: how,
    upSeconds,
    ...costOf(upSeconds, config.hourUsd),
    ...(exitCode === undefined ? {} : { exitCode }),
  };
}

function whyOver(task: SeenTask, { container }: WatchConfig): SleptLine["why"] {
  if (isStoppedBy(task, "left-up")) return "left-up";
  if (task.stoppedReason === DELETED) return "deleted";
  if (runOf(task, container).failed) return "failed";
  return task.stopCode === "UserInitiated" ? "hand" : "ended";
}
