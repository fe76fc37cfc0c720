import { z } from "zod";
import { keyOf, nearest, type Path, problem, type Problem } from "./problems.ts";
import { at, has, isNull, keyPlaceOf, mapScalars, type MapTree, placeOf, type ScalarTree, toPlain } from "./tree.ts";

type Schema = z.core.$ZodType;
type Issue = z.core.$ZodIssue;

/** Where a number such as 1.20 must stay the text that it was written as: environment variables and build arguments. */
const asWritten = (path: Path): boolean =>
  (path.length === 2 && (path[0] === "environment" || path[0] === "tags")) ||
  (path.length === 3 && path[0] === "build" && path[1] === "args") ||
  (path.length === 4 && path.slice(0, 3).join(".") === "wake.input.environment");

/** Checks a merged file against its schema. All mistakes, each at the place (and in the file) where its value was written. */
export function check<S extends z.ZodType>(schema: S, tree: MapTree): { value?: z.output<S>; problems: Problem[] } {
  let result = schema.safeParse(toPlain(tree, asWritten));
  if (!result.success) {
    const coerced = coerceInterpolated(tree, result.error.issues);
    if (coerced !== tree) {
      tree = coerced;
      result = schema.safeParse(toPlain(tree, asWritten));
    }
  }
  if (result.success) return { value: result.data, problems: [] };
  const problems = result.error.issues.flatMap((issue) => explain({ schema, tree }, issue, []));
  return { problems: withoutEchoes(problems) };
}

/** `below: ${RATE}` is a text for YAML; where the schema wants a number or a boolean, the text is read as one. */
function coerceInterpolated(tree: MapTree, issues: readonly Issue[]): MapTree {
  const wanted = wantedTypes(issues, []);
  let changed = false;
  const change = (scalar: ScalarTree, path: Path): ScalarTree => {
    const expected = scalar.interpolated ? wanted.get(keyOf(path)) : undefined;
    const text = String(scalar.value).trim();
    const value =
      expected === "boolean" && /^(true|false)$/i.test(text)
        ? text.toLowerCase() === "true"
        : /^(number|int)$/.test(expected ?? "") && /^-?\d+(\.\d+)?$/.test(text)
          ? Number(text)
          : undefined;
    if (value === undefined) return scalar;
    changed = true;
    return { ...scalar, value };
  };
  const next = mapScalars(tree, change) as MapTree;
  return changed ? next : tree;
}

/** Which type is wanted at which key, also by one of several alternatives. */
function wantedTypes(issues: readonly Issue[], prefix: Path): Map<string, string> {
  const wanted = new Map<string, string>();
  for (const issue of issues) {
    const path = [...prefix, ...(issue.path as Path)];
    if (issue.code === "invalid_type") wanted.set(keyOf(path), issue.expected);
    if (issue.code === "invalid_value" && issue.values.every((each) => typeof each === "number")) wanted.set(keyOf(path), "number");
    if (issue.code === "invalid_union") for (const each of issue.errors) for (const [key, type] of wantedTypes(each, path)) wanted.set(key, type);
  }
  return wanted;
}

interface Context {
  readonly schema: Schema;
  readonly tree: MapTree;
}

/** Begins what is said of a value that YAML has cut in two. */
export const TORN = "a comma ends a value inside { } and [ ]";

/** A key that is missing only because it was misspelt is one mistake, not two; so is a value whose rest was taken for a key. */
function withoutEchoes(problems: Problem[]): Problem[] {
  const meant = new Set(
    problems.filter((each) => each.message.startsWith("unknown key")).map((each) => `${each.key.replace(/[^.]+$/, "")}${each.suggestion}`),
  );
  const torn = problems.find(({ message }) => message.startsWith(TORN));
  const isRest = (each: Problem): boolean =>
    torn !== undefined &&
    each.message.startsWith("unknown key") &&
    each.file === torn.file &&
    each.line === torn.line &&
    each.suggestion === undefined;
  return problems.filter((each) => !(each.message === REQUIRED && meant.has(each.key)) && !isRest(each));
}

export const REQUIRED = "this key is required";

