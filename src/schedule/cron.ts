import { daysOfMonth, daysOfWeek, type DayRule } from "./days.ts";
import { numbersOf } from "./fields.ts";
import type { Schedule } from "./schedule.ts";

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/**
 * Reads the six fields of EventBridge's cron expressions: minutes, hours, day of month, month, day of week (1 is Sunday),
 * year (1970-2199). Exactly one of the two days is `?` ("Cron expressions", EventBridge User Guide). Not a cron of Unix:
 * libraries of that kind take `*` for both days, and Sunday for 0.
 */
export function parseCron(fields: string): Schedule | undefined {
  const parts = fields.trim().split(/\s+/);
  if (parts.length !== 6) return undefined;
  const [minute, hour, dayOfMonth, month, dayOfWeek, year] = parts as [string, string, string, string, string, string];
  const minutes = numbersOf(minute, 0, 59);
  const hours = numbersOf(hour, 0, 23);
  const months = numbersOf(month, 1, 12, MONTHS);
  const years = numbersOf(year, 1970, 2199);
  if ((dayOfMonth === "?") === (dayOfWeek === "?")) return undefined;
  const days = dayOfWeek === "?" ? daysOfMonth(dayOfMonth) : daysOfWeek(dayOfWeek);
  if (!minutes || !hours || !months || !years || !days) return undefined;
  return { next: (after) => next({ minutes, hours, months, years, days }, after) };
}

interface Cron {
  minutes: Set<number>;
  hours: Set<number>;
  months: Set<number>;
  years: Set<number>;
  days: DayRule;
}

/** The first minute after `after` that fits: by year, month and day first, so that a year without any costs little. */
function next(cron: Cron, after: number): number | undefined {
  const start = new Date(Math.floor(after / 60_000) * 60_000 + 60_000);
  const startOfDay = Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), start.getUTCDate());
  for (const year of sorted(cron.years)) {
    if (year < start.getUTCFullYear()) continue;
    for (const month of sorted(cron.months)) {
      for (const day of cron.days(year, month)) {
        const date = Date.UTC(year, month - 1, day);
        if (date < startOfDay) continue;
        const time = timeOfDay(cron, date === startOfDay ? start.getTime() - startOfDay : 0);
        if (time !== undefined) return date + time;
      }
    }
  }
  return undefined;
}

/** @param from milliseconds since midnight */
function timeOfDay(cron: Cron, from: number): number | undefined {
  for (const hour of sorted(cron.hours)) {
    for (const minute of sorted(cron.minutes)) {
      const time = (hour * 60 + minute) * 60_000;
      if (time >= from) return time;
    }
  }
  return undefined;
}

const sorted = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b);
