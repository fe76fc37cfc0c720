import type { CrashLoop } from "../shared/crash-loop.ts";
import type { Engine, WokenTag } from "../shared/engine.ts";
import { ensureTask, type Tasks } from "../shared/ensure-task.ts";
import { type Log, told } from "../shared/log.ts";
import { nextPoll, type Time } from "../shared/poll.ts";
import { isLiving, type SeenTask } from "../shared/seen-task.ts";
import { howEnded } from "../shared/stopped.ts";
import { isThrottled } from "../shared/throttled.ts";
import { type Phase, phaseOf } from "./phase.ts";

/** AWS, as far as the doorman needs it. */
export interface DoorWorld extends Time {
  readonly tasks: Tasks;
  /** True when the listener rule sends requests to the service. */
  reaches(): Promise<boolean>;
}

/** Milliseconds. */
export interface Held {
  /** When the load balancer got the request. */
  readonly arrived: number;
  /** When to stop waiting. */
  readonly until: number;
  readonly woken?: WokenTag;
}

export type Opened =
  | { readonly kind: "ready" }
  | { readonly kind: "waiting"; readonly phase: Phase }
  | { readonly kind: "crashed"; readonly loop: CrashLoop }
  | { readonly kind: "failed"; readonly reason: string };

/** What the load balancer may take until every part of it knows a rule's new form. */
const SETTLE_MS = 1_000;
/** Two wait for each other here, reconcile for the target and the doorman for the rule: each is late by a twentieth at most. */
const POLL = { first: 20, most: 1_000, share: 20 };
/** The task is looked at less often than the rule: its states last longer. */
const TASK_POLL = { first: 100, most: 1_000 };
/** What the reconcile function may take for its part before it is told again: an event may be lost. */
const PATIENCE_MS = 2_000;
const POKE_EVERY_MS = 5_000;
/** Tasks that end under one request. */
const MOST_TASKS = 3;

/** Wakes the engine, and waits until requests reach it. */
export async function wake(world: DoorWorld, engine: Engine, { arrived, until, woken }: Held, log: Log): Promise<Opened> {
  const ensure = () => ensureTask(world.tasks, engine, { by: "http", now: world.now(), ...(woken ? { woken } : {}) }, log);
  const [reached, ensured] = await Promise.all([patiently(world, until, () => world.reaches(), log), patiently(world, until, ensure, log)]);
  if (reached) {
    // This very request came here all the same: the rule was switched a moment ago. Sent back at once, it might go in circles.
    // One that has waited for this function (a cold start, many at once) has given the load balancer that moment already.
    await world.sleep(Math.max(0, arrived + SETTLE_MS - world.now()));
    return { kind: "ready" };
  }
  let state = ensured;
  for (let count = 1; ; count++) {
    if (state === undefined) return { kind: "waiting", phase: "starting" };
    if (state.kind === "failed") return { kind: "failed", reason: state.reasons.join("; ") };
    if (state.kind === "crashed") return state;
    if (state.started) log("started", { service: engine.service, task: state.task.arn });
    const outcome = await follow(world, state.task, until, log);
    if (!("ended" in outcome)) return outcome;
    log("ended", { service: engine.service, task: outcome.ended.arn, why: howEnded(outcome.ended) });
    if (count >= MOST_TASKS) return { kind: "failed", reason: howEnded(outcome.ended) };
    state = await patiently(world, until, ensure, log);
  }
}

/** Waits for one task's service to be reached; until the time is over, or the task is. */
async function follow(world: DoorWorld, task: SeenTask, until: number, log: Log): Promise<Opened | { ended: SeenTask }> {
  let phase = phaseOf(task);
  let since = world.now();
  let looked = since;
  let poked = -Infinity;
  let calm = 1;
  for (;;) {
    if (world.now() >= until) return { kind: "waiting", phase };
    await world.sleep(Math.min(nextPoll(world.now() - since, POLL) * calm, Math.max(0, until - world.now())));
    try {
      if (await world.reaches()) return { kind: "ready" };
      if (world.now() - looked >= nextPoll(world.now() - since, TASK_POLL)) {
        looked = world.now();
        const [now] = await world.tasks.describe([task.arn]);
        if (now && !isLiving(now)) return { ended: now };
        const next = phaseOf(now ?? task);
        // A new phase is waited for closely, however long the one before it took.
        if (next !== phase) [phase, since] = [next, world.now()];
        if (phase === "health" && world.now() - since >= PATIENCE_MS && world.now() - poked >= POKE_EVERY_MS) {
          poked = world.now();
          await world.tasks.poke();
        }
      }
      calm = Math.max(1, calm / 2);
    } catch (error) {
      if (!isThrottled(error)) throw error;
      calm = Math.min(16, calm * 2);
      log("throttled", { error: told(error) });
    }
  }
}

/** Asks again while AWS says that there are too many calls. @returns undefined when the time is over */
async function patiently<T>(world: DoorWorld, until: number, ask: () => Promise<T>, log: Log): Promise<T | undefined> {
  for (let pause = 100; ; pause = Math.min(2_000, pause * 2)) {
    try {
      return await ask();
    } catch (error) {
      if (!isThrottled(error)) throw error;
      log("throttled", { error: told(error) });
    }
    if (world.now() + pause >= until) return undefined;
    await world.sleep(pause);
  }
}