function explain(context: Context, issue: Issue, prefix: Path): Problem[] {
  const { tree, schema } = context;
  const path = [...prefix, ...(issue.path as Path)];
  const allowed = allowedAt(schema, path);
  const say = (message: string, more: { allowed?: string; suggestion?: string } = {}) => [
    problem(placeOf(tree, path), path, message, { ...(allowed === undefined ? {} : { allowed }), ...more }),
  ];
  if (issue.code !== "unrecognized_keys" && !has(tree, path)) {
    if (!isNull(at(tree, path))) return say(REQUIRED);
    return [problem(keyPlaceOf(tree, path), path, "this key is required, and nothing stands here", allowed === undefined ? {} : { allowed })];
  }
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(context, [...path, key]));
    case "invalid_union":
      return (
        explainUnion(context, issue, path) ?? say(`${describe(at(tree, path))} is not allowed here`, unionMeant(issue, at(tree, path), allowed ?? ""))
      );
    case "invalid_key":
      return [
        problem(keyPlaceOf(tree, path), path, issue.issues[0]?.message ?? "this is not a valid key", {
          allowed: keyAllowedAt(schema, path.slice(0, -1)),
        }),
      ];
    case "custom":
      return say(issue.message, issue.params?.["suggestion"] === undefined ? {} : { suggestion: String(issue.params["suggestion"]) });
    case "invalid_value":
      return say(...invalidValue(at(tree, path), issue.values));
    case "invalid_type":
      return say(
        issue.expected === "int"
          ? `${describe(at(tree, path))} is not a whole number`
          : `${describe(at(tree, path))} is not ${TYPES[issue.expected] ?? issue.expected}`,
        meant(issue.expected, at(tree, path), allowed ?? ""),
      );
    case "too_small":
    case "too_big":
      return say(
        issue.origin === "array" ? `the list is too ${issue.code === "too_small" ? "short" : "long"}` : `${describe(at(tree, path))} is out of range`,
      );
    case "invalid_element":
    case "invalid_format":
    case "not_multiple_of":
      break;
  }
  return say(issue.message);
}

const TYPES: Record<string, string> = {
  string: "a text",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
  record: "a map",
};

/** A number where a text is wanted lacks its unit or its quotes, and so on. */
function meant(expected: string, tree: ReturnType<typeof at>, allowed: string): { suggestion?: string } {
  if (tree?.kind !== "scalar") return {};
  if (expected === "string" && typeof tree.value === "number" && allowed.startsWith("a duration")) {
    return { suggestion: `${tree.value}${allowed.includes("whole minutes") ? "m" : "s"}` };
  }
  if (expected === "string" && tree.source !== undefined) return { suggestion: `"${tree.source}"` };
  if (expected === "array" && tree.value !== null) return { suggestion: `[${String(tree.source ?? tree.value)}]` };
  if (typeof tree.value !== "string") return {};
  if (/^(number|int)$/.test(expected) && /^\d+(\.\d+)?$/.test(tree.value)) return { suggestion: tree.value };
  if (expected !== "boolean") return {};
  if (/^(yes|on|true|y|enabled?)$/i.test(tree.value)) return { suggestion: "true" };
  return /^(no|off|false|n|disabled?)$/i.test(tree.value) ? { suggestion: "false" } : {};
}

/** What one of the alternatives would make of it: `yes` where true or false may stand, a word that is nearly one of theirs. */
function unionMeant({ errors }: Extract<Issue, { code: "invalid_union" }>, tree: ReturnType<typeof at>, allowed: string): { suggestion?: string } {
  const own = errors.flat().filter((each) => each.path.length === 0);
  const isBoolean = own.some((each) => each.code === "invalid_type" && each.expected === "boolean");
  const boolean = isBoolean ? meant("boolean", tree, allowed) : {};
  if (boolean.suggestion !== undefined || tree?.kind !== "scalar") return boolean;
  const words = own.flatMap((each) => (each.code === "invalid_value" ? each.values.map(String) : []));
  const suggestion = nearest(String(tree.value), words);
  return suggestion === undefined ? {} : { suggestion };
}

