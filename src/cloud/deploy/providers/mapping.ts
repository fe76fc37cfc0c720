import type { NormalizedSchema } from "@smithy/core/schema";
import { intrinsicOf, isObject } from "../template/types.ts";

/**
 * Template properties and API members name the same things, in other letters' cases (`ContainerPort`, `containerPort`)
 * and with looser types ("TTL": "1"). The SDK's schemas say how each is spelled and typed, so that no shape is written
 * by hand, and an unknown nested property is found before anything is created.
 */

/** Where an API member is spelled otherwise than the property: by the property's dotted path without list indexes. */
export type Renames = Readonly<Record<string, string>>;

const memberIndex = new WeakMap<object, Map<string, [string, NormalizedSchema]>>();

/** Members of a structure by lower-case name; schemas are shared, so the index is kept by the raw schema. */
function membersOf(schema: NormalizedSchema): Map<string, [string, NormalizedSchema]> {
  const raw = schema.getSchema() as unknown as object;
  let index = memberIndex.get(raw);
  if (!index) {
    index = new Map([...schema.structIterator()].map(([name, member]) => [name.toLowerCase(), [name, member]]));
    memberIndex.set(raw, index);
  }
  return index;
}

function findMember(schema: NormalizedSchema, name: string, path: string, renames: Renames): [string, NormalizedSchema] | undefined {
  return membersOf(schema).get((renames[path] ?? name).toLowerCase());
}

const below = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

/** Paths of the properties inside `value` that the schema does not know. Intrinsic functions may stand anywhere. */
export function unknownMembers(schema: NormalizedSchema, value: unknown, renames: Renames = {}, path = ""): string[] {
  const intrinsic = intrinsicOf(value);
  if (intrinsic?.name === "Fn::If" && Array.isArray(intrinsic.argument))
    return intrinsic.argument.slice(1).flatMap((branch) => unknownMembers(schema, branch, renames, path));
  if (intrinsic) return [];
  if (schema.isListSchema() && Array.isArray(value)) return value.flatMap((item) => unknownMembers(schema.getValueSchema(), item, renames, path));
  if (schema.isMapSchema() && isObject(value))
    return Object.values(value).flatMap((inner) => unknownMembers(schema.getValueSchema(), inner, renames, path));
  if (!isStructure(schema) || !isObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = below(path, name);
    const member = findMember(schema, name, at, renames);
    return member ? unknownMembers(member[1], inner, renames, at) : [at];
  });
}

const isStructure = (schema: NormalizedSchema): boolean => schema.isStructSchema() && !schema.isDocumentSchema();

/** A property's value as the SDK's type for it. */
export function toMember(schema: NormalizedSchema, value: unknown, renames: Renames = {}, path = ""): unknown {
  if (value === undefined || value === null) return undefined;
  if (schema.isDocumentSchema()) return value;
  if (schema.isListSchema()) return (Array.isArray(value) ? value : [value]).map((item) => toMember(schema.getValueSchema(), item, renames, path));
  if (schema.isMapSchema()) return toMap(schema, value, renames, path);
  if (isStructure(schema)) return toStructure(schema, value, renames, path);
  return toScalar(schema, value, path);
}

function toMap(schema: NormalizedSchema, value: unknown, renames: Renames, path: string): unknown {
  if (!isObject(value)) throw new PropertyTypeError(path, "an object");
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toMember(schema.getValueSchema(), inner, renames, path)]));
}

function toStructure(schema: NormalizedSchema, value: unknown, renames: Renames, path: string): Record<string, unknown> {
  if (!isObject(value)) throw new PropertyTypeError(path, "an object");
  const out: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    const at = below(path, name);
    const member = findMember(schema, name, at, renames);
    if (!member) throw new PropertyTypeError(at, "left out: it is not known");
    const mapped = toMember(member[1], inner, renames, at);
    if (mapped !== undefined) out[member[0]] = mapped;
  }
  return out;
}

function toScalar(schema: NormalizedSchema, value: unknown, path: string): unknown {
  if (schema.isStringSchema()) return typeof value === "string" ? value : JSON.stringify(value);
  if (schema.isBooleanSchema()) return toBoolean(value, path);
  if (schema.isNumericSchema()) return toNumber(value, path);
  if (schema.isTimestampSchema()) return new Date(typeof value === "number" ? value * 1000 : String(value));
  if (schema.isBlobSchema()) return typeof value === "string" ? Buffer.from(value) : value;
  return value;
}

function toBoolean(value: unknown, path: string): boolean {
  if (typeof value === "boolean") return value;
  if (value === "true" || value === "True") return true;
  if (value === "false" || value === "False") return false;
  throw new PropertyTypeError(path, "true or false");
}

function toNumber(value: unknown, path: string): number {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "number" || Number.isNaN(number)) throw new PropertyTypeError(path, "a number");
  return number;
}

/** A property's value does not fit. Told as CloudFormation tells it, with the property's path. */
export class PropertyTypeError extends Error {
  constructor(path: string, expected: string) {
    super(`Value of property ${path} must be ${expected}`);
    this.name = "PropertyTypeError";
  }
}
