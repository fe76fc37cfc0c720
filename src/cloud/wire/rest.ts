import type { Buffer } from "node:buffer";
import type { NormalizedSchema } from "@smithy/core/schema";
import { AwsError } from "../core/errors.ts";
import { jsonErrorBody, readJson, writeJson } from "./json.ts";
import type { ProtocolCodec, WireRequest, WireResponse, WriteContext } from "./protocol.ts";
import { matchTemplate } from "./rest-router.ts";
import type { OperationSchema } from "./schema.ts";
import { escapeXml, readXml, xmlElement, xmlMembers } from "./xml.ts";

/** The two REST protocols differ in how a document is written; where members travel (path, query, headers) is the same. */
export interface DocumentFormat {
  contentType: string;
  read(schema: NormalizedSchema, text: string): Record<string, unknown>;
  /** The body of an answer whose members are `value`. */
  write(operation: OperationSchema, value: unknown, context: WriteContext): string;
  writePayload(schema: NormalizedSchema, value: unknown, context: WriteContext): string;
}

export function rest(format: DocumentFormat, writeError: ProtocolCodec["writeError"]): ProtocolCodec {
  return {
    read: (operation, request) => readRest(format, operation, request, matchTemplate(operation.http!.uri, request.path) ?? {}),
    write: (operation, output, context) => writeRest(format, operation, (output ?? {}) as Record<string, unknown>, context),
    writeError,
  };
}

/** @param labels the parts of the path that are members of the input */
export function readRest(
  format: DocumentFormat,
  operation: OperationSchema,
  request: WireRequest,
  labels: Record<string, string>,
): Record<string, unknown> {
  const { input } = operation;
  if (input.isUnitSchema()) return {};
  const out: Record<string, unknown> = {};
  let payload = false;
  let inBody = false;
  for (const [name, schema] of input.structIterator()) {
    const traits = schema.getMergedTraits();
    if (traits.httpPayload) payload = true;
    const bound = readBinding(name, schema, request, labels);
    if (bound === "body") inBody = true;
    else if (bound.value !== undefined) out[name] = bound.value;
    if (traits.httpPayload && schema.isStreaming() && request.stream) out[name] = request.stream;
    else if (traits.httpPayload) setPayload(format, out, name, schema, request.body);
  }
  if (inBody && !payload) Object.assign(out, bodyMembers(format, input, request));
  return out;
}

function bodyMembers(format: DocumentFormat, input: NormalizedSchema, request: WireRequest): Record<string, unknown> {
  const all = format.read(input, request.body.toString("utf8"));
  for (const [name, schema] of input.structIterator()) {
    const traits = schema.getMergedTraits();
    if (traits.httpLabel || traits.httpQuery || traits.httpHeader || all[name] === undefined) delete all[name];
  }
  return all;
}

function setPayload(format: DocumentFormat, out: Record<string, unknown>, name: string, schema: NormalizedSchema, body: Buffer): void {
  if (schema.isStructSchema()) out[name] = body.length === 0 ? undefined : format.read(schema, body.toString("utf8"));
  else if (schema.isStringSchema()) out[name] = body.toString("utf8");
  else if (body.length > 0) out[name] = new Uint8Array(body);
}

function readBinding(name: string, schema: NormalizedSchema, request: WireRequest, labels: Record<string, string>): "body" | { value: unknown } {
  const traits = schema.getMergedTraits();
  if (traits.httpLabel) return { value: scalar(schema, labels[name]) };
  if (traits.httpQuery) {
    if (!schema.isListSchema()) return { value: scalar(schema, request.query.get(traits.httpQuery) ?? undefined) };
    const all = request.query.getAll(traits.httpQuery);
    return { value: all.length === 0 ? undefined : all.map((text) => scalar(schema.getValueSchema(), text)) };
  }
  if (traits.httpHeader) {
    const text = request.headers[traits.httpHeader.toLowerCase()];
    if (!schema.isListSchema()) return { value: scalar(schema, text) };
    return { value: text?.split(",").map((part) => scalar(schema.getValueSchema(), part.trim())) };
  }
  if (traits.httpPrefixHeaders) return { value: prefixHeaders(traits.httpPrefixHeaders, request.headers) };
  if (traits.httpPayload || traits.httpQueryParams) return { value: undefined };
  return "body";
}

/** A map whose entries are headers of their own: `x-amz-meta-owner`. */
function prefixHeaders(prefix: string, headers: WireRequest["headers"]): Record<string, string> | undefined {
  const found = Object.entries(headers).filter(([name, value]) => name.startsWith(prefix.toLowerCase()) && value !== undefined);
  return found.length === 0 ? undefined : Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value!]));
}

