import { cbor, CborCodec } from "@smithy/core/cbor";
import { AwsError } from "../core/errors.ts";
import type { ProtocolCodec } from "./protocol.ts";
import { jsonErrorBody } from "./json.ts";

const codec = new CborCodec();

/** https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html */
export const rpcv2Cbor: ProtocolCodec = {
  read(operation, request) {
    if (operation.input.isUnitSchema() || request.body.length === 0) return {};
    try {
      return codec.createDeserializer().read(operation.input, request.body) as Record<string, unknown>;
    } catch {
      throw new AwsError("SerializationException", "The request body is not valid CBOR for this operation.");
    }
  },

  write(operation, output, { requestId }) {
    const serializer = codec.createSerializer();
    if (!operation.output.isUnitSchema()) serializer.write(operation.output, output ?? {});
    const body = operation.output.isUnitSchema() ? cbor.serialize({}) : serializer.flush();
    return { status: 200, headers: headers(requestId), body };
  },

  writeError(failure, { requestId }) {
    const { error, shape } = failure;
    return {
      status: error.status,
      headers: {
        ...headers(requestId),
        ...(shape?.queryCode ? { "x-amzn-query-error": `${shape.queryCode};${shape.fault === "client" ? "Sender" : "Receiver"}` } : {}),
      },
      body: cbor.serialize(jsonErrorBody(failure)),
    };
  },
};

const headers = (requestId: string): Record<string, string> => ({
  "content-type": "application/cbor",
  "smithy-protocol": "rpc-v2-cbor",
  "x-amzn-requestid": requestId,
});
