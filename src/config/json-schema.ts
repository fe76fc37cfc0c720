import { z } from "zod";

/** The part of JSON Schema (draft 7) that comes out of our schemas. */
interface Json {
  $schema?: string;
  title?: string;
  type?: string | string[];
  const?: unknown;
  pattern?: string;
  allowed?: unknown;
  required?: string[];
  properties?: Record<string, Json>;
  additionalProperties?: Json | boolean;
  items?: Json;
  anyOf?: Json[];
  propertyNames?: Json;
}

const VARIABLE = "\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}";

/**
 * The JSON Schema of a file, for editors: of what is written, not of what comes out. A value may hold `${VAR}`, whatever its type.
 * In an overlay nothing is required, and null takes a key back.
 */
export function jsonSchemaOf(schema: z.ZodType, options: { overlay: boolean }): object {
  const { $schema, title, ...plain } = z.toJSONSchema(schema, { io: "input", target: "draft-07" }) as Json;
  adapt(plain, options.overlay);
  return {
    $schema,
    $comment: "Written by scripts/generate-config-docs.ts from src/config/schema.ts.",
    title: options.overlay ? `Overlay of ${title}` : title,
    ...plain,
  };
}

function adapt(json: Json, overlay: boolean): void {
  // The error report shows it; an editor sees the same in the other keywords.
  delete json.allowed;
  delete json.propertyNames?.allowed;
  if (overlay) delete json.required;
  allowVariable(json);
  if (json.items) adapt(json.items, overlay);
  const takesAnyText = json.anyOf?.some((each) => each.type === "string" && each.pattern === undefined && each.const === undefined);
  for (const each of json.anyOf ?? []) if (!takesAnyText || each.properties || each.items) adapt(each, overlay);
  const nullable = (value: Json): Json => (overlay ? { anyOf: [value, { type: "null" }] } : value);
  for (const [name, value] of Object.entries(json.properties ?? {})) {
    adapt(value, overlay);
    json.properties![name] = nullable(value);
  }
  if (typeof json.additionalProperties === "object") {
    adapt(json.additionalProperties, overlay);
    json.additionalProperties = nullable(json.additionalProperties);
  }
}

function allowVariable(json: Json): void {
  if (json.type === "string" && json.pattern !== undefined) json.pattern = `${json.pattern}|${VARIABLE}`;
  // `pattern` speaks of texts only, `minimum` and `maximum` of numbers only.
  const scalar = json.type === "number" || json.type === "integer" || json.type === "boolean";
  if (scalar && json.const === undefined) Object.assign(json, { type: [json.type, "string"], pattern: VARIABLE });
}
