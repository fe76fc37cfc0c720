import { Buffer } from "node:buffer";
import type { NormalizedSchema } from "@smithy/core/schema";
import { AwsError } from "../core/errors.ts";

/**
 * Reads the form parameters of the query protocols (`Filters.member.1.Name=…`) by schema: the inverse of the SDK's
 * QueryShapeSerializer. Names follow https://smithy.io/2.0/aws/protocols/aws-query-protocol.html and, for EC2,
 * https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html.
 */
export class QueryReader {
  private readonly params = new Map<string, string>();
  /** Every `a`, `a.b` that some parameter's name begins with: tells whether a structure was sent at all. */
  private readonly prefixes = new Set<string>();
  private readonly ec2: boolean;

  constructor(params: URLSearchParams, ec2: boolean) {
    this.ec2 = ec2;
    for (const [name, value] of params) {
      this.params.set(name, value);
      for (let dot = name.indexOf("."); dot > 0; dot = name.indexOf(".", dot + 1)) this.prefixes.add(name.slice(0, dot));
    }
  }

  read(schema: NormalizedSchema, prefix = ""): unknown {
    if (schema.isStructSchema()) return this.readStruct(schema, prefix);
    if (schema.isListSchema()) return this.readList(schema, prefix);
    if (schema.isMapSchema()) return this.readMap(schema, prefix);
    const text = this.params.get(prefix);
    return text === undefined ? undefined : readScalar(schema, text, prefix);
  }

  private readStruct(schema: NormalizedSchema, prefix: string): Record<string, unknown> | undefined {
    if (prefix !== "" && !this.prefixes.has(prefix)) return undefined;
    const out: Record<string, unknown> = {};
    for (const [member, memberSchema] of schema.structIterator()) {
      const value = this.read(memberSchema, join(prefix, this.memberKey(member, memberSchema)));
      if (value !== undefined) out[member] = value;
    }
    return out;
  }

  private memberKey(member: string, schema: NormalizedSchema): string {
    const traits = schema.getMergedTraits();
    if (this.ec2 && typeof traits.ec2QueryName === "string") return traits.ec2QueryName;
    const name = traits.xmlName ?? member;
    return this.ec2 ? name.charAt(0).toUpperCase() + name.slice(1) : name;
  }

  private readList(schema: NormalizedSchema, prefix: string): unknown[] | undefined {
    const item = schema.getValueSchema();
    if (!this.prefixes.has(prefix)) return this.params.get(prefix) === "" ? [] : undefined;
    const flat = this.ec2 || Boolean(schema.getMergedTraits().xmlFlattened);
    const base = flat
      ? prefix
      : [item.getMergedTraits().xmlName ?? "member", "member"].map((name) => `${prefix}.${name}`).find((p) => this.prefixes.has(p));
    if (base === undefined) return undefined;
    const out: unknown[] = [];
    for (let i = 1; ; i++) {
      const value = this.read(item, `${base}.${i}`);
      if (value === undefined) return out;
      out.push(value);
    }
  }

  private readMap(schema: NormalizedSchema, prefix: string): Record<string, unknown> | undefined {
    if (!this.prefixes.has(prefix)) return undefined;
    const base = schema.getMergedTraits().xmlFlattened ? prefix : `${prefix}.entry`;
    const keyName = schema.getKeySchema().getMergedTraits().xmlName ?? "key";
    const valueName = schema.getValueSchema().getMergedTraits().xmlName ?? "value";
    const out: Record<string, unknown> = {};
    for (let i = 1; ; i++) {
      const key = this.params.get(`${base}.${i}.${keyName}`);
      if (key === undefined) return out;
      out[key] = this.read(schema.getValueSchema(), `${base}.${i}.${valueName}`);
    }
  }
}

const join = (prefix: string, name: string): string => (prefix === "" ? name : `${prefix}.${name}`);

function readScalar(schema: NormalizedSchema, text: string, name: string): unknown {
  if (schema.isStringSchema()) return text;
  if (schema.isBooleanSchema()) {
    if (!/^(true|false)$/i.test(text)) throw malformed(name, "a boolean");
    return text.toLowerCase() === "true";
  }
  if (schema.isNumericSchema() || schema.isBigIntegerSchema()) {
    const value = Number(text);
    if (text === "" || Number.isNaN(value)) throw malformed(name, "a number");
    return value;
  }
  if (schema.isTimestampSchema()) {
    const value = /^\d+(\.\d+)?$/.test(text) ? new Date(Number(text) * 1000) : new Date(text);
    if (Number.isNaN(value.getTime())) throw malformed(name, "a timestamp");
    return value;
  }
  if (schema.isBlobSchema()) return new Uint8Array(Buffer.from(text, "base64"));
  return text;
}

const malformed = (name: string, what: string): AwsError => new AwsError("MalformedInput", `The value of the parameter ${name} is not ${what}.`);
