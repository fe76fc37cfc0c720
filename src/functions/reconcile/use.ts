import type { SleptLine } from "../shared/record.ts";

/** What the idle alarm's metrics say of one minute. */
export interface UsedMinute {
  /** Its begin, milliseconds. */
  readonly at: number;
  /** Bytes per second into the container; undefined where none ran, or CloudWatch does not know yet. */
  readonly traffic?: number;
  /** DNS queries that count as activity. */
  readonly queries?: number;
}

/** How a leaf was used while it was up. */
export interface Use {
  readonly used: NonNullable<SleptLine["used"]>;
  readonly traffic: NonNullable<SleptLine["traffic"]>;
  /** The first minute in which somebody used it, milliseconds. */
  readonly first?: number;
}

const MINUTE_MS = 60_000;

/** Metrics of EC2 and ECS are a minute or two late: what is newer is not known. */
const LATE_MS = 3 * MINUTE_MS;

/**
 * From the same numbers that the idle alarm looks at: a minute counts as used with at least `below` bytes per second, and one of
 * DNS queries alone is told apart.
 * @param complete true where the alarm has seen every minute that matters: it has judged the leaf idle
 * @returns undefined where it is not known. Nothing was measured; or nobody was seen, and the last minutes are still to come
 */
export function useOf(minutes: readonly UsedMinute[], { below, complete, now }: { below: number; complete: boolean; now: number }): Use | undefined {
  const measured = minutes.filter(({ traffic }) => traffic !== undefined).sort((a, b) => a.at - b.at);
  const newest = measured.at(-1);
  if (!newest) return undefined;
  const busy = measured.filter(({ traffic }) => traffic! >= below);
  const asked = measured.filter(({ traffic, queries = 0 }) => traffic! < below && queries > 0);
  if (busy.length === 0 && !complete && now - newest.at >= LATE_MS) return undefined;
  const last = busy.at(-1);
  return {
    used: {
      minutes: busy.length + asked.length,
      ...(asked.length > 0 ? { queriesOnly: asked.length } : {}),
      ...(last ? { lastAt: new Date(last.at + MINUTE_MS).toISOString() } : {}),
    },
    traffic: { sum: Math.round(measured.reduce((sum, { traffic }) => sum + traffic! * 60, 0)), unit: "bytes" },
    ...(busy[0] ? { first: busy[0].at } : {}),
  };
}
