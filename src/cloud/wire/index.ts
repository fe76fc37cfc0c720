import type { Protocol } from "../core/service.ts";
import { rpcv2Cbor } from "./cbor.ts";
import { jsonRpc } from "./json.ts";
import type { ProtocolCodec, WireRequest } from "./protocol.ts";
import { awsQuery, ec2Query } from "./query.ts";
import { restJson1, restXml } from "./rest.ts";
import { routeRest } from "./rest-router.ts";
import { restXmlS3 } from "./s3/index.ts";
import { routeS3 } from "./s3/route.ts";
import type { OperationSchema } from "./schema.ts";

export const codecs: Record<Protocol, ProtocolCodec> = {
  awsJson1_0: jsonRpc("application/x-amz-json-1.0"),
  awsJson1_1: jsonRpc("application/x-amz-json-1.1"),
  awsQuery,
  ec2Query,
  restJson1,
  restXml,
  restXmlS3,
  rpcv2Cbor,
};

/** Which of a service's protocols a request speaks: told by its headers, as the services do. */
export function protocolOf(request: WireRequest, accepted: readonly Protocol[]): Protocol | undefined {
  const has = (protocol: Protocol): Protocol | undefined => (accepted.includes(protocol) ? protocol : undefined);
  if (request.headers["smithy-protocol"] === "rpc-v2-cbor") return has("rpcv2Cbor");
  const type = request.headers["content-type"] ?? "";
  if (request.headers["x-amz-target"])
    return type.includes("json-1.0") ? (has("awsJson1_0") ?? has("awsJson1_1")) : (has("awsJson1_1") ?? has("awsJson1_0"));
  // An object may be of any type.
  if (accepted.includes("restXmlS3")) return "restXmlS3";
  if (type.startsWith("application/x-www-form-urlencoded")) return has("awsQuery") ?? has("ec2Query");
  return has("restJson1") ?? has("restXml");
}

/** The protocol of a request to a service that this cloud does not have, so that its client can read why. */
export function likelyProtocol(request: WireRequest): Protocol {
  return protocolOf(request, ["rpcv2Cbor", "awsJson1_1", "awsQuery", "restJson1"]) ?? "awsJson1_1";
}

/** The name of the operation that a request asks for; undefined where the request names none. */
export function operationName(protocol: Protocol, request: WireRequest, operations: Map<string, OperationSchema>): string | undefined {
  switch (protocol) {
    case "rpcv2Cbor":
      return request.path.split("/operation/")[1];
    case "awsJson1_0":
    case "awsJson1_1":
      return request.headers["x-amz-target"]?.split(".").at(-1);
    case "awsQuery":
    case "ec2Query":
      return new URLSearchParams(request.body.toString("utf8")).get("Action") ?? undefined;
    case "restJson1":
    case "restXml":
      return routeRest(operations.values(), request.method, request.path, request.query)?.name;
    case "restXmlS3":
      return routeS3(operations.values(), request)?.name;
  }
}
