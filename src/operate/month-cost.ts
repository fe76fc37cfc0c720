import type { LeafCost } from "../cost/bill.ts";
import type { Wake } from "./history-types.ts";

/** What a leaf has cost since the month began. US dollars. */
export interface CostSoFar {
  /** What stands, for the part of the month that has passed, and the hours awake. */
  readonly soFar: number;
  /** The same time, always on. */
  readonly always: number;
  readonly hoursAwake: number;
}

const HOUR_MS = 3_600_000;

/**
 * This month so far (in UTC, as AWS bills), from a leaf's history and its bill: the hours of its wakes by the price of an hour, and the
 * month's part of what is there asleep or awake. What is paid by use (queries, messages) is not in it: nobody has counted it.
 * @param wakes those that may reach into the month
 * @param now milliseconds on the environment's clock
 */
export function costSoFar(cost: Pick<LeafCost, "kind" | "asleep" | "hour">, wakes: readonly Wake[], now: number): CostSoFar {
  const { start, end } = monthOf(now);
  const elapsed = (now - start) / HOUR_MS;
  const hoursAwake = cost.kind === "service" ? elapsed : wakes.reduce((sum, wake) => sum + hoursWithin(wake, start, now), 0);
  const standing = (cost.asleep * (now - start)) / (end - start);
  return { soFar: standing + hoursAwake * cost.hour, always: standing + elapsed * cost.hour, hoursAwake };
}

/** @returns milliseconds */
export function monthOf(now: number): { start: number; end: number } {
  const at = new Date(now);
  return { start: Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1), end: Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1) };
}

/** Hours of a wake between two times. It was up until it slept, and for as long before as it says. */
function hoursWithin({ slept, upSeconds }: Wake, start: number, now: number): number {
  if (upSeconds === null) return 0;
  const until = slept === null ? now : Date.parse(slept.at);
  const from = until - upSeconds * 1000;
  return Math.max(0, Math.min(until, now) - Math.max(from, start)) / HOUR_MS;
}

export const sumOf = (costs: readonly CostSoFar[]): CostSoFar =>
  costs.reduce((sum, cost) => ({ soFar: sum.soFar + cost.soFar, always: sum.always + cost.always, hoursAwake: sum.hoursAwake + cost.hoursAwake }), {
    soFar: 0,
    always: 0,
    hoursAwake: 0,
  });
