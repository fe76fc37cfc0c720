import { parseExpression, type Condition, type Scanner } from "./pattern-scanner.ts";
import { compileValue } from "./pattern-values.ts";
import { PatternError } from "./pattern-error.ts";

/** A step of a property selector: a name, an array index, or `*`. */
type Step = string | number | typeof ANY;
const ANY = Symbol("*");

/** `{ $.a.b[0] = "x" && … }`. The scanner stands after the opening brace. */
export function parseJsonPattern(scanner: Scanner): Condition<unknown> {
  let wildcards = 0;
  const condition = parseExpression<unknown>(scanner, () => {
    const steps = parseSelector(scanner);
    wildcards += steps.filter((step) => step === ANY).length;
    return parseTest(scanner, steps);
  });
  scanner.expect("}");
  if (!scanner.done) throw scanner.error("nothing may follow the closing brace");
  // "You can only use up to one wildcard selector in a property selector, and up to three … with compound expressions."
  if (wildcards > 3) throw new PatternError("more than three wildcard selectors");
  return condition;
}

/** `$.a['b.c'][0].*` */
export function parseSelector(scanner: Scanner): Step[] {
  scanner.expect("$");
  const steps: Step[] = [];
  for (;;) {
    if (scanner.takeHere(".*")) steps.push(ANY);
    else if (scanner.takeHere(".[") || scanner.takeHere("[")) steps.push(parseBracket(scanner));
    else if (scanner.takeHere(".")) {
      const name = scanner.match(/[\w-]+/y);
      if (name === undefined) throw scanner.error("expected a property's name");
      steps.push(name);
    } else break;
  }
  if (steps.length === 0) throw scanner.error("expected a property after $");
  if (steps.filter((step) => step === ANY).length > 1) throw new PatternError("more than one wildcard in a property selector");
  return steps;
}

function parseBracket(scanner: Scanner): Step {
  let step: Step;
  if (scanner.take("*")) step = ANY;
  else {
    const digits = scanner.match(/\d+/y);
    const quotedName = digits === undefined ? scanner.match(/'[^']*'|"[^"]*"/y) : undefined;
    if (digits === undefined && quotedName === undefined) throw scanner.error("expected an index, a quoted name or * in brackets");
    step = digits === undefined ? quotedName!.slice(1, -1) : Number(digits);
  }
  scanner.expect("]");
  return step;
}

function parseTest(scanner: Scanner, steps: Step[]): Condition<unknown> {
  if (scanner.keyword("IS")) {
    const wanted = scanner.keyword("NULL") ? null : scanner.keyword("TRUE") ? true : scanner.keyword("FALSE") ? false : undefined;
    if (wanted === undefined) throw scanner.error("expected NULL, TRUE or FALSE after IS");
    return (json) => select(json, steps).some((node) => node === wanted);
  }
  if (scanner.keyword("NOT")) {
    if (!scanner.keyword("EXISTS")) throw scanner.error("expected EXISTS after NOT");
    return (json) => select(json, steps).length === 0;
  }
  const operator = scanner.operator();
  if (!operator) throw scanner.error("expected an operator");
  const test = compileValue(operator, scanner.value(/^[\s)}]|^&&|^\|\|/));
  // Only strings and numbers are value nodes: an array or object matches neither = nor != (same guide).
  return (json) => select(json, steps).some((node) => (typeof node === "string" ? test.text(node) : typeof node === "number" && test.number(node)));
}

/** The nodes that a selector points to; none where the property is not there. */
export function select(json: unknown, steps: readonly Step[]): unknown[] {
  let nodes: unknown[] = [json];
  for (const step of steps) {
    nodes = nodes.flatMap((node) => {
      if (typeof node !== "object" || node === null) return [];
      if (step === ANY) return Object.values(node);
      if (Array.isArray(node) !== (typeof step === "number")) return [];
      return Object.hasOwn(node, step) ? [(node as Record<string | number, unknown>)[step]] : [];
    });
  }
  return nodes;
}
