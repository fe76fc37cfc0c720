import ipaddr from "ipaddr.js";
import { type CrashMark, crashHolds, type Marks } from "../shared/marks.ts";
import type { Query } from "./query-log.ts";

/** A query that old wakes nobody: its asker has gone. Lambda and CloudWatch Logs may deliver hours late. */
export const OLDEST_QUERY_MS = 10 * 60_000;

const MINUTE_MS = 60_000;

export interface Wanted {
  /** Lower case, no dot at the end. */
  readonly domain: string;
  /** CIDR ranges. */
  readonly ignore: readonly string[];
}

/** Why a query does not count, or undefined when it does. The subscription filter has sorted out most; this is exact. */
export function whyNot(query: Query, wanted: Wanted, now: number): string | undefined {
  if (query.name.toLowerCase() !== wanted.domain) return "another name";
  if (query.type !== "A") return "another type";
  if (query.code !== "NOERROR") return "not answered";
  if (now - query.at > OLDEST_QUERY_MS) return "too old";
  if (isWithin(query.resolver, wanted.ignore)) return "ignored resolver";
  return undefined;
}

/** The latest of the queries that count. @param ignore is told of each that does not, and why */
export function latest(queries: readonly Query[], wanted: Wanted, now: number, ignore: (query: Query, why: string) => void): Query | undefined {
  let found: Query | undefined;
  for (const query of queries) {
    const why = whyNot(query, wanted, now);
    if (why !== undefined) ignore(query, why);
    else if (!found || query.at > found.at) found = query;
  }
  return found;
}

/** True when the address is in one of the CIDR ranges. What is no address is in none. */
export function isWithin(address: string, ranges: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return ranges.some((range) => {
    const [network, bits] = ipaddr.parseCIDR(range);
    return network.kind() === parsed.kind() && parsed.match(network, bits);
  });
}

export interface Situation {
  readonly desired: number;
  readonly marks: Marks;
  /** Milliseconds. */
  readonly now: number;
  readonly graceMs: number;
}

/**
 * What to do about the latest query that counts.
 * - `wake`: raise the desired count; `hits` are the times at which the hit counts as activity.
 * - `check-crash`: a crash loop was broken; ask which task definition the service has now, and decide with `afterCrash`.
 * - `check-wake`: this very query was taken for a wake before; ask what the group has launched since, and decide with `afterWake`.
 * - `none`: it is up or waking already (its `hits` count when inside the grace), or the query's wake has been.
 */
export type Decision =
  | { readonly action: "wake" | "none"; readonly why: string; readonly hits: readonly number[] }
  | { readonly action: "check-crash"; readonly mark: CrashMark }
  | { readonly action: "check-wake" };

export function decide(query: Query, { desired, marks, now, graceMs }: Situation): Decision {
  const lastWake = marks.wake ? Date.parse(marks.wake.at) : undefined;
  if (desired > 0) {
    const inGrace = lastWake !== undefined && query.at >= lastWake && query.at - lastWake <= graceMs;
    return {
      action: "none",
      why: inGrace ? "on already, query inside the grace" : "on already, query after the grace",
      hits: inGrace ? [query.at] : [],
    };
  }
  // An older query than the one that woke it last: delivered late or twice.
  if (lastWake !== undefined && query.at < lastWake) return HAS_BEEN;
  if (marks.crashed && crashHolds(marks.crashed, now)) return { action: "check-crash", mark: marks.crashed };
  // The same one again: a retry of a wake that failed half-way, or the event a second time after the leaf went to sleep.
  if (lastWake === query.at) return { action: "check-wake" };
  return wake(query, "asleep");
}

const HAS_BEEN = { action: "none", why: "the query's wake has been", hits: [] } as const;

/** @param launches when the group began to launch instances, as far as it remembers; milliseconds. */
export function afterWake(query: Query, launches: readonly number[]): Decision {
  return launches.some((at) => at >= query.at) ? HAS_BEEN : wake(query, "asleep, and the query's first wake failed");
}

/** @param currentTask `family:revision` that the service runs now. */
export function afterCrash(query: Query, mark: CrashMark, now: number, currentTask: string): Decision {
  if (crashHolds(mark, now, currentTask)) return { action: "none", why: `crashed, held until ${mark.until}`, hits: [] };
  return wake(query, "crashed, but another task definition has been deployed since");
}

/**
 * The wake's hit counts for the minute before it too. The idle alarm may still be in ALARM from the last sleep, and an
 * alarm repeats its scaling action every minute; it judges whole minutes only, so this makes the newest whole minute
 * active at its very next evaluation. See docs/decisions/0010-watchdog.md.
 */
const wake = (query: Query, why: string): Decision => ({ action: "wake", why, hits: [query.at - MINUTE_MS, query.at] });
