import type { LeafRun } from "./simulate.ts";
import type { Up } from "./ups.ts";
import { DAY, HOUR } from "./visits.ts";

/** What a leaf's simulated days came to. */
export interface LeafResult {
  readonly name: string;
  readonly kind: "dns" | "engine" | "task" | "service";
  /** Times up; of a scheduled task: runs. */
  readonly wakes: number;
  /** Of them those in which nobody used it; null where that is no question (tasks, services). */
  readonly falseWakes: number | null;
  /** From the first query or request until it could be used, seconds; null where it never could. */
  readonly readySeconds: { readonly p50: number; readonly p95: number } | null;
  /** What users waited until they were in, seconds: most of them find it awake. */
  readonly waitSeconds: { readonly p50: number; readonly p95: number } | null;
  readonly visits: number;
  /** Users who were never let in, and users whose connection ended before they did. */
  readonly gaveUp: number;
  readonly cutOff: number;
  /** Queries or requests of users and scanners. */
  readonly asked: number;
  /** Paid hours, in all, and on each day. */
  readonly hoursAwake: number;
  readonly hoursByDay: readonly number[];
  /** When it was up, milliseconds since the epoch; the last may still go on. */
  readonly ups: readonly Up[];
}

/** The value below which a part of the values is; of none: undefined. Nearest rank. */
export function quantile(values: readonly number[], part: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
}

function spread(milliseconds: readonly number[]): { p50: number; p95: number } | null {
  const [p50, p95] = [quantile(milliseconds, 0.5), quantile(milliseconds, 0.95)];
  return p50 === undefined || p95 === undefined ? null : { p50: p50 / 1000, p95: p95 / 1000 };
}

export function resultOf(run: LeafRun, kind: LeafResult["kind"], { start, days }: { start: number; days: number }): LeafResult {
  const end = start + days * DAY;
  const users = run.visits.filter(({ visit }) => visit.kind === "user");
  const hoursByDay = Array.from({ length: days }, (_, day) =>
    kind === "service" ? 24 : run.ups.reduce((sum, up) => sum + overlap(up, start + day * DAY, start + (day + 1) * DAY, end), 0) / HOUR,
  );
  const woken = kind === "dns" || kind === "engine";
  return {
    name: run.name,
    kind,
    wakes: run.ups.length,
    falseWakes: woken ? run.ups.filter(isFalseWake).length : null,
    readySeconds: spread(run.ups.flatMap(({ ready, asked }) => (ready === undefined ? [] : [ready - asked]))),
    waitSeconds: spread(users.flatMap(({ waited }) => (waited === undefined ? [] : [waited]))),
    visits: users.length,
    gaveUp: users.filter(({ waited }) => waited === undefined).length,
    cutOff: users.filter(({ cutOff }) => cutOff > 0).length,
    asked: run.asked,
    hoursAwake: hoursByDay.reduce((sum, hours) => sum + hours, 0),
    hoursByDay,
    ups: run.ups,
  };
}

/** Somebody asked for it, and nobody used it. What came due by itself, or was started with others, asks for nobody. */
export const isFalseWake = ({ by, users }: Pick<Up, "by" | "users">): boolean => by !== "schedule" && users === 0;

/** Milliseconds that a time up has within two others. */
function overlap({ launched, gone }: Up, from: number, to: number, end: number): number {
  return Math.max(0, Math.min(gone ?? end, to) - Math.max(launched, from));
}
