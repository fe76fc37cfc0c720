import { templateError } from "./parse.ts";
import { referencesIn, type Reference } from "./references.ts";
import type { Template } from "./types.ts";

/**
 * Checks that everything a template names is in it.
 * @throws AwsError ValidationError in CloudFormation's wording
 */
export function checkReferences(template: Template): void {
  const names = new Set([...Object.keys(template.Resources), ...Object.keys(template.Parameters ?? {})]);
  unresolved("Resources", template.Resources, template, names);
  unresolved("Outputs", template.Outputs ?? {}, template, names);
  for (const [id, resource] of Object.entries(template.Resources)) {
    for (const needed of [resource.DependsOn ?? []].flat()) {
      if (!template.Resources[needed])
        throw templateError(`Template format error: Unresolved resource dependencies [${needed}] in the Resources block of the template`);
    }
    checkCondition(resource.Condition, template, `Resources/${id}`);
  }
  for (const [name, output] of Object.entries(template.Outputs ?? {})) checkCondition(output.Condition, template, `Outputs/${name}`);
}

function checkCondition(name: string | undefined, template: Template, where: string): void {
  if (name !== undefined && template.Conditions?.[name] === undefined)
    throw templateError(`Template format error: Unresolved condition '${name}' in ${where}`);
}

function unresolved(block: string, value: unknown, template: Template, names: Set<string>): void {
  const references = referencesIn(value);
  const missing = new Set(references.filter((one) => one.kind === "ref" && !one.name.startsWith("AWS::") && !names.has(one.name)).map(nameOf));
  if (missing.size > 0)
    throw templateError(`Template format error: Unresolved resource dependencies [${[...missing].join(", ")}] in the ${block} block of the template`);
  const undefinedResource = references.find((one) => one.kind === "getAtt" && !template.Resources[one.name]);
  if (undefinedResource) throw templateError(`Template error: instance of Fn::GetAtt references undefined resource ${nameOf(undefinedResource)}`);
  const condition = references.find((one) => one.kind === "condition" && template.Conditions?.[one.name] === undefined && block === "Outputs");
  if (condition) throw templateError(`Template error: unresolved condition dependency ${nameOf(condition)} in Fn::If`);
}

const nameOf = (reference: Reference): string => String(reference.name);
