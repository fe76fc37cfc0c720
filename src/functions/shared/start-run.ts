import { createHash } from "node:crypto";
import { type Capacity, hasSpot, isSpot, type RunAnswer, withoutSpot } from "./ensure-task.ts";
import type { WokenTag } from "./engine.ts";
import type { Log } from "./log.ts";
import type { RunSpec } from "./run-spec.ts";
import { byAge, isLiving, type SeenTask, taskId } from "./seen-task.ts";
import { isCapacityFailure, isCapacityReason } from "./stopped.ts";
import { isThrottled } from "./throttled.ts";

/** The tasks of a scheduled leaf. The real ones are aws-runs.ts. */
export interface Runs {
  /** All of its family that ECS knows, stopped ones too (of the last hour, at most 100). */
  look(): Promise<SeenTask[]>;
  describe(arns: readonly string[]): Promise<SeenTask[]>;
  /** @throws what RunTask throws */
  run(token: string, capacity: Capacity, startedBy: string, woken?: WokenTag): Promise<RunAnswer>;
  /** Because another run was there already. */
  stop(arn: string): Promise<void>;
}

export type RunStarted =
  /** By this call, or by an earlier one with the same token. */
  | { readonly kind: "started"; readonly task: SeenTask }
  /** Another run goes on, and `overlap` says that nothing starts beside it. A run that is stopping goes on until it has stopped. */
  | { readonly kind: "going on"; readonly task: SeenTask }
  | { readonly kind: "failed"; readonly code: string; readonly message: string; readonly canRetry: boolean };

export interface RunRequest {
  /** The same for everything that is to start one run only. */
  readonly token: string;
  /** See `startedByTick`; of the tasks that ECS knows it tells which one is of this request. */
  readonly startedBy: string;
  readonly overlap: "skip" | "allow";
  readonly woken?: WokenTag;
  /** False: what is no longer to be had of spot, is not asked for. */
  readonly spot?: boolean;
}

/**
 * Starts one run: on spot capacity first where the leaf says so, on demand where there is none.
 *
 * With `skip` it looks before, and again after it: ECS shows new tasks with some delay (Amazon ECS API reference, RunTask), and
 * a tick and a person may come in the same moment. Of two that are there then the younger one goes, so one is left.
 */
export async function startRun(runs: Runs, spec: RunSpec, request: RunRequest, log: Log = () => {}): Promise<RunStarted> {
  if (request.overlap === "skip") {
    const tasks = await runs.look();
    // The invocation has come twice: what it wanted is there.
    const own = request.startedBy.startsWith(TICK) && tasks.find(({ startedBy }) => startedBy === request.startedBy);
    if (own) return { kind: "started", task: own };
    const going = oldestGoing(tasks);
    if (going) return { kind: "going on", task: going };
  }
  const capacity = request.spot === false ? withoutSpot(spec.capacity) : spec.capacity;
  const started = await runOn(runs, request, capacity, log);
  if (started.kind !== "started" || request.overlap === "allow" || !isLiving(started.task)) return started;
  const first = oldestGoing(await runs.look());
  if (!first || first.arn === started.task.arn || byAge(started.task, first) < 0) return started;
  log("another run was there", { task: started.task.arn, other: first.arn });
  await runs.stop(started.task.arn);
  return { kind: "going on", task: first };
}

export const isGoing = ({ lastStatus }: SeenTask): boolean => lastStatus !== "STOPPED";

const oldestGoing = (tasks: readonly SeenTask[]): SeenTask | undefined => tasks.filter(isGoing).sort(byAge)[0];

const TICK = "rouse/schedule/";

/** At most 36 characters, of which only letters, digits, hyphens, slashes and underscores (Amazon ECS API reference, RunTask, startedBy; StartTask allows 36). */
export const startedByTick = (at: string): string => `${TICK}${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;

/** @returns ISO 8601; undefined for a task that no tick has started */
export function tickOf(startedBy: string | undefined): string | undefined {
  const [, year, month, day, hour, minute, second] = /^rouse\/schedule\/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(startedBy ?? "") ?? [];
  return year === undefined ? undefined : `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

async function runOn(runs: Runs, request: RunRequest, capacity: Capacity, log: Log): Promise<RunStarted> {
  const { token, startedBy, woken } = request;
  const onSpot = hasSpot(capacity);
  const failure = (code: string, message: string, canRetry: boolean): Promise<RunStarted> => {
    if (!onSpot || !isCapacityReason(message)) return Promise.resolve({ kind: "failed", code, message, canRetry });
    log("no spot capacity", { reason: message });
    return runOn(runs, request, withoutSpot(capacity), log);
  };
  let answer: RunAnswer;
  try {
    answer = await runs.run(onSpot ? token : tokenOf(token, "on demand"), capacity, startedBy, woken);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return failure(error instanceof Error ? error.name : "Error", message, isWorthARetry(error));
  }
  // RunTask's failures are of the moment: no room, no capacity, an agent that is away (Amazon ECS Developer Guide, "API failure reasons").
  if ("failures" in answer) return failure("TaskFailedToStart", answer.failures.join("; ") || "RunTask started nothing", true);
  if ("task" in answer) return { kind: "started", task: answer.task };
  // Of another revision of the task definition, as when a deployment came between two tries: it runs, or has.
  const [task] = await runs.describe(answer.taken);
  return task ? { kind: "started", task } : { kind: "failed", code: "ConflictException", message: "it has been started before", canRetry: false };
}

/** Throttling, faults of ECS, no capacity and broken connections; what is wrong with the request stays wrong. */
function isWorthARetry(error: unknown): boolean {
  if (!(error instanceof Error) || isThrottled(error) || isCapacityReason(error.message)) return true;
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  return status === undefined || status >= 500;
}

/**
 * A client token: at most 64 characters (Amazon ECS API reference, RunTask).
 * @param parts what makes a run the same run: a tick's time and schedule, or the task that it takes the place of
 */
export const tokenOf = (...parts: readonly string[]): string => createHash("sha256").update(JSON.stringify(parts)).digest("hex");

/** True for a task that was to run on spot capacity of which there was none: another one takes its place, on demand. */
export const hadNoSpot = (task: SeenTask): boolean => isCapacityFailure(task) && isSpot(task.capacity);

/** The run that takes the place of such a task. Whoever asks for it, and however often: it is one. */
export const insteadOf = (task: SeenTask): RunRequest => ({
  token: tokenOf("instead of", taskId(task.arn)),
  startedBy: task.startedBy ?? "rouse/schedule",
  overlap: "allow",
  spot: false,
});
