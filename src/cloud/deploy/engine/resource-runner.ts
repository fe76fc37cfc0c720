import { templateError } from "../template/parse.ts";
import { changedProperties } from "../template/diff.ts";
import { dependenciesOf } from "../template/graph.ts";
import { PartlyCreated } from "../providers/partly-created.ts";
import type { Properties, ResourceContext, ResourceProvider } from "../providers/provider.ts";
import { contextOf, isBug, reasonOf, withStackTags } from "./context.ts";
import { setResource, type Engine } from "./engine.ts";
import { resolveProperties, type Plan } from "./prepare.ts";
import { journal, resources, scopeOf, type ResourceRow, type StackRow } from "./state.ts";

/** One operation on one stack, while it runs. */
export interface Run {
  engine: Engine;
  stack: StackRow;
  plan: Plan;
  abort: AbortController;
}

const rowsOf = (run: Run) => resources(run.engine.store, scopeOf(run.stack.stackId), run.stack.stackId);

function providerFor(engine: Engine, type: string): ResourceProvider {
  const provider = engine.providers.get(type);
  if (!provider) throw templateError(`Template format error: Unrecognized resource types: [${type}]`);
  return provider;
}

/** Values of `Ref` and `Fn::GetAtt` for the resources of a stack that exist. */
export function lookupIn(engine: Engine, stackId: string): { ref(id: string): unknown; getAtt(id: string, attribute: string): unknown } {
  const row = (id: string): ResourceRow => {
    const found = resources(engine.store, scopeOf(stackId), stackId).get(id);
    if (!found || found.physicalId === undefined)
      throw templateError(`Template format error: Unresolved resource dependencies [${id}] in the template`);
    return found;
  };
  return {
    ref: (id) => row(id).physicalId,
    getAtt: (id, attribute) => {
      const { attributes, type } = row(id);
      const value = attributes[attribute];
      if (value === undefined) throw templateError(`Requested attribute ${attribute} does not exist in schema for ${type} (${id})`);
      return value;
    },
  };
}

const policiesOf = (definition: ResourceRow["definition"]): ResourceRow["definition"] => ({
  Type: definition.Type,
  ...(definition.DeletionPolicy === undefined ? {} : { DeletionPolicy: definition.DeletionPolicy }),
  ...(definition.UpdateReplacePolicy === undefined ? {} : { UpdateReplacePolicy: definition.UpdateReplacePolicy }),
  ...(definition.UpdatePolicy === undefined ? {} : { UpdatePolicy: definition.UpdatePolicy }),
});

/** Creates a resource of the plan, or brings the one that exists to what the plan says. */
export async function applyResource(run: Run, logicalId: string): Promise<void> {
  const { engine, stack, plan } = run;
  const definition = plan.template.Resources[logicalId]!;
  const provider = providerFor(engine, definition.Type);
  const existing = rowsOf(run).get(logicalId);
  const base = {
    logicalId,
    type: definition.Type,
    definition: policiesOf(definition),
    dependencies: [...dependenciesOf(definition, plan.graph)],
  };
  let known: Pick<ResourceRow, "properties" | "shown">;
  try {
    // Given up: another resource failed, or the stack's time is up.
    if (run.abort.signal.aborted) throw new Error("Resource creation cancelled");
    const resolved = await resolveProperties(engine, scopeOf(stack.stackId), plan, logicalId);
    const tagged = (properties: Properties): Properties => withStackTags(provider, properties, stack, logicalId);
    known = {
      properties: tagged(resolved.properties),
      shown: resolved.shown === resolved.properties ? undefined : tagged(resolved.shown),
    };
  } catch (error) {
    const verb = existing ? "UPDATE" : "CREATE";
    const kept = existing ?? { ...base, attributes: {}, properties: {} };
    setResource(engine, stack, { ...kept, status: `${verb}_FAILED`, statusReason: reasonOf(error) });
    throw error;
  }
  const context = contextOf(engine, stack, logicalId, definition, run.abort.signal);
  if (existing?.physicalId === undefined) await createResource(run, provider, context, { ...base, ...known, attributes: {} });
  else await changeResource(run, provider, context, existing, { ...base, ...known });
}

