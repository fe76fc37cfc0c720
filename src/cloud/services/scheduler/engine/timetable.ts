import { parseSchedule } from "../../../../schedule/schedule.ts";
import { inTimeZone, instantsOf, wallTime } from "../../../../schedule/zone.ts";
import type { ScheduleRow } from "../state.ts";

const AT = /^at\((\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\)$/;

/** The local time of `at(yyyy-mm-ddThh:mm:ss)`, as zone.ts writes local times. */
function localTime(expression: string): number | undefined {
  const [whole, ...parts] = AT.exec(expression) ?? [];
  if (whole === undefined) return undefined;
  const [year, month, day, hour, minute, second] = parts.map(Number) as [number, number, number, number, number, number];
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  // What Date.UTC carries over (February 30th) is no date.
  return new Date(wall).toISOString().slice(0, 19) === whole.slice(3, -1) ? wall : undefined;
}

/** @returns whether an expression is one-time or recurring; undefined where it is none */
export function kindOf(expression: string): "one-time" | "recurring" | undefined {
  if (localTime(expression) !== undefined) return "one-time";
  return parseSchedule(expression) ? "recurring" : undefined;
}

/**
 * The instant of a one-time schedule. Where the clocks are put forward over its time, AWS does not say what happens: here it is
 * as much later as they are put forward. Where they are put back over it, it is the first of both.
 */
function instantOf(wall: number, zone: string): number {
  const [first] = instantsOf(wall, zone);
  return first ?? wall - (wallTime(wall - 86_400_000, zone) - (wall - 86_400_000));
}

type Timing = Pick<ScheduleRow, "expression" | "timezone" | "startDate" | "endDate" | "countsFrom">;

/**
 * The first time after `after`, or the first of all without it; undefined when there is none.
 *
 * "EventBridge Scheduler ignores StartDate [and EndDate] for one-time schedules" (API Reference, CreateSchedule). "With
 * rate-based schedules, you use the StartDate property to set the first occurrence of the schedule. If you do not provide a
 * StartDate for a rate-based schedule, your schedule starts invoking the target immediately" (User Guide, "Schedule types").
 */
export function nextTime(timing: Timing, after?: number): number | undefined {
  const wall = localTime(timing.expression);
  if (wall !== undefined) return after === undefined ? instantOf(wall, timing.timezone) : undefined;
  const at = timing.expression.startsWith("rate(") ? nextOfRate(timing, after) : nextOfCron(timing, after);
  return at === undefined || (timing.endDate !== undefined && at > timing.endDate) ? undefined : at;
}

/** A rate of days is of 24 hours, whatever the time zone does ("Schedule types", daylight saving time). */
function nextOfRate({ expression, startDate, countsFrom }: Timing, after: number | undefined): number | undefined {
  const first = startDate ?? countsFrom;
  return after === undefined || after < first ? first : parseSchedule(expression)!.next(after, first);
}

function nextOfCron({ expression, timezone, startDate, countsFrom }: Timing, after: number | undefined): number | undefined {
  const from = after ?? countsFrom;
  const cron = inTimeZone(parseSchedule(expression)!, timezone);
  return cron.next(startDate === undefined ? from : Math.max(from, startDate - 1), from);
}
