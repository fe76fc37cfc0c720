import type { Clock, Timer } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { Api, LambdaPort, LogsPort, MetricsPort } from "../../core/ports.ts";
import type { Scope } from "../../core/scope.ts";
import { bind, type Service } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { access } from "./access.ts";
import { Delivery, type DeliveryErrorHandler } from "./engine/delivery.ts";
import { EventStore } from "./engine/events.ts";
import { Ingest } from "./engine/ingest.ts";
import { horizon } from "./engine/retention.ts";
import { CreateLogGroup, DeleteLogGroup, DescribeLogGroups } from "./operations/log-groups.ts";
import { CreateLogStream, DeleteLogStream, DescribeLogStreams } from "./operations/log-streams.ts";
import { FilterLogEvents } from "./operations/filter-log-events.ts";
import { GetLogEvents } from "./operations/get-log-events.ts";
import { DeleteMetricFilter, DescribeMetricFilters, PutMetricFilter, TestMetricFilter } from "./operations/metric-filters.ts";
import { PutLogEvents } from "./operations/put-log-events.ts";
import { DeleteResourcePolicy, DescribeResourcePolicies, PutResourcePolicy } from "./operations/resource-policies.ts";
import { DeleteRetentionPolicy, PutRetentionPolicy } from "./operations/retention-policies.ts";
import { DeleteSubscriptionFilter, DescribeSubscriptionFilters, PutSubscriptionFilter } from "./operations/subscription-filters.ts";
import { ListTagsForResource, ListTagsLogGroup, TagLogGroup, TagResource, UntagLogGroup, UntagResource } from "./operations/tags.ts";
import { groups, keyIn, streams } from "./state.ts";

/**
 * Whether a resource-based policy lets an AWS service do something. `policy` is the document's text; without a matching
 * Allow, or with a matching Deny, the answer is false.
 */
export type PolicyAllows = (
  policy: string,
  request: { service: string; action: string; resource: string; context: Record<string, string> },
) => boolean;

export interface LogsDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  /** For the policy of a function that a subscription filter names (`lambda:GetPolicy`). */
  api: Api;
  lambda: LambdaPort;
  metrics: MetricsPort;
  policyAllows: PolicyAllows;
  /** Told of deliveries that failed; to standard error unless given. */
  onDeliveryError?: DeliveryErrorHandler;
}

/** What the operations need, made once. */
export interface LogsParts extends LogsDeps {
  events: EventStore;
  ingest: Ingest;
}

/** How often expired events are forgotten. Reads never show them, so this is only about memory and disk. */
const SWEEP_MS = 3_600_000;

const reportToStderr: DeliveryErrorHandler = (error, filter) => {
  process.stderr.write(
    `rouse: log events for ${filter.destinationArn} could not be delivered: ${error instanceof Error ? error.message : String(error)}\n`,
  );
};

const handlers = {
  CreateLogGroup,
  DeleteLogGroup,
  DescribeLogGroups,
  CreateLogStream,
  DeleteLogStream,
  DescribeLogStreams,
  PutLogEvents,
  GetLogEvents,
  FilterLogEvents,
  PutRetentionPolicy,
  DeleteRetentionPolicy,
  PutResourcePolicy,
  DescribeResourcePolicies,
  DeleteResourcePolicy,
  PutSubscriptionFilter,
  DescribeSubscriptionFilters,
  DeleteSubscriptionFilter,
  PutMetricFilter,
  DescribeMetricFilters,
  DeleteMetricFilter,
  TestMetricFilter,
  TagResource,
  UntagResource,
  ListTagsForResource,
  TagLogGroup,
  UntagLogGroup,
  ListTagsLogGroup,
};

/** CloudWatch Logs, and the way in for the lines that other services write. */
export function createLogs(deps: LogsDeps): Service & LogsPort {
  const events = new EventStore(deps.store, deps.clock);
  const delivery = new Delivery(deps.clock, deps.lambda, deps.onDeliveryError ?? reportToStderr);
  const ingest = new Ingest(deps.store, events, delivery, deps.metrics);
  const parts: LogsParts = { ...deps, events, ingest };
  let sweep: Timer | undefined;
  const armSweep = (): void => {
    sweep = deps.clock.setTimer(SWEEP_MS, () => {
      expire(parts);
      armSweep();
    });
  };
  return {
    name: "logs",
    signingNames: ["logs"],
    sdk: () => import("@aws-sdk/client-cloudwatch-logs"),
    protocols: ["awsJson1_1"],
    apiVersion: "2014-03-28",
    operations: bind(parts, handlers),
    access,
    write: (scope, group, stream, lines, options) => write(parts, scope, group, stream, lines, options),
    start: () => {
      expire(parts);
      armSweep();
    },
    stop: () => {
      sweep?.cancel();
      events.save();
      delivery.clear();
    },
    reset: () => {
      events.clear();
      delivery.clear();
    },
  };
}

/**
 * Lines that an AWS service writes. A missing group is created with `create`; without it the lines are dropped, as when the
 * group of a query logging configuration was deleted. A missing stream is always created: services that write logs do that
 * themselves.
 */
function write(
  parts: LogsParts,
  at: Scope,
  group: string,
  stream: string,
  lines: { timestamp: number; message: string }[],
  options?: { create?: boolean | (() => boolean) },
): void {
  const { store, clock, ingest } = parts;
  const scope = { account: at.account, region: at.region };
  if (!groups(store, scope).has(group)) {
    const mayCreate = typeof options?.create === "function" ? options.create() : options?.create;
    if (!mayCreate) return;
    groups(store, scope).set(group, { name: group, creationTime: clock.now(), logGroupClass: "STANDARD", tags: {} });
  }
  const key = keyIn(group, stream);
  if (!streams(store, scope).has(key)) streams(store, scope).set(key, { group, name: stream, creationTime: clock.now() });
  ingest.accept(
    scope,
    group,
    stream,
    lines.filter((line) => line.message !== ""),
  );
}

/** Forgets the events whose retention has ended. */
function expire(parts: LogsParts): void {
  for (const scope of parts.store.scopes("logs.streams")) {
    for (const { group, name } of streams(parts.store, scope).values()) {
      const row = groups(parts.store, scope).get(group);
      if (row?.retentionInDays) parts.events.expire(scope, group, name, horizon(row, parts.clock.now()));
    }
  }
}
