import { createHash } from "node:crypto";
import type { Engine, WakeSource, WokenTag } from "./engine.ts";
import { crashLoop, type CrashLoop } from "./crash-loop.ts";
import { type Log, told } from "./log.ts";
import { taskOf } from "./marks.ts";
import { byAge, isLiving, type SeenTask, taskId } from "./seen-task.ts";
import { isCapacityFailure, isCapacityReason } from "./stopped.ts";

export type Capacity = Engine["capacity"];

/** What RunTask said: a task, the tasks that have the token already (it was used with other parameters), or why there is none. */
export type RunAnswer = { readonly task: SeenTask } | { readonly taken: readonly string[] } | { readonly failures: readonly string[] };

/** The tasks of one engine. The real ones are aws-tasks.ts. */
export interface Tasks {
  /** All of its family that ECS knows, stopped ones too (of the last hour, at most 100). */
  look(): Promise<SeenTask[]>;
  describe(arns: readonly string[]): Promise<SeenTask[]>;
  /** @param woken who or what wants it. Another one is another request for the same token: ECS says then which task has it */
  run(token: string, capacity: Capacity, startedBy: string, woken?: WokenTag): Promise<RunAnswer>;
  /** Says that somebody wants the task, and takes the stop mark off. @throws when the task has stopped */
  use(arn: string, at: number, marked: boolean): Promise<void>;
  /** Tells the engine's reconcile function to look, without waiting for it. */
  poke(): Promise<void>;
  /** `family:revision` that RunTask would take now; undefined where that cannot be told. */
  revision(): Promise<string | undefined>;
}

export type Ensured =
  | { readonly kind: "task"; readonly task: SeenTask; readonly started: boolean }
  | { readonly kind: "crashed"; readonly loop: CrashLoop }
  | { readonly kind: "failed"; readonly reasons: readonly string[] };

/** More tasks that start and stop again between a look and a RunTask than can be. */
const LONGEST_CHAIN = 8;
/** How long FARGATE_SPOT is avoided after a task that it had no place for. */
const NO_SPOT_MS = 5 * 60_000;

/**
 * Sees to it that one task of the engine runs: the one that does, or a new one.
 *
 * Everybody who wants the next task computes the same client token, from the last task that there was, and ECS starts one
 * task for one token (Amazon ECS API reference, "Ensuring idempotency"). ECS forgets a token an hour after its task has
 * stopped, which is when it forgets the task: "no task known" is one token, and gives one task, every time.
 * @param options.force a person wants it: goes past a crash loop
 * @throws what AWS answers, except for the answers that are in `Ensured`
 */
export async function ensureTask(
  tasks: Tasks,
  engine: Engine,
  options: { by: WakeSource; force?: boolean; now: number; woken?: WokenTag },
  log: Log = () => {},
): Promise<Ensured> {
  let seen = await tasks.look();
  const there = oldestLiving(seen);
  const kept = there && (await keep(tasks, there, options, log));
  if (kept) return { kind: "task", task: kept, started: false };
  if (there) {
    // It stopped under our hands.
    seen = await tasks.look();
    const other = oldestLiving(seen);
    if (other && other.arn !== there.arn && !other.mark) return { kind: "task", task: other, started: false };
    seen = seen.map((task) => (task.arn === there.arn ? { ...task, desiredStatus: "STOPPED" } : task));
  }

  const loop = options.force || options.by === "cli" ? undefined : await loopOf(tasks, engine, seen, options.now);
  if (loop) return { kind: "crashed", loop };
  const last = seen
    .filter((task) => !isLiving(task))
    .sort(byAge)
    .at(-1);
  const noSpot = seen.some((task) => isCapacityFailure(task) && isSpot(task.capacity) && options.now - (task.stoppedAt ?? 0) < NO_SPOT_MS);
  return await run(tasks, engine, { last, startedBy: `rouse/${options.by}`, noSpot, now: options.now, woken: options.woken }, log);
}

/** One without a mark before one with it. */
function oldestLiving(seen: readonly SeenTask[]): SeenTask | undefined {
  const living = seen.filter(isLiving).sort(byAge);
  return living.find(({ mark }) => !mark) ?? living[0];
}

