import { hostNow } from "../host-time.ts";

/** How long a first connection waits for the container to listen, ms of the host's time. */
export const HOLD_MS = 60_000;

/** Pauses between attempts to reach a container that does not listen yet: quick at first, then 40 a second. */
export const pauseBefore = (attempt: number): number => Math.min(25, 1 + attempt);

/** Whether a container is still given time to come up: until it has answered once, or `HOLD_MS` have passed. */
export interface Patience {
  holding(): boolean;
  /** It has answered. */
  answered(): void;
  /** It is gone. */
  end(): void;
}

export function patience(): Patience {
  let deadline = hostNow() + HOLD_MS;
  const end = (): void => void (deadline = 0);
  return { holding: () => hostNow() < deadline, answered: end, end };
}
