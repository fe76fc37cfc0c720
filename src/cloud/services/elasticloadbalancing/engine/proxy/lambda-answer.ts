import type { OwnAnswer } from "./respond.ts";

/** "The maximum size of the response JSON that the Lambda function can send is 1 MB"; the same for the request's body. */
export const LAMBDA_LIMIT = 1024 * 1024;

/** "The load balancer does not honor hop-by-hop headers"; it computes Content-Length. */
const NOT_HONOURED = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "te",
  "trailer",
  "content-length",
  "server",
  "date",
]);

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const FORBIDDEN = /[\0-\x08\x0a-\x1f\x7f]/;

/**
 * What a function's response says; undefined where it says it wrongly (LambdaInvalidResponse). Needed is a status code; the
 * rest may be left out, though the User Guide ("Respond to the load balancer") asks for `isBase64Encoded` and `headers`, too.
 * @param multiValue whether headers are in `multiValueHeaders` and nowhere else
 */
export function answerOf(payload: unknown, multiValue: boolean): OwnAnswer | undefined {
  if (!isRecord(payload)) return undefined;
  const { statusCode, body = "", isBase64Encoded = false } = payload;
  if (typeof statusCode !== "number" || !Number.isInteger(statusCode) || statusCode < 200 || statusCode > 599) return undefined;
  if ((typeof body !== "string" && body !== null) || typeof isBase64Encoded !== "boolean") return undefined;
  const headers = headersOf(multiValue ? payload["multiValueHeaders"] : payload["headers"], multiValue);
  if (!headers) return undefined;
  const text = body ?? "";
  const reason = reasonIn(payload["statusDescription"]);
  return {
    status: statusCode,
    ...(reason === undefined ? {} : { reason }),
    headers,
    body: isBase64Encoded ? Buffer.from(text, "base64") : Buffer.from(text, "utf8"),
  };
}

/** `statusDescription` is the status line's end, code and all: `200 OK` (User Guide, "Respond to the load balancer"). */
const reasonIn = (description: unknown): string | undefined =>
  typeof description === "string" ? /^\d{3} ([\x20-\x7e]+)$/.exec(description)?.[1] : undefined;

function headersOf(given: unknown, multiValue: boolean): string[] | undefined {
  if (given === undefined || given === null) return [];
  if (!isRecord(given)) return undefined;
  const headers: string[] = [];
  for (const [name, value] of Object.entries(given)) {
    const values: unknown[] = multiValue ? (Array.isArray(value) ? value : [undefined]) : [value];
    const texts = values.map((one) => (typeof one === "number" || typeof one === "boolean" ? String(one) : one));
    if (!NAME.test(name) || !texts.every((text) => typeof text === "string" && !FORBIDDEN.test(text))) return undefined;
    if (!NOT_HONOURED.has(name.toLowerCase())) for (const text of texts) headers.push(name, latin1(text as string));
  }
  return headers;
}

/** Header values are bytes to Node.js, one a character. */
const latin1 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
