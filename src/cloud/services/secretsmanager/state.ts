import type { Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";

/** One value of a secret. It never changes; labels move from version to version. */
export interface VersionRow {
  id: string;
  created: number;
  text?: string;
  binary?: Uint8Array;
  /** Midnight (UTC) of the day on which it was last read. */
  accessed?: number;
}

/** Key: its name. */
export interface SecretRow {
  name: string;
  /** With the six characters that tell it from an earlier secret of the same name. */
  arn: string;
  description?: string;
  kmsKeyId?: string;
  tags: Record<string, string>;
  /** JSON. */
  policy?: string;
  created: number;
  changed: number;
  accessed?: number;
  /** From the oldest to the newest. */
  versions: VersionRow[];
  /** The version that each staging label is attached to. A label is on one version at a time. */
  stages: Record<string, string>;
  /** When it is really deleted; until then it can be restored. */
  deletesAt?: number;
}

export const secrets = (store: Store, scope: Scope): Table<SecretRow> => store.table("secretsmanager.secrets", scope);
