import { AwsError } from "../../../core/errors.ts";
import { parseArn, type Scope } from "../../../core/scope.ts";
import type { WireRequest, WireResponse } from "../../../wire/protocol.ts";
import type { ApiGatewayDeps } from "../index.ts";
import { findApi, partsOf, type ApiRow, type DeploymentRow, type IntegrationRow, type RouteRow, type StageRow } from "../state.ts";
import { accessLogLine, type Outcome } from "./access-log.ts";
import { iamCaller } from "./authorize.ts";
import { preflight, withCors } from "./cors.ts";
import { eventV1, eventV2 } from "./event.ts";
import type { ApiRequest } from "./request.ts";
import { httpAnswer, said } from "./response.ts";
import { chooseRoute, type Match } from "./routes.ts";
import { Throttle } from "./throttle.ts";

/** Requests to `<apiId>.execute-api.<region>.amazonaws.com` under this path, for clients that cannot resolve such names. */
export const PATH_PREFIX = "/_aws/execute-api/";

/** "Payload size: 10 MB" ("Quotas for configuring and running an HTTP API"). */
const LARGEST_PAYLOAD = 10 * 1024 * 1024;

interface Target {
  scope: Scope;
  api: ApiRow;
  /** Of the request, without the prefix; it begins with a slash. */
  path: string;
  domainName: string;
}

/** Answers requests to HTTP APIs. The steps: which API → which stage → CORS → which route → throttle → authorize → integrate. */
export class DataPlane {
  private readonly deps: ApiGatewayDeps;
  private readonly throttle: Throttle;

  constructor(deps: ApiGatewayDeps) {
    this.deps = deps;
    this.throttle = new Throttle(deps.clock);
  }

  reset(): void {
    this.throttle.clear();
  }

