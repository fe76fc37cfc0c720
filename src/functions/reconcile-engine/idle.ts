import type { SeenTask } from "../shared/seen-task.ts";
import type { Config } from "./observation.ts";

/** What CloudWatch knows of one minute. Missing values are 0. */
export interface Minute {
  /** Its begin, milliseconds. */
  readonly at: number;
  /** Requests to the engine's target group. */
  readonly requests: number;
  /** Requests to the whole load balancer. */
  readonly allRequests: number;
  /** Connections of the whole load balancer, its clients' and its targets'. */
  readonly connections: number;
}

const MINUTE_MS = 60_000;

/** How late a minute's metrics may be. See docs/decisions/0017-idle-of-engines.md. */
export const METRICS_LATE_MS = 2 * MINUTE_MS;

/** For how many idle times connections alone can hold an engine. */
const CONNECTIONS_HOLD = 6;

/** When somebody wanted it last, as far as ECS knows. */
export const wantedAt = (task: SeenTask): number => Math.max(task.startedAt ?? task.createdAt, task.usedAt ?? 0);

/** From when on the minutes are needed to say when it was used last. */
export const activityFrom = (task: SeenTask, config: Pick<Config, "idleMs">, now: number): number =>
  Math.max(task.startedAt ?? task.createdAt, now - (CONNECTIONS_HOLD + 1) * config.idleMs - METRICS_LATE_MS);

/**
 * When the engine was used last. A minute with a request counts to its end. A minute without one counts when connections
 * are open that no other engine's requests explain, but for no more than six idle times after the last request: CloudWatch
 * counts the connections of the whole load balancer, and cannot say whose they are.
 */
export function lastActivity(task: SeenTask, minutes: readonly Minute[], config: Pick<Config, "idleMs">, now: number): number {
  const end = ({ at }: Minute): number => Math.min(now, at + MINUTE_MS);
  const requested = Math.max(wantedAt(task), ...minutes.filter(({ requests }) => requests > 0).map(end));
  const held = minutes.filter(({ connections, requests, allRequests }) => connections > 0 && allRequests <= requests).map(end);
  return Math.max(requested, ...held.map((at) => Math.min(at, requested + CONNECTIONS_HOLD * config.idleMs)));
}
