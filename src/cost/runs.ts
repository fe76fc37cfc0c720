import { parseSchedule } from "../schedule/schedule.ts";

/** A year without a leap day; which one it is makes no difference that counts. */
const FROM = Date.UTC(2027, 0, 1);
const YEAR = 365 * 86_400_000;

/** A schedule of every minute has half a million times a year; a few thousand tell how many. */
const ENOUGH = 3000;

/**
 * How often a schedule comes due, in an average month. By UTC: a timezone moves the times, and changes their number by one at most.
 * @param expression `cron(…)` or `rate(…)` of EventBridge Scheduler
 * @returns undefined where the expression is neither (`at(…)` comes due once)
 */
export function runsPerMonth(expression: string): number | undefined {
  const schedule = parseSchedule(expression);
  if (schedule === undefined) return undefined;
  const first = schedule.next(FROM - 1, FROM);
  // A rate counts from its beginning on, and has no calendar.
  if (expression.startsWith("rate")) return YEAR / 12 / (first! - FROM);
  let count = 0;
  for (let next = first; next !== undefined && next < FROM + YEAR; next = schedule.next(next, FROM)) {
    if (count === ENOUGH) return (count / (next - first!)) * (YEAR / 12);
    count += 1;
  }
  return count / 12;
}
