import type { Engine } from "./engine.ts";
import { commitUpdate, rollbackCreate, rollbackUpdate, runDelete } from "./operations.ts";
import { planForTarget } from "./prepare.ts";
import { launch } from "./requests.ts";
import { lookupIn } from "./resource-runner.ts";
import { scopeOf, stacks, stackScopes, type StackRow } from "./state.ts";
import { includedResources } from "../template/evaluate.ts";

/**
 * Brings the operations that a stop of the process has cut off to an end: creates and updates are rolled back, deletes
 * and clean-ups go on. Nested stacks follow their parents.
 */
export async function recoverStacks(engine: Engine): Promise<void> {
  const cut = stackScopes(engine.store).flatMap((scope) =>
    stacks(engine.store, scope).filter((row) => row.status.endsWith("_IN_PROGRESS") && row.status !== "REVIEW_IN_PROGRESS"),
  );
  for (const nested of cut.filter((row) => row.parentId !== undefined)) settleNested(engine, nested);
  const roots = cut.filter((row) => row.parentId === undefined).map((stack) => resume(engine, stack));
  await Promise.all(roots);
}

/** A nested stack cannot be waited for any more: it stands where its parent's roll-back or delete can take it up. */
function settleNested(engine: Engine, row: StackRow): void {
  const status = row.previous ? "UPDATE_COMPLETE" : row.status.startsWith("DELETE") ? "DELETE_FAILED" : "CREATE_FAILED";
  stacks(engine.store, scopeOf(row.stackId)).update(row.stackId, { status });
}

const INTERRUPTED = "The operation was interrupted by a restart. ";

async function resume(engine: Engine, stack: StackRow): Promise<StackRow> {
  const { stackId, status } = stack;
  const work = async (): Promise<StackRow> => {
    if (status === "CREATE_IN_PROGRESS" || status === "ROLLBACK_IN_PROGRESS") return rollbackCreate({ engine, stack }, INTERRUPTED);
    if (status === "DELETE_IN_PROGRESS") return runDelete(engine, stack, new Set());
    if (status !== "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS") return rollbackUpdate(engine, stackId, INTERRUPTED);
    const plan = await planForTarget(engine, scopeOf(stackId), stack, stack, lookupIn(engine, stackId));
    return commitUpdate(engine, stackId, includedResources(plan.template, plan.env));
  };
  return launch(
    engine,
    stackId,
    work,
    stack.previous ? "UPDATE_ROLLBACK_FAILED" : status === "DELETE_IN_PROGRESS" ? "DELETE_FAILED" : "CREATE_FAILED",
  ).done;
}
