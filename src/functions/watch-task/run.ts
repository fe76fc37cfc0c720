import { isLiving, type SeenTask, taskId } from "../shared/seen-task.ts";
import type { LeafId } from "../shared/names.ts";
import type { LastRun } from "../shared/run-spec.ts";
import { hadNoSpot } from "../shared/start-run.ts";
import { howEnded } from "../shared/stopped.ts";

export interface WatchConfig extends LeafId {
  readonly container: string;
  readonly overlap: "skip" | "allow";
  /** 0: a run may take any time. */
  readonly leftUpMs: number;
  readonly leftUpStop: boolean;
  readonly stopTimeout: number;
  /** Whether a task without spot capacity is replaced by one on demand. */
  readonly replaces: boolean;
  /** EventBridge Scheduler itself starts its runs. */
  readonly direct: boolean;
  /** What an hour of a run costs, US dollars; empty where no price is known. */
  readonly hourUsd: string;
}

/** Something that people are told once of a run. */
export type Occasion = "failed" | "left-up";

/** What is to be done about a run, in this order. */
export type Step =
  | { readonly do: "check"; /** Milliseconds. */ readonly at: number }
  | { readonly do: "uncheck" }
  | { readonly do: "replace" }
  | { readonly do: "remember"; readonly run: LastRun }
  | { readonly do: "tell"; readonly occasion: Occasion }
  | { readonly do: "stop" };

/** What the present state of a run's task asks for, whichever event it was that made somebody look. */
export function stepsFor(task: SeenTask, config: WatchConfig, now: number): Step[] {
  if (task.lastStatus !== "STOPPED") return isLiving(task) ? ofRunning(task, config, now) : [];
  const checked: Step[] = config.leftUpMs > 0 && task.startedAt !== undefined ? [{ do: "uncheck" }] : [];
  if (config.replaces && hadNoSpot(task)) return [...checked, { do: "replace" }];
  const run = runOf(task, config.container);
  return [...checked, { do: "remember", run }, ...(run.failed ? [{ do: "tell", occasion: "failed" } as const] : [])];
}

function ofRunning({ startedAt }: SeenTask, { leftUpMs, leftUpStop }: WatchConfig, now: number): Step[] {
  if (leftUpMs === 0 || startedAt === undefined) return [];
  const at = startedAt + leftUpMs;
  if (now < at) return [{ do: "check", at }];
  return [{ do: "tell", occasion: "left-up" }, ...(leftUpStop ? [{ do: "stop" } as const] : [])];
}

/** How a run went that is over. */
export function runOf(task: SeenTask, container: string): LastRun {
  const exitCode = task.containers.find(({ name }) => name === container)?.exitCode;
  const hasWorked = task.stopCode === "EssentialContainerExited" && exitCode === 0;
  return {
    task: taskId(task.arn),
    ...(task.startedAt === undefined ? {} : { startedAt: new Date(task.startedAt).toISOString() }),
    stoppedAt: new Date(task.stoppedAt ?? task.createdAt).toISOString(),
    ...(exitCode === undefined ? {} : { exitCode }),
    how: hasWorked ? "it has done its work" : howEnded(task),
    // Stopped by a person, by its watchdog, which has told of it, or with its stack (Amazon ECS API reference, Task, stopCode).
    failed: !hasWorked && task.stopCode !== "UserInitiated",
  };
}
