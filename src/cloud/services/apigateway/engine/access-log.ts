import { clfTime } from "./event.ts";
import type { ApiRequest } from "./request.ts";
import type { ApiResponse } from "./response.ts";

/** What a request became, for logs and metrics. Times are milliseconds. */
export interface Outcome {
  response: ApiResponse;
  latencyMs: number;
  integrationLatencyMs?: number;
  integrationStatus?: number;
  /** In words, where the integration or the authorization failed. */
  error?: string;
}

/**
 * One line of the access log: the format with its `$context` variables filled in ("Customize HTTP API access logs"). A variable
 * without a value is `-`.
 */
export function accessLogLine(format: string, request: ApiRequest, outcome: Outcome): string {
  const { response, error } = outcome;
  const values: Record<string, string | number | undefined> = {
    accountId: request.accountId,
    apiId: request.apiId,
    domainName: request.domainName,
    domainPrefix: request.domainName.split(".", 1)[0],
    "error.message": response.status >= 400 && error !== undefined ? error : undefined,
    extendedRequestId: request.id,
    httpMethod: request.wire.method,
    "identity.accountId": request.iam?.accountId,
    "identity.caller": request.iam?.callerId,
    "identity.sourceIp": request.sourceIp,
    "identity.user": request.iam?.userId,
    "identity.userAgent": request.wire.headers["user-agent"],
    "identity.userArn": request.iam?.userArn,
    "integration.error": error,
    "integration.latency": outcome.integrationLatencyMs,
    "integration.integrationStatus": outcome.integrationStatus,
    "integration.status": outcome.integrationStatus,
    integrationErrorMessage: error,
    integrationLatency: outcome.integrationLatencyMs,
    integrationStatus: outcome.integrationStatus,
    path: request.path,
    protocol: request.protocol,
    requestId: request.id,
    requestTime: clfTime(request.at),
    requestTimeEpoch: request.at,
    responseLatency: outcome.latencyMs,
    responseLength: Buffer.byteLength(response.body),
    routeKey: request.routeKey,
    stage: request.stage,
    status: response.status,
  };
  return format.replace(/\$context\.([A-Za-z]+(?:\.[A-Za-z]+)*)/g, (_whole, name: string) => String(values[name] ?? "-"));
}