type Draft = Pick<ResourceRow, "logicalId" | "type" | "definition" | "dependencies" | "properties" | "shown">;

async function createResource(
  run: Run,
  provider: ResourceProvider,
  context: ResourceContext,
  draft: Draft & { attributes: ResourceRow["attributes"] },
): Promise<void> {
  const { engine, stack } = run;
  note(run, { logicalId: draft.logicalId, kind: "created" });
  setResource(engine, stack, { ...draft, status: "CREATE_IN_PROGRESS" });
  try {
    const made = await provider.create(context, draft.properties);
    const exists = { ...draft, physicalId: made.physicalId, attributes: made.attributes };
    setResource(engine, stack, { ...exists, status: "CREATE_IN_PROGRESS", statusReason: "Resource creation Initiated" });
    setResource(engine, stack, { ...exists, status: "CREATE_COMPLETE" });
  } catch (error) {
    const partly = error instanceof PartlyCreated ? { physicalId: error.resource.physicalId, attributes: error.resource.attributes } : {};
    setResource(engine, stack, { ...draft, ...partly, status: "CREATE_FAILED", statusReason: failureReason(error) });
    throw error;
  }
}

/** A mistake of ours is told with its stack, so that it is not taken for an answer of AWS. */
const failureReason = (error: unknown): string => (isBug(error) ? ((error as Error).stack ?? String(error)) : reasonOf(error));

async function changeResource(run: Run, provider: ResourceProvider, context: ResourceContext, existing: ResourceRow, draft: Draft): Promise<void> {
  const row = { ...existing, ...draft };
  if (changedProperties(existing.shown ?? existing.properties, draft.shown ?? draft.properties).length === 0) {
    // Policies and dependencies may have changed all the same; that is no update of the resource. A secret's new value comes
    // with the next change of the resource ("Get a secret or secret value from Secrets Manager", considerations).
    rowsOf(run).set(row.logicalId, { ...row, properties: existing.properties });
    return;
  }
  const changed = changedBy(existing, draft);
  if (needsReplacement(provider, changed, draft.properties, existing, context)) return replaceResource(run, provider, context, existing, draft);
  note(run, { logicalId: existing.logicalId, kind: "updated", before: existing });
  await updateInPlace(run, provider, context, existing, row, changed);
}

/** What differs in the values; a reference that is another but gives the same value is a change, too. */
function changedBy(before: Pick<ResourceRow, "properties" | "shown">, after: Pick<ResourceRow, "properties" | "shown">): string[] {
  const values = changedProperties(before.properties, after.properties);
  return values.length > 0 ? values : changedProperties(before.shown ?? before.properties, after.shown ?? after.properties);
}

async function updateInPlace(
  run: Run,
  provider: ResourceProvider,
  context: ResourceContext,
  existing: ResourceRow,
  row: ResourceRow,
  changed: string[],
): Promise<void> {
  const { engine, stack } = run;
  setResource(engine, stack, { ...existing, status: "UPDATE_IN_PROGRESS", statusReason: "" });
  try {
    const known = { physicalId: existing.physicalId!, attributes: existing.attributes, properties: existing.properties };
    const made = (await provider.update!(context, row.properties, known, changed)) ?? {};
    if (made.physicalId !== undefined && made.physicalId !== existing.physicalId)
      note(run, { logicalId: existing.logicalId, kind: "replaced", before: existing });
    setResource(engine, stack, {
      ...row,
      physicalId: made.physicalId ?? existing.physicalId!,
      attributes: made.attributes ?? existing.attributes,
      status: "UPDATE_COMPLETE",
      statusReason: "",
    });
  } catch (error) {
    setResource(engine, stack, { ...existing, status: "UPDATE_FAILED", statusReason: failureReason(error) });
    throw error;
  }
}

/** True where the change of these properties cannot be made in place. */
export function needsReplacement(
  provider: ResourceProvider,
  changed: readonly string[],
  properties: Properties,
  existing: ResourceRow,
  context: Pick<ResourceContext, "definition">,
): boolean {
  if (!provider.update || changed.some((name) => provider.properties[name] === "replace")) return true;
  const known = { physicalId: existing.physicalId!, attributes: existing.attributes, properties: existing.properties };
  return provider.replaces?.(changed, properties, known, context.definition) ?? false;
}

