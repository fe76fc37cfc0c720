import { isoSeconds } from "../../events/engine/router.ts";
import type { Scope } from "../../../core/scope.ts";
import { scheduleArn, type DeliveryRow } from "../state.ts";

/** One try of a delivery. */
export interface Attempt {
  scope: Scope;
  delivery: DeliveryRow;
  /** 1 for the first one. */
  number: number;
  executionId: string;
}

/**
 * The text that the target gets: the schedule's input with its context attributes filled in ("Adding context attributes in
 * EventBridge Scheduler").
 */
export function inputOf(attempt: Attempt, eventId: string): string {
  const { scope, delivery } = attempt;
  const arn = scheduleArn(scope, delivery.group, delivery.name);
  const time = isoSeconds(delivery.scheduledAt);
  if (delivery.target.Input === undefined) return JSON.stringify(notification(scope, arn, time, eventId));
  return fill(delivery.target.Input, {
    "schedule-arn": arn,
    "scheduled-time": time,
    "execution-id": attempt.executionId,
    "attempt-number": String(attempt.number),
  });
}

export const fill = (input: string, attributes: Record<string, string>): string =>
  input.replace(/<aws\.scheduler\.([a-z-]+)>/g, (whole, name: string) => attributes[name] ?? whole);

/**
 * The "default notification" of a schedule without an input (API Reference, Target). AWS documents no shape; this is what
 * functions get, as far as is known, `detail` being a string.
 */
const notification = (scope: Scope, arn: string, time: string, id: string): object => ({
  version: "0",
  id,
  "detail-type": "Scheduled Event",
  source: "aws.scheduler",
  account: scope.account,
  time,
  region: scope.region,
  resources: [arn],
  detail: "{}",
});