  /** @returns undefined for a request that is not for an HTTP API */
  async answer(wire: WireRequest): Promise<WireResponse | undefined> {
    if (!wire.path.startsWith(PATH_PREFIX) && !wire.headers["host"]?.includes(".execute-api.")) return undefined;
    try {
      return await this.serve(wire);
    } catch (error) {
      this.deps.log(`rouse: a mistake in apigateway: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      return said(500, "Internal Server Error");
    }
  }

  private async serve(wire: WireRequest): Promise<WireResponse | undefined> {
    const target = this.findTarget(wire);
    if (!target) return undefined;
    if (target === "unknown") return said(404, "Not Found");
    const { stage, rest } = this.stageOf(target);
    const deployment = stage?.deploymentId && this.part(target, "deployments").get(stage.deploymentId);
    if (!stage || !deployment) return said(404, "Not Found");
    const ready = preflight(target.api.cors, wire);
    if (ready) return ready;
    const match = chooseRoute(deployment.routes, wire.method, rest);
    if (!match) return withCors(target.api.cors, wire, said(404, "Not Found"));
    const request = this.request(wire, target, stage, match);
    const outcome = await this.outcome(request, target, stage, deployment, match, rest);
    outcome.response = withCors(target.api.cors, wire, outcome.response);
    outcome.response.headers["apigw-requestid"] = request.id;
    this.tell(target.scope, stage, request, outcome);
    return outcome.response;
  }

  private part<K extends Parameters<typeof partsOf>[3]>({ scope, api }: Target, kind: K): ReturnType<typeof partsOf<K>> {
    return partsOf(this.deps.store, scope, api.apiId, kind);
  }

  private findTarget({ headers, path }: WireRequest): Target | "unknown" | undefined {
    const host = (headers["host"] ?? "").toLowerCase();
    const [, named] = /^([a-z0-9]+)\.execute-api\.[a-z0-9-]+\./.exec(host) ?? [];
    const [, prefixed, rest] = path.startsWith(PATH_PREFIX) ? (/^\/_aws\/execute-api\/([a-z0-9]+)(\/.*)?$/.exec(path) ?? []) : [];
    const apiId = named ?? prefixed;
    if (apiId === undefined) return path.startsWith(PATH_PREFIX) ? "unknown" : undefined;
    const found = findApi(this.deps.store, apiId);
    if (!found || found.api.disableExecuteApiEndpoint) return "unknown";
    const domainName = named === undefined ? `${apiId}.execute-api.${found.scope.region}.amazonaws.com` : host.replace(/:\d+$/, "");
    return { ...found, domainName, path: named === undefined ? (rest ?? "/") : path };
  }

  /** A stage is the first part of the path, but `$default`, which is "served from the base of your API's URL". */
  private stageOf(target: Target): { stage: StageRow | undefined; rest: string } {
    const stages = this.part(target, "stages");
    const [, name = "", rest = "/"] = /^\/([^/]*)(\/.*)?$/.exec(target.path) ?? [];
    const stage = name === "" ? undefined : stages.get(name);
    return stage ? { stage, rest } : { stage: stages.get("$default"), rest: target.path };
  }

  private request(wire: WireRequest, target: Target, stage: StageRow, { route, key, pathParameters }: Match<RouteRow>): ApiRequest {
    const client = wire.client?.();
    return {
      wire,
      id: this.deps.ids.uuid(),
      at: this.deps.clock.now(),
      accountId: target.scope.account,
      apiId: target.api.apiId,
      domainName: target.domainName,
      stage: stage.stageName,
      stageVariables: stage.variables,
      path: target.path,
      sourceIp: client?.address ?? "127.0.0.1",
      protocol: `HTTP/${client?.httpVersion ?? "1.1"}`,
      rawQuery: client?.rawQuery ?? wire.query.toString(),
      rawHeaders: client?.rawHeaders ?? Object.entries(wire.headers).flatMap(([name, value]) => (value === undefined ? [] : [name, value])),
      routeKey: route.routeKey,
      resourcePath: key?.path ?? route.routeKey,
      pathParameters,
    };
  }

  private async outcome(
    request: ApiRequest,
    target: Target,
    stage: StageRow,
    deployment: DeploymentRow,
    { route }: Match<RouteRow>,
    path: string,
  ): Promise<Outcome> {
    const refused = (status: number, message: string, error = message): Outcome => ({ response: said(status, message), latencyMs: 0, error });
    if (request.wire.body.length > LARGEST_PAYLOAD) return refused(413, "Request Entity Too Large");
    if (!this.admits(request, stage)) return refused(429, "Too Many Requests");
    if (route.authorizationType === "AWS_IAM") {
      const caller = iamCaller(this.deps.iam, request.wire, target.scope, { apiId: request.apiId, stage: request.stage, path });
      if (!caller) return refused(403, "Forbidden");
      request.iam = caller;
    }
    const integration = deployment.integrations.find(({ integrationId }) => route.target === `integrations/${integrationId}`);
    if (!integration) return refused(500, "Internal Server Error", `The route ${route.routeKey} has no integration`);
    const began = this.deps.clock.now();
    const work = this.invoke(request, target, integration);
    const result = await (request.wire.letTimePass?.(work) ?? work);
    const integrationLatencyMs = this.deps.clock.now() - began;
    return { ...result, latencyMs: this.deps.clock.now() - request.at, integrationLatencyMs };
  }

  private admits(request: ApiRequest, { defaultRouteSettings, routeSettings }: StageRow): boolean {
    const own = routeSettings[request.routeKey];
    const rate = own?.ThrottlingRateLimit ?? defaultRouteSettings.ThrottlingRateLimit;
    const burst = own?.ThrottlingBurstLimit ?? defaultRouteSettings.ThrottlingBurstLimit;
    if (rate === undefined || burst === undefined) return true;
    return this.throttle.take(`${request.apiId}/${request.stage}/${request.routeKey}`, rate, burst);
  }

  /** "Integration timeout: 30 seconds" at most; what takes longer is answered with 503, and the function goes on. */
  private async invoke(request: ApiRequest, target: Target, integration: IntegrationRow): Promise<Omit<Outcome, "latencyMs">> {
    const { clock } = this.deps;
    let late: (() => void) | undefined;
    const timer = new Promise<"late">((resolve) => (late = () => resolve("late")));
    const alarm = clock.setTimer(integration.timeoutMs, () => late!());
    try {
      const answer = await Promise.race([this.callFunction(request, target, integration), timer]);
      if (answer !== "late") return answer;
      return { response: said(503, "Service Unavailable"), error: "Timed out" };
    } finally {
      alarm.cancel();
    }
  }

  private async callFunction(request: ApiRequest, { scope }: Target, integration: IntegrationRow): Promise<Omit<Outcome, "latencyMs">> {
    const failed = (error: string): Omit<Outcome, "latencyMs"> => ({ response: said(500, "Internal Server Error"), error });
    const format = integration.payloadFormatVersion;
    const functionArn = functionOf(integration.uri, request.stageVariables);
    if (functionArn === undefined) return failed(`${integration.uri} is not the ARN of a function`);
    // `<api>/<stage>/<method><path of the route>`: the patterns that consoles and CDK write match it.
    const route = request.routeKey === "$default" ? "$default" : `${request.wire.method}${request.resourcePath}`;
    const arn = `arn:aws:execute-api:${scope.region}:${scope.account}:${request.apiId}/${request.stage}/${route}`;
    try {
      const event = format === "2.0" ? eventV2(request) : eventV1(request);
      const { payload, error } = await this.deps.lambda.invokeSync(functionArn, event, { principal: "apigateway.amazonaws.com", arn });
      if (error !== undefined) return { ...failed(`The function failed: ${JSON.stringify(payload)}`), integrationStatus: 200 };
      const response = httpAnswer(payload, format);
      return response ? { response, integrationStatus: 200 } : { ...failed("The function's answer is malformed"), integrationStatus: 200 };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (error.status === 429) return { response: said(503, "Service Unavailable"), error: error.message, integrationStatus: 429 };
      return { ...failed(error.message), integrationStatus: error.status };
    }
  }

  /** "Monitor HTTP API metrics": by API, by stage, and by route where detailed metrics are on. */
  private tell(scope: Scope, stage: StageRow, request: ApiRequest, outcome: Outcome): void {
    const { status, body } = outcome.response;
    const data = [
      { name: "Count", value: 1, unit: "Count" },
      { name: "4xx", value: status >= 400 && status < 500 ? 1 : 0, unit: "Count" },
      { name: "5xx", value: status >= 500 ? 1 : 0, unit: "Count" },
      { name: "Latency", value: outcome.latencyMs, unit: "Milliseconds" },
      ...(outcome.integrationLatencyMs === undefined
        ? []
        : [{ name: "IntegrationLatency", value: outcome.integrationLatencyMs, unit: "Milliseconds" }]),
      { name: "DataProcessed", value: request.wire.body.length + Buffer.byteLength(body), unit: "Bytes" },
    ];
    const detailed = stage.routeSettings[request.routeKey]?.DetailedMetricsEnabled ?? stage.defaultRouteSettings.DetailedMetricsEnabled;
    const sets: Record<string, string>[] = [
      { ApiId: request.apiId },
      { ApiId: request.apiId, Stage: request.stage },
      ...(detailed ? [{ ApiId: request.apiId, Stage: request.stage, Method: request.wire.method, Resource: request.resourcePath }] : []),
    ];
    this.deps.metrics.put(
      scope,
      "AWS/ApiGateway",
      sets.flatMap((dimensions) => data.map((one) => ({ ...one, dimensions }))),
    );
    if (outcome.error !== undefined && status >= 500) this.deps.log(`rouse: ${request.routeKey} of the API ${request.apiId}: ${outcome.error}`);
    if (stage.accessLog?.DestinationArn && stage.accessLog.Format) {
      const group = parseArn(stage.accessLog.DestinationArn)!
        .resource.replace(/^log-group:/, "")
        .replace(/:\*$/, "");
      const line = accessLogLine(stage.accessLog.Format, request, outcome);
      this.deps.logs.write(scope, group, request.stage, [{ timestamp: request.at, message: line }], { create: true });
    }
  }
}

/** The function of an integration: its ARN, or the path of API Gateway's invocation service with it; stage variables are filled in. */
export function functionOf(uri: string, variables: Record<string, string> = {}): string | undefined {
  const text = uri.replace(/\$\{stageVariables\.([A-Za-z0-9_]+)\}/g, (_whole, name: string) => variables[name] ?? "");
  const [, arn] = /^arn:aws:apigateway:[a-z0-9-]+:lambda:path\/2015-03-31\/functions\/(arn:[^/]+)\/invocations$/.exec(text) ?? [undefined, text];
  const parts = parseArn(arn ?? "");
  return parts?.service === "lambda" && parts.resource.startsWith("function:") ? arn : undefined;
}