async function replaceResource(run: Run, provider: ResourceProvider, context: ResourceContext, existing: ResourceRow, draft: Draft): Promise<void> {
  const { engine, stack } = run;
  note(run, { logicalId: existing.logicalId, kind: "replaced", before: existing });
  const reason = "Requested update requires the creation of a new physical resource; hence creating one.";
  setResource(engine, stack, { ...existing, status: "UPDATE_IN_PROGRESS", statusReason: reason });
  try {
    const name = provider.nameProperty;
    if (name !== undefined && draft.properties[name] !== undefined && draft.properties[name] === existing.properties[name])
      throw new Error(
        `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${String(draft.properties[name])} and update the stack again.`,
      );
    const made = await provider.create(context, draft.properties);
    const exists = { ...draft, physicalId: made.physicalId, attributes: made.attributes };
    setResource(engine, stack, { ...exists, status: "UPDATE_IN_PROGRESS", statusReason: "Resource creation Initiated" });
    setResource(engine, stack, { ...exists, status: "UPDATE_COMPLETE" });
  } catch (error) {
    const partly = error instanceof PartlyCreated ? { physicalId: error.resource.physicalId, attributes: error.resource.attributes } : {};
    setResource(engine, stack, { ...existing, ...partly, status: "UPDATE_FAILED", statusReason: failureReason(error) });
    throw error;
  }
}

/** Keeps what an update did to a resource. A replacement that follows an update in place keeps the first "before". */
function note(run: Run, entry: { logicalId: string; kind: "created" | "updated" | "replaced"; before?: ResourceRow }): void {
  journal(run.engine.store, scopeOf(run.stack.stackId), run.stack.stackId).set(entry.logicalId, entry);
}

/** Brings one resource back to what it was before the update. */
export async function restoreResource(run: Run, logicalId: string): Promise<void> {
  const { engine, stack } = run;
  const entry = journal(engine.store, scopeOf(stack.stackId), stack.stackId).get(logicalId);
  const current = rowsOf(run).get(logicalId);
  if (!entry?.before || !current) return;
  if (entry.kind === "replaced") {
    // The old one still exists; the new one is deleted afterwards (see `cleanup`).
    setResource(engine, stack, { ...entry.before, status: "UPDATE_COMPLETE", statusReason: "" });
    return;
  }
  const provider = providerFor(engine, current.type);
  const definition = { ...entry.before.definition };
  const context = contextOf(engine, stack, logicalId, definition, run.abort.signal);
  // After a failed update nobody knows how much of it was done: everything that may differ is set again.
  const changed = changedProperties(current.properties, entry.before.properties);
  const wanted = changed.length > 0 ? changed : Object.keys(entry.before.properties);
  await updateInPlace(run, provider, context, current, entry.before, wanted);
}

/** Deletes a resource, or leaves it in place where its policy says so. */
export async function deleteResource(
  run: Pick<Run, "engine" | "stack" | "abort">,
  row: ResourceRow,
  options: { retain: boolean; forget: boolean },
): Promise<void> {
  const { engine, stack } = run;
  const table = resources(engine.store, scopeOf(stack.stackId), stack.stackId);
  const put = (change: Partial<ResourceRow> & Pick<ResourceRow, "status">): void => {
    const current = table.get(row.logicalId);
    setResource(engine, stack, { ...row, statusReason: "", ...change });
    // What replaced this one lives under the same logical id: its row stays.
    if (!options.forget && current) table.set(row.logicalId, current);
  };
  if (options.retain) {
    put({ status: "DELETE_SKIPPED" });
    return;
  }
  if (row.physicalId === undefined) {
    put({ status: "DELETE_COMPLETE" });
    return;
  }
  put({ status: "DELETE_IN_PROGRESS" });
  try {
    const provider = providerFor(engine, row.type);
    const context = contextOf(engine, stack, row.logicalId, row.definition, run.abort.signal);
    await provider.delete(context, { physicalId: row.physicalId, attributes: row.attributes, properties: row.properties });
    put({ status: "DELETE_COMPLETE" });
  } catch (error) {
    put({ status: "DELETE_FAILED", statusReason: failureReason(error) });
    throw error;
  }
}
