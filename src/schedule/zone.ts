import type { Schedule } from "./schedule.ts";

/**
 * Local times, as numbers: milliseconds since the epoch that the clock on the wall would give if it were UTC. The zones are
 * those of the machine's ICU data (the IANA time zone database).
 */

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
    format = new Intl.DateTimeFormat("en-US", { ...parts, timeZone: zone, hourCycle: "h23", calendar: "iso8601", numberingSystem: "latn" });
    formats.set(zone, format);
  }
  return format;
}

/** Is it a name of the time zone database, such as `Europe/Berlin`? Offsets (`+02:00`), which Intl takes too, are none. */
export function isTimeZone(zone: string): boolean {
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** What the clock on the wall shows at `at`, to the second. */
export function wallTime(at: number, zone: string): number {
  const part: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(at)) part[type] = Number(value);
  return Date.UTC(part["year"]!, part["month"]! - 1, part["day"], part["hour"], part["minute"], part["second"]);
}

const DAY_MS = 86_400_000;

/**
 * When the clock on the wall shows `wall`: none where the clocks are put forward over it, two where they are put back.
 * In order. A zone changes its offset at most once in two days.
 */
export function instantsOf(wall: number, zone: string): number[] {
  const offsets = [wall - DAY_MS, wall + DAY_MS].map((near) => wallTime(near, zone) - Math.floor(near / 1000) * 1000);
  return [...new Set(offsets.map((offset) => wall - offset))].filter((at) => wallTime(at, zone) === wall).sort((a, b) => a - b);
}

/**
 * The schedule by the clock on the wall. "When the time shifts forward in Spring, your schedule invocation gets skipped if the
 * cron expression falls on a non-existent date and time. When the time shifts back in the Fall, your schedule runs only once and
 * doesn't repeat its invocation" (https://repost.aws/knowledge-center/eventbridge-scheduler-adjust-dst): here it runs the first
 * time that the clock shows the time.
 */
export function inTimeZone(schedule: Schedule, zone: string): Schedule {
  if (zone === "UTC") return schedule;
  return {
    next(after, from) {
      let wall: number | undefined = wallTime(after, zone);
      for (;;) {
        wall = schedule.next(wall, from);
        if (wall === undefined) return undefined;
        const [at] = instantsOf(wall, zone);
        if (at !== undefined && at > after) return at;
      }
    },
  };
}
