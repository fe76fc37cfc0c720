import { runGraph, type Graph } from "../template/graph.ts";
import { outputsOf, type Output } from "../template/evaluate.ts";
import { templateError } from "../template/parse.ts";
import { setStackStatus, type Engine } from "./engine.ts";
import { reasonOf } from "./context.ts";
import { planForTarget } from "./prepare.ts";
import { applyResource, deleteResource, lookupIn, restoreResource, type Run } from "./resource-runner.ts";
import { exportsOf, importersOf, journal, resources, scopeOf, stacks, type ResourceRow, type StackRow } from "./state.ts";

/** What runs after a stack's operation was accepted. Each returns the stack's row as it ended, and does not throw for a failed stack. */

const rowsOf = (engine: Engine, stackId: string) => resources(engine.store, scopeOf(stackId), stackId);
const journalOf = (engine: Engine, stackId: string) => journal(engine.store, scopeOf(stackId), stackId);
const current = (engine: Engine, stackId: string): StackRow => stacks(engine.store, scopeOf(stackId)).get(stackId)!;

const failedText = (verb: string, failures: Map<string, unknown>): string =>
  `The following resource(s) failed to ${verb}: [${[...failures.keys()].join(", ")}]. `;

/** Creates everything; on failure does what the stack's OnFailure says. */
export async function runCreate(run: Run): Promise<StackRow> {
  const { engine, stack } = run;
  const limit = stack.timeoutInMinutes === undefined ? undefined : engine.clock.setTimer(stack.timeoutInMinutes * 60_000, () => run.abort.abort());
  const failures = await applyAll(run);
  limit?.cancel();
  let reason = failures.size > 0 ? failedText("create", failures) : undefined;
  if (reason === undefined) {
    try {
      const outputs = publishOutputs(run);
      clearJournal(engine, stack.stackId);
      return setStackStatus(engine, stack.stackId, "CREATE_COMPLETE", undefined, { outputs, imports: [...run.plan.imports] });
    } catch (error) {
      reason = reasonOf(error);
    }
  }
  if (stack.onFailure === "DO_NOTHING") return setStackStatus(engine, stack.stackId, "CREATE_FAILED", reason, { imports: [...run.plan.imports] });
  if (stack.onFailure === "DELETE") return runDelete(engine, setStackStatus(engine, stack.stackId, "DELETE_IN_PROGRESS", reason), new Set());
  return rollbackCreate(run, `${reason}Rollback requested by user.`);
}

/** Applies the plan. After the first failure nothing new starts, and what waits for an answer is given up. */
async function applyAll(run: Run): Promise<Map<string, unknown>> {
  return runGraph(run.plan.graph, async (logicalId) => {
    try {
      await applyResource(run, logicalId);
    } catch (error) {
      run.abort.abort();
      throw error;
    }
  });
}

/** Deletes what a failed create has made. */
export async function rollbackCreate(run: Pick<Run, "engine" | "stack">, reason: string): Promise<StackRow> {
  const { engine, stack } = run;
  setStackStatus(engine, stack.stackId, "ROLLBACK_IN_PROGRESS", reason);
  const failures = await deleteRows({ engine, stack, abort: new AbortController() }, rowsOf(engine, stack.stackId).values(), { onCreate: true });
  clearJournal(engine, stack.stackId);
  const imports = failures.size > 0 ? {} : { imports: [] };
  return setStackStatus(
    engine,
    stack.stackId,
    failures.size > 0 ? "ROLLBACK_FAILED" : "ROLLBACK_COMPLETE",
    failures.size > 0 ? failedText("delete", failures) : undefined,
    imports,
  );
}

/** Outputs, with their exports made known. @throws AwsError where an export is taken, or in use and would change */
function publishOutputs(run: Run): Output[] {
  const { engine, stack, plan } = run;
  const scope = scopeOf(stack.stackId);
  const table = exportsOf(engine.store, scope);
  const outputs = outputsOf(plan.template, plan.env);
  const wanted = new Map(outputs.filter((output) => output.exportName !== undefined).map((output) => [output.exportName!, output.value]));
  for (const [name] of wanted) {
    const taken = table.get(name);
    if (taken && taken.stackId !== stack.stackId)
      throw templateError(
        `Export with name ${name} is already exported by stack ${current(engine, taken.stackId).stackName}. Rename the export and try again.`,
      );
  }
  for (const row of table.filter((each) => each.stackId === stack.stackId)) {
    if (wanted.get(row.name) === row.value) continue;
    const users = importersOf(engine.store, scope, row.name);
    if (users.length > 0) {
      const verb = wanted.has(row.name) ? "updated" : "deleted";
      throw templateError(`Export ${row.name} cannot be ${verb} as it is in use by ${users.join(", ")}`);
    }
    if (!wanted.has(row.name)) table.delete(row.name);
  }
  for (const [name, value] of wanted) table.set(name, { name, value, stackId: stack.stackId });
  return outputs;
}

