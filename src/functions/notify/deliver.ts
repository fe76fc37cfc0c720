import { type Channel, labelOf, type SecretPlace } from "../shared/alerts.ts";
import { told } from "../shared/log.ts";
import type { Time } from "../shared/poll.ts";
import type { DeliveryLine } from "../shared/record.ts";
import { discordBody } from "./discord.ts";
import { keyOf, type Letter } from "./letter.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import type { Post } from "./post.ts";
import { slackBody } from "./slack.ts";
import { isSigningSecret, signedRequest } from "./webhook.ts";

/** A secret that is not there, or is none: nothing changes that but a person. */
export class NoSecret extends Error {}

export interface World {
  readonly time: Time;
  readonly post: Post;
  /** @throws NoSecret */
  readonly secret: (place: SecretPlace) => Promise<string>;
  /** Reads it anew the next time. */
  readonly forget: (place: SecretPlace) => void;
  /** Into the history of the leaf that it is about. Never throws. */
  readonly record: (line: DeliveryLine, leaf: string | undefined) => Promise<void>;
  /** Has one delivery tried again, by another invocation of this function. */
  readonly again: (later: Later) => Promise<void>;
  /** What this process has delivered already: a message may come twice. */
  readonly done: Set<string>;
}

/** A delivery that did not succeed at once. */
export interface Later {
  readonly letter: Letter;
  readonly channel: Channel;
  /** Not before, milliseconds since the epoch. */
  readonly notBefore: number;
}

/** The longest pause between two attempts within one invocation. */
const SHORT_MS = 5000;
const PAUSE_MS = 1000;

/** Tells all of them at the same time. What fails is tried again on its own, so that nobody hears twice because of another one. */
export async function deliverAll(letter: Letter, channels: readonly Channel[], world: World): Promise<void> {
  await Promise.all(channels.map((channel) => deliverFirst(letter, channel, world)));
}

async function deliverFirst(letter: Letter, channel: Channel, world: World): Promise<void> {
  const mark = markOf(letter, channel);
  if (world.done.has(mark)) return;
  let outcome = await attempt(letter, channel, world);
  if (!outcome.ok && outcome.again && (outcome.afterMs ?? 0) <= SHORT_MS) {
    await world.time.sleep(outcome.afterMs ?? PAUSE_MS);
    outcome = await attempt(letter, channel, world);
  }
  if (outcome.ok || !outcome.again) return await world.record(lineOf(letter, channel, outcome, world), letter.leaf);
  // Written before it is handed over: what comes of that is the later line.
  await world.record(lineOf(letter, channel, { ...outcome, error: `${outcome.error}; tried again` }, world), letter.leaf);
  try {
    await world.again({ letter, channel, notBefore: world.time.now() + (outcome.afterMs ?? 0) });
  } catch (error) {
    // Thrown, it would have the whole message told again.
    await world.record(lineOf(letter, channel, { ...outcome, error: `${outcome.error}; given up: ${told(error)}` }, world), letter.leaf);
  }
}

/** The longest time that an invocation waits for a receiver that wants to be left alone. */
const LONG_MS = 60_000;

/** @throws Error where it should be tried again: Lambda invokes an asynchronous function twice more, after one and two minutes */
export async function deliverLater({ letter, channel, notBefore }: Later, world: World): Promise<void> {
  if (world.done.has(markOf(letter, channel))) return;
  const wait = notBefore - world.time.now();
  if (wait > LONG_MS) throw new Error(`${labelOf(channel)} wants to be left alone for ${Math.ceil(wait / 1000)} s`);
  if (wait > 0) await world.time.sleep(wait);
  const outcome = await attempt(letter, channel, world);
  await world.record(lineOf(letter, channel, outcome, world), letter.leaf);
  if (!outcome.ok && outcome.again) throw new Error(`${labelOf(channel)}: ${outcome.error}`);
}

const markOf = (letter: Letter, channel: Channel): string => `${letter.id} ${keyOf(channel)}`;

const lineOf = ({ id }: Letter, channel: Channel, outcome: Outcome, world: World): DeliveryLine => ({
  line: "delivery",
  at: new Date(world.time.now()).toISOString(),
  id,
  channel: channel.kind,
  to: labelOf(channel),
  ok: outcome.ok,
  ...(outcome.ok ? {} : { error: outcome.error }),
});

/** So many deliveries are remembered. */
const MOST_DONE = 500;

async function attempt(letter: Letter, channel: Channel, world: World): Promise<Outcome> {
  let outcome: Outcome;
  try {
    outcome = await send(letter, channel, world);
  } catch (error) {
    outcome = { ok: false, error: told(error).replace(/^\w*Error: |^NoSecret: /, ""), again: !(error instanceof NoSecret) };
  }
  if (!outcome.ok && !outcome.again) world.forget(channel.secret);
  if (outcome.ok) {
    if (world.done.size >= MOST_DONE) world.done.clear();
    world.done.add(markOf(letter, channel));
  }
  return outcome;
}

async function send(letter: Letter, channel: Channel, { secret, post, time }: World): Promise<Outcome> {
  const value = (await secret(channel.secret)).trim();
  if (channel.kind === "webhook") {
    if (!isSigningSecret(value)) throw new NoSecret(`its signing secret (${placeName(channel.secret)}) is not whsec_ and 24 to 64 bytes in base64`);
    const { body, headers } = signedRequest(letter, value, new Date(time.now()));
    return outcomeOf(await post(channel.url!, body, headers), channel.url!, time.now());
  }
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) throw new NoSecret(`what ${placeName(channel.secret)} holds is not the URL of a webhook`);
  const url = channel.kind === "discord" ? waiting(value) : value;
  const body = channel.kind === "discord" ? discordBody(letter) : slackBody(letter);
  return outcomeOf(await post(url, JSON.stringify(body)), url, time.now());
}

/** With `wait` Discord answers when the message is there, and says why where it is not (Webhook resource, "Execute Webhook"). */
function waiting(value: string): string {
  const url = new URL(value);
  url.searchParams.set("wait", "true");
  return url.href;
}

export const placeName = (place: SecretPlace): string => ("parameter" in place ? `the parameter ${place.parameter}` : `the secret ${place.secret}`);
