import type { Ask } from "./cloudformation.ts";
import { keyOf } from "./order.ts";
import type { Plan } from "./plan.ts";
import { reduce, withoutName } from "./reduce.ts";
import { type DeployedNode, deployedNode, isKept, pathOf } from "./resources.ts";
import { type DeployedStack, LOCAL, neverWas, type WantedStack } from "./stacks.ts";
import { stateOf } from "./stateful.ts";
import type { Survey } from "./survey.ts";
import { NESTED_STACK, type Resource, type Template, templateHash } from "./template.ts";

/** What a deployment would do to a stack. */
export interface StackChange {
  readonly stack: string;
  readonly region: string;
  /** `rename`: a leaf's own stack; `anew`: one that is deleted and created because of it. */
  readonly change: "create" | "update" | "switch" | "rename" | "anew" | "delete";
  /** Kinds of wake, of a leaf that changes it; names, of one that changes its name. */
  readonly from?: string;
  readonly to?: string;
  readonly resources: readonly ResourceChange[];
  /** Other parts of the template that change: `Outputs`, `Description`. */
  readonly other: readonly string[];
  /** Rights and open ports, before and after. */
  readonly security: readonly string[];
}

export interface ResourceChange {
  /** `Volumes/FileSystemdata` */
  readonly path: string;
  readonly type: string;
  /** `keep`: it goes out of the stack and stays in the account. */
  readonly change: "create" | "update" | "replace" | "may-replace" | "delete" | "keep";
  /** Of an update or a replacement: what changes. */
  readonly properties: readonly string[];
  /** What is lost, where it holds something that cannot be made again: `volume`. */
  readonly holds?: string;
  readonly physicalId?: string;
}

interface SwitchWords {
  readonly change: "switch" | "rename";
  readonly from: string;
  readonly to: string;
}

interface Context {
  /** Templates of nested stacks that are wanted, by hash. */
  readonly wanted: ReadonlyMap<string, Template>;
  /** Whether the stack's topics have subscribers who would have to confirm again. */
  readonly subscribed: boolean;
  readonly replacements: boolean;
  readonly security: string[];
}

/**
 * What a plan would do, stack by stack in the order of the assembly; those that do not change are left out.
 * @param options.replacements whether to find out which changes replace a resource: takes a second and 100 MB. Without, each is
 * an update, and no rights are compared
 */
export async function differencesOf(ask: Ask, { plan, wanted, deployed, identity }: Survey, { replacements = true } = {}): Promise<StackChange[]> {
  const there = new Map(deployed.map((stack) => [keyOf(stack), stack]));
  const local = identity.environment === LOCAL;
  const changes: StackChange[] = [];
  for (const stack of wanted) {
    const before = there.get(keyOf(stack));
    const change = !before || neverWas(before) ? creation(stack) : await changeOf(ask, before, stack, { local, replacements, plan });
    if (change) changes.push(change);
  }
  for (const stack of plan.orphans) changes.push(await deletion(ask, stack, local));
  return changes;
}

async function changeOf(
  ask: Ask,
  before: DeployedStack,
  stack: WantedStack,
  { plan, ...options }: { local: boolean; replacements: boolean; plan: Plan },
): Promise<StackChange | undefined> {
  const anew = plan.renames.some((each) => [`${each.stack}-Domain`, `${each.stack}-StartSystem`].includes(stack.name));
  if (anew) {
    const [gone, come] = [await deletion(ask, before, options.local), creation(stack)];
    return { ...come, change: "anew", resources: [...gone.resources, ...come.resources] };
  }
  const rename = plan.renames.find((each) => each.stack === stack.name);
  const left = rename && withoutName(before.template);
  if (rename && left) return switching(ask, before, stack, { ...options, ...rename, change: "rename", left });
  const switched = plan.switches.find((each) => each.stack === stack.name);
  if (switched) return switching(ask, before, stack, { ...options, ...switched, change: "switch", left: reduce(before.template) });
  return update(ask, before, stack, options);
}

/** What goes out in the first step comes again in the second, under another identity if not another name. */
async function switching(
  ask: Ask,
  before: DeployedStack,
  { name: stack, region, template, nested }: WantedStack,
  { local, replacements, change, from, to, left }: { local: boolean; replacements: boolean; left: Template } & SwitchWords,
): Promise<StackChange> {
  const context: Context = { wanted: nested, subscribed: !local && hasSubscribers(before.template), replacements, security: [] };
  const node = deployedNode(ask, before.region, before.id, before.template);
  const gone = await between(node, left, { ...context, security: [] }, []);
  const come = await between({ ...node, template: left }, template, context, []);
  return { stack, region, change, from, to, resources: [...gone, ...come], other: [], security: context.security };
}

function creation({ name, region, template, nested }: WantedStack): StackChange {
  return { stack: name, region, change: "create", resources: created(template, nested, []), other: [], security: [] };
}

function created(template: Template, nested: ReadonlyMap<string, Template>, above: readonly string[]): ResourceChange[] {
  return Object.entries(template.Resources ?? {}).flatMap(([id, resource]) => {
    if (resource.Type === NESTED_STACK) return created(nested.get(templateHash(resource) ?? "") ?? {}, nested, [...above, id]);
    return [{ path: pathOf([...above, id]), type: resource.Type, change: "create", properties: [] } as const];
  });
}

/** What deleting a stack would do. */
export async function deletion(ask: Ask, stack: DeployedStack, local: boolean): Promise<StackChange> {
  const context: Context = { wanted: new Map(), subscribed: !local && hasSubscribers(stack.template), replacements: false, security: [] };
  const node = deployedNode(ask, stack.region, stack.id, stack.template);
  return { stack: stack.name, region: stack.region, change: "delete", resources: await between(node, {}, context, []), other: [], security: [] };
}

