import ipaddr from "ipaddr.js";
import { PatternMistake, type Place } from "./errors.ts";
import { compileWildcard } from "./wildcard.ts";

/** A value of an event that has no parts. */
export type Scalar = string | number | boolean | null;

/** One condition in a pattern's array. `absent` holds where the event has no such field; it matches no value. */
export type Condition = { kind: "absent" } | { kind: "value"; matches: (value: Scalar) => boolean };

const MATCHERS = new Set(["prefix", "suffix", "equals-ignore-case", "wildcard"]);

const onText = (test: (text: string) => boolean): Condition => ({ kind: "value", matches: (value) => typeof value === "string" && test(value) });

/**
 * Reads one element of a pattern's array. Semantics: "Comparison operators for use in event patterns in Amazon EventBridge";
 * sentences of the mistakes: EventBridge's own (aws/event-ruler prints the same).
 */
export function readCondition(element: unknown, path: (string | number)[]): Condition {
  if (Array.isArray(element)) throw new PatternMistake("Match value must be String, number, true, false, or null", { path });
  if (element === null || typeof element !== "object") {
    // Numbers are compared by value.
    return { kind: "value", matches: (value) => value === element };
  }
  const entries = Object.entries(element);
  const [first] = entries;
  if (!first) throw new PatternMistake("Match expression name not found", { path, end: true });
  const [operator, operand] = first as [string, unknown];
  const at: Place = { path: [...path, operator] };
  const condition = readOperator(operator, operand, at);
  if (entries.length > 1) {
    const reason = operator === "numeric" ? "Too many elements in numeric expression" : "Only one key allowed in match expression";
    throw new PatternMistake(reason, { path: [...path, entries[1]![0]] });
  }
  return condition;
}

function readOperator(operator: string, operand: unknown, at: Place): Condition {
  switch (operator) {
    case "prefix":
    case "suffix":
    case "equals-ignore-case":
    case "wildcard":
      return onText(textTest(operator, operand, at));
    case "cidr":
      // The sentence says "prefix" in AWS too.
      return onText(cidrTest(text(operand, "prefix match pattern must be a string", at)));
    case "exists":
      if (typeof operand !== "boolean") throw new PatternMistake("exists match pattern must be either true or false.", at);
      return operand ? { kind: "value", matches: () => true } : { kind: "absent" };
    case "numeric": {
      if (!Array.isArray(operand)) throw new PatternMistake("Value of numeric must be an array.", at);
      const holds = numericTest(operand, at);
      return { kind: "value", matches: (value) => typeof value === "number" && holds(value) };
    }
    case "anything-but":
      return anythingBut(operand, at);
    default:
      throw new PatternMistake(`Unrecognized match type ${operator}`, at);
  }
}

function text(operand: unknown, mistake: string, at: Place): string {
  if (typeof operand !== "string") throw new PatternMistake(mistake, at);
  return operand;
}

function textTest(operator: string, operand: unknown, at: Place): (value: string) => boolean {
  if ((operator === "prefix" || operator === "suffix") && operand !== null && typeof operand === "object" && !Array.isArray(operand)) {
    return ignoringCase(operator, operand, at);
  }
  const wanted = text(operand, `${operator} match pattern must be a string`, at);
  switch (operator) {
    case "prefix":
      return (value) => value.startsWith(wanted);
    case "suffix":
      return (value) => value.endsWith(wanted);
    case "wildcard":
      return compileWildcard(wanted, at);
    default:
      return (value) => value.toLowerCase() === wanted.toLowerCase();
  }
}

/** `{"prefix": {"equals-ignore-case": "…"}}`. */
function ignoringCase(operator: "prefix" | "suffix", operand: object, at: Place): (value: string) => boolean {
  const [first, second] = Object.entries(operand) as [string, unknown][];
  const name = operator === "prefix" ? "Prefix" : "Suffix";
  if (!first) throw new PatternMistake(`${name} expression name not found`, { ...at, end: true });
  if (first[0] !== "equals-ignore-case") throw new PatternMistake(`Unsupported ${operator} pattern: ${first[0]}`, at);
  const wanted = text(first[1], "equals-ignore-case match pattern must be a string", { path: [...at.path, first[0]] }).toLowerCase();
  if (second) throw new PatternMistake("Only one key allowed in match expression", { path: [...at.path, second[0]] });
  return operator === "prefix" ? (value) => value.toLowerCase().startsWith(wanted) : (value) => value.toLowerCase().endsWith(wanted);
}

/** Anything but values, or but strings that one of the text operators matches. It needs a value: an absent field never matches. */
function anythingBut(operand: unknown, at: Place): Condition {
  if (operand !== null && typeof operand === "object" && !Array.isArray(operand)) return anythingButMatching(operand, at);
  const values = Array.isArray(operand) ? (operand as unknown[]) : [operand];
  if (!Array.isArray(operand) && typeof operand !== "string" && typeof operand !== "number") {
    throw new PatternMistake("Value of anything-but must be an array or single string/number value.", at);
  }
  const wrong = values.findIndex((value) => typeof value !== "string" && typeof value !== "number");
  if (wrong >= 0)
    throw new PatternMistake("Inside anything but list, start|null|boolean is not supported.", { path: [...at.path, wrong], twice: true });
  if (values.length === 0) throw new PatternMistake("Empty arrays are not allowed", { ...at, end: true });
  if (new Set(values.map((value) => typeof value)).size > 1) {
    throw new PatternMistake("Inside anything but list, either all values are number or string, mixed type is not supported", { ...at, end: true });
  }
  const excluded = new Set(values);
  return { kind: "value", matches: (value) => !excluded.has(value) };
}

