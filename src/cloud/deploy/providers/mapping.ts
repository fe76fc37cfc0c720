import { intrinsicOf, isObject } from "../template/types.ts";
import { membersOf, type MappedService, type Scalar, type Shape } from "./shapes.ts";

/**
 * Template properties and API members name the same things, in other letters' cases (`ContainerPort`, `containerPort`)
 * and with looser types ("TTL": "1"). The SDK's schemas say how each is spelled and typed, so that no shape is written
 * by hand, and an unknown nested property is found before anything is created.
 */

/** Where an API member is spelled otherwise than the property: by the property's dotted path without list indexes. */
export type Renames = Readonly<Record<string, string>>;

/** Where in an input a value stands. */
interface Place {
  service: MappedService;
  renames: Renames;
  path: string;
}

const below = (place: Place, name: string): Place => ({ ...place, path: place.path === "" ? name : `${place.path}.${name}` });

const findMember = (struct: string, name: string, at: Place): [string, Shape] | undefined =>
  membersOf(at.service, struct).get((at.renames[at.path] ?? name).toLowerCase());

/** Paths of the properties inside `value` that the shape does not know. Intrinsic functions may stand anywhere. */
export function unknownMembers(shape: Shape, value: unknown, service: MappedService, renames: Renames = {}): string[] {
  return unknown(shape, value, { service, renames, path: "" });
}

function unknown(shape: Shape, value: unknown, place: Place): string[] {
  const intrinsic = intrinsicOf(value);
  if (intrinsic?.name === "Fn::If" && Array.isArray(intrinsic.argument))
    return intrinsic.argument.slice(1).flatMap((branch) => unknown(shape, branch, place));
  if (intrinsic || typeof shape === "string") return [];
  if ("list" in shape) return Array.isArray(value) ? value.flatMap((item) => unknown(shape.list, item, place)) : [];
  if (!isObject(value)) return [];
  if ("map" in shape) return Object.values(value).flatMap((inner) => unknown(shape.map, inner, place));
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = below(place, name);
    const member = findMember(shape.struct, name, at);
    return member ? unknown(member[1], inner, at) : [at.path];
  });
}

/** A property's value as the SDK's type for it. */
export function toMember(shape: Shape, value: unknown, service: MappedService, renames: Renames = {}): unknown {
  return convert(shape, value, { service, renames, path: "" });
}

function convert(shape: Shape, value: unknown, place: Place): unknown {
  if (value === undefined || value === null) return undefined;
  if (typeof shape === "string") return toScalar(shape, value, place.path);
  if ("list" in shape) return (Array.isArray(value) ? value : [value]).map((item) => convert(shape.list, item, place));
  if (!isObject(value)) throw new PropertyTypeError(place.path, "an object");
  if ("map" in shape) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, convert(shape.map, inner, place)]));
  return toStructure(shape.struct, value, place);
}

function toStructure(struct: string, value: Record<string, unknown>, place: Place): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    const at = below(place, name);
    const member = findMember(struct, name, at);
    if (!member) throw new PropertyTypeError(at.path, "left out: it is not known");
    const mapped = convert(member[1], inner, at);
    if (mapped !== undefined) out[member[0]] = mapped;
  }
  return out;
}

function toScalar(shape: Scalar, value: unknown, path: string): unknown {
  switch (shape) {
    case "string":
      return typeof value === "string" ? value : JSON.stringify(value);
    case "boolean":
      return toBoolean(value, path);
    case "number":
      return toNumber(value, path);
    case "timestamp":
      return new Date(typeof value === "number" ? value * 1000 : String(value));
    case "blob":
      return typeof value === "string" ? Buffer.from(value) : value;
    case "document":
      return value;
  }
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
