import { parseJsonPattern, parseSelector, select } from "./pattern-json.ts";
import { parseSpacePattern } from "./pattern-space.ts";
import { compileRegex } from "./pattern-values.ts";
import { PatternError } from "./pattern-error.ts";
import { Scanner } from "./pattern-scanner.ts";

/** A filter pattern ready to be tried on messages. */
export interface FilterPattern {
  matches(message: string): boolean;
  /**
   * The fields of a message that matches: `$name` for space-delimited patterns, nothing for the others (their fields are
   * read by selector, see `field`).
   */
  extract(message: string): Record<string, string> | undefined;
  /** A field of a message that matches: `$.a.b` of JSON, `$name` of a space-delimited pattern. */
  field(message: string, selector: string): string | number | undefined;
  /** How many regular expressions are in it; they are limited per log group. */
  regexCount: number;
}

const MAX_REGEX = 2;

/**
 * Compiles a filter pattern: empty, terms, JSON or space-delimited.
 * Source: CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription filters, filter log events,
 * and Live Tail".
 * @throws PatternError
 */
export function compilePattern(text: string): FilterPattern {
  if (text.length > 1024) throw new PatternError("longer than 1024 characters");
  const scanner = new Scanner(text);
  if (scanner.done) return plain(() => true, 0);
  if (scanner.take("{")) return jsonPattern(scanner);
  if (scanner.take("[")) return spacePattern(scanner);
  return termsPattern(scanner);
}

const plain = (matches: (message: string) => boolean, regexCount: number): FilterPattern => ({
  matches,
  extract: (message) => (matches(message) ? {} : undefined),
  field: () => undefined,
  regexCount,
});

function jsonPattern(scanner: Scanner): FilterPattern {
  const condition = parseJsonPattern(scanner);
  limitRegex(scanner.regexCount);
  const matches = (message: string): boolean => {
    const json = parseObject(message);
    return json !== undefined && condition(json);
  };
  return {
    ...plain(matches, scanner.regexCount),
    field: (message, selector) => {
      const node = select(parseObject(message), parseSelector(new Scanner(selector)))[0];
      return typeof node === "string" || typeof node === "number" ? node : undefined;
    },
  };
}

function spacePattern(scanner: Scanner): FilterPattern {
  const pattern = parseSpacePattern(scanner);
  limitRegex(scanner.regexCount);
  return {
    matches: (message) => pattern.extract(message) !== undefined,
    extract: (message) => {
      const fields = pattern.extract(message);
      return fields && Object.fromEntries([...fields].map(([name, value]) => [`$${name}`, value]));
    },
    field: (message, selector) => pattern.extract(message)?.get(selector.replace(/^\$/, "")),
    regexCount: scanner.regexCount,
  };
}

interface Term {
  kind: "include" | "exclude" | "optional";
  test: (message: string) => boolean;
}

function termsPattern(scanner: Scanner): FilterPattern {
  const terms: Term[] = [];
  while (!scanner.done) terms.push(parseTerm(scanner));
  const [include, exclude, optional] = (["include", "exclude", "optional"] as const).map((kind) => terms.filter((term) => term.kind === kind));
  // "If you combine "?" with other filter patterns, all question mark terms will be ignored."
  const onlyOptional = include!.length === 0 && exclude!.length === 0;
  const matches = onlyOptional
    ? (message: string): boolean => optional!.some((term) => term.test(message))
    : (message: string): boolean => include!.every((term) => term.test(message)) && !exclude!.some((term) => term.test(message));
  return plain(matches, scanner.regexCount);
}

function parseTerm(scanner: Scanner): Term {
  const kind = scanner.take("?") ? "optional" : scanner.take("-") ? "exclude" : "include";
  const next = scanner.peek();
  if (next === "%") {
    const regex = compileRegex(scanner.regex());
    return { kind, test: (message) => regex.test(message) };
  }
  if (next === '"') {
    const text = scanner.quoted();
    // `" "` matches everything, says the guide, so also what has no space.
    return { kind, test: text.trim() === "" ? () => true : (message) => message.includes(text) };
  }
  const word = scanner.match(/[^\s"]+/y) ?? "";
  // "Enclose exact phrases and terms that include non-alphanumeric characters in double quotation marks."
  if (!/^[\p{L}\p{N}_]+$/u.test(word)) throw new PatternError(`invalid character(s) in term '${word}'`);
  return { kind, test: (message) => message.includes(word) };
}

function limitRegex(count: number): void {
  if (count > MAX_REGEX) throw new PatternError(`more than ${MAX_REGEX} regular expressions`);
}

function parseObject(message: string): object | undefined {
  // Most lines are no JSON: looking at the first character spares the exception.
  const first = message.trimStart()[0];
  if (first !== "{" && first !== "[") return undefined;
  try {
    const json: unknown = JSON.parse(message);
    return typeof json === "object" && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}
