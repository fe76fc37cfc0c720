import type { Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";

export type ParameterKind = "String" | "StringList" | "SecureString";

export interface ParameterVersion {
  version: number;
  value: string;
  type: ParameterKind;
  /** Milliseconds since the epoch. */
  modified: number;
  modifiedBy: string;
  description?: string;
  allowedPattern?: string;
  keyId?: string;
  dataType: string;
  labels: string[];
}

export interface ParameterRow {
  name: string;
  tier: "Standard" | "Advanced" | "Intelligent-Tiering";
  /** Oldest first; the last one is current. The newest hundred are kept. */
  versions: ParameterVersion[];
  tags: Record<string, string>;
}

export const parameters = (store: Store, scope: Scope): Table<ParameterRow> => store.table("ssm.parameters", scope);
