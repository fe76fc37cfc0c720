import type { Engine } from "../shared/engine.ts";
import { crashLoop, type CrashLoop } from "../shared/crash-loop.ts";
import { byAge, isLiving, type SeenTask } from "../shared/seen-task.ts";

export type State = "asleep" | "waking" | "crashed" | "ready";

/** What a waking engine is at: a machine for it, its image, its container, its first health check. */
export type Phase = "starting" | "image" | "container" | "health" | "ready";

export interface Progress {
  readonly state: State;
  readonly phase?: Phase;
  readonly loop?: CrashLoop;
}

/** @param reaches the rule sends requests to the service */
export function progressOf(tasks: readonly SeenTask[], engine: Engine, reaches: boolean, now: number): Progress {
  if (reaches) return { state: "ready", phase: "ready" };
  const living = tasks.filter(isLiving).sort(byAge);
  const task = living.find(({ mark }) => !mark);
  if (task) return { state: "waking", phase: phaseOf(task) };
  const loop = living.length > 0 ? undefined : crashLoop(tasks, engine, now);
  return loop ? { state: "crashed", loop } : { state: "asleep" };
}

/** By the task's life cycle (Amazon ECS Developer Guide, "Amazon ECS task lifecycle"); the image is pulled while it is PENDING. */
export function phaseOf(task: SeenTask): Phase {
  switch (task.lastStatus) {
    case "PROVISIONING":
      return "starting";
    case "PENDING":
      if (task.pullStartedAt === undefined) return "starting";
      return task.pullStoppedAt === undefined ? "image" : "container";
    case "ACTIVATING":
      return "container";
    default:
      return "health";
  }
}