/** Up for less than this, a task needs nobody to say that it is wanted. */
const FRESH_MS = 60_000;

/**
 * A wake cancels the sleep. It leaves its time on the task, or the task would be put to sleep again before the metrics
 * tell of the request. @returns undefined when the task has stopped meanwhile
 */
async function keep(tasks: Tasks, task: SeenTask, { by, now }: { by: WakeSource; now: number }, log: Log): Promise<SeenTask | undefined> {
  const last = task.usedAt ?? task.startedAt ?? now;
  if (!task.mark && (by === "http" || now - last < FRESH_MS)) return task;
  try {
    await tasks.use(task.arn, now, task.mark !== undefined);
  } catch (error) {
    const [after] = await tasks.describe([task.arn]);
    if (after && isLiving(after)) throw error;
    log("stopped meanwhile", { task: task.arn, error: told(error) });
    return undefined;
  }
  if (task.mark) await tasks.poke();
  const { mark: _mark, ...kept } = task;
  return kept;
}

/** What another revision did does not count, but to ask which one would run takes a call: only where it matters. */
async function loopOf(tasks: Tasks, engine: Engine, seen: readonly SeenTask[], now: number): Promise<CrashLoop | undefined> {
  const loop = crashLoop(seen, engine, now);
  if (!loop) return undefined;
  const current = await tasks.revision();
  return current === undefined || current === loop.definition ? loop : undefined;
}

async function run(
  tasks: Tasks,
  engine: Engine,
  want: { last: SeenTask | undefined; startedBy: string; noSpot: boolean; now: number; woken: WokenTag | undefined },
  log: Log,
): Promise<Ensured> {
  const { last, startedBy, noSpot, now, woken } = want;
  let capacity = noSpot ? withoutSpot(engine.capacity) : engine.capacity;
  let after = last ? taskId(last.arn) : "first";
  for (let link = 0; link < LONGEST_CHAIN; link++) {
    const answer = await tasks.run(clientToken(engine, after, capacity), capacity, startedBy, woken);
    if ("failures" in answer) {
      if (!answer.failures.some(isCapacityReason) || !hasSpot(capacity)) return { kind: "failed", reasons: answer.failures };
      log("no spot capacity", { service: engine.service, reasons: answer.failures });
      capacity = withoutSpot(capacity);
      continue;
    }
    const found = "task" in answer ? [answer.task] : (await tasks.describe(answer.taken)).sort(byAge);
    const living = found.find(isLiving);
    const kept = living && (await keep(tasks, living, { by: "http", now }, log));
    if (kept) return { kind: "task", task: kept, started: "task" in answer };
    // Of a task that had the token, and has ended: the next one comes after it.
    after = "task" in answer ? taskId(answer.task.arn) : taskId(answer.taken.at(-1) ?? after);
  }
  return { kind: "failed", reasons: ["its tasks stop as soon as they are started"] };
}

/**
 * At most 64 characters. Without the account's spot capacity it is another request, and needs another token; who wants
 * spot finds the task that runs instead before it asks.
 */
export const clientToken = ({ service, cluster }: Engine, after: string, capacity?: Capacity): string =>
  createHash("sha256")
    .update(JSON.stringify([service, cluster, after, ...(capacity && "launchType" in capacity ? [capacity.launchType] : [])]))
    .digest("hex");

export const isSpot = (provider: string | undefined): boolean => provider === "FARGATE_SPOT";

export const hasSpot = (capacity: Capacity): boolean => "providers" in capacity && capacity.providers.some(({ name }) => isSpot(name));

export const withoutSpot = (capacity: Capacity): Capacity => (hasSpot(capacity) ? { launchType: "FARGATE" } : capacity);

/** `family:revision` where the engine names one; undefined where its newest one runs. */
export function pinnedRevision({ taskDefinition }: Pick<Engine, "taskDefinition">): string | undefined {
  const name = taskOf(taskDefinition);
  return name.includes(":") ? name : undefined;
}

/** The family's name, out of any way to name a task definition. */
export const familyOf = ({ taskDefinition }: Pick<Engine, "taskDefinition">): string => taskOf(taskDefinition).split(":")[0]!;
