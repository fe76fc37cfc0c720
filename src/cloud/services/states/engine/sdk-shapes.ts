import type { NormalizedSchema } from "@smithy/core/schema";
import { StatesError } from "../asl/errors.ts";
import { isObject, type Json, type JsonObject } from "../asl/types.ts";

/**
 * State machines write the members of any API in PascalCase (Developer Guide, "Integrating with AWS SDK services": parameters
 * "are in PascalCase even if the native API is camelCase"), and get answers so.
 */

const upper = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** Members of the input that the API does not have, as `Overrides/Foo`; a `.$` at the end of a name is not its own. */
export function unknownMembers(schema: NormalizedSchema, value: Json, at = ""): string[] {
  if (Array.isArray(value))
    return schema.isListSchema() ? value.flatMap((item, index) => unknownMembers(schema.getValueSchema(), item, `${at}[${index}]`)) : [];
  if (!isObject(value) || schema.isDocumentSchema()) return [];
  if (schema.isMapSchema()) return Object.entries(value).flatMap(([name, inner]) => unknownMembers(schema.getValueSchema(), inner, `${at}/${name}`));
  if (!schema.isStructSchema()) return [];
  const members = membersOf(schema);
  return Object.entries(value).flatMap(([name, inner]) => {
    const dynamic = name.endsWith(".$");
    const member = members.get(dynamic ? name.slice(0, -2) : name);
    if (!member) return [`${at}/${name}`];
    return dynamic ? [] : unknownMembers(member[1], inner, `${at}/${name}`);
  });
}

/** The members of a structure by the names that state machines give them. */
function membersOf(schema: NormalizedSchema): Map<string, [name: string, schema: NormalizedSchema]> {
  return new Map([...schema.structIterator()].map(([name, member]) => [upper(name), [name, member]]));
}

/** A state machine's parameters as the SDK's input. @throws StatesError States.Runtime for a member that is not there */
export function toInput(schema: NormalizedSchema, value: Json): unknown {
  if (value === null) return undefined;
  if (schema.isDocumentSchema()) return value;
  if (schema.isListSchema()) return (Array.isArray(value) ? value : [value]).map((item) => toInput(schema.getValueSchema(), item));
  if (schema.isMapSchema())
    return Object.fromEntries(Object.entries(value as JsonObject).map(([name, inner]) => [name, toInput(schema.getValueSchema(), inner)]));
  if (schema.isStructSchema()) {
    const members = membersOf(schema);
    return Object.fromEntries(
      Object.entries(value as JsonObject).map(([name, inner]) => {
        const member = members.get(name);
        if (!member) throw new StatesError("States.Runtime", `The field "${name}" is not supported by Step Functions.`);
        return [member[0], toInput(member[1], inner)];
      }),
    );
  }
  const text = typeof value === "string" ? value : JSON.stringify(value);
  // A payload and the like: JSON goes as its text.
  if (schema.isBlobSchema()) return Buffer.from(JSON.stringify(value));
  if (schema.isStringSchema()) return text;
  if (schema.isTimestampSchema()) return new Date(typeof value === "number" ? value * 1000 : text);
  return value;
}

/** An answer of the SDK as a state machine sees it: times as ISO 8601, bytes as text. */
export function toOutput(schema: NormalizedSchema, value: unknown): Json {
  if (value === undefined || value === null) return null;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  const given = value as Record<string, unknown>;
  if (schema.isListSchema()) return (value as unknown[]).map((item) => toOutput(schema.getValueSchema(), item));
  if (schema.isMapSchema()) return Object.fromEntries(Object.entries(given).map(([name, inner]) => [name, toOutput(schema.getValueSchema(), inner)]));
  if (!schema.isStructSchema()) return value as Json;
  return Object.fromEntries(
    [...schema.structIterator()].filter(([name]) => given[name] !== undefined).map(([name, member]) => [upper(name), toOutput(member, given[name])]),
  );
}
