import type { Change } from "@aws-sdk/client-cloudformation";
import type { Scope } from "../../core/scope.ts";
import { AwsError } from "../../core/errors.ts";
import type { Store, Table } from "../../core/store.ts";
import { needStack } from "../../deploy/engine/requests.ts";
import type { SuppliedParameters } from "../../deploy/template/parameters.ts";
import type { StackTarget } from "../../deploy/engine/state.ts";

export interface ChangeSetRow {
  id: string;
  name: string;
  stackId: string;
  stackName: string;
  type: "CREATE" | "UPDATE";
  status: "CREATE_COMPLETE" | "FAILED";
  statusReason?: string;
  executionStatus: "AVAILABLE" | "UNAVAILABLE" | "EXECUTE_IN_PROGRESS" | "EXECUTE_COMPLETE" | "EXECUTE_FAILED" | "OBSOLETE";
  description?: string;
  creationTime: number;
  target: StackTarget;
  supplied: SuppliedParameters;
  changes: Change[];
  onStackFailure?: "ROLLBACK" | "DELETE" | "DO_NOTHING";
  includeNestedStacks: boolean;
}

export const changeSets = (store: Store, scope: Scope): Table<ChangeSetRow> => store.table<ChangeSetRow>("cloudformation.changesets", scope);

/** The change set of a request, by its ARN, or by its name and its stack's. @throws AwsError ChangeSetNotFound */
export function needChangeSet(engine: { store: Store }, input: { ChangeSetName?: string; StackName?: string }, scope: Scope): ChangeSetRow {
  const name = input.ChangeSetName ?? "";
  const table = changeSets(engine.store, scope);
  if (name.startsWith("arn:") && table.get(name)) return table.get(name)!;
  if (!name.startsWith("arn:") && input.StackName === undefined)
    throw new AwsError("ValidationError", "StackName must be specified if ChangeSetName is not specified as an ARN.");
  const stack = input.StackName === undefined ? undefined : needStack(engine, scope, input.StackName);
  const found = stack && table.find((row) => row.stackId === stack.stackId && row.name === name);
  if (!found) throw new AwsError("ChangeSetNotFound", `ChangeSet [${name}] does not exist`, { status: 404 });
  return found;
}
