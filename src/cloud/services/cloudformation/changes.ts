import type { Change, ResourceChangeDetail } from "@aws-sdk/client-cloudformation";
import { changedProperties } from "../../deploy/template/diff.ts";
import { resolveDynamic } from "../../deploy/template/dynamic.ts";
import { resolve } from "../../deploy/template/intrinsics.ts";
import { referencesIn } from "../../deploy/template/references.ts";
import type { Engine } from "../../deploy/engine/engine.ts";
import { ssmLookup, type Plan } from "../../deploy/engine/prepare.ts";
import { withStackTags } from "../../deploy/engine/context.ts";
import { resources, scopeOf, type ResourceRow, type StackRow } from "../../deploy/engine/state.ts";

interface Known {
  row: ResourceRow;
  plan: Plan;
  /** Resources whose physical id is going to change, or may. */
  replaced: Map<string, "True" | "Conditional">;
}

/** What carrying out `plan` would do to the resources of `stack` that exist, in the order of their dependencies. */
export async function changesOf(engine: Engine, stack: StackRow, plan: Plan): Promise<Change[]> {
  const rows = new Map(resources(engine.store, scopeOf(stack.stackId), stack.stackId).entries());
  const replaced = new Map<string, "True" | "Conditional">();
  const changes: Change[] = [];
  for (const logicalId of inOrder(plan)) {
    const row = rows.get(logicalId);
    const type = plan.template.Resources[logicalId]!.Type;
    if (!row) changes.push(await addition(engine, stack, plan, logicalId, type));
    else changes.push(...(await modification(engine, { ...stack, tags: plan.target.tags }, { row, plan, replaced })));
  }
  for (const [logicalId, row] of rows) {
    if (!plan.graph.has(logicalId))
      changes.push(
        change({
          Action: "Remove",
          LogicalResourceId: logicalId,
          PhysicalResourceId: row.physicalId,
          ResourceType: row.type,
          Scope: [],
          Details: [],
          BeforeContext: contextOf(row.definition, seen(row)),
          PolicyAction: row.definition.DeletionPolicy === "Retain" ? "Retain" : "Delete",
        }),
      );
  }
  return changes;
}

/** What stands for a value that only the deployment itself will bring ("DescribeChangeSet", IncludePropertyValues). */
const KNOWN_LATER = "{{changeSet:KNOWN_AFTER_APPLY}}";

async function addition(engine: Engine, stack: StackRow, plan: Plan, logicalId: string, type: string): Promise<Change> {
  const definition = plan.template.Resources[logicalId]!;
  const raw = definition.Properties ?? {};
  const dynamic = dynamicProperties(raw, plan, new Map());
  const known = await resolveStatic(engine, stack, raw, dynamic, plan);
  const after = withStackTags(engine.providers.get(type)!, { ...known, ...laterValues(dynamic) }, { ...stack, tags: plan.target.tags }, logicalId);
  return change({
    Action: "Add",
    LogicalResourceId: logicalId,
    ResourceType: type,
    Scope: [],
    Details: [],
    AfterContext: contextOf(definition, after),
  });
}

/** A resource's properties as anybody may see them: with references to secrets in place of the values. */
const seen = (row: ResourceRow): ResourceRow["properties"] => row.shown ?? row.properties;

const laterValues = (names: Iterable<string>): Record<string, string> => Object.fromEntries([...names].map((name) => [name, KNOWN_LATER]));

/** A resource as a template would have it. */
const contextOf = (definition: { DeletionPolicy?: unknown; UpdateReplacePolicy?: unknown; Metadata?: unknown }, properties: object): string =>
  JSON.stringify({
    Properties: properties,
    ...(definition.Metadata === undefined ? {} : { Metadata: definition.Metadata }),
    ...(definition.DeletionPolicy === undefined ? {} : { DeletionPolicy: definition.DeletionPolicy }),
    ...(definition.UpdateReplacePolicy === undefined ? {} : { UpdateReplacePolicy: definition.UpdateReplacePolicy }),
  });

/** A change as it is described where nobody asked for the values (IncludePropertyValues). */
export function withoutValues(one: Change): Change {
  if (!one.ResourceChange) return one;
  const { BeforeContext: _, AfterContext: __, Details, ...rest } = one.ResourceChange;
  const plain = (Details ?? []).map(({ Target, ...more }) => {
    const { Path: _path, BeforeValue: _before, AfterValue: _after, AttributeChangeType: _type, ...target } = Target ?? {};
    return { ...more, Target: target };
  });
  return { ...one, ResourceChange: { ...rest, Details: plain } };
}

const change = (ResourceChange: NonNullable<Change["ResourceChange"]>): Change => ({ Type: "Resource", ResourceChange });

