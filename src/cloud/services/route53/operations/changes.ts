import type { ChangeInfo, GetChangeRequest, GetChangeResponse } from "@aws-sdk/client-route-53";
import { AwsError } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { Route53Parts } from "../index.ts";
import { bareId, changes, type ChangeRow } from "../state.ts";

type Deps = Pick<Route53Parts, "store" | "clock" | "ids">;

/** Changes that can still be asked for; the oldest go first. */
const KEPT = 1000;

/** A change that has been made. It is INSYNC at once: the one server has it (AWS: PENDING for up to 60 seconds). */
export function recordChange(deps: Deps, scope: Scope, comment?: string): ChangeInfo {
  const table = changes(deps.store, scope);
  const row: ChangeRow = { id: `C${deps.ids.upper(20)}`, submittedAt: deps.clock.now(), ...(comment ? { comment } : {}) };
  table.set(row.id, row);
  if (table.size > KEPT) table.delete(table.entries()[0]![0]);
  return describe(row);
}

export function GetChange(deps: Deps, input: GetChangeRequest, call: Call): GetChangeResponse {
  const row = changes(deps.store, call).get(bareId(input.Id));
  if (!row) throw new AwsError("NoSuchChange", `A change with the specified change ID does not exist: ${bareId(input.Id)}`, { status: 404 });
  return { ChangeInfo: describe(row) };
}

const describe = (row: ChangeRow): ChangeInfo => ({
  Id: `/change/${row.id}`,
  Status: "INSYNC",
  SubmittedAt: new Date(row.submittedAt),
  ...(row.comment ? { Comment: row.comment } : {}),
});
