import type { Engine, StopMark } from "../shared/engine.ts";
import { type Answer, bad, failed, type Invocation } from "../shared/engine-request.ts";
import { type Log, told } from "../shared/log.ts";
import { nextPoll, type Time } from "../shared/poll.ts";
import { isLiving, type SeenTask } from "../shared/seen-task.ts";
import { isThrottled } from "../shared/throttled.ts";
import { readStop } from "./request.ts";

/** AWS, as far as stopping needs it. */
export interface StopWorld extends Time {
  engines(): Promise<ReadonlyMap<string, Engine>>;
  /** Tasks of the engine, stopped ones too. */
  look(engine: Engine): Promise<readonly SeenTask[]>;
  describe(engine: Engine, arns: readonly string[]): Promise<readonly SeenTask[]>;
  mark(arn: string, mark: StopMark): Promise<void>;
  /** Tells the engine's reconcile function to look; it stops what is marked. */
  poke(engine: Engine): Promise<void>;
}

/** ECS shows a new tag after a moment (Amazon ECS API reference, RunTask: eventual consistency), and an event may be lost. */
const POKE_EVERY_MS = 15_000;

interface Stopping {
  readonly service: string;
  readonly engine: Engine;
  readonly arns: readonly string[];
}

/** Marks the tasks of the services, and waits until the engines' reconcile functions have stopped them. @throws nothing */
export async function stopEngines(invocation: Invocation, world: StopWorld, options: { pollMs: number; until: number }, log: Log): Promise<Answer> {
  const answer = await stopAll(invocation, world, options, log).catch((error: unknown) => failed(told(error)));
  log(answer.statusCode === 200 ? "answered" : "failed", { by: invocation.by, ...answer });
  return answer;
}

async function stopAll({ request, error, by }: Invocation, world: StopWorld, options: { pollMs: number; until: number }, log: Log): Promise<Answer> {
  if (!request) return bad(error ?? "nothing was asked for");
  const engines = await world.engines();
  const stop = readStop(request, [...engines.keys()].sort());
  if ("statusCode" in stop) return stop;
  const mark: StopMark = { at: new Date(world.now()).toISOString(), by, drain: stop.deregister };
  const stopping = await Promise.all(stop.services.map((service) => markAll(world, { service, engine: engines.get(service)! }, mark, log)));
  let left = stopping;
  const began = world.now();
  let poked = began;
  while (stop.wait && (left = await stillRunning(world, left, log)).length > 0 && world.now() < options.until) {
    if (world.now() - poked >= POKE_EVERY_MS) {
      poked = world.now();
      for (const { engine } of left) await world.poke(engine);
    }
    await world.sleep(Math.min(nextPoll(world.now() - began, { first: 100, most: options.pollMs }), Math.max(0, options.until - world.now())));
  }
  const list = (some: readonly Stopping[]): object[] => some.map(({ service, arns }) => ({ service, taskArns: arns }));
  const isLeft = (service: string): boolean => left.some((one) => one.service === service && one.arns.length > 0);
  return {
    statusCode: 200,
    body: { stopped: list(stopping.filter(({ service }) => !isLeft(service))), running: list(left.filter(({ service }) => isLeft(service))) },
  };
}

async function markAll(world: StopWorld, { service, engine }: Omit<Stopping, "arns">, mark: StopMark, log: Log): Promise<Stopping> {
  const living = (await world.look(engine)).filter(isLiving);
  const marked = await Promise.all(living.map(async ({ arn }) => ((await markOne(world, engine, arn, mark, log)) ? arn : [])));
  const arns = marked.flat();
  if (arns.length > 0) await world.poke(engine);
  return { service, engine, arns };
}

/** @returns false when it has stopped meanwhile */
async function markOne(world: StopWorld, engine: Engine, arn: string, mark: StopMark, log: Log): Promise<boolean> {
  try {
    await world.mark(arn, mark);
    return true;
  } catch (error) {
    const [task] = await world.describe(engine, [arn]);
    if (task && isLiving(task)) throw error;
    log("stopped meanwhile", { task: arn, error: told(error) });
    return false;
  }
}

/** Those whose tasks are not STOPPED. Being asked to stop is not enough: whoever waits may want their memory, or their place. */
async function stillRunning(world: StopWorld, stopping: readonly Stopping[], log: Log): Promise<Stopping[]> {
  const left = await Promise.all(
    stopping.map(async (one): Promise<Stopping> => {
      try {
        const tasks = one.arns.length > 0 ? await world.describe(one.engine, one.arns) : [];
        return { ...one, arns: tasks.filter(({ lastStatus }) => lastStatus !== "STOPPED").map(({ arn }) => arn) };
      } catch (error) {
        if (!isThrottled(error)) throw error;
        log("throttled", { service: one.service, error: told(error) });
        return one;
      }
    }),
  );
  return left.filter(({ arns }) => arns.length > 0);
}
