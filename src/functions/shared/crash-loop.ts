import type { Engine } from "./engine.ts";
import { isLiving, type SeenTask } from "./seen-task.ts";
import { taskOf } from "./marks.ts";
import { howEnded, isCapacityFailure } from "./stopped.ts";

export interface CrashLoop {
  /** The crash that made it a loop: gives the loop its name. */
  readonly task: string;
  /** The last crash. */
  readonly last: string;
  /** `family:revision` that crashes. */
  readonly definition: string;
  readonly stops: number;
  /** The last crash's reason. */
  readonly reason: string;
  /** When enough of the crashes are old enough, milliseconds. */
  readonly until: number;
}

/**
 * True for a stop that the task brought about itself. Rouse's and a person's stops are UserInitiated; spot and host failures
 * have codes of their own (Amazon ECS API reference, Task, stopCode). A task without a port that ends with 0 has done its work.
 */
export function isCrash(task: SeenTask, { port }: Pick<Engine, "port">): boolean {
  if (isLiving(task)) return false;
  if (task.stopCode === "TaskFailedToStart") return !isCapacityFailure(task);
  if (task.stopCode !== "EssentialContainerExited") return false;
  return port !== undefined || task.containers.some(({ exitCode }) => exitCode !== 0);
}

/**
 * Whether the engine's tasks keep ending by themselves: at least `crashLoop.stops` of them one after the other, within
 * `crashLoop.within`. A task that was stopped by somebody has worked, and ends the row. ECS shows stopped tasks for an hour,
 * so what is older has been forgotten.
 * @param current `family:revision` that would run next, where it is known: what another one did does not count
 */
export function crashLoop(
  tasks: readonly SeenTask[],
  engine: Pick<Engine, "port" | "crashLoop">,
  now: number,
  current?: string,
): CrashLoop | undefined {
  const { stops, within } = engine.crashLoop;
  const ended = tasks.filter((task) => !isLiving(task) && !isCapacityFailure(task)).sort((a, b) => endOf(a) - endOf(b));
  const definition = current ?? taskOf(ended.at(-1)?.definition);
  const worked = ended.findLastIndex((task) => !isCrash(task, engine));
  const row = ended.slice(worked + 1).filter((task) => taskOf(task.definition) === definition && endOf(task) > now - within * 1000);
  const last = row.at(-1);
  if (stops <= 0 || row.length < stops || !last) return undefined;
  return {
    task: row[stops - 1]!.arn,
    last: last.arn,
    definition,
    stops: row.length,
    reason: howEnded(last),
    until: endOf(row[row.length - stops]!) + within * 1000,
  };
}

const endOf = (task: SeenTask): number => task.stoppedAt ?? task.createdAt;