/**
 * Brings a stack to its new target, or back to the old one.
 * @param hold leave the old resources in place after success, until `commitUpdate` (nested stacks)
 */
export async function runUpdate(run: Run, options: { hold: boolean }): Promise<StackRow> {
  const { engine, stack } = run;
  const failures = await applyAll(run);
  let reason = failures.size > 0 ? `The following resource(s) failed to update: [${[...failures.keys()].join(", ")}]. ` : undefined;
  let outputs: Output[] = [];
  if (reason === undefined) {
    try {
      outputs = publishOutputs(run);
    } catch (error) {
      reason = reasonOf(error);
    }
  }
  if (reason !== undefined) return rollbackUpdate(engine, stack.stackId, reason);
  const updated = stacks(engine.store, scopeOf(stack.stackId)).update(stack.stackId, { outputs, imports: [...run.plan.imports] });
  if (options.hold) return setStackStatus(engine, updated.stackId, "UPDATE_COMPLETE");
  return commitUpdate(engine, stack.stackId, new Set(run.plan.graph.keys()));
}

/** Deletes what an update has left behind: resources that were replaced, or are no longer in the template. */
export async function commitUpdate(engine: Engine, stackId: string, wanted: ReadonlySet<string>): Promise<StackRow> {
  const stack = setStackStatus(engine, stackId, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
  const replaced = journalOf(engine, stackId)
    .filter((entry) => entry.kind === "replaced" && entry.before?.physicalId !== undefined)
    .map((entry) => entry.before!);
  const removed = rowsOf(engine, stackId).filter(
    (row) => !wanted.has(row.logicalId) && row.status !== "DELETE_COMPLETE" && row.status !== "DELETE_SKIPPED",
  );
  await commitNested(engine, stack, wanted);
  // A failed clean-up does not undo the update (as on AWS): its events tell.
  await deleteRows({ engine, stack, abort: new AbortController() }, [...replaced, ...removed], {
    replaced: new Set(replaced.map((row) => row.logicalId)),
  });
  forgetRows(engine, stackId, wanted);
  return setStackStatus(engine, stackId, "UPDATE_COMPLETE", undefined, { previous: undefined });
}

/** Tells the providers that their resources' updates will not be rolled back any more. */
async function commitNested(engine: Engine, stack: StackRow, wanted: ReadonlySet<string>): Promise<void> {
  for (const entry of journalOf(engine, stack.stackId).values()) {
    const row = rowsOf(engine, stack.stackId).get(entry.logicalId);
    if (entry.kind === "updated" && row?.type === "AWS::CloudFormation::Stack" && wanted.has(row.logicalId))
      await engine.nested.commit(row.physicalId!);
  }
}

/** Brings a stack back to the target that it had before its update. */
export async function rollbackUpdate(engine: Engine, stackId: string, reason: string): Promise<StackRow> {
  const scope = scopeOf(stackId);
  const before = current(engine, stackId).previous;
  if (!before) throw new Error(`stack ${stackId} has nothing to roll back to`);
  const stack = setStackStatus(engine, stackId, "UPDATE_ROLLBACK_IN_PROGRESS", reason, before);
  const plan = await planForTarget(engine, scope, stack, before, lookupIn(engine, stackId));
  const run: Run = { engine, stack, plan, abort: new AbortController() };
  const made = madeByUpdate(engine, stackId);
  const failures = await runGraph(plan.graph, (logicalId) => restoreResource(run, logicalId));
  if (failures.size > 0) return setStackStatus(engine, stackId, "UPDATE_ROLLBACK_FAILED", failedText("update", failures));
  setStackStatus(engine, stackId, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS");
  await deleteRows(run, made.rows, { replaced: made.replaced, onCreate: true });
  forgetRows(engine, stackId, new Set(plan.graph.keys()));
  const outputs = publishOutputs(run);
  return setStackStatus(engine, stackId, "UPDATE_ROLLBACK_COMPLETE", undefined, { previous: undefined, outputs, imports: [...plan.imports] });
}

/** The resources that an update has made: new ones, and those in place of others. */
function madeByUpdate(engine: Engine, stackId: string): { rows: ResourceRow[]; replaced: Set<string> } {
  const rows: ResourceRow[] = [];
  const replaced = new Set<string>();
  for (const entry of journalOf(engine, stackId).values()) {
    const row = rowsOf(engine, stackId).get(entry.logicalId);
    if (!row || entry.kind === "updated") continue;
    if (entry.kind === "created") rows.push(row);
    else if (row.physicalId !== entry.before?.physicalId) {
      rows.push(row);
      replaced.add(row.logicalId);
    }
  }
  return { rows, replaced };
}

/** Deletes rows in the order that their dependencies ask for; what can go on, goes on after a failure. */
async function deleteRows(
  run: Pick<Run, "engine" | "stack" | "abort">,
  rows: ResourceRow[],
  options: { replaced?: ReadonlySet<string>; onCreate?: boolean; retain?: ReadonlySet<string> } = {},
): Promise<Map<string, unknown>> {
  const byId = new Map(rows.map((row) => [row.logicalId, row]));
  // A resource goes after everything that needs it.
  const graph: Graph = new Map(rows.map((row) => [row.logicalId, new Set<string>()]));
  for (const row of rows) for (const need of row.dependencies) if (need !== row.logicalId) graph.get(need)?.add(row.logicalId);
  return runGraph(
    graph,
    (logicalId) => {
      const row = byId.get(logicalId)!;
      const wasReplaced = options.replaced?.has(logicalId) ?? false;
      return deleteResource(run, row, {
        retain: options.retain?.has(logicalId) ?? isRetained(row, wasReplaced, options.onCreate ?? false),
        forget: !wasReplaced,
      });
    },
    { keepGoing: true },
  );
}

function isRetained(row: ResourceRow, wasReplaced: boolean, onCreate: boolean): boolean {
  const policy = wasReplaced ? row.definition.UpdateReplacePolicy : row.definition.DeletionPolicy;
  if (policy === "RetainExceptOnCreate") return !onCreate;
  // Retain keeps a resource even when the create that made it is rolled back ("DeletionPolicy attribute").
  return policy === "Retain";
}

/** Deletes a stack's resources. @param retain logical ids to leave in place (RetainResources) */
export async function runDelete(engine: Engine, stack: StackRow, retain: ReadonlySet<string>): Promise<StackRow> {
  const { stackId } = stack;
  const scope = scopeOf(stackId);
  const exported = exportsOf(engine.store, scope).filter((row) => row.stackId === stackId);
  for (const { name } of exported) {
    const users = importersOf(engine.store, scope, name).filter((user) => user !== stack.stackName);
    if (users.length > 0)
      return setStackStatus(engine, stackId, "DELETE_FAILED", `Export ${name} cannot be deleted as it is in use by ${users.join(", ")}`);
  }
  const rows = rowsOf(engine, stackId).filter((row) => row.status !== "DELETE_COMPLETE" && row.status !== "DELETE_SKIPPED");
  const retained =
    retain.size > 0 ? { retain: new Set([...retain, ...rows.filter((row) => isRetained(row, false, false)).map((row) => row.logicalId)]) } : {};
  const failures = await deleteRows({ engine, stack, abort: new AbortController() }, rows, retained);
  if (failures.size > 0) return setStackStatus(engine, stackId, "DELETE_FAILED", failedText("delete", failures));
  for (const { name } of exported) exportsOf(engine.store, scope).delete(name);
  clearJournal(engine, stackId);
  return setStackStatus(engine, stackId, "DELETE_COMPLETE", undefined, {
    deletionTime: engine.clock.now(),
    outputs: [],
    imports: [],
    previous: undefined,
  });
}

/** After an update only the rows of the template's resources are left. */
function forgetRows(engine: Engine, stackId: string, wanted: ReadonlySet<string>): void {
  const table = rowsOf(engine, stackId);
  for (const [logicalId] of table.entries()) if (!wanted.has(logicalId)) table.delete(logicalId);
  clearJournal(engine, stackId);
}

function clearJournal(engine: Engine, stackId: string): void {
  const table = journalOf(engine, stackId);
  for (const [key] of table.entries()) table.delete(key);
}
