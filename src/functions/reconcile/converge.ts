import { type Log, told } from "../shared/log.ts";
import { type About, type Activity, type Message, messageFor } from "./messages.ts";
import { bootMinutes, type Observation, occasionsOf, type Published, shouldBe } from "./reconcile.ts";

/** What the function sees and does. The real one is aws-world.ts. */
export interface World {
  observe(): Promise<Observation>;
  published(): Promise<Published>;
  /** Changes the records from `before` to `after` in one piece. @returns false when they no longer said `before`. */
  swap(before: Published, after: Published): Promise<boolean>;
  activities(): Promise<Activity[]>;
  tell(message: Message): Promise<void>;
  /** Says to the watchdog that the leaf is in use at these times, milliseconds. */
  used(times: readonly number[]): Promise<void>;
  now(): number;
}

/** More rounds than state changes can fall into one run of the function. Each further change has an event of its own. */
const MOST_ROUNDS = 8;

/**
 * Makes the records say what they should, and announces each change that is one.
 *
 * Two of these may run at once, each with a view of its own age. The swap lets one of them through, so that an occasion is
 * announced once; and who has written looks again, so that the last view to be written is a fresh one. More about this in
 * docs/decisions/0011-record-writer.md.
 *
 * @throws Error when it does not come to rest; Lambda then tries again.
 */
export async function converge(world: World, about: About & { healthCheck: boolean; bootMs: number }, log: Log): Promise<void> {
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    // The records first: a state that is newer than the records never leads to an older address.
    const before = await world.published();
    const observed = await world.observe();
    if (round === 1) await countBoot(world, observed, about.bootMs, log);
    const after = shouldBe(observed, before, about.healthCheck);
    if (after.address === before.address && after.announced === before.announced) {
      return log("right", { leaf: about.leaf, round, ...after, desired: observed.desired });
    }
    const swapped = await world.swap(before, after);
    log(swapped ? "changed" : "overtaken", { leaf: about.leaf, round, before, after, observed });
    for (const occasion of swapped ? occasionsOf(before, after) : []) {
      const activities = occasion === "stopped" ? await world.activities() : [];
      await world.tell(messageFor(occasion, after, about, { marks: observed.marks, activities, now: world.now() }));
    }
  }
  throw new Error(`the records of ${about.domain} did not come to rest in ${MOST_ROUNDS} rounds`);
}

/** The record matters more: what goes wrong here must not stand in its way. */
async function countBoot(world: World, observed: Observation, bootMs: number, log: Log): Promise<void> {
  const minutes = bootMinutes(observed, bootMs, world.now());
  if (minutes.length > 0) await world.used(minutes).catch((error: unknown) => log("boot not recorded", { error: told(error) }));
}
