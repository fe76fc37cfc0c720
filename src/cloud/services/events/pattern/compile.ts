import { readCondition, type Condition } from "./conditions.ts";
import { invalidPattern, PatternMistake } from "./errors.ts";

/** Fields (dotted paths) that must all match; each by any of its conditions. */
export type Conjunction = ReadonlyMap<string, readonly Condition[]>;

/** What a pattern means: it matches where one of the conjunctions does. More than one only with `$or`. */
export type CompiledPattern = readonly Conjunction[];

/** "Or matching": a rule may have at most 1000 combinations of the conditions in its `$or`s (EventBridge User Guide). */
const MAX_COMBINATIONS = 1000;

/** Names that cannot be fields inside `$or` (aws/event-ruler, "The $or Primitive"). */
const RESERVED_IN_OR = new Set(
  `exactly equals-ignore-case prefix suffix anything-but exists wildcard numeric cidr = < <= > >= regex not-wildcard
   not-equals-ignore-case date-after date-on-or-after date-before date-on-or-before in-date-range ip-address-in-range
   ip-address-not-in-range`.split(/\s+/),
);

/**
 * Compiles an event pattern.
 * @throws AwsError InvalidEventPatternException in EventBridge's words
 */
export function compilePattern(text: string): CompiledPattern {
  try {
    return readObject([new Map()], parse(text), [], [], false);
  } catch (error) {
    if (error instanceof PatternMistake) throw invalidPattern(text, error);
    throw error;
  }
}

function parse(text: string): object {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch (error) {
    throw new PatternMistake(error instanceof Error ? error.message : String(error));
  }
  if (!isObject(pattern)) throw new PatternMistake("Filter is not an object", { path: [] });
  return pattern;
}

const isObject = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === "object" && !Array.isArray(value);

type Draft = Map<string, Condition[]>;

/** Adds an object's fields to every draft. `path` is the place in the text, `names` that of the field in an event. */
function readObject(drafts: Draft[], object: object, path: (string | number)[], names: string[], insideOr: boolean): Draft[] {
  const entries = Object.entries(object) as [string, unknown][];
  if (entries.length === 0) throw new PatternMistake("Empty objects are not allowed", { path, end: true });
  for (const [name, value] of entries) {
    const at = [...path, name];
    if (name === "$or" && (insideOr || isOr(value))) {
      drafts = readOr(drafts, value, at, names);
    } else if (insideOr && RESERVED_IN_OR.has(name)) {
      throw new PatternMistake(`${name} is Ruler reserved fieldName which cannot be used inside $or.`, { path: at });
    } else if (Array.isArray(value)) {
      if (value.length === 0) throw new PatternMistake("Empty arrays are not allowed", { path: at, end: true });
      const conditions = value.map((element, index) => readCondition(element, [...at, index]));
      // The same dotted path twice (`{"a.b": …, "a": {"b": …}}`): the last one counts.
      for (const draft of drafts) draft.set([...names, name].join("."), conditions);
    } else if (isObject(value)) {
      drafts = readObject(drafts, value, at, [...names, name], insideOr);
    } else {
      throw new PatternMistake(`"${name}" must be an object or an array`, { path: at });
    }
  }
  return drafts;
}

/** Is a `$or` outside of another one meant as the operator? Else it is a field like any other. */
const isOr = (value: unknown): boolean =>
  Array.isArray(value) && value.length >= 2 && value.every((one) => isObject(one) && !Object.keys(one).some((key) => RESERVED_IN_OR.has(key)));

function readOr(drafts: Draft[], value: unknown, path: (string | number)[], names: string[]): Draft[] {
  if (!Array.isArray(value)) throw new PatternMistake("It must be an Array followed with $or.", { path });
  const wrong = value.findIndex((one) => !isObject(one));
  if (wrong >= 0) throw new PatternMistake("Only JSON object is allowed in array of $or relationship.", { path: [...path, wrong] });
  if (value.length < 2) throw new PatternMistake("There must have at least 2 Objects in $or relationship.", { path, end: true });
  const result: Draft[] = [];
  for (const [index, one] of value.entries()) {
    const copies = drafts.map((draft) => new Map(draft));
    result.push(...readObject(copies, one as object, [...path, index], names, true));
    if (result.length > MAX_COMBINATIONS) throw new PatternMistake(`The pattern has more than ${MAX_COMBINATIONS} combinations of $or conditions`);
  }
  return result;
}