function describe(tree: ReturnType<typeof at>): string {
  if (tree?.kind === "map") return "a map";
  if (tree?.kind === "list") return "a list";
  if (tree?.kind !== "scalar" || tree.value === null) return "nothing";
  return typeof tree.value === "string" ? `"${tree.value}"` : (tree.source ?? String(tree.value));
}

function invalidValue(tree: ReturnType<typeof at>, values: readonly z.core.util.Primitive[]): [string, { suggestion?: string }] {
  const given = tree?.kind === "scalar" ? String(tree.value) : "";
  const numbers = values.filter((each) => typeof each === "number");
  const suggestion = numbers.length === values.length ? nearestNumber(given, numbers) : nearest(given, values.map(String));
  return [`${describe(tree)} is not allowed here`, suggestion === undefined ? {} : { suggestion }];
}

/** `30 days` and `"30"` are 30; 8 is next to 7. */
function nearestNumber(given: string, numbers: readonly number[]): string | undefined {
  const number = /^\d+/.exec(given.trim())?.[0];
  if (number === undefined) return undefined;
  const distance = (each: number): number => Math.abs(each - Number(number));
  return String(numbers.reduce((best, each) => (distance(each) < distance(best) ? each : best)));
}

function unknownKey({ schema, tree }: Context, path: Path): Problem {
  const key = String(path.at(-1));
  const keys = keysAt(schema, path.slice(0, -1));
  const suggestion = nearest(key, keys);
  return problem(keyPlaceOf(tree, path), path, `unknown key "${key}"`, {
    allowed: keys.join(", "),
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

/** The mistakes of the one alternative that has the right type; undefined when none has. */
function explainUnion(context: Context, issue: Extract<Issue, { code: "invalid_union" }>, path: Path): Problem[] | undefined {
  const wrongType = (each: Issue) =>
    each.path.length === 0 && (each.code === "invalid_type" || each.code === "invalid_value" || each.code === "invalid_union");
  const fitting = issue.errors.filter((errors) => !errors.some(wrongType));
  const explained = fitting.map((errors) => withoutEchoes(errors.flatMap((each) => explain(context, each, path))));
  return explained.sort((a, b) => a.length - b.length)[0];
}

/** All that `schema` can be at a path: wrappers taken off, each alternative of a union. */
function schemasAt(schema: Schema, path: Path): Schema[] {
  const own = unwrap(schema);
  const [step, ...rest] = path;
  if (step === undefined) return own;
  return own.flatMap((each) => {
    const def = (each as z.core.$ZodTypes)._zod.def;
    if (def.type === "object" && typeof step === "string") return Object.hasOwn(def.shape, step) ? schemasAt(def.shape[step]!, rest) : [];
    if (def.type === "record" && typeof step === "string") return schemasAt(def.valueType, rest);
    return def.type === "array" && typeof step === "number" ? schemasAt(def.element, rest) : [];
  });
}

/** The schema itself and all that it wraps, outermost first. */
function unwrap(schema: Schema): Schema[] {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  if (def.type === "optional" || def.type === "prefault" || def.type === "default") return [schema, ...unwrap(def.innerType)];
  if (def.type === "pipe") return [schema, ...unwrap(def.in)];
  return def.type === "union" ? [schema, ...def.options.flatMap(unwrap)] : [schema];
}

const allowedOf = (schema: Schema): string | undefined => z.globalRegistry.get(schema)?.["allowed"] as string | undefined;

function allowedAt(schema: Schema, path: Path): string | undefined {
  return schemasAt(schema, path)
    .map(allowedOf)
    .find((allowed) => allowed !== undefined);
}

function keysAt(schema: Schema, path: Path): string[] {
  const keys = schemasAt(schema, path).flatMap((each) => {
    const def = (each as z.core.$ZodTypes)._zod.def;
    return def.type === "object" ? Object.keys(def.shape) : [];
  });
  return [...new Set(keys)];
}

function keyAllowedAt(schema: Schema, path: Path): string {
  for (const each of schemasAt(schema, path)) {
    const def = (each as z.core.$ZodTypes)._zod.def;
    if (def.type === "record") return allowedOf(def.keyType) ?? "a text";
  }
  return "a text";
}
