import type { LastRun } from "../functions/shared/run-spec.ts";
import { byAge, isLiving, type SeenTask, taskId } from "../functions/shared/seen-task.ts";
import { isGoing } from "../functions/shared/start-run.ts";
import { inTimeZone, wallTime } from "../schedule/zone.ts";
import { parseSchedule } from "../schedule/schedule.ts";
import type { LeafState, LeafStatus } from "./leaf-state.ts";

/** A schedule as EventBridge Scheduler has it. */
export interface SeenSchedule {
  readonly expression: string;
  readonly timezone: string;
  readonly enabled: boolean;
  /** When it was made or changed, milliseconds: a rate counts from there. */
  readonly changedAt: number;
}

/** What is there of a scheduled task now, as AWS tells it. */
export interface TaskObservation {
  /** Of the last hour, stopped ones too. */
  readonly tasks: readonly SeenTask[];
  readonly schedules: readonly SeenSchedule[];
  readonly last?: LastRun;
}

/** Runs of a scheduled task, as `--json` prints them. Times are ISO 8601. */
export interface Runs {
  enabled: boolean;
  timezone: string;
  schedules: string[];
  /** The next ticks, in order; empty where it is not enabled. */
  next: string[];
  running: { task: string; since: string }[];
  last: (LastRun & { /** How long its container ran. */ seconds?: number }) | null;
}

const TICKS = 3;

export function describeTask(name: string, observed: TaskObservation | undefined, now: number): LeafStatus {
  if (!observed) return { name, state: "not deployed", address: null, since: null };
  const { schedules, last } = observed;
  const going = observed.tasks.filter(isGoing).sort(byAge);
  const state = stateOf(going);
  const since = going[0] ? new Date(going[0].startedAt ?? going[0].createdAt).toISOString() : (last?.stoppedAt ?? null);
  return {
    name,
    state,
    address: null,
    since,
    ...(last?.failed ? { reason: `its last run failed: ${last.how}` } : {}),
    runs: {
      enabled: schedules.some(({ enabled }) => enabled),
      timezone: schedules[0]?.timezone ?? "UTC",
      schedules: schedules.map(({ expression }) => expression),
      next: nextTicks(schedules, now).map((at) => new Date(at).toISOString()),
      running: going.map((task) => ({ task: taskId(task.arn), since: new Date(task.startedAt ?? task.createdAt).toISOString() })),
      last: last ? { ...last, ...secondsOf(last) } : null,
    },
  };
}

function stateOf(going: readonly SeenTask[]): LeafState {
  const living = going.filter(isLiving);
  if (living.some(({ lastStatus }) => lastStatus === "RUNNING")) return "awake";
  if (living.length > 0) return "waking";
  return going.length > 0 ? "falling asleep" : "asleep";
}

const secondsOf = ({ startedAt, stoppedAt }: LastRun): { seconds?: number } =>
  startedAt === undefined ? {} : { seconds: Math.round((Date.parse(stoppedAt) - Date.parse(startedAt)) / 1000) };

/** @returns milliseconds, in order, each once */
export function nextTicks(schedules: readonly SeenSchedule[], now: number): number[] {
  const ticks = new Set<number>();
  for (const { expression, timezone, enabled, changedAt } of schedules) {
    const parsed = enabled ? parseSchedule(expression) : undefined;
    if (!parsed) continue;
    // The zone is one of a day's time; a rate knows none.
    const schedule = expression.startsWith("rate(") ? parsed : inTimeZone(parsed, timezone);
    let at: number | undefined = now;
    for (let i = 0; i < TICKS; i++) {
      at = schedule.next(at, changedAt);
      if (at === undefined) break;
      ticks.add(at);
    }
  }
  return [...ticks].sort((a, b) => a - b).slice(0, TICKS);
}

/** `2026-01-05 13:00`, as clocks in that zone show it. */
export const inZone = (iso: string, timezone: string): string =>
  new Date(wallTime(Date.parse(iso), timezone)).toISOString().slice(0, 16).replace("T", " ");