function anythingButMatching(operand: object, at: Place): Condition {
  const [first, second] = Object.entries(operand) as [string, unknown][];
  if (!first) throw new PatternMistake("Anything-But expression name not found", { ...at, end: true });
  const [operator, wanted] = first;
  if (!MATCHERS.has(operator)) throw new PatternMistake(`Unsupported anything-but pattern: ${operator}`, at);
  const inner: Place = { path: [...at.path, operator] };
  if (wanted === null || typeof wanted === "boolean" || (typeof wanted === "object" && !Array.isArray(wanted))) {
    throw new PatternMistake("Value of anything-but must be an array or single string/number value.", inner);
  }
  const list = Array.isArray(wanted) ? (wanted as unknown[]) : [wanted];
  const tests = list.map((one, index) => butTest(operator, one, Array.isArray(wanted) ? { path: [...inner.path, index], twice: true } : inner));
  if (tests.length === 0) throw new PatternMistake("Empty arrays are not allowed", { ...inner, end: true });
  if (second) throw new PatternMistake("Only one key allowed in match expression", { path: [...at.path, second[0]] });
  return { kind: "value", matches: (value) => typeof value !== "string" || !tests.some((matches) => matches(value)) };
}

function butTest(operator: string, wanted: unknown, at: Place): (value: string) => boolean {
  const mistakes: Record<string, string> = {
    "equals-ignore-case": "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
    wildcard: "wildcard match pattern must be a string",
  };
  const known = text(wanted, mistakes[operator] ?? "prefix/suffix match pattern must be a string", at);
  if (known === "" && (operator === "prefix" || operator === "suffix"))
    throw new PatternMistake("Null prefix/suffix not allowed", { ...at, end: true });
  return textTest(operator, known, at);
}

const COMPARISONS: Record<string, (a: number, b: number) => boolean> = {
  "=": (a, b) => a === b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/** `["=", 5]`, `["<", 10]`, or a range from below: `[">", 0, "<=", 5]`. */
function numericTest(terms: unknown[], at: Place): (value: number) => boolean {
  const place = (index: number): Place => (index < terms.length ? { path: [...at.path, index], end: true } : { ...at, end: true });
  const [operator, bound, second, top] = terms;
  if (typeof operator !== "string") throw new PatternMistake(`Invalid member in numeric match: ${raw(operator)}`, place(0));
  const compare = COMPARISONS[operator];
  if (!compare) throw new PatternMistake(`Unrecognized numeric range operator: ${operator}`, place(0));
  if (typeof bound !== "number") throw new PatternMistake(`Value of ${operator === "=" ? "equals" : operator} must be numeric`, place(1));
  if (terms.length === 2) return (value) => compare(value, bound);
  if (!operator.startsWith(">")) throw new PatternMistake("Too many elements in numeric expression", place(2));
  if (typeof second !== "string") throw new PatternMistake(`Bad value in numeric range: ${raw(second)}`, place(2));
  if (second !== "<" && second !== "<=") throw new PatternMistake(`Bad numeric range operator: ${second}`, place(2));
  if (typeof top !== "number") throw new PatternMistake(`Value of ${second} must be numeric`, place(3));
  if (terms.length > 4) throw new PatternMistake("Too many terms in numeric range expression", place(4));
  // The range class of aws/event-ruler takes no empty range.
  if (bound >= top) throw new PatternMistake("Bottom must be less than top");
  const below = COMPARISONS[second]!;
  return (value) => compare(value, bound) && below(value, top);
}

/** A value as the JSON reader names it: its own text, or the sign that opens it. */
const raw = (value: unknown): string =>
  value === undefined ? "]" : typeof value === "string" ? value : (JSON.stringify(value).match(/^[[{]|.*/)?.[0] ?? "");

function cidrTest(range: string): (value: string) => boolean {
  const parts = range.split("/");
  if (parts.length !== 2) throw new PatternMistake("Malformed CIDR, one '/' required");
  const [address, bits] = parts as [string, string];
  if (!/^-?\d+$/.test(bits)) throw new PatternMistake("Malformed CIDR, mask bits must be an integer");
  if (!isAddress(address)) throw new PatternMistake(`Nonstandard IP address: ${address}`);
  const network = ipaddr.parse(address);
  const mask = Number(bits);
  if (mask < 0) throw new PatternMistake("Malformed CIDR, mask bits must not be negative");
  if (mask > (network.kind() === "ipv4" ? 32 : 128)) {
    throw new PatternMistake(network.kind() === "ipv4" ? "IPv4 mask bits must be < 32" : "IPv6 mask bits must be < 128");
  }
  return (value) => {
    if (!isAddress(value)) return false;
    const found = ipaddr.parse(value);
    return found.kind() === network.kind() && found.match([network, mask] as never);
  };
}

/** ipaddr.js takes `10.1` for an IPv4 address too; EventBridge wants all four parts. */
const isAddress = (text: string): boolean => ipaddr.IPv4.isValidFourPartDecimal(text) || (text.includes(":") && ipaddr.IPv6.isValid(text));