async function update(
  ask: Ask,
  before: DeployedStack,
  { name: stack, region, template, nested, tags }: WantedStack,
  { local, replacements }: { local: boolean; replacements: boolean },
): Promise<StackChange | undefined> {
  const sameTags = JSON.stringify(sorted(before.tags)) === JSON.stringify(sorted(tags));
  if (sameTags && isSame(before.template, template)) return undefined;
  const context: Context = { wanted: nested, subscribed: !local && hasSubscribers(before.template), replacements, security: [] };
  const node = deployedNode(ask, before.region, before.id, before.template);
  const resources = await between(node, template, context, []);
  const other = [...otherParts(before.template, template), ...(sameTags ? [] : ["tags"])];
  return { stack, region, change: "update", resources, other, security: context.security };
}

const hasSubscribers = (template: Template): boolean =>
  Object.values(template.Resources ?? {}).some(({ Type, Properties }) => Type === "AWS::SNS::Subscription" && Properties?.["Protocol"] === "email");

const sorted = (record: Readonly<Record<string, string>>): [string, string][] => Object.entries(record).sort(([a], [b]) => a.localeCompare(b));

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function otherParts(before: Template, after: Template): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => name !== "Resources" && !isSame(before[name as keyof Template], after[name as keyof Template]));
}

/** What changes between a deployed stack and its next template, in its nested stacks too. */
async function between(node: DeployedNode, after: Template, context: Context, above: readonly string[]): Promise<ResourceChange[]> {
  const [old, next] = [node.template.Resources ?? {}, after.Resources ?? {}];
  const changes: ResourceChange[] = [];
  const ids = new Set([...Object.keys(old), ...Object.keys(next)]);
  const compared = await compare(node.template, after, context);
  for (const id of ids) {
    const [was, is] = [old[id], next[id]];
    if (was && is && isSame(was, is)) continue;
    if ((was ?? is)!.Type === NESTED_STACK) changes.push(...(await ofNested(node, id, was, is, context, above)));
    else changes.push(...(await ofResource(node, { id, was, is, above, compared: compared.get(id) }, context)));
  }
  return changes;
}

async function ofNested(
  node: DeployedNode,
  id: string,
  was: Resource | undefined,
  is: Resource | undefined,
  context: Context,
  above: readonly string[],
): Promise<ResourceChange[]> {
  const next = (is && context.wanted.get(templateHash(is) ?? "")) ?? {};
  if (!was) return created(next, context.wanted, [...above, id]);
  // The same template with other parameters: what they do to its resources, CloudFormation alone knows.
  const sameTemplate = is !== undefined && templateHash(was) === templateHash(is);
  const inside = sameTemplate ? [] : await between(await node.nested(id), next, context, [...above, id]);
  if (inside.length > 0 || !is) return inside;
  return [{ path: pathOf([...above, id]), type: NESTED_STACK, change: "update", properties: sameTemplate ? ["Parameters"] : ["TemplateURL"] }];
}

async function ofResource(
  node: DeployedNode,
  {
    id,
    was,
    is,
    above,
    compared,
  }: { id: string; was?: Resource | undefined; is?: Resource | undefined; above: readonly string[]; compared: Compared | undefined },
  { subscribed }: Context,
): Promise<ResourceChange[]> {
  const path = pathOf([...above, id]);
  const { Type: type } = (was ?? is)!;
  if (!was) return [{ path, type, change: "create", properties: [] }];
  const change = is ? (compared?.change ?? "update") : isKept(was) ? "keep" : "delete";
  const holds = change === "update" ? undefined : stateOf(type, subscribed);
  const physicalId = holds === undefined ? undefined : (await node.physicalIds()).get(id);
  return [
    {
      path,
      type,
      change,
      properties: compared?.properties ?? [],
      ...(holds === undefined ? {} : { holds }),
      ...(physicalId === undefined ? {} : { physicalId }),
    },
  ];
}

interface Compared {
  readonly change: "update" | "replace" | "may-replace";
  readonly properties: readonly string[];
}

/** What the CDK knows of the resources that are in both: which property changes, and whether that replaces the resource. */
async function compare(before: Template, after: Template, context: Context): Promise<Map<string, Compared>> {
  const both = Object.keys(before.Resources ?? {}).some((id) => after.Resources?.[id] && !isSame(before.Resources![id], after.Resources[id]));
  if (!both || !context.replacements) return new Map();
  // It reads the schemas of all of AWS, which takes most of a second.
  const { diffTemplate, ResourceImpact } = await import("@aws-cdk/cloudformation-diff");
  const { securityLines } = await import("./security.ts");
  const diff = diffTemplate(structuredClone(before), structuredClone(after));
  context.security.push(...securityLines(diff));
  const found = new Map<string, Compared>();
  diff.resources.forEachDifference((id, { changeImpact, propertyUpdates, otherChanges }) => {
    const change = changeImpact === ResourceImpact.WILL_REPLACE ? "replace" : changeImpact === ResourceImpact.MAY_REPLACE ? "may-replace" : "update";
    found.set(id, { change, properties: [...Object.keys(propertyUpdates), ...Object.keys(otherChanges)] });
  });
  return found;
}

/** Changes that take away what cannot be made again: they have to be confirmed. */
export const lossesOf = (changes: readonly StackChange[]): { stack: string; change: ResourceChange }[] =>
  changes.flatMap(({ stack, resources }) =>
    resources.filter(({ holds, change }) => holds !== undefined && change !== "keep" && change !== "create").map((change) => ({ stack, change })),
  );
