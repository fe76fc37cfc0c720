import { noticeLine } from "../shared/aws-tell.ts";
import { type Log, told as words } from "../shared/log.ts";
import type { HistoryLine, NoticeLine } from "../shared/record.ts";
import type { World } from "./converge.ts";
import { failedLine, type Life, lifeOf, readyLine, sleptLine, startedLine, upSeconds } from "./history.ts";
import { type About, type Activity, addressOf, messageFor, whyStopped } from "./messages.ts";
import { isComing, type Observation, type Occasion, type Published } from "./reconcile.ts";
import { type Use, useOf } from "./use.ts";

type Parts = Pick<World, "activities" | "use" | "tail" | "tell" | "record" | "now">;

/** A change of the records that was written. */
interface Change {
  readonly before: Published;
  readonly after: Published;
  readonly observed: Observation;
  /** When, milliseconds. */
  readonly at: number;
  /** Of the group, as they are then; none where Auto Scaling does not tell. */
  readonly activities: () => Promise<readonly Activity[]>;
  /** What people were told of it so far. */
  readonly told: NoticeLine[];
}

export function changeOf(world: Parts, seen: Pick<Change, "before" | "after" | "observed">, log: Log): Change {
  let asked: Promise<readonly Activity[]> | undefined;
  return { ...seen, at: world.now(), activities: () => (asked ??= orElse([], world.activities(), log)), told: [] };
}

/**
 * Tells people of the occasions. What only a detail of a message needs, and cannot be had, is left out.
 * @throws what SNS answers
 */
export async function announce(
  world: Parts,
  occasions: readonly Occasion[],
  { before, after, observed, at: now, activities: ask, told }: Change,
  about: About & { readonly healthCheck: boolean },
  log: Log,
): Promise<void> {
  const instance = instanceIn(after) ?? instanceIn(before) ?? "";
  for (const occasion of occasions) {
    const activities = occasion === "stopped" ? await ask() : [];
    const life = lifeOf(instance, observed, activities, now);
    const isCrash = occasion === "stopped" && whyStopped(about, life).code === "crashed";
    const tail = isCrash ? await orElse([], world.tail(), log) : [];
    const message = messageFor(occasion, after, about, { ...life, upSince: life.launchedAt, upSeconds: upSeconds(life), log: tail });
    await world.tell(message);
    told.push(noticeLine(message));
  }
}

/** Writes the history of a change of the records, and of what people were told of it. Never throws. */
export async function recordChange(
  world: Parts,
  occasions: readonly Occasion[],
  { before, after, observed, at: now, activities: ask, told }: Change,
  about: About & { readonly healthCheck: boolean },
  log: Log,
): Promise<void> {
  const [was, is] = [instanceIn(before), instanceIn(after)];
  if (occasions.length === 0 && was === is) return;
  const activities = await ask();
  const written: HistoryLine[] = [...told];
  // An instance that makes way for another one has ended without a word to people.
  if (was !== undefined && was !== is) {
    const life = lifeOf(was, observed, activities, now);
    written.push(sleptLine(life, about, await useIn(world, life, about, log)));
  }
  if (is !== undefined) {
    const life = lifeOf(is, observed, activities, now);
    const lines = { starting: () => startedLine(life), up: () => readyLine(life, addressOf(about), about.healthCheck) };
    written.push(...occasions.flatMap((one) => (one === "starting" || one === "up" ? [lines[one]()] : [])));
  }
  await world.record(...written);
}

const instanceIn = ({ announced }: Published): string | undefined => announced.split(" ")[1];

/** What the metrics say of it; undefined where they say nothing. */
async function useIn(world: Parts, life: Life, about: About, log: Log): Promise<Use | undefined> {
  const { launchedAt, now } = life;
  if (launchedAt === undefined) return undefined;
  const minutes = await orElse([], world.use(launchedAt, now), log);
  const { code } = whyStopped(about, life);
  return useOf(minutes, { below: about.idleBelow, complete: code === "idle" || code === "left-up", now });
}

/** A wake of which nothing comes is in the history too. */
export async function recordFailure(world: Parts, { desired, instances, marks }: Observation, log: Log): Promise<void> {
  if (desired === 0 || instances.some(isComing)) return;
  const line = failedLine(marks, await orElse([], world.activities(), log), world.now());
  if (line) await world.record(line);
}

async function orElse<T>(instead: T, asked: Promise<T>, log: Log): Promise<T> {
  return await asked.catch((error: unknown) => {
    log("not known", { error: words(error) });
    return instead;
  });
}
