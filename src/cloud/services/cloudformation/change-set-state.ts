import type { Change } from "@aws-sdk/client-cloudformation";
import type { Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";
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
