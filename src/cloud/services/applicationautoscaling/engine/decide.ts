import type { NotScaledReason } from "@aws-sdk/client-application-auto-scaling";
import type { Move } from "../state.ts";

/** A target at a moment. */
export interface Situation {
  /** The desired count of the service. */
  current: number;
  min: number;
  max: number;
  /** Milliseconds since the epoch. */
  now: number;
  lastOut?: Move | undefined;
  lastIn?: Move | undefined;
}

/** What a policy comes to: another capacity, a reason why not, or nothing at all (`cooling`). `from` is for the next cooldown. */
export type Decision = { to: number; from: number } | { reason: NotScaledReason } | "cooling";

const isCooling = (move: Move | undefined, now: number): move is Move => move !== undefined && now < move.at + move.cooldown * 1000;

/**
 * Scales out. While a scale-out's cooldown lasts, "the capacity that has been added by the initiating scale-out activity is
 * calculated as part of the desired capacity for the next scale-out activity": so only a larger one counts, reckoned from
 * where the first began ("Define cooldown periods", Application Auto Scaling User Guide). A count above the maximum, which
 * somebody else set, is left alone ("Service auto scaling considerations", ECS Developer Guide).
 * @param wanted the capacity that the policy wants in place of another
 */
export function scaleOut({ current, min, max, now, lastOut }: Situation, wanted: (capacity: number) => number): Decision {
  if (current >= max) return { reason: { Code: "AlreadyAtMaxCapacity", MaxCapacity: max } };
  const cooling = isCooling(lastOut, now);
  // "If a service's desired count is set below its minimum capacity value, and an alarm triggers a scale-out activity,
  // Application Auto Scaling scales the desired count up to the minimum capacity value and then continues to scale out."
  const from = Math.max(min, cooling ? Math.min(lastOut.from, current) : current);
  const to = Math.min(max, Math.max(min, wanted(from)));
  if (to > current) return { to, from };
  return cooling ? "cooling" : { reason: { Code: "AlreadyAtDesiredCapacity", CurrentCapacity: current } };
}

/** Scales in, but not while an earlier scale-in cools down. A count below the minimum is left alone. */
export function scaleIn({ current, min, max, now, lastIn }: Situation, wanted: (capacity: number) => number): Decision {
  if (current <= min) return { reason: { Code: "AlreadyAtMinCapacity", MinCapacity: min } };
  if (isCooling(lastIn, now)) return "cooling";
  const from = Math.min(max, current);
  const to = Math.max(min, Math.min(max, wanted(from)));
  return to < current ? { to, from: current } : { reason: { Code: "AlreadyAtDesiredCapacity", CurrentCapacity: current } };
}

/**
 * The capacity that brings a utilization to its target, if the load spreads evenly: rounded up, so that the metric does not
 * end above the target. Rounding errors of the division (3 × 80 / 60) must not cost a task.
 */
export const proportional = (capacity: number, metric: number, target: number): number =>
  Math.ceil(Number(((capacity * metric) / target).toPrecision(12)));

/** The threshold of the alarm that scales in: 90 % of the target (45 for 50, 67.5 for 75, as seen on AWS). */
export const lowThreshold = (target: number): number => Number((target * 0.9).toPrecision(12));
