/** When a leaf goes to sleep, from what is measured and nothing else. Times are milliseconds on the environment's clock. */

export const MINUTE_MS = 60_000;

/** One minute of a metric. */
export interface Measured {
  /** Its begin. */
  readonly at: number;
  readonly value: number;
}

export interface IdleRule {
  /** Less than that is idleness; 0: it never sleeps by itself. */
  readonly below: number;
  /** So long of it, whole minutes. */
  readonly forMs: number;
  /** From the end of a minute until an alarm has judged it. */
  readonly lagMs: number;
}

/**
 * CloudWatch judges an alarm of one-minute periods every minute. How long after its end a minute is known, it does not say: metrics of EC2
 * and ECS come a minute or two later, as was seen and not as is promised. The embedded cloud judges five seconds after each minute
 * (src/cloud/services/cloudwatch/README.md).
 */
export const ALARM_LAG_MS = { aws: 2 * MINUTE_MS, local: 5000 };

export const minuteOf = (at: number): number => Math.floor(at / MINUTE_MS) * MINUTE_MS;

/**
 * When the idle alarm puts a leaf to sleep that nobody uses from now on. It wants a value below the threshold in each of the newest
 * minutes, and none of them may be missing (docs/decisions/0010-watchdog.md): minutes of before the container ran count for nothing,
 * and those that are not measured yet are taken for idle ones.
 * @param minutes that have a value, the oldest first; of the future too, where a boot is waited for
 * @param since when the container started
 * @returns undefined where it never does
 */
export function idleAlarmAt(minutes: readonly Measured[], since: number, { below, forMs, lagMs }: IdleRule, now: number): number | undefined {
  if (below <= 0) return undefined;
  const counted = minutes.filter(({ at }) => at >= minuteOf(since));
  const used = counted.findLastIndex(({ value }) => value >= below);
  const idle = counted.slice(used + 1);
  const known = idle.at(-1) ?? counted[used];
  const end = known === undefined ? minuteOf(since) : known.at + MINUTE_MS;
  const missing = Math.max(0, forMs / MINUTE_MS - idle.length);
  return Math.max(now, end + missing * MINUTE_MS + lagMs);
}

/**
 * When the left-up alarm has seen the leaf up for so long without a query that counts.
 * @param hits minutes with such a query, the oldest first
 */
export function leftUpAlarmAt(hits: readonly Measured[], since: number, afterMs: number, lagMs: number, now: number): number {
  const last = hits.findLast(({ value }) => value > 0);
  const from = Math.max(minuteOf(since), last === undefined ? 0 : last.at + MINUTE_MS);
  return Math.max(now, from + afterMs + lagMs);
}

/** One for each whole minute until now, the oldest first; null where nothing was measured. */
export function lastMinutes(measured: readonly Measured[], count: number, now: number): { at: string; value: number | null }[] {
  const values = new Map(measured.map(({ at, value }) => [at, value]));
  const end = minuteOf(now);
  return Array.from({ length: count }, (_, i) => {
    const at = end - (count - i) * MINUTE_MS;
    return { at: new Date(at).toISOString(), value: values.get(at) ?? null };
  });
}
