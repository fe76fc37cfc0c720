import { JsonShapeDeserializer, JsonShapeSerializer } from "@aws-sdk/core/protocols";
import type { NormalizedSchema } from "@smithy/core/schema";
import { AwsError } from "../core/errors.ts";
import type { ProtocolCodec, WireError, WireResponse } from "./protocol.ts";

/** Timestamps are epoch seconds (format 7) unless a trait says otherwise: AWS JSON 1.0, 1.1 and REST-JSON. */
const settings = { timestampFormat: { useTrait: true, default: 7 as const } };
const rpc = { ...settings, jsonName: false };
const rest = { ...settings, jsonName: true };

const readers = { rpc: new JsonShapeDeserializer(rpc), rest: new JsonShapeDeserializer(rest) };
const writers = { rpc: new JsonShapeSerializer(rpc), rest: new JsonShapeSerializer(rest) };

/** A value of `schema` from JSON text; empty text is an empty structure. */
export function readJson(schema: NormalizedSchema, text: string, kind: "rpc" | "rest" = "rpc"): Record<string, unknown> {
  let value: unknown;
  try {
    value = text === "" ? {} : JSON.parse(text);
  } catch {
    throw new AwsError("SerializationException", "The request body is not valid JSON.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new AwsError("SerializationException", "Start of structure or map found where not expected.");
  }
  return schema.isUnitSchema() ? {} : readers[kind].readObject(schema, value as never);
}

/** A value of `schema` as JSON text. */
export function writeJson(schema: NormalizedSchema, value: unknown, kind: "rpc" | "rest" = "rpc"): string {
  if (schema.isUnitSchema() || value === undefined || value === null) return "{}";
  const writer = writers[kind];
  writer.write(schema, value);
  return writer.flush();
}

/** The body of an error, with its message under the name that the model gives it. */
export function jsonErrorBody({ error, shape }: WireError): Record<string, unknown> {
  return { __type: error.code, ...error.fields, [shape?.messageMember ?? "message"]: error.message };
}

export function jsonRpc(contentType: "application/x-amz-json-1.0" | "application/x-amz-json-1.1"): ProtocolCodec {
  const respond = (status: number, body: string, requestId: string, extra: Record<string, string> = {}): WireResponse => ({
    status,
    headers: { "content-type": contentType, "x-amzn-requestid": requestId, ...extra },
    body,
  });
  return {
    read: (operation, request) => readJson(operation.input, request.body.toString("utf8")),
    write: (operation, output, { requestId }) => respond(200, writeJson(operation.output, output), requestId),
    writeError(failure, { requestId }) {
      const { error, shape } = failure;
      return respond(error.status, JSON.stringify(jsonErrorBody(failure)), requestId, {
        "x-amzn-errortype": error.code,
        // For services that once spoke the query protocol (trait awsQueryCompatible), clients read the old code here.
        ...(shape?.queryCode ? { "x-amzn-query-error": `${shape.queryCode};${shape.fault === "client" ? "Sender" : "Receiver"}` } : {}),
      });
    },
  };
}
