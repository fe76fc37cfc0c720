/**
 * How long to wait before the next look: short at first, and a share of what has passed already later on (a tenth unless
 * told), so that no answer is late by more than that and a long wait asks seldom. All milliseconds.
 */
export const nextPoll = (elapsed: number, { first, most, share = 10 }: { first: number; most: number; share?: number }): number =>
  Math.min(most, first + elapsed / share);

/** Time, as far as waiting for something needs it. */
export interface Time {
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

export const realTime: Time = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
