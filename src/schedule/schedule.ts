import { parseCron } from "./cron.ts";

/** A schedule that was read: when is the next time? Times are milliseconds since the epoch, UTC. */
export interface Schedule {
  /** @param from when the schedule began to count (for `rate()`) @returns the first time after `after`; undefined when there is none */
  next(after: number, from: number): number | undefined;
}

const UNITS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Reads `rate(5 minutes)` or `cron(0 12 * * ? *)` ("Setting a schedule pattern for scheduled rules"). A rate of 1 wants the
 * singular, any other the plural; spaces around are refused (recorded in localstack's test_events_schedule).
 * @returns undefined where the expression is none
 */
export function parseSchedule(expression: string): Schedule | undefined {
  const [, value, unit, plural] = /^rate\((\d+) (minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  if (value !== undefined) {
    const count = Number(value);
    if (count < 1 || (count === 1) !== (plural === "")) return undefined;
    return everyMs(count * UNITS[unit!]!);
  }
  const [, fields] = /^cron\((.*)\)$/.exec(expression) ?? [];
  return fields === undefined ? undefined : parseCron(fields);
}

const everyMs = (period: number): Schedule => ({
  next: (after, from) => from + period * Math.max(1, Math.floor((after - from) / period) + 1),
});
