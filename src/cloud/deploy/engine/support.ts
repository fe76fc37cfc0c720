import { templateError } from "../template/parse.ts";
import { unknownMembers } from "../providers/mapping.ts";
import type { ProviderRegistry, ResourceProvider } from "../providers/provider.ts";
import { inputShape } from "../providers/shapes.ts";
import { referencesIn } from "../template/references.ts";
import { intrinsicOf, type ResourceDefinition, type Template } from "../template/types.ts";

const POLICIES = new Set(["Delete", "Retain", "Snapshot", "RetainExceptOnCreate"]);

/**
 * Checks, before anything is created, that this cloud has every type, property and attribute that the template uses.
 * @param included the resources whose condition holds: the others will not be made
 * @throws AwsError ValidationError with every single one that it does not have
 */
export function checkSupport(
  providers: ProviderRegistry,
  whole: Template,
  nestedTemplate: NestedTemplate,
  included: { has(logicalId: string): boolean },
): void {
  const template = { ...whole, Resources: Object.fromEntries(Object.entries(whole.Resources).filter(([id]) => included.has(id))) };
  const problems = supportProblems(providers, template, nestedTemplate);
  if (problems.length > 0)
    throw templateError(`This cloud does not support what the template uses:\n${[...new Set(problems)].map((line) => `- ${line}`).join("\n")}`);
}

/** The template of a nested stack, where its address can be known beforehand. */
export type NestedTemplate = (resource: ResourceDefinition) => Template | undefined;

function supportProblems(providers: ProviderRegistry, template: Template, nestedTemplate: NestedTemplate): string[] {
  const problems: string[] = [];
  for (const [logicalId, resource] of Object.entries(template.Resources)) {
    const provider = providers.get(resource.Type);
    if (!provider) problems.push(`${logicalId}: resource type ${resource.Type} is not supported`);
    else problems.push(...resourceProblems(provider, resource).map((problem) => `${logicalId} (${resource.Type}): ${problem}`));
  }
  problems.push(...attributeProblems(providers, template));
  for (const [logicalId, resource] of Object.entries(template.Resources)) {
    const nested = resource.Type === "AWS::CloudFormation::Stack" ? nestedTemplate(resource) : undefined;
    if (nested) problems.push(...supportProblems(providers, nested, nestedTemplate).map((problem) => `${logicalId}/${problem}`));
  }
  return problems;
}

function attributeProblems(providers: ProviderRegistry, template: Template): string[] {
  const problems: string[] = [];
  for (const reference of referencesIn([template.Resources, template.Outputs])) {
    if (reference.kind !== "getAtt" || reference.attribute === undefined) continue;
    const type = template.Resources[reference.name]?.Type;
    const provider = type === undefined ? undefined : providers.get(type);
    if (provider && !hasAttribute(provider, reference.attribute))
      problems.push(`${reference.name} (${type}): attribute ${reference.attribute} is not supported`);
  }
  return problems;
}

const hasAttribute = (provider: ResourceProvider, attribute: string): boolean =>
  (provider.attributes ?? []).some((known) => (known.endsWith("*") ? attribute.startsWith(known.slice(0, -1)) : known === attribute));

function resourceProblems(provider: ResourceProvider, resource: ResourceDefinition): string[] {
  const properties = resource.Properties ?? {};
  const problems = policyProblems(resource);
  if (intrinsicOf(properties)) return problems;
  const any = "*" in provider.properties;
  const unknown = any ? [] : Object.keys(properties).filter((name) => !(name in provider.properties));
  problems.push(...unknown.map((name) => `property ${name} is not supported`));
  const missing = (provider.required ?? []).filter((name) => properties[name] === undefined);
  problems.push(...missing.map((name) => `property ${name} is required`));
  if (provider.schema) problems.push(...nestedProblems(provider, provider.schema, properties));
  return problems;
}

function nestedProblems(
  provider: ResourceProvider,
  { service, operation, renames, own }: NonNullable<ResourceProvider["schema"]>,
  properties: Record<string, unknown>,
): string[] {
  const skip = new Set([...(own ?? []), ...(provider.tags ? [provider.tags.property] : [])]);
  const mapped = Object.fromEntries(Object.entries(properties).filter(([name]) => name in provider.properties && !skip.has(name)));
  return unknownMembers(inputShape(service, operation), mapped, service, renames).map((path) => `property ${path} is not supported`);
}

function policyProblems(resource: ResourceDefinition): string[] {
  const problems: string[] = [];
  for (const name of ["DeletionPolicy", "UpdateReplacePolicy"] as const) {
    const policy = resource[name];
    if (policy === undefined || typeof policy !== "string") continue;
    if (!POLICIES.has(policy)) problems.push(`${name} ${policy} is not one of ${[...POLICIES].join(", ")}`);
    else if (policy === "Snapshot") problems.push(`${name} Snapshot is not supported: there are no snapshots here`);
  }
  if (resource.CreationPolicy !== undefined && !onlyLaunchSizes(resource.CreationPolicy))
    problems.push("CreationPolicy is not supported: there are no resource signals here");
  if (resource.UpdatePolicy !== undefined && resource.Type !== "AWS::AutoScaling::AutoScalingGroup")
    problems.push("UpdatePolicy is not supported for this type");
  return problems;
}

/** CDK writes a CreationPolicy with nothing to wait for when only sizes are given. */
const onlyLaunchSizes = (policy: Record<string, unknown>): boolean => Object.keys(policy).length === 0;
