/** Somebody who comes to a leaf. */
export interface Visit {
  readonly leaf: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /**
   * - `user`: asks until there is an answer, and then uses the leaf
   * - `scanner`: asks once and goes away: a bot, a monitor, a list of servers
   */
  readonly kind: "user" | "scanner";
  /** How long the leaf is used, milliseconds. */
  readonly ms: number;
  /** What a user of a DNS leaf sends, bytes per second. */
  readonly bytesPerSecond: number;
  /** What a user of an engine asks for, requests per minute. */
  readonly requestsPerMinute: number;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** In order of time; of the same time by leaf, so that the order depends on nothing else. */
export const inOrder = (visits: readonly Visit[]): Visit[] =>
  visits.toSorted((a, b) => a.at - b.at || (a.leaf < b.leaf ? -1 : a.leaf > b.leaf ? 1 : 0));
