import type { Cors } from "@aws-sdk/client-apigatewayv2";
import type { WireRequest } from "../../../wire/protocol.ts";
import type { ApiResponse } from "./response.ts";

/** "Configure CORS for HTTP APIs in API Gateway". */

/** The origin as it is allowed, or undefined. `*`, `https://*`, `http://*` and whole origins are patterns. */
function allowedOrigin(cors: Cors, origin: string | undefined): string | undefined {
  if (origin === undefined) return undefined;
  for (const pattern of cors.AllowOrigins ?? []) {
    if (pattern === "*") return "*";
    if (pattern === origin || (/^https?:\/\/\*$/.test(pattern) && origin.startsWith(pattern.slice(0, -1)))) return origin;
  }
  return undefined;
}

/** "When you configure CORS, API Gateway automatically sends a response to preflight OPTIONS requests, even if there isn't an OPTIONS route". */
export function preflight(cors: Cors | undefined, request: WireRequest): ApiResponse | undefined {
  if (!cors || request.method !== "OPTIONS" || request.headers["access-control-request-method"] === undefined) return undefined;
  const origin = allowedOrigin(cors, request.headers["origin"]);
  if (origin === undefined) return { status: 204, headers: {}, body: "" };
  const headers: Record<string, string> = { "access-control-allow-origin": origin };
  if (cors.AllowMethods?.length) headers["access-control-allow-methods"] = cors.AllowMethods.join(",");
  if (cors.AllowHeaders?.length) headers["access-control-allow-headers"] = cors.AllowHeaders.join(",");
  if (cors.MaxAge !== undefined) headers["access-control-max-age"] = String(cors.MaxAge);
  return { status: 204, headers: { ...headers, ...always(cors) }, body: "" };
}

const always = (cors: Cors): Record<string, string> => ({
  ...(cors.AllowCredentials ? { "access-control-allow-credentials": "true" } : {}),
  ...(cors.ExposeHeaders?.length ? { "access-control-expose-headers": cors.ExposeHeaders.join(",") } : {}),
});

/** "API Gateway ignores CORS headers returned from your backend integration" and adds those that are configured. */
export function withCors(cors: Cors | undefined, request: WireRequest, response: ApiResponse): ApiResponse {
  if (!cors) return response;
  const own = Object.fromEntries(Object.entries(response.headers).filter(([name]) => !name.startsWith("access-control-")));
  const origin = allowedOrigin(cors, request.headers["origin"]);
  const added = origin === undefined ? {} : { "access-control-allow-origin": origin, ...always(cors) };
  return { ...response, headers: { ...own, ...added } };
}
