import type { Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";
import type { Output } from "../template/evaluate.ts";
import type { ResourceDefinition } from "../template/types.ts";
import type { Tag } from "../providers/helpers.ts";
import type { Properties } from "../providers/provider.ts";

export type StackStatus =
  | "REVIEW_IN_PROGRESS"
  | "CREATE_IN_PROGRESS"
  | "CREATE_COMPLETE"
  | "CREATE_FAILED"
  | "ROLLBACK_IN_PROGRESS"
  | "ROLLBACK_COMPLETE"
  | "ROLLBACK_FAILED"
  | "UPDATE_IN_PROGRESS"
  | "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
  | "UPDATE_COMPLETE"
  | "UPDATE_FAILED"
  | "UPDATE_ROLLBACK_IN_PROGRESS"
  | "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
  | "UPDATE_ROLLBACK_COMPLETE"
  | "UPDATE_ROLLBACK_FAILED"
  | "DELETE_IN_PROGRESS"
  | "DELETE_COMPLETE"
  | "DELETE_FAILED";

export type ResourceStatus = `${"CREATE" | "UPDATE" | "DELETE"}_${"IN_PROGRESS" | "COMPLETE" | "FAILED"}` | "DELETE_SKIPPED";

export interface StackParameter {
  name: string;
  /** As given; `****` is shown in its stead where the template says NoEcho. */
  given: string;
  noEcho: boolean;
  value: string | string[];
  /** What the SSM parameter held, for SSM types. */
  resolved?: string;
}

/** What an operation was asked to bring about: enough to go back to it. */
export interface StackTarget {
  templateBody: string;
  parameters: StackParameter[];
  tags: Tag[];
  capabilities: string[];
  notificationArns: string[];
  description?: string;
  roleArn?: string;
}

export interface StackRow extends StackTarget {
  stackId: string;
  stackName: string;
  status: StackStatus;
  statusReason?: string;
  /** Milliseconds since the epoch, as all times here. */
  creationTime: number;
  lastUpdatedTime?: number;
  deletionTime?: number;
  onFailure: "ROLLBACK" | "DELETE" | "DO_NOTHING";
  terminationProtection: boolean;
  timeoutInMinutes?: number;
  outputs: Output[];
  /** Names of the exports that this stack uses. */
  imports: string[];
  parentId?: string;
  rootId?: string;
  /** The target that the stack had before the update that is under way. */
  previous?: StackTarget;
  /** Of the assembly's artifact that was last deployed; lets an unchanged one be skipped. */
  fingerprint?: string;
  changeSetId?: string;
  clientRequestToken?: string;
  /** The operation that is under way, or was the last one. */
  operation?: Operation;
}

/** One operation on a stack, for DescribeEvents. */
export interface Operation {
  id: string;
  type: "CREATE_STACK" | "UPDATE_STACK" | "DELETE_STACK" | "ROLLBACK";
}

export interface ResourceRow {
  logicalId: string;
  type: string;
  status: ResourceStatus;
  statusReason?: string;
  timestamp: number;
  /** Absent until the resource exists. */
  physicalId?: string;
  attributes: Record<string, unknown>;
  properties: Properties;
  /** The same with references to secrets in place of their values; absent where there are none. */
  shown?: Properties;
  /** Logical ids that this resource needs. */
  dependencies: string[];
  definition: Pick<ResourceDefinition, "Type" | "DeletionPolicy" | "UpdateReplacePolicy" | "UpdatePolicy" | "CreationPolicy">;
}

export interface EventRow {
  eventId: string;
  stackId: string;
  stackName: string;
  logicalId: string;
  physicalId?: string;
  type: string;
  status: string;
  reason?: string;
  timestamp: number;
  properties?: string;
  clientRequestToken?: string;
  operation?: Operation;
}

/** What an update did to a resource, so that it can be undone. */
export interface JournalRow {
  logicalId: string;
  kind: "created" | "updated" | "replaced";
  before?: ResourceRow;
}

export interface ExportRow {
  name: string;
  value: string;
  stackId: string;
}

const STACKS = "cloudformation.stacks";

export const stacks = (store: Store, scope: Scope): Table<StackRow> => store.table<StackRow>(STACKS, scope);
export const stackScopes = (store: Store): Scope[] => store.scopes(STACKS);
export const exportsOf = (store: Store, scope: Scope): Table<ExportRow> => store.table<ExportRow>("cloudformation.exports", scope);

/** One table per stack, so that listing one stack's rows does not touch those of the others. */
const perStack = <T>(store: Store, kind: string, scope: Scope, stackId: string): Table<T> =>
  store.table<T>(`cloudformation.${kind}/${stackId.slice(stackId.lastIndexOf("/") + 1)}`, scope);

export const resources = (store: Store, scope: Scope, stackId: string): Table<ResourceRow> => perStack(store, "resources", scope, stackId);
export const events = (store: Store, scope: Scope, stackId: string): Table<EventRow> => perStack(store, "events", scope, stackId);
export const journal = (store: Store, scope: Scope, stackId: string): Table<JournalRow> => perStack(store, "journal", scope, stackId);

/** The stack of that name that is not deleted, or that id (deleted ones too). */
export function findStack(store: Store, scope: Scope, nameOrId: string): StackRow | undefined {
  const table = stacks(store, scope);
  return nameOrId.startsWith("arn:") ? table.get(nameOrId) : table.find((row) => row.stackName === nameOrId && row.status !== "DELETE_COMPLETE");
}

/** Names of the stacks that use an export. */
export function importersOf(store: Store, scope: Scope, name: string): string[] {
  return stacks(store, scope)
    .filter((row) => row.status !== "DELETE_COMPLETE" && row.imports.includes(name))
    .map((row) => row.stackName);
}

/** The scope of a stack, from its id. */
export function scopeOf(stackId: string): Scope {
  const [, , , region, account] = stackId.split(":");
  return { account: account!, region: region! };
}
