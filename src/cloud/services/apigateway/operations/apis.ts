import type {
  Api,
  CreateApiRequest,
  CreateApiResponse,
  DeleteApiRequest,
  DeleteCorsConfigurationRequest,
  GetApiRequest,
  GetApiResponse,
  GetApisRequest,
  GetApisResponse,
  UpdateApiRequest,
  UpdateApiResponse,
} from "@aws-sdk/client-apigatewayv2";
import { NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { autoDeploy } from "../engine/deploy.ts";
import { PATH_PREFIX } from "../engine/data-plane.ts";
import type { ApiGatewayDeps } from "../index.ts";
import { apis, PART_KINDS, type ApiRow } from "../state.ts";
import { apiOf, changes, invalid, page, refuse } from "./input.ts";
import { addIntegration } from "./integrations.ts";
import { addRoute } from "./routes.ts";
import { addStage } from "./stages.ts";

type Deps = ApiGatewayDeps;

const ROUTE_SELECTION = "$request.method $request.path";

const describe = ({ endpoint }: Pick<Deps, "endpoint">, row: ApiRow): Api => ({
  ApiId: row.apiId,
  Name: row.name,
  ProtocolType: "HTTP",
  ApiEndpoint: `${endpoint()}${PATH_PREFIX}${row.apiId}`,
  ApiKeySelectionExpression: "$request.header.x-api-key",
  RouteSelectionExpression: ROUTE_SELECTION,
  CorsConfiguration: row.cors,
  Description: row.description,
  DisableExecuteApiEndpoint: row.disableExecuteApiEndpoint,
  IpAddressType: row.ipAddressType,
  CreatedDate: new Date(row.createdAt),
  Tags: row.tags,
  Version: row.version,
});

function check(operation: string, input: CreateApiRequest | UpdateApiRequest): void {
  refuse(operation, input, ["CredentialsArn", "DisableSchemaValidation"]);
  const { RouteSelectionExpression, CorsConfiguration } = input;
  // "For HTTP APIs, the routeSelectionExpression must be ${request.method} ${request.path}" (API Reference).
  if (RouteSelectionExpression !== undefined && RouteSelectionExpression.replace(/[{}]/g, "") !== ROUTE_SELECTION) {
    throw invalid(`Invalid route selection expression specified: ${RouteSelectionExpression}`);
  }
  // Browsers refuse `*` together with credentials (Fetch standard); so does API Gateway.
  if (CorsConfiguration?.AllowCredentials && CorsConfiguration.AllowOrigins?.includes("*")) {
    throw invalid("AllowCredentials cannot be true when AllowOrigins is '*'");
  }
}

const SETTINGS = {
  Name: "name",
  Description: "description",
  Version: "version",
  CorsConfiguration: "cors",
  DisableExecuteApiEndpoint: "disableExecuteApiEndpoint",
  IpAddressType: "ipAddressType",
} as const;

/** With a target ("quick create") the API gets an integration, a route and a `$default` stage that deploys itself. */
export function CreateApi(deps: Deps, input: CreateApiRequest, call: Call): CreateApiResponse {
  if (input.ProtocolType !== "HTTP") throw new NotSupported("apigateway", "CreateApi", `APIs of the protocol ${input.ProtocolType}`);
  check("CreateApi", input);
  const row: ApiRow = {
    apiId: deps.ids.upper(10).toLowerCase(),
    name: input.Name!,
    disableExecuteApiEndpoint: false,
    ipAddressType: "ipv4",
    createdAt: deps.clock.now(),
    ...changes<ApiRow>(input, SETTINGS),
    tags: input.Tags ?? {},
  };
  apis(deps.store, call).set(row.apiId, row);
  if (input.Target !== undefined) {
    const { apiId: ApiId } = row;
    const { integrationId } = addIntegration(
      deps,
      call,
      { ApiId, IntegrationType: "AWS_PROXY", IntegrationUri: input.Target, PayloadFormatVersion: "2.0" },
      true,
    );
    addRoute(deps, call, { ApiId, RouteKey: input.RouteKey ?? "$default", Target: `integrations/${integrationId}` }, true);
    addStage(deps, call, { ApiId, StageName: "$default", AutoDeploy: true }, true);
  }
  return describe(deps, row);
}

export function UpdateApi(deps: Deps, input: UpdateApiRequest, call: Call): UpdateApiResponse {
  const row = apiOf(deps.store, call, input.ApiId);
  check("UpdateApi", input);
  refuse("UpdateApi", input, ["RouteKey", "Target"]);
  const changed = apis(deps.store, call).set(row.apiId, { ...row, ...changes<ApiRow>(input, SETTINGS) });
  autoDeploy(deps, call, row.apiId);
  return describe(deps, changed);
}

export function GetApi(deps: Deps, input: GetApiRequest, call: Call): GetApiResponse {
  return describe(deps, apiOf(deps.store, call, input.ApiId));
}

export function GetApis(deps: Deps, input: GetApisRequest, call: Call): GetApisResponse {
  const { Items, NextToken } = page(apis(deps.store, call).values(), input);
  return { Items: Items.map((row) => describe(deps, row)), NextToken };
}

export function DeleteApi({ store }: Deps, input: DeleteApiRequest, call: Call): void {
  const { apiId } = apiOf(store, call, input.ApiId);
  for (const kind of PART_KINDS) {
    const parts = store.table<object>(`apigateway.${kind}`, call);
    for (const [key] of parts.entries()) if (key.startsWith(`${apiId}/`)) parts.delete(key);
  }
  apis(store, call).delete(apiId);
}

export function DeleteCorsConfiguration(deps: Deps, input: DeleteCorsConfigurationRequest, call: Call): void {
  const { cors: _gone, ...row } = apiOf(deps.store, call, input.ApiId);
  apis(deps.store, call).set(row.apiId, row);
}
