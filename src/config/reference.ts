import { z } from "zod";

type Def = z.core.$ZodTypes["_zod"]["def"];
type Schema = z.core.$ZodType;

/** One row of the reference: a key with all that a user must know about it. */
export interface Row {
  /** `watchdog.idle.for`; `<name>` stands for a name that users choose. */
  readonly key: string;
  readonly type: string;
  readonly required: boolean;
  /** As it would be written; undefined when there is none. */
  readonly default: string | undefined;
  readonly description: string;
  readonly allowed: string;
}

/** All keys below a schema, in its order. Throws where a key lacks its description: then the schema is incomplete. */
export function rowsOf(schema: Schema, prefix = ""): Row[] {
  return objects(schema).flatMap((each) => {
    const def = defOf(each);
    if (def.type === "record") {
      const key = `${prefix}<name>`;
      return "options" in defOf(def.valueType) || !isObject(def.valueType) ? [] : [row(key, def.valueType), ...rowsOf(def.valueType, `${key}.`)];
    }
    if (def.type !== "object") return [];
    return Object.entries(def.shape).flatMap(([name, value]) => [row(`${prefix}${name}`, value), ...rowsOf(value, `${prefix}${name}.`)]);
  });
}

function row(key: string, schema: Schema): Row {
  const description = metaOf(schema, "description");
  const allowed = metaOf(schema, "allowed");
  if (description === undefined || allowed === undefined)
    throw new Error(`config: the key ${key} lacks its ${description === undefined ? "description" : "allowed values"} in schema.ts`);
  const fallback = defaultOf(schema);
  const optional = schema._zod.optin !== undefined;
  return {
    key,
    type: typeOf(schema),
    required: !optional && !key.endsWith("<name>"),
    default: fallback === undefined ? undefined : written(fallback),
    description,
    allowed,
  };
}

const defOf = (schema: Schema): Def => (schema as z.core.$ZodTypes)._zod.def;

/** What a wrapper holds; undefined for a schema that wraps nothing. */
function inner(schema: Schema): Schema | undefined {
  const def = defOf(schema);
  if (def.type === "optional" || def.type === "prefault" || def.type === "default") return def.innerType;
  return def.type === "pipe" ? def.in : undefined;
}

function objects(schema: Schema): Schema[] {
  const wrapped = inner(schema);
  if (wrapped) return objects(wrapped);
  const def = defOf(schema);
  return def.type === "union" ? def.options.flatMap(objects) : [schema];
}

const isObject = (schema: Schema): boolean => objects(schema).some((each) => defOf(each).type === "object");

function metaOf(schema: Schema, name: "description" | "allowed"): string | undefined {
  const own = z.globalRegistry.get(schema)?.[name];
  if (typeof own === "string") return own;
  const wrapped = inner(schema);
  return wrapped && metaOf(wrapped, name);
}

function defaultOf(schema: Schema): unknown {
  const def = defOf(schema);
  if (def.type === "prefault" || def.type === "default") return def.defaultValue;
  const wrapped = inner(schema);
  return wrapped && defaultOf(wrapped);
}

const NAMES: Partial<Record<Def["type"], string>> = {
  string: "text",
  number: "number",
  boolean: "boolean",
  object: "map",
  record: "map",
  array: "list",
  literal: "word",
};

function typeOf(schema: Schema): string {
  const wrapped = inner(schema);
  if (wrapped) return typeOf(wrapped);
  const def = defOf(schema);
  if (def.type === "union") return [...new Set(def.options.map(typeOf))].join(" or ");
  if (def.type === "array") return `list of ${plural(typeOf(def.element))}`;
  if (def.type === "literal") return typeof def.values[0] === "boolean" ? "boolean" : "word";
  return NAMES[def.type] ?? def.type;
}

const plural = (type: string): string =>
  type
    .split(" or ")
    .map((each) => `${each}s`)
    .join(" or ");

/** A default as it would be written in YAML. */
function written(value: unknown): string | undefined {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value);
    return entries.length === 0 ? undefined : `{ ${entries.map(([key, each]) => `${key}: ${String(each)}`).join(", ")} }`;
  }
  return Array.isArray(value) ? `[${value.map(String).join(", ")}]` : String(value);
}

/** Markdown: one line per key. */
export function tableOf(rows: readonly Row[]): string {
  const cell = (text: string) => text.replace(/\|/g, "\\|").replace(/\n/g, " ");
  const lines = rows.map((each) => {
    const fallback = each.required ? "**required**" : each.default === undefined ? "–" : `\`${each.default}\``;
    return `| \`${each.key}\` | ${cell(each.type)} | ${cell(fallback)} | ${cell(each.description)} <br>Allowed: ${cell(code(each.allowed))} |`;
  });
  return ["| Key | Type | Default | Meaning |", "| --- | --- | --- | --- |", ...lines].join("\n");
}

/** `<` would begin an HTML tag. */
const code = (text: string): string => text.replace(/</g, "&lt;");
