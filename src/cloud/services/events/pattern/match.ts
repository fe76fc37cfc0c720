import type { CompiledPattern, Conjunction } from "./compile.ts";
import type { Scalar } from "./conditions.ts";

/** Which element of which array (by its place in the event) a value stands in. */
type Membership = ReadonlyMap<number, number>;

interface Field {
  value: Scalar;
  in: Membership;
}

/** An event's values by dotted path, ready to be matched by many patterns. Objects in arrays share a path. */
export type FlatEvent = ReadonlyMap<string, readonly Field[]>;

/** Flattens an event: EventBridge compares dotted paths, so `{"a.b": 1}` and `{"a": {"b": 1}}` are alike to it. */
export function flatten(event: object): FlatEvent {
  const fields = new Map<string, Field[]>();
  let arrays = 0;
  const visit = (value: unknown, path: string, membership: Membership): void => {
    if (Array.isArray(value)) {
      const id = arrays++;
      for (const [index, one] of value.entries()) visit(one, path, new Map(membership).set(id, index));
    } else if (value !== null && typeof value === "object") {
      for (const [name, one] of Object.entries(value)) visit(one, path === "" ? name : `${path}.${name}`, membership);
    } else if (value !== undefined) {
      const found = fields.get(path);
      if (found) found.push({ value: value as Scalar, in: membership });
      else fields.set(path, [{ value: value as Scalar, in: membership }]);
    }
  };
  visit(event, "", new Map());
  return fields;
}

/**
 * Does an event match? Every field of one conjunction must; where the event has objects in an array, all fields of that array
 * must be found in the same element (aws/event-ruler, "JSON Array Matching").
 */
export function matches(pattern: CompiledPattern, event: FlatEvent): boolean {
  return pattern.some((conjunction) => matchesAll(conjunction, event));
}

/** False: the pattern is for events of other sources. Most rules are, and need no look at the event's other values. */
export function mayMatch(pattern: CompiledPattern, source: string): boolean {
  return pattern.some((conjunction) => {
    const conditions = conjunction.get("source");
    return !conditions || conditions.some((condition) => condition.kind === "value" && condition.matches(source));
  });
}

function matchesAll(conjunction: Conjunction, event: FlatEvent): boolean {
  const needed: (readonly Field[])[] = [];
  for (const [path, conditions] of conjunction) {
    const fields = event.get(path);
    if (!fields) {
      if (!conditions.some((condition) => condition.kind === "absent")) return false;
      continue;
    }
    const fitting = fields.filter(({ value }) => conditions.some((condition) => condition.kind === "value" && condition.matches(value)));
    if (fitting.length === 0) return false;
    // A value outside of all arrays goes with any other.
    if (!fitting.some((field) => field.in.size === 0)) needed.push(fitting);
  }
  return consistent(needed, 0, new Map());
}

function consistent(needed: readonly (readonly Field[])[], index: number, chosen: Membership): boolean {
  const fields = needed[index];
  if (!fields) return true;
  return fields.some((field) => {
    for (const [array, element] of field.in) if ((chosen.get(array) ?? element) !== element) return false;
    return consistent(needed, index + 1, new Map([...chosen, ...field.in]));
  });
}
