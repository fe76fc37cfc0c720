import type { WakeSource, WokenTag } from "../shared/engine.ts";
import { type Answer, failed } from "../shared/engine-request.ts";
import { ensureTask, type Tasks } from "../shared/ensure-task.ts";
import { type Log, told } from "../shared/log.ts";
import { nextPoll, type Time } from "../shared/poll.ts";
import { isLiving, type SeenTask, taskId } from "../shared/seen-task.ts";
import { howEnded, isCapacityFailure, isStoppedBy } from "../shared/stopped.ts";
import { isThrottled } from "../shared/throttled.ts";
import type { Meant } from "./request.ts";

export interface Registered {
  readonly address: string;
  readonly port: number;
  /** Elastic Load Balancing's. */
  readonly state: string;
}

/** AWS, as far as one start needs it. */
export interface StartWorld extends Time {
  readonly tasks: Tasks;
  /** Of the target group that this start means. */
  targets(): Promise<readonly Registered[]>;
  register(address: string, port: number): Promise<void>;
}

export interface Options {
  readonly by: WakeSource;
  readonly force: boolean;
  readonly waitForHealthy: boolean;
  /** False: the task that is there is the answer. */
  readonly wait?: boolean;
  /** Longest time between two looks, ms. */
  readonly pollMs: number;
  /** When to give up, milliseconds. */
  readonly until: number;
  /** It is given up before the time is over that a start may take: then it is 202, and no failure. */
  readonly isCutShort?: boolean;
  /** Who asks, and when, where that is known. */
  readonly asker?: Pick<WokenTag, "at" | "who" | "what">;
}

/** A task of the engine's that went to sleep, or was one too many, has a successor. So often, and no more. */
const MOST_TASKS = 3;
/** How long the reconcile function may take for its part before it is told again: an event may be lost. */
const PATIENCE_MS = 2_000;
const POKE_EVERY_MS = 5_000;

/** Starts the engine's task if none runs, waits for it, and says where it is. Its waiting serves the answer only: it is registered anyhow. */
export async function start(world: StartWorld, meant: Meant, options: Options, log: Log): Promise<Answer> {
  const { engine } = meant;
  const service = engine.service;
  try {
    let last: Answer | undefined;
    for (let count = 0; count < MOST_TASKS; count++) {
      const woken = { seen: new Date(world.now()).toISOString(), ...options.asker };
      const ensured = await ensureTask(world.tasks, engine, { by: options.by, force: options.force, now: world.now(), woken }, log);
      if (ensured.kind === "failed")
        return failed(`no task of ${service} could be placed: ${ensured.reasons.join("; ")}`, { service, failures: ensured.reasons });
      if (ensured.kind === "crashed") {
        const until = new Date(ensured.loop.until).toISOString();
        const error = `${service} keeps crashing: ${ensured.loop.reason}. Nothing but a person starts it again before ${until}.`;
        return failed(error, { service, crashed: ensured.loop.reason, until });
      }
      log(ensured.started ? "started" : "runs already", { service, task: ensured.task.arn });
      // A target group of somebody else has nobody but this function to register the task.
      if (options.wait === false && !meant.registers) return done(meant, ensured.task, undefined);
      const outcome = await follow(world, meant, ensured.task, options, log);
      if (!("ended" in outcome)) return outcome;
      last = stoppedAnswer(service, outcome.ended);
      if (!isReplaceable(outcome.ended)) return last;
    }
    return last!;
  } catch (error) {
    log("failed", { service, error: told(error) });
    return failed(`${service} was not started: ${told(error)}`, { service });
  }
}

/** What nobody has decided about this start: who stopped the task on purpose did so after it, and is not to be undone. */
const isReplaceable = (task: SeenTask): boolean => isStoppedBy(task, "duplicate", "idle") || isCapacityFailure(task);

