import { templateError } from "./parse.ts";
import type { ParameterDefinition, Template } from "./types.ts";

/** A parameter's values: as it was given, and as `Ref` gives it. */
export interface ParameterValue {
  /** The text that was given, or the default. For SSM types it is the name of the SSM parameter. */
  given: string;
  /** What `Ref` gives: text, or a list for list types. */
  value: string | string[];
  noEcho: boolean;
  /** What the SSM parameter held, for SSM types. */
  resolved?: string;
}

/** Reads an SSM parameter's value; undefined where it does not exist. */
export type SsmLookup = (name: string) => Promise<string | undefined>;

/** The parameters that a request hands over: a value, or the value that the stack had before. */
export type SuppliedParameters = Record<string, string | { usePrevious: true }>;

const asText = (value: unknown): string => (Array.isArray(value) ? value.map(String).join(",") : String(value));

/**
 * Checks the parameters of a request against the template's and works out their values.
 * @param previous the given texts of the stack's last operation, for UsePreviousValue
 * @throws AwsError ValidationError in CloudFormation's wording
 */
export async function resolveParameters(
  template: Template,
  supplied: SuppliedParameters,
  previous: Record<string, string>,
  ssm: SsmLookup,
): Promise<Record<string, ParameterValue>> {
  const definitions = template.Parameters ?? {};
  const unknown = Object.keys(supplied).filter((name) => !(name in definitions));
  if (unknown.length > 0) throw templateError(`Parameters: [${unknown.join(", ")}] do not exist in the template`);
  const missing: string[] = [];
  const resolved: Record<string, ParameterValue> = {};
  for (const [name, definition] of Object.entries(definitions)) {
    const given = givenText(name, definition, supplied[name], previous);
    if (given === undefined) missing.push(name);
    else resolved[name] = await valueOf(name, definition, given, ssm);
  }
  if (missing.length > 0) throw templateError(`Parameters: [${missing.join(", ")}] must have values`);
  return resolved;
}

function givenText(
  name: string,
  definition: ParameterDefinition,
  supplied: SuppliedParameters[string] | undefined,
  previous: Record<string, string>,
): string | undefined {
  if (typeof supplied === "string") return supplied;
  if (supplied) {
    if (previous[name] === undefined)
      throw templateError(
        `Invalid input for parameter key ${name}. Cannot specify usePreviousValue as true for a parameter key not in the previous template`,
      );
    return previous[name];
  }
  return definition.Default === undefined ? undefined : asText(definition.Default);
}

const SSM_TYPE = /^AWS::SSM::Parameter::Value<(.+)>$/;
const isListType = (type: string): boolean => type === "CommaDelimitedList" || type.startsWith("List<");

async function valueOf(name: string, definition: ParameterDefinition, given: string, ssm: SsmLookup): Promise<ParameterValue> {
  const noEcho = String(definition.NoEcho) === "true";
  const ssmType = SSM_TYPE.exec(definition.Type)?.[1];
  check(name, definition, given);
  if (ssmType === undefined) return { given, value: isListType(definition.Type) ? split(given) : given, noEcho };
  const held = await ssm(given);
  if (held === undefined) throw templateError(`Unable to fetch parameters [${given}] from parameter store for this account.`);
  return { given, value: isListType(ssmType) ? split(held) : held, noEcho, resolved: held };
}

const split = (text: string): string[] => (text === "" ? [] : text.split(",").map((item) => item.trim()));

function check(name: string, definition: ParameterDefinition, given: string): void {
  const fail = (message: string): never => {
    throw templateError(
      definition.ConstraintDescription ? `Parameter '${name}' failed to satisfy constraint: ${definition.ConstraintDescription}` : message,
    );
  };
  if (!/^(String|Number|CommaDelimitedList|List<.+>|AWS::.+)$/.test(definition.Type))
    throw templateError(`Template format error: Unrecognized parameter type: ${definition.Type}`);
  const values = isListType(definition.Type) ? split(given) : [given];
  if (definition.Type === "Number" || definition.Type === "List<Number>") {
    if (values.some((value) => value === "" || Number.isNaN(Number(value)))) throw templateError(`Parameter '${name}' must be a number.`);
    const { MinValue: min, MaxValue: max } = definition;
    if (min !== undefined && values.some((value) => Number(value) < Number(min))) fail(`Parameter '${name}' must be a number not less than ${min}`);
    if (max !== undefined && values.some((value) => Number(value) > Number(max)))
      fail(`Parameter '${name}' must be a number not greater than ${max}`);
  }
  const allowed = definition.AllowedValues?.map(asText);
  if (allowed && values.some((value) => !allowed.includes(value))) fail(`Parameter '${name}' must be one of AllowedValues`);
  const pattern = definition.AllowedPattern;
  if (pattern !== undefined && values.some((value) => !new RegExp(`^(?:${pattern})$`).test(value)))
    fail(`Parameter '${name}' must match pattern ${pattern}`);
  const { MinLength: shortest, MaxLength: longest } = definition;
  if (shortest !== undefined && given.length < Number(shortest)) fail(`Parameter '${name}' must contain at least ${shortest} characters`);
  if (longest !== undefined && given.length > Number(longest)) fail(`Parameter '${name}' must contain at most ${longest} characters`);
}
