import { NotSupported } from "../../core/errors.ts";
import { cidrBlocks } from "./cidr.ts";
import { templateError } from "./parse.ts";
import { subVariables } from "./sub.ts";
import { intrinsicOf, isObject, type Template } from "./types.ts";

/** What the value of an intrinsic function depends on, besides the template. */
export interface Environment {
  /** `AWS::Region` and the like; `AWS::NoValue` needs none. */
  pseudo: Record<string, unknown>;
  /** Parameters by name, SSM ones resolved; lists as arrays. */
  parameters: Record<string, unknown>;
  mappings: NonNullable<Template["Mappings"]>;
  condition(name: string): boolean;
  /** What `Ref` gives for a resource. */
  ref(logicalId: string): unknown;
  getAtt(logicalId: string, attribute: string): unknown;
  importValue(name: string): unknown;
  /** Names of the zones of a region. */
  zones(region: string): string[];
  /** True inside a condition's expression, where `{"Condition": "Name"}` is a function. */
  inCondition?: boolean;
}

/** Stands for `AWS::NoValue`: the property or list element that holds it is left out. */
export const NO_VALUE = Symbol("AWS::NoValue");

/**
 * The value of `value` with every intrinsic function worked out.
 * @throws AwsError ValidationError "Template error: …" where an argument does not fit
 */
export function resolve(value: unknown, env: Environment): unknown {
  const resolved = evaluate(value, env);
  return resolved === NO_VALUE ? undefined : resolved;
}

function evaluate(value: unknown, env: Environment): unknown {
  if (Array.isArray(value)) return value.map((item) => evaluate(item, env)).filter((item) => item !== NO_VALUE);
  if (!isObject(value)) return value;
  const intrinsic = intrinsicOf(value);
  // {"Condition": {…}} is a policy statement's member; only {"Condition": "Name"} is the function.
  if (intrinsic && (intrinsic.name !== "Condition" || (typeof intrinsic.argument === "string" && env.inCondition)))
    return call(intrinsic.name, intrinsic.argument, env);
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [key, evaluate(inner, env)]);
  return Object.fromEntries(entries.filter(([, inner]) => inner !== NO_VALUE));
}

type Intrinsic = (argument: unknown, env: Environment) => unknown;

const INTRINSICS: Record<string, Intrinsic> = {
  Ref: (argument, env) => ref(String(argument), env),
  Condition: (argument, env) => env.condition(String(argument)),
  "Fn::GetAtt": getAtt,
  "Fn::Sub": sub,
  "Fn::Join": join,
  "Fn::Select": select,
  "Fn::Split": split,
  "Fn::FindInMap": findInMap,
  "Fn::GetAZs": (argument, env) => env.zones(text(evaluate(argument, env), "Fn::GetAZs") || String(env.pseudo["AWS::Region"])),
  "Fn::ImportValue": (argument, env) => env.importValue(text(evaluate(argument, env), "Fn::ImportValue")),
  "Fn::Base64": (argument, env) => Buffer.from(text(evaluate(argument, env), "Fn::Base64")).toString("base64"),
  "Fn::Cidr": cidr,
  "Fn::If": choose,
  "Fn::And": (argument, env) => list(argument, "Fn::And").every((item) => truth(item, env)),
  "Fn::Or": (argument, env) => list(argument, "Fn::Or").some((item) => truth(item, env)),
  "Fn::Not": (argument, env) => !truth(list(argument, "Fn::Not")[0], env),
  "Fn::Equals": equals,
  "Fn::Length": (argument, env) => list(evaluate(argument, env), "Fn::Length").length,
  "Fn::ToJsonString": (argument, env) => JSON.stringify(evaluate(argument, env)),
  "Fn::Contains": (argument, env) => {
    const [values, wanted] = list(evaluate(argument, env), "Fn::Contains");
    return list(values, "Fn::Contains").map(String).includes(String(wanted));
  },
};

function call(name: string, argument: unknown, env: Environment): unknown {
  if (name === "Fn::Transform") throw new NotSupported("cloudformation", "CreateStack", "Fn::Transform (macros)");
  const intrinsic = INTRINSICS[name];
  if (!intrinsic) throw templateError(`Template error: unsupported function ${name}`);
  return intrinsic(argument, env);
}

