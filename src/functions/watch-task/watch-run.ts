import type { Recorder } from "../shared/aws-record.ts";
import type { Message } from "../shared/aws-tell.ts";
import type { Memory } from "../shared/aws-announced.ts";
import { type Log, told } from "../shared/log.ts";
import type { LastRun } from "../shared/run-spec.ts";
import { type SeenTask, taskId } from "../shared/seen-task.ts";
import type { Tail } from "../shared/tail.ts";
import { readyLine, sleptLine } from "./history.ts";
import { failedMessage, leftUpMessage } from "./messages.ts";
import { type Occasion, type Step, stepsFor, type WatchConfig } from "./run.ts";

/** What the function sees of runs, and does about them. The real one is aws-watch-world.ts. */
export interface WatchWorld {
  now(): number;
  /** Undefined when ECS has forgotten it. */
  describe(task: string): Promise<SeenTask | undefined>;
  /** The last lines of a run's log. @param id of its task */
  tail(id: string): Promise<Tail>;
  /** Sees to it that somebody looks at the run then. */
  check(task: string, at: number): Promise<void>;
  uncheck(id: string): Promise<void>;
  replace(task: string): Promise<void>;
  /** As the last run, unless a later one is known. */
  remember(run: LastRun): Promise<void>;
  stop(task: string): Promise<void>;
  readonly announced: Memory<Occasion>;
  /** To people, and into the history. */
  tell(message: Message): Promise<void>;
  /** Into the history. */
  readonly record: Recorder;
}

/** Longer than ECS knows a stopped task: no event is about it any more. */
const KEEP_MS = 2 * 60 * 60_000;

/**
 * Something may have happened to a run: looks at what is there, and does what that asks for. Events may come twice and late.
 * @param arn the task's
 * @throws what AWS answers; Lambda tries again
 */
export async function watchRun(world: WatchWorld, config: WatchConfig, arn: string, log: Log): Promise<void> {
  const task = await world.describe(arn);
  if (!task) return log("not known any more", { task: arn });
  const steps = stepsFor(task, config, world.now());
  log("looked", { leaf: config.leaf, task: arn, status: task.lastStatus, stopCode: task.stopCode, steps });
  for (const step of steps) await take(world, config, { task, step }, log);
  if (task.lastStatus === "RUNNING" && task.desiredStatus === "RUNNING") await world.record(readyLine(task, config));
  if (task.lastStatus !== "STOPPED") return;
  // One without spot capacity goes on as another task.
  if (!steps.some((step) => step.do === "replace")) await world.record(sleptLine(task, config, world.now()));
  for (const one of await world.announced.read()) if (world.now() - one.at > KEEP_MS) await world.announced.forget(one);
}

async function take(world: WatchWorld, config: WatchConfig, { task, step }: { task: SeenTask; step: Step }, log: Log): Promise<void> {
  switch (step.do) {
    case "check":
      return await world.check(task.arn, step.at);
    case "uncheck":
      return await world.uncheck(taskId(task.arn));
    case "replace":
      return await world.replace(task.arn);
    case "remember":
      return await world.remember(step.run);
    case "stop":
      return await world.stop(task.arn);
    case "tell": {
      const id = taskId(task.arn);
      if (!(await world.announced.lock({ occasion: step.occasion, task: id }))) return log("told already", { task: id, occasion: step.occasion });
      const tail = await world.tail(id).catch((error: unknown): Tail => ({ where: "", lines: [`(its log cannot be read: ${told(error)})`] }));
      const message = step.occasion === "failed" ? failedMessage(task, config, tail, world.now()) : leftUpMessage(task, config, tail, world.now());
      // At most once: whoever comes after does not know whether it was sent. And it must not stand in the way of the rest.
      await world.tell(message).catch((error: unknown) => log("not told", { task: id, error: told(error) }));
    }
  }
}
