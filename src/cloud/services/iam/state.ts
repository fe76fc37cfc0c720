import { DEFAULT_ACCOUNT, GLOBAL_REGION, type Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";

/** What roles and users have in common: the policies that count for them. */
export interface HolderRow {
  name: string;
  /** `AROA…` or `AIDA…`. */
  id: string;
  arn: string;
  path: string;
  /** Milliseconds since the epoch. */
  created: number;
  tags: Record<string, string>;
  /** Inline policies: documents (JSON) by name. */
  inline: Record<string, string>;
  /** ARNs of managed policies. */
  attached: string[];
  /** ARN of the managed policy that is the permissions boundary. */
  boundary?: string;
}

export interface RoleRow extends HolderRow {
  /** The trust policy (JSON). */
  trust: string;
  description?: string;
  /** Seconds. */
  maxSessionDuration: number;
}

export type UserRow = HolderRow;

export interface PolicyRow {
  name: string;
  id: string;
  arn: string;
  path: string;
  description?: string;
  created: number;
  updated: number;
  /** Such as `v2`. */
  defaultVersion: string;
  /** The highest number that a version ever had. */
  lastVersion: number;
  versions: { id: string; text: string; created: number }[];
  tags: Record<string, string>;
}

export interface InstanceProfileRow {
  name: string;
  id: string;
  arn: string;
  path: string;
  created: number;
  /** At most one (an IAM quota). */
  roles: string[];
  tags: Record<string, string>;
}

export interface AccessKeyRow {
  accessKeyId: string;
  secretAccessKey: string;
  account: string;
  userName: string;
  status: "Active" | "Inactive";
  created: number;
}

/** Temporary credentials. */
export interface SessionRow {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  account: string;
  issuedAt: number;
  expiresAt: number;
  /** The principal that the credentials stand for. */
  kind: "assumed-role" | "user" | "root";
  arn: string;
  /** `AROA…:session`, `AIDA…` or the account. */
  userId: string;
  roleName?: string;
  roleArn?: string;
  userName?: string;
  /** Documents (JSON) that were passed to AssumeRole. */
  sessionPolicies: string[];
  /** Session tags. */
  tags: Record<string, string>;
}

const globally = (account: string): Scope => ({ account, region: GLOBAL_REGION });
/** Access keys are looked up before the account is known, so those of all accounts are in one table. */
const everywhere = globally(DEFAULT_ACCOUNT);

export const roles = (store: Store, account: string): Table<RoleRow> => store.table("iam.roles", globally(account));
export const users = (store: Store, account: string): Table<UserRow> => store.table("iam.users", globally(account));
export const policies = (store: Store, account: string): Table<PolicyRow> => store.table("iam.policies", globally(account));
export const instanceProfiles = (store: Store, account: string): Table<InstanceProfileRow> => store.table("iam.instance-profiles", globally(account));
export const accessKeys = (store: Store): Table<AccessKeyRow> => store.table("iam.access-keys", everywhere);
export const sessions = (store: Store): Table<SessionRow> => store.table("iam.sessions", everywhere);