/** The value of a condition's expression, where `{"Condition": "Name"}` means another condition. */
export function truth(expression: unknown, env: Environment): boolean {
  const value = evaluate(expression, { ...env, inCondition: true });
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  throw templateError("Template error: every condition must resolve to true or false");
}

function ref(name: string, env: Environment): unknown {
  if (name === "AWS::NoValue") return NO_VALUE;
  if (name in env.pseudo) return env.pseudo[name];
  if (name in env.parameters) return env.parameters[name];
  return env.ref(name);
}

function getAtt(argument: unknown, env: Environment): unknown {
  const [logicalId, ...attribute] = Array.isArray(argument) ? argument : splitAtDot(String(argument));
  return env.getAtt(String(logicalId), attribute.map((part) => text(evaluate(part, env), "Fn::GetAtt")).join("."));
}

const splitAtDot = (path: string): string[] => [path.slice(0, path.indexOf(".")), path.slice(path.indexOf(".") + 1)];

function sub(argument: unknown, env: Environment): unknown {
  const [template, variables] = Array.isArray(argument) ? (argument as [unknown, unknown]) : [argument, {}];
  if (typeof template !== "string" || !isObject(variables))
    throw templateError("Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments.");
  return subVariables(template, (name) => {
    if (name in variables) return text(evaluate(variables[name], env), "Fn::Sub");
    if (name.includes(".") && !(name in env.parameters)) return text(getAtt(name, env), "Fn::Sub");
    return text(ref(name, env), "Fn::Sub");
  });
}

function join(argument: unknown, env: Environment): unknown {
  const [delimiter, values] = list(argument, "Fn::Join");
  const resolved = evaluate(values, env);
  if (typeof delimiter !== "string" || !Array.isArray(resolved))
    throw templateError(
      "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined",
    );
  return resolved.map((item) => text(item, "Fn::Join")).join(delimiter);
}

function select(argument: unknown, env: Environment): unknown {
  const [indexArgument, valuesArgument] = list(argument, "Fn::Select");
  const index = Number(evaluate(indexArgument, env));
  const values = evaluate(valuesArgument, env);
  if (!Array.isArray(values))
    throw templateError("Template error: Fn::Select requires a list argument with two elements: an integer index and a list");
  if (!Number.isInteger(index) || index < 0 || index >= values.length)
    throw templateError(`Template error: Fn::Select cannot select nonexistent value at index ${index}`);
  return values[index];
}

function split(argument: unknown, env: Environment): unknown {
  const [delimiter, source] = list(argument, "Fn::Split");
  if (typeof delimiter !== "string" || delimiter === "") throw templateError("Template error: every Fn::Split object requires a string delimiter");
  return text(evaluate(source, env), "Fn::Split").split(delimiter);
}

function findInMap(argument: unknown, env: Environment): unknown {
  const [mapArgument, topArgument, secondArgument, options] = list(argument, "Fn::FindInMap");
  const [map, top, second] = [mapArgument, topArgument, secondArgument].map((part) => String(evaluate(part, env)));
  const found = env.mappings[map!]?.[top!]?.[second!];
  if (found !== undefined) return found;
  if (isObject(options) && "DefaultValue" in options) return evaluate(options["DefaultValue"], env);
  if (!env.mappings[map!]) throw templateError(`Template error: Mapping named '${map}' is not present in the 'Mappings' section of template.`);
  throw templateError(`Template error: Unable to get mapping for ${map}::${top}::${second}`);
}

function cidr(argument: unknown, env: Environment): unknown {
  const [block, count, bits] = list(argument, "Fn::Cidr").map((part) => evaluate(part, env));
  return cidrBlocks(text(block, "Fn::Cidr"), Number(count), bits === undefined ? undefined : Number(bits));
}

function choose(argument: unknown, env: Environment): unknown {
  const [condition, whenTrue, whenFalse] = list(argument, "Fn::If");
  return evaluate(env.condition(String(condition)) ? whenTrue : whenFalse, env);
}

function equals(argument: unknown, env: Environment): boolean {
  const [left, right] = list(argument, "Fn::Equals").map((part) => evaluate(part, env));
  return canonical(left) === canonical(right);
}

const canonical = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function list(argument: unknown, name: string): unknown[] {
  if (!Array.isArray(argument)) throw templateError(`Template error: ${name} requires a list argument`);
  return argument;
}

function text(value: unknown, name: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw templateError(`Template error: every ${name} object must have a String value.`);
}
