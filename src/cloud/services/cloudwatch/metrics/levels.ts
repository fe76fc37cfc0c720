import { type Aggregate, include } from "./aggregate.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * What is kept how long: "Metrics retention" in the CloudWatch User Guide. A value is in one of them: what is too old for one goes into
 * the next, and whoever asks for longer intervals is answered from the finer ones too.
 */
export const LEVELS = [
  { step: SECOND, keep: 3 * HOUR },
  { step: MINUTE, keep: 15 * DAY },
  { step: 5 * MINUTE, keep: 63 * DAY },
  { step: HOUR, keep: 455 * DAY },
] as const;
export type Level = 0 | 1 | 2 | 3;

/** The values of one metric in one unit: the aggregates of each level by their first millisecond. */
export type Levels = readonly Map<number, Aggregate>[];

export const newLevels = (): Levels => LEVELS.map(() => new Map<number, Aggregate>());

/** Adds an aggregate, which becomes the store's own, to a level. @returns its first millisecond there */
export function put(levels: Levels, level: Level, at: number, aggregate: Aggregate): number {
  const bucket = floor(at, LEVELS[level].step);
  const there = levels[level]!.get(bucket);
  if (there) include(there, aggregate);
  else levels[level]!.set(bucket, aggregate);
  return bucket;
}

/** Takes what is too old for its level into the next one. @returns when the next value will be too old, Infinity where there is none */
export function rollUp(levels: Levels, now: number): number {
  let next = Infinity;
  LEVELS.forEach(({ keep }, level) => {
    // The oldest come first, but for values that came late: those go when their turn comes.
    for (const [at, aggregate] of levels[level]!) {
      if (at >= now - keep) {
        next = Math.min(next, at + keep);
        break;
      }
      levels[level]!.delete(at);
      if (level + 1 < LEVELS.length) put(levels, (level + 1) as Level, at, aggregate);
    }
  });
  return next;
}

/** What a level has between two times, with what is still in the finer ones. A time may come several times. */
export function upTo(levels: Levels, level: Level, start: number, end: number): [number, Aggregate][] {
  const { step } = LEVELS[level];
  return levels.slice(0, level + 1).flatMap((map, finer) => {
    if (map.size === 0) return [];
    // Whose time, rounded down to this level's step, is between the two.
    const found = within(map, ceil(start, step), ceil(end, step), LEVELS[finer as Level].step);
    return finer === level ? found : found.map(([at, aggregate]): [number, Aggregate] => [floor(at, step), aggregate]);
  });
}

const floor = (at: number, step: number): number => Math.floor(at / step) * step;
const ceil = (at: number, step: number): number => Math.ceil(at / step) * step;

/** The entries between two times, in no particular order; looks at whichever is fewer, the entries or the times. */
function within(map: Map<number, Aggregate>, start: number, end: number, step: number): [number, Aggregate][] {
  if ((end - start) / step > map.size) return [...map].filter(([at]) => at >= start && at < end);
  const found: [number, Aggregate][] = [];
  for (let at = ceil(start, step); at < end; at += step) {
    const aggregate = map.get(at);
    if (aggregate) found.push([at, aggregate]);
  }
  return found;
}