function stoppedAnswer(service: string, task: SeenTask): Answer {
  const exitCode = task.containers.find(({ exitCode }) => exitCode !== undefined)?.exitCode;
  return failed(`the task of ${service} has stopped: ${howEnded(task)}`, {
    service,
    taskArn: task.arn,
    taskId: taskId(task.arn),
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    ...(exitCode === undefined ? {} : { exitCode }),
  });
}

/** Follows one task until there is an answer, or until it ends. */
async function follow(world: StartWorld, meant: Meant, task: SeenTask, options: Options, log: Log): Promise<Answer | { ended: SeenTask }> {
  const began = world.now();
  let [runsSince, poked, hasRegistered] = [Infinity, -Infinity, false];
  let waitingFor = "the task to run";
  for (;;) {
    try {
      const [now] = await world.tasks.describe([task.arn]);
      if (now && !isLiving(now)) return { ended: now };
      // Right after RunTask ECS may not know it yet.
      const seen = now ?? task;
      if (seen.lastStatus === "RUNNING") {
        runsSince = Math.min(runsSince, world.now());
        const found = await findTarget(world, meant, seen);
        if (found === "none") return done(meant, seen, undefined);
        waitingFor = found.target ? "its target to be healthy" : found.address ? "its target to be registered" : "its address";
        if (found.target && (!options.waitForHealthy || found.target.state === "healthy")) return done(meant, seen, found.target);
        if (meant.registers && !hasRegistered && found.address !== undefined) {
          await world.register(found.address, found.port);
          hasRegistered = true;
          continue;
        }
        if (!meant.registers && !found.target && world.now() - runsSince >= PATIENCE_MS && world.now() - poked >= POKE_EVERY_MS) {
          poked = world.now();
          await world.tasks.poke();
        }
      }
    } catch (error) {
      if (!isThrottled(error)) throw error;
      log("throttled", { service: meant.engine.service, error: told(error) });
    }
    if (world.now() >= options.until) return outOfTime(meant, task, { waitingFor, waited: world.now() - began, ...options });
    await world.sleep(Math.min(nextPoll(world.now() - began, { first: 100, most: options.pollMs }), Math.max(0, options.until - world.now())));
  }
}

interface Waited extends Pick<Options, "isCutShort"> {
  readonly waitingFor: string;
  /** ms */
  readonly waited: number;
}

/** The task goes on: it is registered when it is ready, whoever waits for it or not. */
function outOfTime({ engine: { service } }: Meant, task: SeenTask, { waitingFor, waited, isCutShort = false }: Waited): Answer {
  const body = { service, waitingFor, taskArn: task.arn, taskId: taskId(task.arn) };
  if (isCutShort) return { statusCode: 202, body };
  return failed(`time limit: waited ${Math.round(waited / 1000)} s for ${waitingFor} of ${service}; it goes on starting`, body);
}

type Found = { readonly address?: string; readonly port: number; readonly target?: Registered };

/** `none`: it is not behind a load balancer. A task on its instance's address is found by its port on it, which no other task there has. */
async function findTarget(world: StartWorld, { engine }: Meant, task: SeenTask): Promise<Found | "none"> {
  if (engine.targetGroup === undefined || engine.port === undefined) return "none";
  const container = task.containers.find(({ name }) => name === engine.container);
  const port = engine.network === "awsvpc" ? engine.port : container?.ports.find((binding) => binding.container === engine.port)?.host;
  if (port === undefined) return { port: engine.port };
  const targets = await world.targets();
  const isIt = (one: Registered): boolean => one.port === port && (engine.network === "bridge" || one.address === task.address);
  const target = targets.find((one) => one.state !== "draining" && isIt(one));
  return { address: task.address ?? target?.address, port, target };
}

function done({ engine }: Meant, task: SeenTask, target: Registered | undefined): Answer {
  const body = {
    taskArn: task.arn,
    taskId: taskId(task.arn),
    privateIp: target?.address ?? task.address ?? null,
    port: target?.port ?? engine.port ?? null,
    targetGroupArn: engine.targetGroup ?? null,
    healthStatus: target?.state ?? null,
  };
  return { statusCode: 200, body };
}
