import ipaddr from "ipaddr.js";
import type { Condition } from "./document.ts";
import type { RequestContext } from "./context.ts";
import { substitute } from "./context.ts";
import { arnMatch, globMatch, unliteral } from "./match.ts";

/** Does one value of the request match one value of the policy? Both as text. */
type Test = (actual: string, wanted: string) => boolean;

const both =
  (read: (text: string) => number, compare: (actual: number, wanted: number) => boolean): Test =>
  (actual, wanted) => {
    const [a, b] = [read(actual), read(wanted)];
    return !Number.isNaN(a) && !Number.isNaN(b) && compare(a, b);
  };

const comparisons: Record<string, (a: number, b: number) => boolean> = {
  equals: (a, b) => a === b,
  lessthan: (a, b) => a < b,
  lessthanequals: (a, b) => a <= b,
  greaterthan: (a, b) => a > b,
  greaterthanequals: (a, b) => a >= b,
};

const number = (text: string): number => (text.trim() === "" ? Number.NaN : Number(text));

/** ISO 8601, or seconds since the epoch (IAM User Guide, "Date condition operators"). Milliseconds. */
const date = (text: string): number => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text));

function ipInRange(actual: string, range: string): boolean {
  try {
    const address = ipaddr.process(actual);
    const [base, bits] = range.includes("/") ? ipaddr.parseCIDR(range) : [ipaddr.parse(range), range.includes(":") ? 128 : 32];
    return address.kind() === base.kind() && address.match(base, bits);
  } catch {
    return false;
  }
}

/** The test of an operator that is neither negated, nor qualified, nor Null; all in lower case. */
const tests: Record<string, Test> = {
  stringequals: (actual, wanted) => actual === unliteral(wanted),
  stringequalsignorecase: (actual, wanted) => actual.toLowerCase() === unliteral(wanted).toLowerCase(),
  stringlike: (actual, wanted) => globMatch(wanted, actual),
  bool: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  binaryequals: (actual, wanted) => actual === wanted,
  ipaddress: ipInRange,
  arnequals: (actual, wanted) => arnMatch(wanted, actual),
  arnlike: (actual, wanted) => arnMatch(wanted, actual),
  ...Object.fromEntries(Object.entries(comparisons).map(([name, compare]) => [`numeric${name}`, both(number, compare)])),
  ...Object.fromEntries(Object.entries(comparisons).map(([name, compare]) => [`date${name}`, both(date, compare)])),
};

interface Operator {
  test: Test;
  negated: boolean;
  set?: "all" | "any";
  ifExists: boolean;
}

const operators = new Map<string, Operator>();

function operatorOf(written: string): Operator {
  const known = operators.get(written);
  if (known) return known;
  let name = written.toLowerCase();
  const set = name.startsWith("forallvalues:") ? "all" : name.startsWith("foranyvalue:") ? "any" : undefined;
  if (set) name = name.slice(name.indexOf(":") + 1);
  const ifExists = name.endsWith("ifexists");
  if (ifExists) name = name.slice(0, -"ifexists".length);
  // stringnotequals, arnnotlike, numericnotequals, notipaddress: the same without "not", turned round.
  const positive = name.replace(/^(string|numeric|date|arn|)not/, "$1");
  const test = tests[positive];
  if (!test) throw new Error(`no condition operator ${written}`);
  const operator = { test, negated: positive !== name, set, ifExists } satisfies Operator;
  operators.set(written, operator);
  return operator;
}

/** Are all conditions of a statement true? Operators and keys are joined by AND, the values of one key by OR (NOR where negated). */
export function conditionsHold(conditions: readonly Condition[], context: RequestContext, variables: boolean): boolean {
  return conditions.every((condition) => holds(condition, context, variables));
}

function holds(condition: Condition, context: RequestContext, variables: boolean): boolean {
  const actual = context.get(condition.key);
  const present = actual !== undefined && actual.length > 0;
  if (condition.operator.toLowerCase() === "null") return condition.values.some((value) => (value.toLowerCase() === "true") === !present);
  const { test, negated, set, ifExists } = operatorOf(condition.operator);
  // A key that the request does not have: no match, so a negated operator is true; ForAllValues is true of an empty set,
  // ForAnyValue false (IAM User Guide, "Condition operators" and "Multivalued context keys").
  if (!present) return ifExists || (set === "all" ? true : set === "any" ? false : negated);
  const wanted = condition.values.map((value) => (variables ? substitute(value, context) : value)).filter((value) => value !== undefined);
  const matches = (value: string): boolean => wanted.some((pattern) => test(value, pattern));
  if (set === "all") return actual.every((value) => matches(value) !== negated);
  if (set === "any") return actual.some((value) => matches(value) !== negated);
  return negated ? !actual.some(matches) : actual.some(matches);
}
