import { splitQuery } from "./conditions.ts";
import type { Inbound } from "./inbound.ts";
import type { Added, OutboundRules } from "./outbound.ts";
import { Refused } from "./inbound.ts";

/** The event that a function gets (User Guide, "Use Lambda functions as targets", "Receive events from the load balancer"). */
export interface AlbEvent {
  requestContext: { elb: { targetGroupArn: string } };
  httpMethod: string;
  path: string;
  queryStringParameters?: Record<string, string>;
  multiValueQueryStringParameters?: Record<string, string[]>;
  headers?: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
  body: string;
  isBase64Encoded: boolean;
}

export interface EventParts {
  targetGroupArn: string;
  /** `lambda.multi_value_headers.enabled` */
  multiValue: boolean;
  inbound: Inbound;
  rawHeaders: string[];
  added: Added;
  rules: Pick<OutboundRules, "proto" | "port">;
  body: Buffer;
}

const OWN = new Set(["host", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-port", "x-amzn-trace-id"]);

/** @throws Refused 400 for text that is no UTF-8 (error reason LambdaBadRequest) */
export function eventOf(parts: EventParts): AlbEvent {
  const { inbound, added, rules } = parts;
  const headers = new Map<string, string[]>();
  const put = (name: string, value: string | undefined): void => {
    if (value === undefined) return;
    const values = headers.get(name);
    if (values) values.push(value);
    else headers.set(name, [value]);
  };
  for (let i = 0; i < parts.rawHeaders.length; i += 2) {
    const name = parts.rawHeaders[i]!.toLowerCase();
    if (!OWN.has(name)) put(name, Buffer.from(parts.rawHeaders[i + 1]!, "latin1").toString("utf8"));
  }
  put("host", added.host);
  put("x-amzn-trace-id", added.traceId);
  put("x-forwarded-for", added.forwardedFor);
  put("x-forwarded-port", String(rules.port));
  put("x-forwarded-proto", rules.proto);
  // "If the query parameters are URL-encoded, the load balancer does not decode them."
  const query = new Map<string, string[]>();
  for (const [key, value] of splitQuery(inbound.query)) query.set(key, [...(query.get(key) ?? []), value]);
  return {
    requestContext: { elb: { targetGroupArn: parts.targetGroupArn } },
    httpMethod: inbound.method,
    path: inbound.path,
    ...(parts.multiValue
      ? { multiValueQueryStringParameters: Object.fromEntries(query), multiValueHeaders: Object.fromEntries(headers) }
      : { queryStringParameters: lastOf(query), headers: lastOf(headers) }),
    ...bodyOf(parts.body, headers),
  };
}

/** "the load balancer uses the last value sent by the client" */
function lastOf(all: Map<string, string[]>): Record<string, string> {
  return Object.fromEntries([...all].map(([key, values]) => [key, values.at(-1)!]));
}

/** "text/*, application/json, application/javascript, and application/xml" go as they are, unless there is a content-encoding. */
const TEXT = /^\s*(text\/[^;]*|application\/(json|javascript|xml))\s*(;|$)/i;

function bodyOf(body: Buffer, headers: Map<string, string[]>): Pick<AlbEvent, "body" | "isBase64Encoded"> {
  if (body.length === 0) return { body: "", isBase64Encoded: false };
  if (headers.has("content-encoding") || !TEXT.test(headers.get("content-type")?.at(-1) ?? "")) {
    return { body: body.toString("base64"), isBase64Encoded: true };
  }
  try {
    return { body: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body), isBase64Encoded: false };
  } catch {
    throw new Refused(400);
  }
}
