import type { RRType } from "@aws-sdk/client-route-53";
import { AwsError } from "../../core/errors.ts";
import type { Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";

export interface ZoneRow {
  /** Without `/hostedzone/`. */
  id: string;
  /** As `normalize` gives it. */
  name: string;
  callerReference: string;
  comment?: string;
  nameServers: string[];
  tags: Record<string, string>;
  createdAt: number;
}

export interface RecordRow {
  zoneId: string;
  name: string;
  type: RRType;
  ttl?: number;
  values?: string[];
  alias?: { hostedZoneId: string; dnsName: string; evaluateTargetHealth: boolean };
}

export interface ChangeRow {
  id: string;
  submittedAt: number;
  comment?: string;
}

export interface QueryLoggingRow {
  id: string;
  zoneId: string;
  logGroupArn: string;
}

export const zones = (store: Store, scope: Scope): Table<ZoneRow> => store.table("route53.zones", scope);
export const records = (store: Store, scope: Scope): Table<RecordRow> => store.table("route53.records", scope);
export const changes = (store: Store, scope: Scope): Table<ChangeRow> => store.table("route53.changes", scope);
export const queryLoggingConfigs = (store: Store, scope: Scope): Table<QueryLoggingRow> => store.table("route53.queryLoggingConfigs", scope);

export const recordKey = (row: Pick<RecordRow, "zoneId" | "name" | "type">): string => `${row.zoneId} ${row.name} ${row.type}`;

/** An identifier without `/hostedzone/`, `/change/` and the like, which clients may or may not send. */
export const bareId = (id: string | undefined): string => (id ?? "").replace(/^\/?(hostedzone|change|queryloggingconfig)\//, "");

/** @throws AwsError NoSuchHostedZone */
export function zoneOf(store: Store, scope: Scope, id: string | undefined): ZoneRow {
  const row = zones(store, scope).get(bareId(id));
  if (!row) throw new AwsError("NoSuchHostedZone", `No hosted zone found with ID: ${bareId(id)}`, { status: 404 });
  return row;
}

export const recordsOf = (store: Store, scope: Scope, zoneId: string): RecordRow[] => records(store, scope).filter((row) => row.zoneId === zoneId);
