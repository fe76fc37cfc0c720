import type { Recorder } from "../shared/aws-record.ts";
import type { Message } from "../shared/aws-tell.ts";
import { type Log, told } from "../shared/log.ts";
import { announce, changeOf, recordChange, recordFailure } from "./announce.ts";
import { plain, withLeftUp } from "./left-up.ts";
import type { About, Activity } from "./messages.ts";
import { bootMinutes, type Observation, type Occasion, occasionsOf, type Published, shouldBe } from "./reconcile.ts";
import type { UsedMinute } from "./use.ts";
import { endUnwatched, isUp, keepAlarms, type Kept, observeWatched, unwatched, type Watchdog } from "./watchdog.ts";

/** What the function sees and does. The real one is aws-world.ts. */
export interface World {
  /**
   * @param before what the records say: of a leaf that sleeps, and was said to, less is to be seen
   * @param whenKnown is told the desired count as soon as it is known
   */
  observe(before: Published, whenKnown?: (desired: number) => void): Promise<Observation>;
  published(): Promise<Published>;
  /** Changes the records from `before` to `after` in one piece. @returns false when they no longer said `before`. */
  swap(before: Published, after: Published): Promise<boolean>;
  activities(): Promise<Activity[]>;
  /** What the idle alarm looks at. @param from and `to`: milliseconds */
  use(from: number, to: number): Promise<UsedMinute[]>;
  /** The last lines of the log of the task that stopped last. */
  tail(): Promise<readonly string[]>;
  /** To people. */
  tell(message: Message): Promise<void>;
  /** Into the history. */
  readonly record: Recorder;
  /** Says to the watchdog that the leaf is in use at these times, milliseconds. */
  used(times: readonly number[]): Promise<void>;
  readonly watchdog: Watchdog;
  now(): number;
}

/** More rounds than state changes can fall into one run of the function, for records and alarms. Each further change has an event of its own. */
const MOST_ROUNDS = 16;

/**
 * Makes the records say what they should, and announces each change that is one; gives a leaf that is up its watchdog, before its address is
 * published, and takes it from one that sleeps.
 *
 * Two of these may run at once, each with a view of its own age. The swap lets one of them through, so that an occasion is
 * announced once; and who has written looks again, so that the last view to be written is a fresh one. More about this in
 * docs/decisions/0011-record-writer.md.
 *
 * @throws Error when it does not come to rest, or the leaf has no watchdog; Lambda then tries again.
 */
export async function converge(world: World, about: ConvergeAbout, log: Log): Promise<void> {
  const history: (() => Promise<void>)[] = [];
  try {
    await settle(world, about, log, history);
  } finally {
    // At last: no address and no message waits for it.
    for (const write of history) await write();
  }
}

type ConvergeAbout = About & { readonly healthCheck: boolean; readonly bootMs: number };

/** @param history gets what writes it */
async function settle(world: World, about: ConvergeAbout, log: Log, history: (() => Promise<void>)[]): Promise<void> {
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    // The records first: a state that is newer than the records never leads to an older address.
    const before = await world.published();
    const { observed, kept: first } = await observeWatched(world, before);
    if (round === 1) await countBoot(world, observed, about.bootMs, log);
    const right = shouldBe(observed, plain(before), about.healthCheck);
    const up = isUp(observed, right);
    // Not wanted any more, and still to be reached.
    const kept = up && observed.desired === 0 ? await keepAlarms(world.watchdog, true) : first;
    const alarms = kept.found instanceof Error ? [] : kept.found;
    const since = alarms.find(({ name }) => name === about.leftUpAlarm)?.since;
    const { after, due } = withLeftUp(before, up && !kept.watched ? unwatched(right, plain(before)) : right, observed, since);
    if (after.address === before.address && after.announced === before.announced) {
      if (kept.error !== undefined) return await fail(world, observed, kept, up, log);
      const gone = up ? [] : alarms.map(({ name }) => name);
      if (gone.length > 0) await world.watchdog.remove(gone);
      if (gone.length === 0 && !kept.changed) {
        history.push(() => recordFailure(world, observed, log));
        return log("right", { leaf: about.leaf, round, ...after, desired: observed.desired });
      }
      log("alarms", { leaf: about.leaf, round, made: kept.changed, deleted: gone });
      continue;
    }
    const swapped = await world.swap(before, after);
    log(swapped ? "changed" : "overtaken", { leaf: about.leaf, round, before, after, observed, alarms: kept.changed ? "made" : alarms });
    const occasions = swapped ? allOccasions(occasionsOf(plain(before), plain(after)), due) : [];
    if (!swapped) continue;
    const change = changeOf(world, { before: plain(before), after: plain(after), observed }, log);
    history.push(() => recordChange(world, occasions, change, about, log));
    await announce(world, occasions, change, about, log);
    // It sleeps now. The next round sees whether it still does.
    if (!up && alarms.length > 0) await world.watchdog.remove(alarms.map(({ name }) => name));
  }
  throw new Error(`the records of ${about.domain} did not come to rest in ${MOST_ROUNDS} rounds`);
}

/** Left up comes after it came up, and before its end. */
const allOccasions = (occasions: readonly Occasion[], leftUp: boolean): Occasion[] => [
  ...occasions.filter((one) => one !== "stopped"),
  ...(leftUp ? (["left-up"] as const) : []),
  ...occasions.filter((one) => one === "stopped"),
];

/**
 * The records are right, but for what may not be published; the alarms are not.
 * @throws the error, so that Lambda tries again
 */
async function fail(world: World, observed: Observation, { found, watched, error }: Kept, up: boolean, log: Log): Promise<never> {
  // Where CloudWatch does not even tell which alarms there are, they may be.
  if (up && !watched && !(found instanceof Error)) await endUnwatched(world.watchdog, observed, error, world.now(), log);
  throw error;
}

/** The record matters more: what goes wrong here must not stand in its way. */
async function countBoot(world: World, observed: Observation, bootMs: number, log: Log): Promise<void> {
  const minutes = bootMinutes(observed, bootMs, world.now());
  if (minutes.length > 0) await world.used(minutes).catch((error: unknown) => log("boot not recorded", { error: told(error) }));
}
