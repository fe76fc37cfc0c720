/** A CloudFormation template as far as it is looked at here. */
export interface Template {
  Description?: string;
  Metadata?: Record<string, unknown>;
  Parameters?: Record<string, unknown>;
  Mappings?: Record<string, unknown>;
  Conditions?: Record<string, unknown>;
  Resources?: Record<string, Resource>;
  Outputs?: Record<string, { Value?: unknown; Export?: { Name?: unknown } }>;
}

export interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
  DependsOn?: string | string[];
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  [attribute: string]: unknown;
}

export const NESTED_STACK = "AWS::CloudFormation::Stack";

/** Calls `visit` with every object inside a value that has one key, as the intrinsic functions have. */
function eachFunction(value: unknown, visit: (name: string, argument: unknown) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) eachFunction(item, visit);
  } else if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 1) visit(...entries[0]!);
    for (const [, item] of entries) eachFunction(item, visit);
  }
}

/** Logical ids of resources and names of parameters that a value refers to (Ref, Fn::GetAtt, Fn::Sub). */
export function referencesIn(value: unknown): Set<string> {
  const found = new Set<string>();
  eachFunction(value, (name, argument) => {
    if (name === "Ref" && typeof argument === "string") found.add(argument);
    if (name === "Fn::GetAtt") found.add(typeof argument === "string" ? argument.split(".")[0]! : String((argument as unknown[])[0]));
    if (name === "Fn::Sub") {
      const text = typeof argument === "string" ? argument : String((argument as unknown[])[0]);
      for (const [, id] of text.matchAll(/\$\{([^!}.]+)[^}]*\}/g)) found.add(id!);
    }
  });
  return found;
}

/** Names of the exports of other stacks that a template uses. The CDK writes them as plain text. */
export function importsOf(template: Template): Set<string> {
  const found = new Set<string>();
  eachFunction([template.Resources, template.Outputs], (name, argument) => {
    if (name === "Fn::ImportValue" && typeof argument === "string") found.add(argument);
  });
  return found;
}

/** Names that a template exports. */
export function exportsOf(template: Template): Set<string> {
  const names = Object.values(template.Outputs ?? {}).map((output) => output.Export?.Name);
  return new Set(names.filter((name): name is string => typeof name === "string"));
}

/** The hash in the address of a nested stack's template: the CDK names the object after its content. */
export function templateHash(nested: Resource): string | undefined {
  return /([0-9a-f]{64})\.json/.exec(JSON.stringify(nested.Properties?.["TemplateURL"] ?? ""))?.[1];
}