function scalar(schema: NormalizedSchema, text: string | undefined): unknown {
  if (text === undefined) return undefined;
  if (schema.isBooleanSchema()) return text === "true";
  if (schema.isNumericSchema()) {
    const value = Number(text);
    if (Number.isNaN(value)) throw new AwsError("SerializationException", `${text} is not a number.`);
    return value;
  }
  if (schema.isTimestampSchema()) return /^\d+(\.\d+)?$/.test(text) ? new Date(Number(text) * 1000) : new Date(text);
  return text;
}

function writeRest(format: DocumentFormat, operation: OperationSchema, output: Record<string, unknown>, context: WriteContext): WireResponse {
  const headers: Record<string, string> = { "content-type": format.contentType, "x-amzn-requestid": context.requestId };
  let contentType = false;
  let status = operation.http!.status;
  let body: WireResponse["body"] | undefined;
  let hasBodyMembers = false;
  if (!operation.output.isUnitSchema()) {
    for (const [name, schema] of operation.output.structIterator()) {
      const traits = schema.getMergedTraits();
      const value = output[name];
      if (traits.httpResponseCode) status = (value as number | undefined) ?? status;
      else if (traits.httpHeader) {
        if (value !== undefined) headers[traits.httpHeader.toLowerCase()] = headerText(schema, value);
        contentType ||= value !== undefined && traits.httpHeader === "Content-Type";
      } else if (traits.httpPrefixHeaders) {
        for (const [key, text] of Object.entries((value ?? {}) as Record<string, string>)) headers[`${traits.httpPrefixHeaders}${key}`] = text;
      } else if (traits.httpPayload) body = payloadBody(format, schema, value, context);
      else hasBodyMembers = true;
    }
  }
  body ??= hasBodyMembers ? format.write(operation, output, context) : "";
  if (body === "" && !contentType) delete headers["content-type"];
  return { status, headers, body };
}

function payloadBody(format: DocumentFormat, schema: NormalizedSchema, value: unknown, context: WriteContext): WireResponse["body"] {
  if (value === undefined || value === null) return "";
  if (schema.isStructSchema()) return format.writePayload(schema, value, context);
  return value as WireResponse["body"];
}

function headerText(schema: NormalizedSchema, value: unknown): string {
  if (value instanceof Date) return schema.isTimestampSchema() ? value.toUTCString() : value.toISOString();
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/** https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html */
export const restJson1: ProtocolCodec = rest(
  {
    contentType: "application/json",
    read: (schema, text) => readJson(schema, text, "rest"),
    write: (operation, value) => writeJson(operation.output, withoutBindings(operation.output, value), "rest"),
    writePayload: (schema, value) => writeJson(schema, value, "rest"),
  },
  (failure, { requestId }) => ({
    status: failure.error.status,
    headers: { "content-type": "application/json", "x-amzn-requestid": requestId, "x-amzn-errortype": failure.error.code },
    body: JSON.stringify({ ...jsonErrorBody(failure), __type: undefined }),
  }),
);

export const xmlFormat: DocumentFormat = {
  contentType: "text/xml",
  read: readXml,
  write: (operation, value, { xmlNamespace }) => {
    const name = operation.output.getMergedTraits().xmlName ?? `${operation.name}Response`;
    return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="${xmlNamespace}">${xmlMembers(operation.output, withoutBindings(operation.output, value))}</${name}>`;
  },
  writePayload: (schema, value) => `<?xml version="1.0" encoding="UTF-8"?>\n${xmlElement(schema, value)}`,
};

/** https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html */
export const restXml: ProtocolCodec = rest(xmlFormat, (failure, { requestId, xmlNamespace }) => {
  const { error } = failure;
  const detail = `<Type>${error.status >= 500 ? "Receiver" : "Sender"}</Type><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>`;
  return {
    status: error.status,
    headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<ErrorResponse xmlns="${xmlNamespace}"><Error>${detail}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
  };
});

/** Members that travel in headers or the status line are not repeated in the body. */
function withoutBindings(schema: NormalizedSchema, value: unknown): Record<string, unknown> {
  const out = { ...(value as Record<string, unknown>) };
  for (const [name, member] of schema.structIterator()) {
    const traits = member.getMergedTraits();
    if (traits.httpHeader || traits.httpResponseCode) delete out[name];
  }
  return out;
}
