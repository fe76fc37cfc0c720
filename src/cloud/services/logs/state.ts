import type { LogGroupClass, MetricTransformation } from "@aws-sdk/client-cloudwatch-logs";
import { AwsError } from "../../core/errors.ts";
import type { Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";

export interface GroupRow {
  name: string;
  creationTime: number;
  retentionInDays?: number;
  logGroupClass: LogGroupClass;
  tags: Record<string, string>;
}

export interface StreamRow {
  group: string;
  name: string;
  creationTime: number;
}

/** One event as it is kept. `order` counts up over all streams of this process: it keeps the order of arrival. */
export interface StoredEvent {
  timestamp: number;
  message: string;
  ingestionTime: number;
  order: number;
}

/** Up to `CHUNK` events of a stream, in order of arrival: what goes to disk at once. */
export interface ChunkRow {
  group: string;
  stream: string;
  index: number;
  events: StoredEvent[];
}

export interface SubscriptionFilterRow {
  group: string;
  name: string;
  pattern: string;
  destinationArn: string;
  roleArn?: string;
  distribution?: "ByLogStream" | "Random";
  creationTime: number;
}

export interface MetricFilterRow {
  group: string;
  name: string;
  pattern: string;
  transformations: MetricTransformation[];
  creationTime: number;
}

export interface ResourcePolicyRow {
  name: string;
  document: string;
  lastUpdatedTime: number;
}

export const groups = (store: Store, scope: Scope): Table<GroupRow> => store.table("logs.groups", scope);
export const streams = (store: Store, scope: Scope): Table<StreamRow> => store.table("logs.streams", scope);
export const chunks = (store: Store, scope: Scope): Table<ChunkRow> => store.table("logs.chunks", scope);
export const subscriptionFilters = (store: Store, scope: Scope): Table<SubscriptionFilterRow> => store.table("logs.subscriptionFilters", scope);
export const metricFilters = (store: Store, scope: Scope): Table<MetricFilterRow> => store.table("logs.metricFilters", scope);
export const resourcePolicies = (store: Store, scope: Scope): Table<ResourcePolicyRow> => store.table("logs.resourcePolicies", scope);

/** The key of what belongs to a group: neither a group's nor a stream's nor a filter's name has a colon. */
export const keyIn = (group: string, name: string): string => `${group}:${name}`;

/** @throws AwsError ResourceNotFoundException */
export function groupOf(store: Store, scope: Scope, name: string): GroupRow {
  const row = groups(store, scope).get(name);
  if (!row) throw new AwsError("ResourceNotFoundException", "The specified log group does not exist.");
  return row;
}

/** @throws AwsError ResourceNotFoundException */
export function streamOf(store: Store, scope: Scope, group: string, name: string): StreamRow {
  groupOf(store, scope, group);
  const row = streams(store, scope).get(keyIn(group, name));
  if (!row) throw new AwsError("ResourceNotFoundException", "The specified log stream does not exist.");
  return row;
}
