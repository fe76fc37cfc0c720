import type { LoggingConfiguration, TracingConfiguration } from "@aws-sdk/client-sfn";
import { arn, type Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";
import type { Json, JsonObject } from "./asl/types.ts";

export interface MachineRow {
  arn: string;
  name: string;
  definition: string;
  roleArn: string;
  type: "STANDARD" | "EXPRESS";
  logging: LoggingConfiguration;
  tracing: TracingConfiguration;
  tags: Record<string, string>;
  /** Milliseconds since the epoch. */
  createdAt: number;
  updatedAt: number;
  /** There is none before the first update. */
  revisionId?: string;
}

export type Status = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

export interface ExecutionRow {
  arn: string;
  name: string;
  /** The machine as it was when the execution began: a later update does not change it. */
  machine: Pick<MachineRow, "arn" | "name" | "definition" | "roleArn" | "type" | "logging" | "tracing" | "updatedAt" | "revisionId">;
  status: Status;
  startedAt: number;
  stoppedAt?: number;
  /** JSON. */
  input: string;
  output?: string;
  error?: string;
  cause?: string;
  traceHeader?: string;
}

/** An event of an execution's history; `details` stand under their own member name. */
export interface EventRow {
  id: number;
  previousEventId: number;
  type: string;
  timestamp: number;
  details?: { member: string; value: Record<string, unknown> };
}

/** What a running execution has done so far: results by the place where they came to be (engine/journal.ts). */
export type Entry =
  | { kind: "value"; value: Json | undefined }
  | { kind: "error"; error: string; cause: string }
  | { kind: "checkpoint"; state: string; input: Json; variables: JsonObject; turn: number; lastEvent: number };

/** A task that waits for somebody to answer with its token. */
export interface TokenRow {
  executionArn: string;
  /** Of the last heartbeat, or of the token's making. */
  aliveAt: number;
  answer?: { output: Json } | { error: string; cause: string };
  /** Nobody waits for it any more. */
  closed?: boolean;
}

/** State machines by name. */
export const machines = (store: Store, scope: Scope): Table<MachineRow> => store.table("states.machines", scope);
/** Executions by ARN. */
export const executions = (store: Store, scope: Scope): Table<ExecutionRow> => store.table("states.executions", scope);
/** The history of one execution, by event id. */
export const history = (store: Store, scope: Scope, executionArn: string): Table<EventRow> => store.table(`states.history/${executionArn}`, scope);
export const journal = (store: Store, scope: Scope, executionArn: string): Table<Entry> => store.table(`states.journal/${executionArn}`, scope);
/** By token. */
export const tokens = (store: Store, scope: Scope): Table<TokenRow> => store.table("states.tokens", scope);

export const machineArn = (scope: Scope, name: string): string => arn("states", scope, `stateMachine:${name}`);
export const executionArn = (scope: Scope, machine: string, name: string): string => arn("states", scope, `execution:${machine}:${name}`);

export const scopeOf = ({ account, region }: Scope): Scope => ({ account, region });
