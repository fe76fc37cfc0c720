import type { WireResponse } from "../../../wire/protocol.ts";

/** A response that is whole in memory: nothing that an API answers is a stream. */
export interface ApiResponse extends WireResponse {
  body: string | Uint8Array;
}

/** An answer of the gateway itself. */
export const said = (status: number, message: string): ApiResponse => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ message }),
});

interface Answer {
  statusCode: number;
  headers: Record<string, string[]>;
  cookies: string[];
  body: string | Buffer;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * What a function answered, as HTTP; undefined where it is malformed ("API Gateway returns 500"). Without a status code, format
 * 2.0 "makes assumptions": statusCode 200, content-type application/json, the body is the function's answer.
 */
export function httpAnswer(payload: unknown, format: "1.0" | "2.0"): ApiResponse | undefined {
  const inferred = format === "2.0" && !(isObject(payload) && "statusCode" in payload);
  const answer = inferred
    ? {
        statusCode: 200,
        headers: { "content-type": ["application/json"] },
        cookies: [],
        body: typeof payload === "string" ? payload : JSON.stringify(payload),
      }
    : readAnswer(payload, format);
  if (!answer) return undefined;
  const cookies = [...(answer.headers["set-cookie"] ?? []), ...answer.cookies];
  delete answer.headers["set-cookie"];
  // AWS documents no default for an answer with a status code; this is what it sends.
  answer.headers["content-type"] ??= ["text/plain;charset=UTF-8"];
  return {
    status: answer.statusCode,
    headers: Object.fromEntries(Object.entries(answer.headers).map(([name, values]) => [name, values.join(",")])),
    ...(cookies.length > 0 ? { cookies } : {}),
    body: answer.body,
  };
}

function readAnswer(payload: unknown, format: "1.0" | "2.0"): Answer | undefined {
  if (!isObject(payload)) return undefined;
  const statusCode = Number(payload["statusCode"]);
  if (!Number.isInteger(statusCode) || statusCode < 100 || statusCode > 599) return undefined;
  const headers: Record<string, string[]> = {};
  const given = payload["headers"] ?? {};
  const multi = payload["multiValueHeaders"] ?? {};
  if (!isObject(given) || !isObject(multi)) return undefined;
  for (const [name, value] of Object.entries(given)) headers[name.toLowerCase()] = [String(value)];
  // "If you specify values for both headers and multiValueHeaders, API Gateway merges them" (format 1.0).
  if (format === "1.0") {
    for (const [name, values] of Object.entries(multi)) {
      if (!Array.isArray(values)) return undefined;
      headers[name.toLowerCase()] = values.map(String);
    }
  }
  for (const name of HOP_BY_HOP) delete headers[name];
  const cookies = Array.isArray(payload["cookies"]) && format === "2.0" ? payload["cookies"].map(String) : [];
  const body = payload["body"] ?? "";
  if (typeof body !== "string") return format === "2.0" ? { statusCode, headers, cookies, body: JSON.stringify(body) } : undefined;
  return { statusCode, headers, cookies, body: payload["isBase64Encoded"] === true ? Buffer.from(body, "base64") : body };
}

/** The gateway writes these itself. */
const HOP_BY_HOP = ["connection", "content-length", "date", "keep-alive", "transfer-encoding", "upgrade"];
