import { isStateful } from "./stateful.ts";
import { KIND_METADATA } from "../stacks/names.ts";
import { NONE } from "./stacks.ts";
import { NESTED_STACK, referencesIn, type Resource, type Template } from "./template.ts";

/** Where the mails of a leaf go. Its subscribers have confirmed this one topic and would have to confirm another. */
const OF_THE_TOPIC = new Set(["AWS::SNS::Topic", "AWS::SNS::TopicPolicy"]);
/** Subscriptions of people, not those of functions. */
const OF_PEOPLE = new Set(["email", "email-json", "sms", "http", "https"]);

/** The CDK's logical id of the construct `History`, which every kind of leaf has at the same place. */
const HISTORY = /^HistoryLog/;

/** The CDK's logical id of the construct `Volumes`, which every kind of leaf has at the same place. */
const VOLUMES = /^VolumesNestedStack/;

/**
 * What is left of a leaf's stack between two kinds of wake: the topic with its subscribers, the history, the volumes, whatever else holds
 * data, and what these refer to. All kinds have them under the same logical ids, so they live on; all that has a name which
 * the next kind wants, or uses what the base is about to drop, goes.
 *
 * It is made of the deployed template and not synthesized: so it fits what is there, whatever else changes in the files.
 */
export function reduce(template: Template): Template {
  const resources = template.Resources ?? {};
  const kept = new Set(Object.keys(resources).filter((id) => isShared(id, resources[id]!)));
  // A set grows while it is walked through.
  for (const id of kept) {
    for (const needed of referencesIn(resources[id]!.Properties)) if (needed in resources) kept.add(needed);
  }
  const left = Object.entries(resources).flatMap(([id, resource]) => (kept.has(id) ? [[id, withoutOrder(resource, kept)] as const] : []));
  const { Outputs: _outputs, Description: description, ...rest } = template;
  return {
    ...(description === undefined ? {} : { Description: description }),
    ...rest,
    Metadata: { ...template.Metadata, [KIND_METADATA]: NONE },
    Resources: Object.fromEntries(left),
  };
}

/** The CDK's logical ids of the constructs in a DNS leaf's stack that know its name: the group comes after its function and goes before it. */
const KNOWS_NAME = /^(EcsAsg|AsgStateChangeHook)NestedStack/;

/**
 * What is left of a DNS leaf's stack while its name changes: all but its group and the function that keeps its records, what refers to
 * them, and what comes after them, such as the policies of the group.
 * @returns undefined where nothing of that is there any more
 */
export function withoutName(template: Template): Template | undefined {
  const resources = Object.entries(template.Resources ?? {});
  const gone = new Set(resources.flatMap(([id, { Type }]) => (KNOWS_NAME.test(id) || Type === "Custom::CrossRegionExportReader" ? [id] : [])));
  if (gone.size === 0) return undefined;
  const needs = ([, { Properties, DependsOn = [] }]: [string, Resource]): string[] => [...referencesIn(Properties), ...[DependsOn].flat()];
  let before;
  do {
    before = gone.size;
    for (const entry of resources) if (needs(entry).some((id) => gone.has(id))) gone.add(entry[0]);
  } while (gone.size > before);
  const outputs = Object.entries(template.Outputs ?? {}).filter(([, { Value }]) => ![...referencesIn(Value)].some((id) => gone.has(id)));
  return { ...template, Resources: Object.fromEntries(resources.filter(([id]) => !gone.has(id))), Outputs: Object.fromEntries(outputs) };
}

function isShared(id: string, resource: Resource): boolean {
  if (resource.Type === "AWS::SNS::Subscription") return OF_PEOPLE.has(String(resource.Properties?.["Protocol"]));
  if (resource.Type === "AWS::Logs::LogGroup") return HISTORY.test(id);
  return OF_THE_TOPIC.has(resource.Type) || (resource.Type === NESTED_STACK && VOLUMES.test(id)) || isStateful(resource.Type);
}

/** DependsOn is an order and no need: of what goes, there is none to keep. */
function withoutOrder(resource: Resource, kept: ReadonlySet<string>): Resource {
  const { DependsOn: before, ...rest } = resource;
  const left = (before === undefined ? [] : [before].flat()).filter((id) => kept.has(id));
  return left.length === 0 ? rest : { ...rest, DependsOn: left };
}
