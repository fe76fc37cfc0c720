import type { Log } from "../shared/log.ts";
import { told } from "../shared/log.ts";
import type { Marks, UnwatchedMark } from "../shared/marks.ts";
import { ASLEEP, UNAVAILABLE_ADDRESS } from "../shared/names.ts";
import type { Observation, Published } from "./reconcile.ts";

/** One of the watchdog's two alarms as it is there. */
export interface FoundAlarm {
  readonly name: string;
  readonly description: string;
  /** Since when it is in ALARM, milliseconds. */
  readonly since?: number;
}

/** The watchdog's alarms. The real ones are aws-watchdog.ts. */
export interface Watchdog {
  /** The alarms that are there. */
  look(): Promise<readonly FoundAlarm[]>;
  /** The names of those that are not there, or not as they should be. */
  lacking(found: readonly FoundAlarm[]): readonly string[];
  /** Makes, or overwrites, the alarms of these names. @throws Error when it cannot */
  put(names: readonly string[]): Promise<void>;
  /** Those that are gone already are no error. */
  remove(names: readonly string[]): Promise<void>;
  /** Remembers that they could not be made. */
  mark(mark: UnwatchedMark): Promise<void>;
  /** Sets the desired count to 0. */
  stop(): Promise<void>;
}

/** True for a leaf that must have its watchdog: it is wanted, or somebody can still reach it. */
export const isUp = ({ desired }: Observation, right: Published): boolean => desired > 0 || right.announced !== ASLEEP;

/** How the alarms are, after what was to be done about them was done. */
export interface Kept {
  /** What was there before; an error where CloudWatch did not tell. */
  readonly found: readonly FoundAlarm[] | Error;
  /** Something was made or overwritten. Whoever writes looks again: his view may have been an old one. */
  readonly changed: boolean;
  /** Both alarms are there, whatever they say. */
  readonly watched: boolean;
  readonly error?: unknown;
}

/**
 * Observes the leaf, and keeps its alarms at the same time: as soon as it is known that the leaf is wanted. So a wake, whose last
 * observation publishes the address, does not wait for them.
 */
export async function observeWatched(
  world: {
    readonly observe: (before: Published, whenKnown: (desired: number) => void) => Promise<Observation>;
    readonly watchdog: Watchdog;
  },
  before: Published,
): Promise<{ readonly observed: Observation; readonly kept: Kept }> {
  let keeping: Promise<Kept> | undefined;
  const observed = await world.observe(before, (desired) => {
    keeping = keepAlarms(world.watchdog, desired > 0);
  });
  return { observed, kept: await (keeping ?? keepAlarms(world.watchdog, observed.desired > 0)) };
}

/**
 * Looks at the alarms, and gives a leaf that is up those that it lacks. Never rejects: what goes wrong must not keep an address from
 * being withdrawn.
 */
export async function keepAlarms(watchdog: Watchdog, up: boolean): Promise<Kept> {
  let found: readonly FoundAlarm[];
  try {
    found = await watchdog.look();
  } catch (error) {
    return { found: error instanceof Error ? error : new Error(String(error)), changed: false, watched: false, error };
  }
  const lacking = up ? watchdog.lacking(found) : [];
  if (lacking.length === 0) return { found, changed: false, watched: up };
  try {
    await watchdog.put(lacking);
    return { found, changed: true, watched: true };
  } catch (error) {
    return { found, changed: false, watched: lacking.every((name) => found.some((alarm) => alarm.name === name)), error };
  }
}

/** What may be published without a watchdog: nothing new. An address that is published stays: who is there is not thrown out for it. */
export function unwatched(right: Published, before: Published): Published {
  if (right.address === UNAVAILABLE_ADDRESS || right.address === before.address) return right;
  const announced = before.announced === right.announced ? right.announced : right.announced.replace(/^up /, "starting ");
  return { address: UNAVAILABLE_ADDRESS, announced };
}

/**
 * How long a leaf may be up without a watchdog, milliseconds: somewhat less than the time in which Lambda has tried three times (after one
 * and two minutes; AWS Lambda Developer Guide, "Asynchronous invocation"), so that the last try is the one that ends it.
 */
export const UNWATCHED_MS = 150_000;

/** A leaf that nobody watches could stay up for ever. When its alarms still cannot be made after three tries, it is put to sleep. */
export async function endUnwatched(watchdog: Watchdog, { marks }: Pick<Observation, "marks">, error: unknown, now: number, log: Log): Promise<void> {
  const mark = ofThisWake(marks);
  const at = mark?.at ?? new Date(now).toISOString();
  const isOver = now - Date.parse(at) >= UNWATCHED_MS;
  log("unwatched", { since: at, stop: isOver, error: told(error) });
  // The reason first: what the stop sets off must find it.
  if (!mark || isOver) await watchdog.mark({ at, ...(isOver ? { stopped: new Date(now).toISOString() } : {}), reason: told(error) });
  if (isOver) await watchdog.stop();
}

/** The mark of the present wake; one of an earlier wake has no meaning any more. */
export function ofThisWake({ unwatched: mark, wake }: Marks): UnwatchedMark | undefined {
  return mark && !mark.stopped && (!wake || Date.parse(mark.at) >= Date.parse(wake.at)) ? mark : undefined;
}
