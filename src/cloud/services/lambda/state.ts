import type { Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";

/** A function's deployment package; its files are in `<dataDir>/code/<sha256 in hex>`. */
export interface CodeRow {
  /** In base64, as the API tells it. */
  sha256: string;
  /** Name of the folder. */
  folder: string;
  /** Bytes. */
  size: number;
}

export interface LoggingRow {
  format: "Text" | "JSON";
  group: string;
  applicationLevel?: string;
  systemLevel?: string;
}

/** A function (`version` is `$LATEST`) or a published version of one. */
export interface FunctionRow {
  name: string;
  /** Without a qualifier. */
  arn: string;
  version: string;
  role: string;
  runtime: string;
  handler: string;
  description: string;
  /** Seconds. */
  timeout: number;
  memoryMb: number;
  environment: Record<string, string>;
  code: CodeRow;
  logging: LoggingRow;
  architectures: string[];
  ephemeralMb: number;
  vpc?: { subnetIds: string[]; securityGroupIds: string[]; ipv6: boolean };
  deadLetterArn?: string;
  /** ISO 8601 with `+0000`, as the API tells it. */
  lastModified: string;
  revisionId: string;
  tags: Record<string, string>;
}

export interface AliasRow {
  name: string;
  functionName: string;
  functionVersion: string;
  description: string;
  revisionId: string;
}

/** A resource policy of a function, a version or an alias. */
export interface PolicyRow {
  statements: PolicyStatement[];
  revisionId: string;
}

export interface PolicyStatement {
  Sid: string;
  Effect: "Allow";
  Principal: "*" | { Service: string } | { AWS: string };
  Action: string;
  Resource: string;
  Condition?: Record<string, Record<string, string>>;
}

export interface InvokeConfigRow {
  /** Milliseconds since the epoch. */
  lastModified: number;
  maximumRetryAttempts?: number;
  /** Seconds. */
  maximumEventAge?: number;
  onSuccess?: string;
  onFailure?: string;
}

/** An asynchronous event that waits in Lambda's internal queue. */
export interface EventRow {
  id: string;
  functionName: string;
  qualifier?: string;
  /** JSON. */
  payload: string;
  /** Milliseconds since the epoch, like the next one. */
  receivedAt: number;
  nextAt: number;
  /** How often the function ran for it. */
  attempts: number;
  /** How often there was no room for it; it decides how long to wait. */
  throttles: number;
}

/** By name. */
export const functions = (store: Store, scope: Scope): Table<FunctionRow> => store.table("lambda.functions", scope);
/** By `name:version`. */
export const versions = (store: Store, scope: Scope): Table<FunctionRow> => store.table("lambda.versions", scope);
/** By `name:alias`. */
export const aliases = (store: Store, scope: Scope): Table<AliasRow> => store.table("lambda.aliases", scope);
/** By `name` or `name:qualifier`. */
export const policies = (store: Store, scope: Scope): Table<PolicyRow> => store.table("lambda.policies", scope);
/** By `name:qualifier`. */
export const invokeConfigs = (store: Store, scope: Scope): Table<InvokeConfigRow> => store.table("lambda.invoke-configs", scope);
/** Reserved concurrency by function name. */
export const concurrency = (store: Store, scope: Scope): Table<{ reserved: number }> => store.table("lambda.concurrency", scope);
/** By request identifier. */
export const events = (store: Store, scope: Scope): Table<EventRow> => store.table("lambda.events", scope);
