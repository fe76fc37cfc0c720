/**
 * How long to wait before the next look: short at first, and a tenth of what has passed already later on, so that no answer
 * is more than a tenth late and a long wait asks seldom. All milliseconds.
 */
export const nextPoll = (elapsed: number, { first, most }: { first: number; most: number }): number => Math.min(most, first + elapsed / 10);

/** Time, as far as waiting for something needs it. */
export interface Time {
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

export const realTime: Time = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
