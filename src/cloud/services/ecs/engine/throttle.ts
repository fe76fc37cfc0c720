import type { Clock } from "../../../core/clock.ts";

/**
 * When the service scheduler tries again.
 *
 * Tasks that never reach RUNNING are tried at growing intervals, at most 15 minutes apart
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html; the steps in between are not
 * documented: here 10 s, doubled each time). A task that has run and ended does not count for that; it is replaced at the
 * scheduler's next pass, here after 5 s.
 */
const FIRST_MS = 10_000;
const LONGEST_MS = 15 * 60_000;
export const REPLACE_MS = 5_000;
/** Failures in a row from which on the service says that it cannot start its tasks. */
export const IMPAIRED_FROM = 3;

export const throttleDelay = (failures: number): number => Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));

export interface Throttle {
  /** Milliseconds until a deployment may start a task on an instance. */
  wait(deployment: string, instance: string): number;
  /** A task of the deployment did not reach RUNNING. How many in a row. */
  failed(deployment: string): number;
  /** A task has run and ended by itself. */
  exited(deployment: string, instance: string): void;
  /** A task of the deployment runs. */
  succeeded(deployment: string): void;
}

export function createThrottle(clock: Pick<Clock, "now">): Throttle {
  const failures = new Map<string, number>();
  const notBefore = new Map<string, number>();
  return {
    wait: (deployment, instance) =>
      Math.max(0, (notBefore.get(deployment) ?? 0) - clock.now(), (notBefore.get(`${deployment} ${instance}`) ?? 0) - clock.now()),
    failed: (deployment) => {
      const count = (failures.get(deployment) ?? 0) + 1;
      failures.set(deployment, count);
      notBefore.set(deployment, clock.now() + throttleDelay(count));
      return count;
    },
    exited: (deployment, instance) => void notBefore.set(`${deployment} ${instance}`, clock.now() + REPLACE_MS),
    succeeded: (deployment) => {
      if (!failures.delete(deployment)) return;
      notBefore.delete(deployment);
    },
  };
}
