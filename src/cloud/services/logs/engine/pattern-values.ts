import { PatternError } from "./pattern-error.ts";

/**
 * The right-hand sides of conditions in JSON and space-delimited filter patterns: numbers, text with wildcards, and
 * regular expressions (CloudWatch Logs User Guide, "Filter pattern syntax").
 */

export type Operator = "=" | "!=" | "<" | ">" | "<=" | ">=";

/** The text of a condition's value, as it was written. */
export type ValueToken = { kind: "bare" | "quoted"; text: string } | { kind: "regex"; source: string };

/** What a value says about a field's text; `undefined` where the comparison cannot be made. */
export interface ValueTest {
  text(field: string): boolean;
  number(field: number): boolean;
}

// "An integer with an optional + or - sign, a decimal …, or a number in scientific notation" (same guide, 2021 edition).
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** Compiles `operator value` into a test of one field. @throws PatternError for `<` and its kin with something not a number. */
export function compileValue(operator: Operator, token: ValueToken): ValueTest {
  if (token.kind === "regex") {
    if (operator !== "=" && operator !== "!=") throw new PatternError(`the operator ${operator} needs a number`);
    const regex = compileRegex(token.source);
    const wanted = operator === "=";
    return { text: (field) => regex.test(field) === wanted, number: (field) => regex.test(String(field)) === wanted };
  }
  const numeric = token.kind === "bare" && NUMBER.test(token.text) ? Number(token.text) : undefined;
  if (operator === "=" || operator === "!=") return equality(operator === "=", token.text, numeric);
  if (numeric === undefined) throw new PatternError(`the operator ${operator} needs a number`);
  const compare = ORDERINGS[operator];
  return { text: (field) => NUMBER.test(field) && compare(Number(field), numeric), number: (field) => compare(field, numeric) };
}

function equality(wanted: boolean, text: string, numeric: number | undefined): ValueTest {
  const matches = wildcard(text);
  return {
    text: (field) => (matches(field) || (numeric !== undefined && NUMBER.test(field) && Number(field) === numeric)) === wanted,
    number: (field) => (numeric === undefined ? matches(String(field)) : field === numeric) === wanted,
  };
}

const ORDERINGS = {
  "<": (field: number, limit: number) => field < limit,
  ">": (field: number, limit: number) => field > limit,
  "<=": (field: number, limit: number) => field <= limit,
  ">=": (field: number, limit: number) => field >= limit,
};

/**
 * `*` stands for any text at the beginning and at the end only: "**Ev*ent** will only match the actual string **Ev*ent**"
 * (awsdocs/amazon-cloudwatch-logs-user-guide, FilterAndPatternSyntax.md).
 */
function wildcard(pattern: string): (field: string) => boolean {
  if (pattern === "*") return () => true;
  const start = pattern.startsWith("*");
  const end = pattern.length > 1 && pattern.endsWith("*");
  const middle = pattern.slice(start ? 1 : 0, end ? -1 : undefined);
  if (start && end) return (field) => field.includes(middle);
  if (start) return (field) => field.endsWith(middle);
  if (end) return (field) => field.startsWith(middle);
  return (field) => field === middle;
}

// The guide's lists: letters and digits, the symbols : _ # = @ / ; , - (and the space, which its example "shutting down"
// has), and the operators ^ $ ? [ ] { } | \ * + . — no parentheses, nothing beyond ASCII.
const ALLOWED_IN_REGEX = /^[A-Za-z0-9:_#=@/;, \-^$?[\]{}|\\*+.]*$/;
const ALLOWED_ESCAPE = /\\(?!x[0-9A-Fa-f]{2}|[dDsSwW^$?[\]{}|\\*+.:_#=@/;,\- ])/;

/** Compiles what stands between two `%`. @throws PatternError for what CloudWatch Logs does not support. */
export function compileRegex(source: string): RegExp {
  if (source === "") throw new PatternError("an empty regular expression");
  if (!ALLOWED_IN_REGEX.test(source)) throw new PatternError(`unsupported character in the regular expression %${source}%`);
  if (ALLOWED_ESCAPE.test(source.replaceAll("\\\\", ""))) throw new PatternError(`unsupported escape in the regular expression %${source}%`);
  // `{,n}` is allowed there ("Either m or n can be omitted"); JavaScript would read it as literal text.
  const translated = source.replaceAll("{,", "{0,");
  try {
    return new RegExp(translated);
  } catch {
    throw new PatternError(`invalid regular expression %${source}%`);
  }
}
