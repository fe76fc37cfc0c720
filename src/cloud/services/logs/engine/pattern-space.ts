import { parseExpression, type Condition, type Scanner } from "./pattern-scanner.ts";
import { compileValue } from "./pattern-values.ts";
import { PatternError } from "./pattern-error.ts";

/** One field of `[a, b = 404, ...]`. */
interface Field {
  /** Empty where the pattern leaves it out, as in `[..., status=4*,]`. */
  name: string;
  /** True for `...`. */
  ellipsis: boolean;
  condition: Condition<ReadonlyMap<string, string>> | undefined;
}

/** Tests a message's fields, and gives them by name (`$name`, or `$1` for one without). */
export interface SpacePattern {
  extract(message: string): Map<string, string> | undefined;
}

/** `[ip, user, status = 4*, ...]`. The scanner stands after the opening bracket. */
export function parseSpacePattern(scanner: Scanner): SpacePattern {
  const fields: Field[] = [];
  for (;;) {
    fields.push(parseField(scanner));
    if (scanner.take("]")) break;
    scanner.expect(",");
  }
  if (!scanner.done) throw scanner.error("nothing may follow the closing bracket");
  if (fields.filter((field) => field.ellipsis).length > 1) throw new PatternError("more than one ellipsis");
  return { extract: (message) => extract(fields, message) };
}

function parseField(scanner: Scanner): Field {
  if (scanner.take("...") || scanner.take("…")) return { name: "", ellipsis: true, condition: undefined };
  const next = scanner.peek();
  if (next === "," || next === "]") return { name: "", ellipsis: false, condition: undefined };
  let name = "";
  const nameHere = (): string => {
    scanner.peek();
    const found = scanner.match(/[\w.$-]+/y);
    if (found === undefined) throw scanner.error("expected a field's name");
    return found;
  };
  const parenthesis = next === "(";
  if (!parenthesis) {
    name = nameHere();
    const operator = scanner.operator();
    if (!operator) return { name, ellipsis: false, condition: undefined };
    const first = conditionOf(name, scanner, operator);
    let firstTaken = false;
    const condition = parseExpression<ReadonlyMap<string, string>>(scanner, () => {
      if (!firstTaken) {
        firstTaken = true;
        return first;
      }
      return parseLeaf(nameHere(), scanner);
    });
    return { name, ellipsis: false, condition };
  }
  const condition = parseExpression<ReadonlyMap<string, string>>(scanner, () => {
    const field = nameHere();
    name ||= field;
    return parseLeaf(field, scanner);
  });
  return { name, ellipsis: false, condition };
}

function parseLeaf(name: string, scanner: Scanner): Condition<ReadonlyMap<string, string>> {
  const operator = scanner.operator();
  if (!operator) throw scanner.error("expected an operator");
  return conditionOf(name, scanner, operator);
}

function conditionOf(name: string, scanner: Scanner, operator: NonNullable<ReturnType<Scanner["operator"]>>): Condition<ReadonlyMap<string, string>> {
  const test = compileValue(operator, scanner.value(/^[\s,)\]]|^&&|^\|\|/));
  return (fields) => {
    const value = fields.get(name);
    return value !== undefined && test.text(value);
  };
}

function extract(fields: readonly Field[], message: string): Map<string, string> | undefined {
  const words = splitFields(message);
  const placed = place(fields, words);
  if (!placed) return undefined;
  const values = new Map<string, string>();
  for (const [index, { field, value }] of placed.entries()) values.set(field?.name || String(index + 1), value);
  return fields.every((field) => !field.condition || field.condition(values)) ? values : undefined;
}

/**
 * Which word belongs to which field. Without an ellipsis the counts must be the same, but for a last field without a
 * condition, which takes the rest: the guide's `[w1=ERROR, w2]` "returns log events where the first word is ERROR", and its
 * example events have seven words.
 */
function place(fields: readonly Field[], words: readonly string[]): { field?: Field; value: string }[] | undefined {
  const ellipsis = fields.findIndex((field) => field.ellipsis);
  if (ellipsis < 0) {
    if (words.length < fields.length) return undefined;
    const last = fields.at(-1)!;
    if (words.length > fields.length && last.condition) return undefined;
    return fields.map((field, index) => ({ field, value: field === last ? words.slice(index).join(" ") : words[index]! }));
  }
  const after = fields.length - ellipsis - 1;
  if (words.length < ellipsis + after) return undefined;
  return words.map((value, index) => {
    const field = index < ellipsis ? fields[index] : index >= words.length - after ? fields[fields.length - (words.length - index)] : undefined;
    return field ? { field, value } : { value };
  });
}

/** Words between spaces; what stands in brackets or quotation marks is one word, without them. */
export function splitFields(message: string): string[] {
  const words: string[] = [];
  const finder = /\[([^\]]*)\]|"((?:[^"\\]|\\.)*)"|(\S+)/g;
  for (const match of message.matchAll(finder)) words.push(match[1] ?? match[2] ?? match[3]!);
  return words;
}
