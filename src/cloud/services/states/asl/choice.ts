import { runtimeError } from "./errors.ts";
import { isPath } from "./json-path.ts";
import { look, type Scope } from "./scope.ts";
import { textOf, type ChoiceRule, type Json } from "./types.ts";

const COMPARISONS: Record<string, (a: never, b: never) => boolean> = {
  Equals: (a, b) => a === b,
  LessThan: (a, b) => a < b,
  GreaterThan: (a, b) => a > b,
  LessThanEquals: (a, b) => a <= b,
  GreaterThanEquals: (a, b) => a >= b,
};

/** `2026-01-05T00:00:00Z`: RFC 3339 with a capital T and Z, or an offset. */
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

export const isTimestamp = (value: unknown): value is string =>
  typeof value === "string" && TIMESTAMP.test(value) && !Number.isNaN(Date.parse(value));

/** Reads a value as the type that the operator compares; undefined where it is of another one. */
const TYPES: Record<string, (value: Json) => unknown> = {
  String: (value) => (typeof value === "string" ? value : undefined),
  Numeric: (value) => (typeof value === "number" ? value : undefined),
  Boolean: (value) => (typeof value === "boolean" ? value : undefined),
  Timestamp: (value) => (isTimestamp(value) ? Date.parse(value) : undefined),
};

const TESTS: Record<string, (value: Json | undefined) => boolean> = {
  IsPresent: (value) => value !== undefined,
  IsNull: (value) => value === null,
  IsString: (value) => typeof value === "string",
  IsNumeric: (value) => typeof value === "number",
  IsBoolean: (value) => typeof value === "boolean",
  IsTimestamp: (value) => isTimestamp(value),
};

const COMPARISON = /^(String|Numeric|Boolean|Timestamp)(Equals|LessThan|GreaterThan|LessThanEquals|GreaterThanEquals)(Path)?$/;

/** Is it an operator of the language? `Boolean` has only the equality. */
export function isOperator(name: string): boolean {
  if (name in TESTS || name === "StringMatches") return true;
  const found = COMPARISON.exec(name);
  return found !== null && (found[1] !== "Boolean" || found[2] === "Equals");
}

/** What may stand beside an operator. @returns what is wrong with the value, if anything */
export function operandProblem(name: string, value: unknown): string | undefined {
  if (name in TESTS) return typeof value === "boolean" ? undefined : "must be a boolean";
  if (name === "StringMatches") return typeof value === "string" ? undefined : "must be a string";
  const [, type = "", , path] = COMPARISON.exec(name) ?? [];
  if (path) return typeof value === "string" && isPath(value) ? undefined : "must be a valid JSONPath";
  return TYPES[type]?.(value as Json) === undefined ? `must be of the type ${type}` : undefined;
}

/** Does a rule (of JSONPath) apply? @throws StatesError States.Runtime where a path leads nowhere */
export function applies(rule: ChoiceRule, scope: Scope): boolean {
  if (rule.And) return rule.And.every((inner) => applies(inner, scope));
  if (rule.Or) return rule.Or.some((inner) => applies(inner, scope));
  if (rule.Not) return !applies(rule.Not, scope);
  const operator = Object.keys(rule).find(isOperator)!;
  const found = look(rule.Variable!, scope);
  const operand = rule[operator] as Json;
  const test = TESTS[operator];
  // IsPresent asks just that; every other operator needs the value to be there.
  if (operator === "IsPresent") return (found !== undefined) === operand;
  if (found === undefined) throw notFound(rule.Variable!);
  if (test) return test(found) === operand;
  if (operator === "StringMatches") return typeof found === "string" && wildcard(textOf(operand)).test(found);
  const [, type = "", comparison = "", path] = COMPARISON.exec(operator)!;
  const other = path ? look(textOf(operand), scope) : operand;
  if (other === undefined) throw notFound(textOf(operand));
  const [a, b] = [TYPES[type]!(found), TYPES[type]!(other)];
  return a !== undefined && b !== undefined && COMPARISONS[comparison]!(a as never, b as never);
}

const notFound = (path: string) => runtimeError(`Invalid path '${path}': The choice state's condition path references an invalid value.`);

/** `*` stands for any characters; `\*` and `\\` for themselves. */
function wildcard(pattern: string): RegExp {
  const source = pattern.replaceAll(/\\([*\\])|\*|[^*\\]+|\\/gs, (found, escaped: string | undefined) => {
    if (escaped !== undefined) return `\\${escaped}`;
    return found === "*" ? "[\\s\\S]*" : found.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&");
  });
  return new RegExp(`^${source}$`);
}
