import type { LeafId } from "./names.ts";

/** What people are told about, whatever the kind of leaf. */
export type Occasion =
  /** Something woke it, and it is on its way. */
  | "starting"
  /** It can be used. */
  | "ready"
  /** It is asleep: nobody used it, or it was stopped. */
  | "stopped"
  /** It has been up for longer than its watchdog allows. */
  | "left-up"
  /** It ended by itself, again and again, or does not start. */
  | "crashed"
  /** A run of a scheduled task failed, or could not be started. */
  | "run-failed"
  /** There is no room for its tasks. */
  | "unplaced"
  /** A stack could not be deployed, or a new version did not come up. */
  | "deployment-failed"
  /** Somebody tries whether messages arrive: `rouse alerts`. Goes to everybody, whatever they hear of. */
  | typeof TEST;

export const TEST = "test";

/** Attribute of an SNS message that says its occasion: filter policies of subscriptions look at it. */
export const OCCASION_ATTRIBUTE = "occasion";

/**
 * A message for machines: what goes to Discord, Slack and webhooks, and into the history. The mail is its text for people.
 * Every field that is there is known; times are ISO 8601 on the environment's clock.
 */
export interface Notice {
  /** The same for every delivery of one occasion: receivers tell by it that they have it already. At most 128 characters. */
  readonly id: string;
  readonly occasion: Occasion;
  readonly application: string;
  readonly environment: string;
  /** Absent for what is of no leaf: a deployment of what all share. */
  readonly leaf?: string;
  readonly at: string;
  /** Where to connect, for `ready`: `minecraft.example.com:25565`, or a URL. */
  readonly address?: string;
  /** Who or what woke it; why it stopped, crashed or failed. In words, without a full stop. */
  readonly why?: string;
  /** How long it was up, seconds. */
  readonly upSeconds?: number;
  /** What being up cost, US dollars; absent where a price is not known. */
  readonly usd?: number;
  /** The last lines of its log, the oldest first. */
  readonly log?: readonly string[];
}

/** The longest id that a receiver is sure to keep. */
const LONGEST_ID = 128;

/**
 * A notice of a leaf.
 * @param of what the occasion is the one of: the id of an instance, a task or a deployment
 * @param now milliseconds
 */
export function noticeOf(
  { application, environment, leaf }: LeafId,
  { occasion, of, now }: { readonly occasion: Occasion; readonly of: string; readonly now: number },
  more: Omit<Notice, "id" | "occasion" | "application" | "environment" | "leaf" | "at"> = {},
): Notice {
  // The end of it is what tells one from the other.
  const id = `${application}-${environment}-${leaf}-${occasion}-${of}`.slice(-LONGEST_ID);
  return { id, occasion, application, environment, leaf, at: new Date(now).toISOString(), ...more };
}
