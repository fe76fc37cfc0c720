import { instantsOf, wallTime } from "../schedule/zone.ts";
import { type Random, randomOf } from "./random.ts";
import { DAY, HOUR, inOrder, MINUTE, type Visit } from "./visits.ts";

/** When people come, in the hours of a time zone. All of it is a choice, printed with every result; none of it was measured. */
export interface Pattern {
  /** In words. */
  readonly what: string;
  /** Days of the week, 0 for Sunday, with the visits that there are on average on such a day. */
  readonly perDay: Readonly<Record<number, number>>;
  /** Visits begin from this hour of the day to that one. */
  readonly from: number;
  readonly to: number;
  /** Of a visit's length: the median, minutes. Lengths are log-normal, with a deviation of half (`SPREAD`). */
  readonly minutes: number;
}

const every = (visits: number): Record<number, number> => Object.fromEntries([0, 1, 2, 3, 4, 5, 6].map((day) => [day, visits]));

export const PATTERNS = {
  evenings: {
    what: "some evenings of the week, more at the weekend, 17:00 to 23:00, an hour and a half each",
    perDay: { 0: 1.5, 1: 0.7, 2: 0.7, 3: 0.7, 4: 0.7, 5: 1.5, 6: 1.5 },
    from: 17,
    to: 23,
    minutes: 90,
  },
  office: {
    what: "working days, 8:00 to 18:00, six visits of twenty minutes",
    perDay: { 1: 6, 2: 6, 3: 6, 4: 6, 5: 6 },
    from: 8,
    to: 18,
    minutes: 20,
  },
  weekend: { what: "Saturdays and Sundays, 10:00 to 24:00, two visits of three hours", perDay: { 0: 2, 6: 2 }, from: 10, to: 24, minutes: 180 },
  steady: { what: "twelve visits a day of fifteen minutes, at any hour", perDay: every(12), from: 0, to: 24, minutes: 15 },
  rare: { what: "one visit of an hour in a week, at any hour", perDay: every(1 / 7), from: 0, to: 24, minutes: 60 },
  none: { what: "nobody: only scanners", perDay: {}, from: 0, to: 24, minutes: 1 },
} as const satisfies Record<string, Pattern>;

export type PatternName = keyof typeof PATTERNS;

/** Deviation of the logarithm of a visit's length: two of three visits have between 0.6 and 1.6 of the median. */
const SPREAD = 0.5;
/** No visit is longer than that, milliseconds. */
const LONGEST = 12 * HOUR;

export interface PatternOptions {
  readonly pattern: Pattern;
  /** IANA time zone. */
  readonly timezone: string;
  readonly seed: number;
  /** Milliseconds since the epoch, a midnight of the time zone. */
  readonly start: number;
  readonly days: number;
  /** Queries a day of bots and the like, at any hour. */
  readonly scanners: number;
  /** Of users. */
  readonly bytesPerSecond: number;
  readonly requestsPerMinute: number;
}

/** Who comes to a leaf. Every leaf and every day draws for itself: another leaf, or more days, leaves the first ones as they were. */
export function visitsOf(leaf: string, options: PatternOptions): Visit[] {
  const visits: Visit[] = [];
  // Days are wall time: a change of the clocks makes one of them an hour longer or shorter.
  const first = wallTime(options.start, options.timezone);
  for (let day = 0; day < options.days; day++) {
    const midnight = first + day * DAY;
    const random = randomOf(options.seed, leaf, day);
    visits.push(...usersOf(leaf, midnight, random, options), ...scannersOf(leaf, midnight, random, options));
  }
  return inOrder(visits);
}

function usersOf(leaf: string, midnight: number, random: Random, { pattern, timezone, bytesPerSecond, requestsPerMinute }: PatternOptions): Visit[] {
  const mean = pattern.perDay[new Date(midnight).getUTCDay()] ?? 0;
  return Array.from({ length: random.count(mean) }, () => {
    const wall = midnight + Math.round((pattern.from + random.next() * (pattern.to - pattern.from)) * HOUR);
    const ms = Math.min(LONGEST, Math.max(MINUTE, random.around(pattern.minutes * MINUTE, SPREAD)));
    return { leaf, kind: "user" as const, at: instantOf(wall, timezone), ms: Math.round(ms), bytesPerSecond, requestsPerMinute };
  });
}

function scannersOf(leaf: string, midnight: number, random: Random, { scanners, timezone }: PatternOptions): Visit[] {
  return Array.from({ length: random.count(scanners) }, () => ({
    leaf,
    kind: "scanner" as const,
    at: instantOf(midnight + Math.round(random.next() * DAY), timezone),
    ms: 0,
    bytesPerSecond: 0,
    requestsPerMinute: 0,
  }));
}

/** An hour that the clocks skip is the one after it. */
function instantOf(wall: number, timezone: string): number {
  const second = Math.floor(wall / 1000) * 1000;
  return (instantsOf(second, timezone)[0] ?? instantsOf(second + HOUR, timezone)[0] ?? second) + (Math.round(wall) - second);
}
