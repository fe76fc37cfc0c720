import { crashHolds, type Marks } from "../functions/shared/marks.ts";
import { UNAVAILABLE_ADDRESS } from "../functions/shared/names.ts";
import type { Serving } from "./service-state.ts";
import type { Runs } from "./task-state.ts";

/** Rouse's words for what a leaf does. `not deployed`: its stack is not there. */
export type LeafState = "asleep" | "waking" | "awake" | "falling asleep" | "crashed" | "not deployed";

/** What is there now, as AWS tells it. Times are milliseconds since the epoch. */
export interface LeafObservation {
  desired: number;
  /** Auto Scaling's life cycle states of the instances that are still there. */
  instances: readonly string[];
  marks: Marks;
  /** What DNS answers; undefined when the zone or record is not there. */
  address?: string;
  /** When the oldest running task started. */
  taskStartedAt?: number;
  /** When the last scaling activity began and ended. */
  lastActivity?: { startedAt: number; endedAt?: number };
  createdAt: number;
}

export interface LeafStatus {
  name: string;
  state: LeafState;
  /** Its name in DNS, for a leaf that a DNS query wakes. */
  domain?: string;
  /** Where an engine with a route is reached; asleep, a request to it wakes an engine that wakes by HTTP. */
  url?: string;
  /** Where clients connect now: null unless the leaf is awake. */
  address: string | null;
  /** Since when it is in this state, ISO 8601; null where AWS does not tell. */
  since: string | null;
  /** What woke it last, and when. */
  wokenBy?: string;
  /** Why it does not start, for a crashed leaf; why the last run of a scheduled task failed. */
  reason?: string;
  /** When a crashed leaf may be started again by a visit, ISO 8601. */
  retryAt?: string;
  /** Of a scheduled task: when it runs, what runs now, and how its last run went. */
  runs?: Runs;
  /** Of a service that is always on: its tasks, and its last deployment. */
  serving?: Serving;
}

/** The state of a leaf, from what is observed and nothing else. @param now milliseconds since the epoch */
export function stateOf(observed: LeafObservation, now: number): { state: LeafState; since?: number } {
  const { desired, instances, marks, address, lastActivity } = observed;
  const reachable = address !== undefined && address !== UNAVAILABLE_ADDRESS;
  if (desired > 0) {
    if (reachable) return { state: "awake", since: observed.taskStartedAt ?? lastActivity?.endedAt };
    return { state: "waking", since: latest(marks.wake && Date.parse(marks.wake.at), lastActivity?.startedAt) };
  }
  if (instances.length > 0 || reachable) return { state: "falling asleep", since: lastActivity?.startedAt };
  if (marks.crashed && crashHolds(marks.crashed, now)) return { state: "crashed", since: Date.parse(marks.crashed.at) };
  return { state: "asleep", since: lastActivity?.endedAt ?? observed.createdAt };
}

const latest = (...times: (number | undefined)[]): number | undefined => {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
};

/** The status as it is shown and as `--json` prints it. */
export function describeLeaf(leaf: { name: string; domain: string }, observed: LeafObservation | undefined, now: number): LeafStatus {
  if (!observed) return { name: leaf.name, state: "not deployed", domain: leaf.domain, address: null, since: null };
  const { state, since } = stateOf(observed, now);
  const { wake, crashed } = observed.marks;
  return {
    name: leaf.name,
    state,
    domain: leaf.domain,
    address: state === "awake" ? observed.address! : null,
    since: since === undefined ? null : new Date(since).toISOString(),
    ...(wake ? { wokenBy: wokenBy(wake) } : {}),
    ...(state === "crashed" && crashed
      ? {
          reason: `stopped by itself ${crashed.stops} times (${crashed.reason}); starts again ${crashed.until}, or by rouse wake`,
          retryAt: crashed.until,
        }
      : {}),
  };
}

export const wokenBy = (wake: NonNullable<Marks["wake"]>): string =>
  wake.by === "cli"
    ? `${wake.who ?? "a person"} (rouse wake)`
    : `DNS query from ${wake.who ?? "an unknown resolver"}${wake.subnet ? ` for ${wake.subnet}` : ""}`;
