import type { WokenTag } from "./engine.ts";

/** What an invocation of the start or stop function asks for, out of the four forms in which it may come. */
export interface Invocation {
  readonly by: "event" | "api" | "workflow" | "schedule" | "cli";
  /** The request itself; undefined where it could not be read. */
  readonly request?: Readonly<Record<string, unknown>>;
  readonly error?: string;
  /** An HTTP API's: the answer's body is text. */
  readonly isHttp: boolean;
  /** Somebody reads the answer. */
  readonly isRead: boolean;
  /** Who asks and when, as far as it says so. */
  readonly asker?: Pick<WokenTag, "at" | "who" | "what"> | undefined;
}

const SOURCES = ["workflow", "schedule", "cli", "api"] as const;

/**
 * - an EventBridge event: the request is its `detail`
 * - an HTTP API's request, payload format 2.0: the request is its JSON body
 * - anything else: the event is the request, and its `source` says who asks
 */
export function readInvocation(event: unknown): Invocation {
  if (!isRecord(event)) return { by: "api", isHttp: false, isRead: true, error: "the event is no object" };
  if (typeof event["detail-type"] === "string") {
    const common = { by: "event", isHttp: false, isRead: false, asker: asker(event["time"], event["source"], event["detail-type"]) } as const;
    return isRecord(event["detail"]) ? { ...common, request: event["detail"] } : { ...common, error: "the event has no detail" };
  }
  const context = event["requestContext"];
  if (isRecord(context) && isRecord(context["http"])) return readHttp(event);
  const { source, who, ...request } = event;
  const by = SOURCES.find((known) => known === source);
  if (source !== undefined && !by) return { by: "api", isHttp: false, isRead: true, error: `source must be one of ${SOURCES.join(", ")}` };
  return { by: by ?? "api", isHttp: false, isRead: by !== "schedule", request, asker: asker(undefined, who, undefined) };
}

function asker(at: unknown, who: unknown, what: unknown): Invocation["asker"] {
  const known = {
    ...(typeof at === "string" && !Number.isNaN(Date.parse(at)) ? { at } : {}),
    ...(typeof who === "string" ? { who } : {}),
    ...(typeof what === "string" ? { what } : {}),
  };
  return Object.keys(known).length > 0 ? known : undefined;
}

/** Payload format 2.0 ("Working with AWS Lambda proxy integrations for HTTP APIs", API Gateway Developer Guide). */
function httpAsker({ requestContext }: Record<string, unknown>): Invocation["asker"] {
  const { http, timeEpoch } = requestContext as { http: Record<string, unknown>; timeEpoch?: unknown };
  const { method, path, sourceIp } = http;
  const at = typeof timeEpoch === "number" ? new Date(timeEpoch).toISOString() : undefined;
  return asker(at, sourceIp, typeof method === "string" && typeof path === "string" ? `${method} ${path}` : undefined);
}

function readHttp(event: Record<string, unknown>): Invocation {
  const common = { by: "api", isHttp: true, isRead: true, asker: httpAsker(event) } as const;
  const body = typeof event["body"] === "string" ? event["body"] : "";
  try {
    const request: unknown = JSON.parse((event["isBase64Encoded"] === true ? Buffer.from(body, "base64").toString("utf8") : body) || "{}");
    return isRecord(request) ? { ...common, request } : { ...common, error: "the body is no JSON object" };
  } catch {
    return { ...common, error: "the body is no JSON" };
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** The answer to whoever invoked the function: the body as it is, or as an HTTP API wants it. */
export interface Answer {
  readonly statusCode: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export function respond({ isHttp }: Pick<Invocation, "isHttp">, { statusCode, body }: Answer): object {
  if (!isHttp) return { statusCode, body };
  return {
    statusCode,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify(body),
    isBase64Encoded: false,
  };
}

/**
 * How long an HTTP API's caller is kept waiting, ms. The gateway waits for 30 s at most and then answers 503, whatever the function
 * would have said (API Gateway developer guide, "Quotas for HTTP APIs", maximum integration timeout); a cold start counts.
 */
const HTTP_WAIT_MS = 25_000;

/** When the waiting is over: at a limit, before the function's own end, and before an HTTP API gives up. */
export function waitUntil({ isHttp }: Pick<Invocation, "isHttp">, limits: { now: number; limitMs: number; remainingMs: number }): number {
  return limits.now + Math.max(0, Math.min(limits.limitMs, limits.remainingMs - SPARE_MS, isHttp ? HTTP_WAIT_MS : Infinity));
}

/** For what is left to do when the waiting is over. */
const SPARE_MS = 5_000;

export const bad = (error: string, details: Record<string, unknown> = {}): Answer => ({ statusCode: 400, body: { error, ...details } });
export const failed = (error: string, details: Record<string, unknown> = {}): Answer => ({ statusCode: 500, body: { error, ...details } });
