import type { Target } from "@aws-sdk/client-eventbridge";
import { arn, type Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";

export const DEFAULT_BUS = "default";

/** A statement of a bus's policy. */
export type Statement = Record<string, unknown> & { Sid?: string };

export interface BusRow {
  name: string;
  arn: string;
  description?: string;
  statements: Statement[];
  /** Milliseconds since the epoch; the default bus has none until its policy changes. */
  createdAt?: number;
  modifiedAt?: number;
  tags: Record<string, string>;
}

export interface RuleRow {
  name: string;
  bus: string;
  arn: string;
  eventPattern?: string;
  scheduleExpression?: string;
  /** From when `rate()` counts: when the schedule was set or the rule was enabled. Milliseconds since the epoch. */
  scheduledFrom: number;
  state: "ENABLED" | "DISABLED";
  description?: string;
  roleArn?: string;
  createdBy: string;
  targets: Target[];
  tags: Record<string, string>;
}

/** An event as targets see it ("EventBridge event structure"). */
export interface Envelope {
  version: "0";
  id: string;
  "detail-type": string;
  source: string;
  account: string;
  /** ISO 8601 without milliseconds. */
  time: string;
  region: string;
  resources: string[];
  detail: object;
}

/** An invocation that failed and is tried again. */
export interface RetryRow {
  id: string;
  ruleKey: string;
  target: Target;
  event: Envelope;
  /** How often it was tried. */
  attempts: number;
  /** Milliseconds since the epoch. */
  firstAt: number;
  dueAt: number;
  hops: number;
}

export const buses = (store: Store, scope: Scope): Table<BusRow> => store.table("events.buses", scope);
export const rules = (store: Store, scope: Scope): Table<RuleRow> => store.table("events.rules", scope);
export const retries = (store: Store, scope: Scope): Table<RetryRow> => store.table("events.retries", scope);

/** The key of a rule in its table; rule names have no slash, bus names may. */
export const ruleKey = (bus: string, name: string): string => `${bus}/${name}`;

export const busArn = (scope: Scope, name: string): string => arn("events", scope, `event-bus/${name}`);

/** A rule of the default bus has no bus in its ARN. */
export const ruleArn = (scope: Scope, bus: string, name: string): string =>
  arn("events", scope, bus === DEFAULT_BUS ? `rule/${name}` : `rule/${bus}/${name}`);

/** The bus of that name; the default one is always there. */
export function busNamed(store: Store, scope: Scope, name: string): BusRow | undefined {
  const row = buses(store, scope).get(name);
  if (row || name !== DEFAULT_BUS) return row;
  return { name: DEFAULT_BUS, arn: busArn(scope, DEFAULT_BUS), statements: [], tags: {} };
}
