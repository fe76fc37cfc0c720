import type {
  CreateRouteRequest,
  CreateRouteResult,
  DeleteRouteRequest,
  GetRouteRequest,
  GetRouteResult,
  GetRoutesRequest,
  GetRoutesResponse,
  Route,
  UpdateRouteRequest,
  UpdateRouteResult,
} from "@aws-sdk/client-apigatewayv2";
import { NotSupported } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { autoDeploy } from "../engine/deploy.ts";
import { DEFAULT_ROUTE, parseRouteKey } from "../engine/routes.ts";
import type { ApiGatewayDeps } from "../index.ts";
import { partsOf, type RouteRow } from "../state.ts";
import { apiOf, changes, conflict, integrationOf, invalid, page, refuse, routeOf } from "./input.ts";

type Deps = Pick<ApiGatewayDeps, "store" | "clock" | "ids">;

const describe = (row: RouteRow): Route => ({
  RouteId: row.routeId,
  RouteKey: row.routeKey,
  Target: row.target,
  AuthorizationType: row.authorizationType,
  ApiKeyRequired: false,
  OperationName: row.operationName,
  ApiGatewayManaged: row.managed,
});

const SETTINGS = { RouteKey: "routeKey", Target: "target", AuthorizationType: "authorizationType", OperationName: "operationName" } as const;

function check({ store }: Deps, scope: Scope, operation: string, input: CreateRouteRequest | UpdateRouteRequest, except?: string): void {
  const { ApiId, RouteKey, Target, AuthorizationType } = input;
  refuse(operation, input, ["ApiKeyRequired", "AuthorizationScopes", "AuthorizerId", "ModelSelectionExpression", "RequestModels"]);
  refuse(operation, input, ["RequestParameters", "RouteResponseSelectionExpression"]);
  if (AuthorizationType === "JWT" || AuthorizationType === "CUSTOM")
    throw new NotSupported("apigateway", operation, `authorization of the type ${AuthorizationType}`);
  if (RouteKey !== undefined) {
    if (RouteKey !== DEFAULT_ROUTE && !parseRouteKey(RouteKey)) {
      throw invalid(
        'The provided route key is not formatted properly for HTTP protocol. Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"',
      );
    }
    const there = partsOf(store, scope, ApiId!, "routes").values();
    if (there.some((row) => row.routeKey === RouteKey && row.routeId !== except))
      throw conflict(`Route with key ${RouteKey} already exists for this API`);
  }
  if (Target !== undefined) {
    const [, id] = /^integrations\/(.+)$/.exec(Target) ?? [];
    if (id === undefined) throw invalid(`Invalid target ${Target}`);
    integrationOf(store, scope, ApiId, id);
  }
}

export function addRoute(deps: Deps, scope: Scope, input: CreateRouteRequest, managed = false): RouteRow {
  const { apiId } = apiOf(deps.store, scope, input.ApiId);
  check(deps, scope, "CreateRoute", input);
  const routeId = deps.ids.upper(7).toLowerCase();
  const row: RouteRow = {
    routeId,
    routeKey: input.RouteKey!,
    authorizationType: "NONE",
    ...changes<RouteRow>(input, SETTINGS),
    ...(managed ? { managed } : {}),
  };
  partsOf(deps.store, scope, apiId, "routes").set(routeId, row);
  autoDeploy(deps, scope, apiId);
  return row;
}

export function CreateRoute(deps: Deps, input: CreateRouteRequest, call: Call): CreateRouteResult {
  return describe(addRoute(deps, call, input));
}

export function UpdateRoute(deps: Deps, input: UpdateRouteRequest, call: Call): UpdateRouteResult {
  const row = routeOf(deps.store, call, input.ApiId, input.RouteId);
  check(deps, call, "UpdateRoute", input, row.routeId);
  const changed = partsOf(deps.store, call, input.ApiId!, "routes").set(row.routeId, { ...row, ...changes<RouteRow>(input, SETTINGS) });
  autoDeploy(deps, call, input.ApiId!);
  return describe(changed);
}

export function GetRoute({ store }: Deps, input: GetRouteRequest, call: Call): GetRouteResult {
  return describe(routeOf(store, call, input.ApiId, input.RouteId));
}

export function GetRoutes({ store }: Deps, input: GetRoutesRequest, call: Call): GetRoutesResponse {
  const { Items, NextToken } = page(partsOf(store, call, apiOf(store, call, input.ApiId).apiId, "routes").values(), input);
  return { Items: Items.map(describe), NextToken };
}

export function DeleteRoute(deps: Deps, input: DeleteRouteRequest, call: Call): void {
  const { routeId } = routeOf(deps.store, call, input.ApiId, input.RouteId);
  partsOf(deps.store, call, input.ApiId!, "routes").delete(routeId);
  autoDeploy(deps, call, input.ApiId!);
}
