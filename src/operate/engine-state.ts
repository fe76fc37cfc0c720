import { crashLoop, type CrashLoop, isCrash } from "../functions/shared/crash-loop.ts";
import type { Engine } from "../functions/shared/engine.ts";
import { byAge, isLiving, type SeenTask } from "../functions/shared/seen-task.ts";
import { howEnded, isCapacityFailure } from "../functions/shared/stopped.ts";
import type { LeafState, LeafStatus } from "./leaf-state.ts";

/** What is there of an engine now, as AWS tells it. Times are milliseconds since the epoch. */
export interface EngineObservation {
  engine: Engine;
  /** Of the last hour, stopped ones too. */
  tasks: readonly SeenTask[];
  /** Elastic Load Balancing's states of the registered targets; undefined where the engine has no target group. */
  targets?: readonly string[];
  /** `family:revision` that would run next, where it is known: what another one did is no crash of this one. */
  revision?: string;
  /** Where it is reached: `http://127.0.0.1:8080/api/auth/`. */
  url?: string;
}

/** The state of an engine, from what is observed and nothing else. */
export function engineStateOf(observed: EngineObservation, now: number): { state: LeafState; since?: number; crash?: CrashLoop } {
  const { engine, tasks, targets, revision } = observed;
  const living = tasks.filter(isLiving).sort(byAge);
  const wanted = living.find(({ mark }) => !mark);
  if (wanted) {
    const elsewhere = targets === undefined || wanted.target?.elsewhere === true;
    const awake = wanted.lastStatus === "RUNNING" && (elsewhere || targets.includes("healthy"));
    return awake ? { state: "awake", since: wanted.startedAt } : { state: "waking", since: wanted.createdAt };
  }
  const marked = living[0];
  if (marked) return { state: "falling asleep", since: Date.parse(marked.mark!.at) };
  const going = tasks.find(({ lastStatus }) => lastStatus !== "STOPPED");
  if (going) return { state: "falling asleep", since: going.stoppedAt };
  const crash = crashLoop(tasks, engine, now, revision);
  const last = Math.max(...tasks.map(({ stoppedAt }) => stoppedAt ?? 0));
  if (crash) return { state: "crashed", since: last, crash };
  return { state: "asleep", ...(last > 0 ? { since: last } : {}) };
}

/** The status as it is shown and as `--json` prints it. @param observed undefined when the leaf's stack is not there */
export function describeEngine(name: string, observed: EngineObservation | undefined, now: number): LeafStatus {
  if (!observed) return { name, state: "not deployed", address: null, since: null };
  const { state, since, crash } = engineStateOf(observed, now);
  const woken = observed.tasks
    .filter(isLiving)
    .sort(byAge)
    .find(({ startedBy }) => startedBy?.startsWith("rouse/"));
  return {
    name,
    state,
    ...(observed.url ? { url: observed.url } : {}),
    address: state === "awake" ? (observed.url ?? null) : null,
    since: since === undefined ? null : new Date(since).toISOString(),
    ...(woken ? { wokenBy: WOKEN_BY[woken.startedBy!.slice("rouse/".length)] ?? woken.startedBy! } : {}),
    ...(crash ? crashOf(crash) : {}),
    ...(state === "asleep" ? failureOf(observed) : {}),
  };
}

function crashOf({ stops, reason, until }: CrashLoop): Pick<LeafStatus, "reason" | "retryAt"> {
  const retryAt = new Date(until).toISOString();
  return { reason: `stopped by itself ${stops} times (${reason}); starts again ${retryAt}, or by rouse wake`, retryAt };
}

/** Why one that sleeps did not stay up, where it was not put to sleep: no crash loop yet, and no reason to say nothing. */
function failureOf({ engine, tasks }: EngineObservation): Pick<LeafStatus, "reason"> {
  const last = tasks.filter(({ lastStatus }) => lastStatus === "STOPPED").sort((a, b) => (b.stoppedAt ?? 0) - (a.stoppedAt ?? 0))[0];
  if (!last || !(isCrash(last, engine) || isCapacityFailure(last))) return {};
  return { reason: `${last.startedAt === undefined ? "its last start failed" : "it ended by itself"}: ${howEnded(last)}` };
}

const WOKEN_BY: Record<string, string> = {
  http: "an HTTP request",
  event: "an event",
  api: "a request to the API",
  workflow: "a workflow",
  schedule: "a schedule",
  cli: "rouse wake",
};
