import type {
  CreateIntegrationRequest,
  CreateIntegrationResult,
  DeleteIntegrationRequest,
  GetIntegrationRequest,
  GetIntegrationResult,
  GetIntegrationsRequest,
  GetIntegrationsResponse,
  Integration,
  UpdateIntegrationRequest,
  UpdateIntegrationResult,
} from "@aws-sdk/client-apigatewayv2";
import { NotSupported } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { functionOf } from "../engine/data-plane.ts";
import { autoDeploy } from "../engine/deploy.ts";
import type { ApiGatewayDeps } from "../index.ts";
import { partsOf, type IntegrationRow } from "../state.ts";
import { apiOf, changes, conflict, integrationOf, invalid, page, refuse } from "./input.ts";

type Deps = Pick<ApiGatewayDeps, "store" | "clock" | "ids">;

/** "Integration timeout: 30 seconds" ("Quotas for configuring and running an HTTP API"); it is the default, too (API Reference). */
const LONGEST_TIMEOUT_MS = 30_000;

const describe = (row: IntegrationRow): Integration => ({
  IntegrationId: row.integrationId,
  IntegrationType: "AWS_PROXY",
  IntegrationUri: row.uri,
  IntegrationMethod: row.method ?? "POST",
  ConnectionType: "INTERNET",
  PayloadFormatVersion: row.payloadFormatVersion,
  TimeoutInMillis: row.timeoutMs,
  Description: row.description,
  ApiGatewayManaged: row.managed,
});

const SETTINGS = {
  IntegrationUri: "uri",
  IntegrationMethod: "method",
  PayloadFormatVersion: "payloadFormatVersion",
  TimeoutInMillis: "timeoutMs",
  Description: "description",
} as const;

const UNSUPPORTED = [
  "ConnectionId",
  "ContentHandlingStrategy",
  "CredentialsArn",
  "IntegrationSubtype",
  "PassthroughBehavior",
  "RequestParameters",
  "RequestTemplates",
  "ResponseParameters",
  "TemplateSelectionExpression",
  "TlsConfig",
];

function check(operation: string, input: CreateIntegrationRequest | UpdateIntegrationRequest): void {
  const { IntegrationType, IntegrationUri, PayloadFormatVersion, TimeoutInMillis, ConnectionType } = input;
  refuse(operation, input, UNSUPPORTED);
  if (IntegrationType !== undefined && IntegrationType !== "AWS_PROXY")
    throw new NotSupported("apigateway", operation, `an integration of the type ${IntegrationType}`);
  if (ConnectionType !== undefined && ConnectionType !== "INTERNET")
    throw new NotSupported("apigateway", operation, `a connection of the type ${ConnectionType}`);
  // A stage variable may stand for any part of it; what it makes is seen when a request comes.
  if (IntegrationUri !== undefined && !IntegrationUri.includes("${stageVariables.") && functionOf(IntegrationUri) === undefined) {
    throw new NotSupported("apigateway", operation, `an integration with ${IntegrationUri}, which is no Lambda function`);
  }
  if (PayloadFormatVersion !== undefined && PayloadFormatVersion !== "1.0" && PayloadFormatVersion !== "2.0") {
    throw invalid("PayloadFormatVersion must be one of [1.0, 2.0]");
  }
  if (TimeoutInMillis !== undefined && (TimeoutInMillis < 50 || TimeoutInMillis > LONGEST_TIMEOUT_MS)) {
    throw invalid(`Timeout should be between 50 ms and ${LONGEST_TIMEOUT_MS} ms`);
  }
}

export function addIntegration(deps: Deps, scope: Scope, input: CreateIntegrationRequest, managed = false): IntegrationRow {
  const { apiId } = apiOf(deps.store, scope, input.ApiId);
  check("CreateIntegration", input);
  if (input.IntegrationUri === undefined) throw invalid("IntegrationUri is required for an integration of the type AWS_PROXY");
  if (input.PayloadFormatVersion === undefined) throw invalid("PayloadFormatVersion is a required parameter for integration");
  const integrationId = deps.ids.upper(7).toLowerCase();
  const row: IntegrationRow = {
    integrationId,
    uri: input.IntegrationUri,
    payloadFormatVersion: "2.0",
    timeoutMs: LONGEST_TIMEOUT_MS,
    ...changes<IntegrationRow>(input, SETTINGS),
    ...(managed ? { managed } : {}),
  };
  partsOf(deps.store, scope, apiId, "integrations").set(integrationId, row);
  autoDeploy(deps, scope, apiId);
  return row;
}

export function CreateIntegration(deps: Deps, input: CreateIntegrationRequest, call: Call): CreateIntegrationResult {
  return describe(addIntegration(deps, call, input));
}

export function UpdateIntegration(deps: Deps, input: UpdateIntegrationRequest, call: Call): UpdateIntegrationResult {
  const row = integrationOf(deps.store, call, input.ApiId, input.IntegrationId);
  check("UpdateIntegration", input);
  const changed = { ...row, ...changes<IntegrationRow>(input, SETTINGS) };
  partsOf(deps.store, call, input.ApiId!, "integrations").set(row.integrationId, changed);
  autoDeploy(deps, call, input.ApiId!);
  return describe(changed);
}

export function GetIntegration({ store }: Deps, input: GetIntegrationRequest, call: Call): GetIntegrationResult {
  return describe(integrationOf(store, call, input.ApiId, input.IntegrationId));
}

export function GetIntegrations({ store }: Deps, input: GetIntegrationsRequest, call: Call): GetIntegrationsResponse {
  const { Items, NextToken } = page(partsOf(store, call, apiOf(store, call, input.ApiId).apiId, "integrations").values(), input);
  return { Items: Items.map(describe), NextToken };
}

export function DeleteIntegration(deps: Deps, input: DeleteIntegrationRequest, call: Call): void {
  const { integrationId } = integrationOf(deps.store, call, input.ApiId, input.IntegrationId);
  const routes = partsOf(deps.store, call, input.ApiId!, "routes").values();
  const user = routes.find(({ target }) => target === `integrations/${integrationId}`);
  if (user) throw conflict(`Cannot delete Integration '${integrationId}' because it is referenced by Route '${user.routeKey}'.`);
  partsOf(deps.store, call, input.ApiId!, "integrations").delete(integrationId);
  autoDeploy(deps, call, input.ApiId!);
}
