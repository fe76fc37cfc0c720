import type {
  CreateStageRequest,
  CreateStageResponse,
  DeleteAccessLogSettingsRequest,
  DeleteRouteSettingsRequest,
  DeleteStageRequest,
  GetStageRequest,
  GetStageResponse,
  GetStagesRequest,
  GetStagesResponse,
  Stage,
  UpdateStageRequest,
  UpdateStageResponse,
} from "@aws-sdk/client-apigatewayv2";
import { NotSupported } from "../../../core/errors.ts";
import { parseArn, type Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { autoDeploy } from "../engine/deploy.ts";
import type { ApiGatewayDeps } from "../index.ts";
import { partsOf, type StageRow } from "../state.ts";
import { apiOf, changes, conflict, deploymentOf, invalid, page, refuse, stageOf } from "./input.ts";

type Deps = Pick<ApiGatewayDeps, "store" | "clock" | "ids">;

const describe = (row: StageRow): Stage => ({
  StageName: row.stageName,
  AutoDeploy: row.autoDeploy,
  DeploymentId: row.deploymentId,
  Description: row.description,
  StageVariables: row.variables,
  DefaultRouteSettings: { DetailedMetricsEnabled: false, ...row.defaultRouteSettings },
  RouteSettings: row.routeSettings,
  AccessLogSettings: row.accessLog,
  Tags: row.tags,
  CreatedDate: new Date(row.createdAt),
  LastUpdatedDate: new Date(row.updatedAt),
  ApiGatewayManaged: row.managed,
});

const SETTINGS = {
  AutoDeploy: "autoDeploy",
  DeploymentId: "deploymentId",
  Description: "description",
  StageVariables: "variables",
  DefaultRouteSettings: "defaultRouteSettings",
  RouteSettings: "routeSettings",
  AccessLogSettings: "accessLog",
} as const;

function check({ store }: Deps, scope: Scope, operation: string, input: CreateStageRequest | UpdateStageRequest): void {
  refuse(operation, input, ["ClientCertificateId"]);
  if (input.DeploymentId !== undefined) deploymentOf(store, scope, input.ApiId, input.DeploymentId);
  for (const settings of [input.DefaultRouteSettings, ...Object.values(input.RouteSettings ?? {})]) {
    // "Supported only for WebSocket APIs" (API Reference, RouteSettings).
    if (settings?.DataTraceEnabled || settings?.LoggingLevel !== undefined) throw invalid("Execution logs are not supported on protocolType HTTP");
  }
  const destination = input.AccessLogSettings?.DestinationArn;
  if (destination === undefined || destination === "") return;
  const arn = parseArn(destination);
  if (arn?.service !== "logs") throw new NotSupported("apigateway", operation, `access logs to ${destination}`);
  if (!input.AccessLogSettings?.Format?.includes("$context.requestId") && !input.AccessLogSettings?.Format?.includes("$context.extendedRequestId")) {
    // "The format must include at least $context.requestId" (API Reference, AccessLogSettings).
    throw invalid("Format must include $context.requestId or $context.extendedRequestId");
  }
}

export function addStage(deps: Deps, scope: Scope, input: CreateStageRequest, managed = false): StageRow {
  const { apiId } = apiOf(deps.store, scope, input.ApiId);
  const stages = partsOf(deps.store, scope, apiId, "stages");
  const stageName = input.StageName!;
  if (stageName !== "$default" && !/^[A-Za-z0-9_-]{1,128}$/.test(stageName)) {
    throw invalid("Stage name only allows a-zA-Z0-9_- characters, or $default");
  }
  if (stages.get(stageName)) throw conflict("Stage already exists");
  check(deps, scope, "CreateStage", input);
  const now = deps.clock.now();
  const row: StageRow = {
    stageName,
    autoDeploy: false,
    variables: {},
    defaultRouteSettings: {},
    routeSettings: {},
    ...changes<StageRow>(input, SETTINGS),
    tags: input.Tags ?? {},
    createdAt: now,
    updatedAt: now,
    ...(managed ? { managed } : {}),
  };
  stages.set(stageName, row);
  autoDeploy(deps, scope, apiId);
  return stages.get(stageName)!;
}

export function CreateStage(deps: Deps, input: CreateStageRequest, call: Call): CreateStageResponse {
  return describe(addStage(deps, call, input));
}

export function UpdateStage(deps: Deps, input: UpdateStageRequest, call: Call): UpdateStageResponse {
  const row = stageOf(deps.store, call, input.ApiId, input.StageName);
  check(deps, call, "UpdateStage", input);
  if (input.DeploymentId !== undefined && (input.AutoDeploy ?? row.autoDeploy))
    throw invalid("Cannot set DeploymentId for a Stage with AutoDeploy enabled");
  const stages = partsOf(deps.store, call, input.ApiId!, "stages");
  const given = changes<StageRow>(input, SETTINGS);
  const routeSettings = { ...row.routeSettings, ...given.routeSettings };
  stages.set(row.stageName, { ...row, ...given, routeSettings, updatedAt: deps.clock.now() });
  if (input.AutoDeploy === true) autoDeploy(deps, call, input.ApiId!);
  return describe(stages.get(row.stageName)!);
}

export function GetStage({ store }: Deps, input: GetStageRequest, call: Call): GetStageResponse {
  return describe(stageOf(store, call, input.ApiId, input.StageName));
}

export function GetStages({ store }: Deps, input: GetStagesRequest, call: Call): GetStagesResponse {
  const { Items, NextToken } = page(partsOf(store, call, apiOf(store, call, input.ApiId).apiId, "stages").values(), input);
  return { Items: Items.map(describe), NextToken };
}

export function DeleteStage({ store }: Deps, input: DeleteStageRequest, call: Call): void {
  const { stageName } = stageOf(store, call, input.ApiId, input.StageName);
  partsOf(store, call, input.ApiId!, "stages").delete(stageName);
}

export function DeleteAccessLogSettings({ store }: Deps, input: DeleteAccessLogSettingsRequest, call: Call): void {
  const { accessLog: _gone, ...row } = stageOf(store, call, input.ApiId, input.StageName);
  partsOf(store, call, input.ApiId!, "stages").set(row.stageName, row);
}

export function DeleteRouteSettings({ store }: Deps, input: DeleteRouteSettingsRequest, call: Call): void {
  const row = stageOf(store, call, input.ApiId, input.StageName);
  const routeSettings = Object.fromEntries(Object.entries(row.routeSettings).filter(([key]) => key !== input.RouteKey));
  partsOf(store, call, input.ApiId!, "stages").set(row.stageName, { ...row, routeSettings });
}