function inOrder(plan: Plan): string[] {
  const done: string[] = [];
  const visit = (id: string): void => {
    if (done.includes(id)) return;
    for (const need of plan.graph.get(id) ?? []) visit(need);
    done.push(id);
  };
  for (const id of plan.graph.keys()) visit(id);
  return done;
}

async function modification(engine: Engine, stack: StackRow, known: Known): Promise<Change[]> {
  const { row, plan, replaced } = known;
  const provider = engine.providers.get(row.type)!;
  const raw = plan.template.Resources[row.logicalId]!.Properties ?? {};
  const dynamic = dynamicProperties(raw, plan, replaced);
  const after = withStackTags(provider, { ...seen(row), ...(await resolveStatic(engine, stack, raw, dynamic, plan)) }, stack, row.logicalId);
  // A property that the template has dropped is a change too; the tags are merged with the stack's.
  for (const name of Object.keys(after)) if (!(name in raw) && name !== provider.tags?.property) delete after[name];
  const changed = changedProperties(seen(row), after).filter((name) => !dynamic.has(name));
  const details = [
    ...changed.map((name) => detail(provider.properties[name], name, "Static", seen(row)[name], after[name])),
    ...[...dynamic].map((name) => detail(provider.properties[name], name, "Dynamic", seen(row)[name], KNOWN_LATER)),
  ];
  if (details.length === 0) return [];
  const replacement = replacementOf(details);
  if (replacement !== "False") replaced.set(row.logicalId, replacement);
  const tagged = [...changed, ...dynamic].every((name) => name === provider.tags?.property);
  return [
    change({
      Action: "Modify",
      LogicalResourceId: row.logicalId,
      PhysicalResourceId: row.physicalId,
      ResourceType: row.type,
      Replacement: replacement,
      Scope: [tagged ? "Tags" : "Properties"],
      Details: details,
      BeforeContext: contextOf(row.definition, seen(row)),
      AfterContext: contextOf(plan.template.Resources[row.logicalId]!, { ...after, ...laterValues(dynamic) }),
    }),
  ];
}

/** Properties whose value cannot be known before a resource that they refer to has been replaced. */
function dynamicProperties(raw: Record<string, unknown>, plan: Plan, replaced: Known["replaced"]): Set<string> {
  const unknown = (id: string): boolean => replaced.has(id) || !exists(plan, id);
  return new Set(
    Object.entries(raw)
      .filter(([, value]) =>
        referencesIn(value).some(
          (reference) => (reference.kind === "ref" || reference.kind === "getAtt") && plan.graph.has(reference.name) && unknown(reference.name),
        ),
      )
      .map(([name]) => name),
  );
}

function exists(plan: Plan, logicalId: string): boolean {
  try {
    plan.env.ref(logicalId);
    return true;
  } catch {
    return false;
  }
}

/** The properties that can be worked out now, dynamic references (`{{resolve:ssm:…}}`) too. */
async function resolveStatic(
  engine: Engine,
  stack: StackRow,
  raw: Record<string, unknown>,
  dynamic: ReadonlySet<string>,
  plan: Plan,
): Promise<Record<string, unknown>> {
  const known = Object.entries(raw)
    .filter(([name]) => !dynamic.has(name))
    .map(([name, value]) => [name, resolve(value, plan.env)])
    .filter(([, value]) => value !== undefined);
  return resolveDynamic(Object.fromEntries(known) as Record<string, unknown>, (reference) => ssmLookup(engine, scopeOf(stack.stackId), reference));
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function detail(
  kind: "update" | "replace" | undefined,
  name: string,
  evaluation: "Static" | "Dynamic",
  before: unknown,
  after: unknown,
): ResourceChangeDetail {
  return {
    Target: {
      Attribute: name === "Tags" ? "Tags" : "Properties",
      Name: name,
      RequiresRecreation: kind === "replace" ? "Always" : "Never",
      Path: `/Properties/${name}`,
      AttributeChangeType: before === undefined ? "Add" : after === undefined ? "Remove" : "Modify",
      ...(before === undefined ? {} : { BeforeValue: textOf(before) }),
      ...(after === undefined ? {} : { AfterValue: textOf(after) }),
    },
    Evaluation: evaluation,
    ChangeSource: evaluation === "Dynamic" ? "ResourceReference" : "DirectModification",
  };
}

function replacementOf(details: ResourceChangeDetail[]): "True" | "False" | "Conditional" {
  const recreates = details.filter((one) => one.Target?.RequiresRecreation === "Always");
  if (recreates.length === 0) return "False";
  return recreates.some((one) => one.Evaluation === "Static") ? "True" : "Conditional";
}
