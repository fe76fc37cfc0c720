import { type Log, told } from "../shared/log.ts";
import type { Time } from "../shared/poll.ts";
import type { RunSpec } from "../shared/run-spec.ts";
import { insteadOf, type RunRequest, type Runs, type RunStarted, startedByTick, startRun, tickOf, tokenOf } from "../shared/start-run.ts";
import type { InsteadEvent, TickEvent } from "./env.ts";

/** What could not be started, as EventBridge Scheduler writes it: names of message attributes, and their values. */
export type Letter = Readonly<Record<string, string>>;

/** What the function sees and does. The real one is aws-run-world.ts. */
export interface RunWorld extends Time {
  readonly runs: Runs;
  /** When a schedule was made or changed last, milliseconds; undefined when it is gone. */
  changedAt(schedule: string): Promise<number | undefined>;
  /** Counts a tick that started nothing. */
  skipped(): Promise<void>;
  bury(letter: Letter): Promise<void>;
}

export type Event = TickEvent | InsteadEvent;

/** @throws Error for what nobody sends this function; Lambda then keeps it as a dead letter */
export function readEvent(event: unknown): Event {
  const { schedule, at, insteadOf: task } = (event ?? {}) as Record<string, unknown>;
  if (typeof task === "string") return { insteadOf: task };
  if (typeof schedule === "string" && typeof at === "string" && !Number.isNaN(Date.parse(at))) return event as TickEvent;
  throw new Error(`this is no tick of a schedule: ${JSON.stringify(event)}`);
}

const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 60_000;
/** A tick within this of its schedule's making is the making's own: Scheduler's precision ("Schedule types"). */
const PRECISION_MS = 60_000;

/** Before the retry of that number, 1 for the first. Ten of them take six minutes. */
export const retryAfter = (retry: number): number => Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (retry - 1));

/**
 * One run for one tick, or a letter that says why not.
 * @param until when to try no more, milliseconds
 * @throws what stands in the way of looking, of counting time or of writing the letter; Lambda tries again, and the token is the same
 */
export async function runTask(world: RunWorld, spec: RunSpec, event: Event, until: number, log: Log): Promise<void> {
  if ("rate" in event && (await isOfDeployment(world, event))) return log("not run: a rate's first tick comes with the deployment", { ...event });
  const request = await requestOf(world, spec, event);
  if (!request) return log("not run: the task is not known any more", { ...event });
  for (let retry = 0; ; retry++) {
    const result = await startRun(world.runs, spec, request, log);
    if (result.kind !== "failed") return await report(world, result, event, log);
    log("not started", { ...event, ...result, retry });
    const at = world.now() + retryAfter(retry + 1);
    if (result.canRetry && retry < spec.retries && at < until) {
      await world.sleep(retryAfter(retry + 1));
      continue;
    }
    return await world.bury(letterOf(result, request, event, retry));
  }
}

async function isOfDeployment(world: RunWorld, { schedule, at }: TickEvent): Promise<boolean> {
  const changed = await world.changedAt(schedule);
  return changed !== undefined && Date.parse(at) < changed + PRECISION_MS;
}

/**
 * A tick that is delivered twice asks for the same. With `skip` so do two schedules that tick at the same time: one run is what
 * both of them want.
 */
async function requestOf({ runs }: RunWorld, spec: RunSpec, event: Event): Promise<RunRequest | undefined> {
  if ("insteadOf" in event) {
    const [task] = await runs.describe([event.insteadOf]);
    return task && insteadOf(task);
  }
  const time = new Date(event.at).toISOString();
  const token = tokenOf(spec.cluster, time, spec.overlap === "skip" ? "" : event.schedule);
  return { token, startedBy: startedByTick(time), overlap: spec.overlap };
}

async function report(world: RunWorld, result: Exclude<RunStarted, { kind: "failed" }>, event: Event, log: Log): Promise<void> {
  if (result.kind === "started") return log("started", { ...event, task: result.task.arn, capacity: result.task.capacity });
  log("skipped: the run before goes on", { ...event, task: result.task.arn, since: new Date(result.task.createdAt).toISOString() });
  await world.skipped().catch((error: unknown) => log("not counted", { error: told(error) }));
}

function letterOf({ code, message }: Extract<RunStarted, { kind: "failed" }>, { startedBy }: RunRequest, event: Event, retries: number): Letter {
  const at = "at" in event ? event.at : tickOf(startedBy);
  return {
    ERROR_CODE: code,
    ERROR_MESSAGE: message,
    RETRY_ATTEMPTS: String(retries),
    ...(at === undefined ? {} : { SCHEDULED_TIME: at }),
    ...("schedule" in event ? { SCHEDULE_ARN: event.schedule } : {}),
  };
}
