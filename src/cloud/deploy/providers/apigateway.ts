import { gone, omit, properties, tagChanges, tagMap } from "./helpers.ts";
import type { ExistingResource, Properties, ResourceContext, ResourceProvider } from "./provider.ts";
import type { MappedOperation } from "./shapes.ts";

const SERVICE = "apigateway";

const input = (context: ResourceContext, operation: MappedOperation, props: Properties): Record<string, unknown> =>
  context.input(SERVICE, operation, props);

/** A property that the template drops goes back to its default. */
const withDefaults = (props: Properties, defaults: Properties, changed: readonly string[]): Properties => ({
  ...Object.fromEntries(changed.filter((name) => props[name] === undefined && name in defaults).map((name) => [name, defaults[name] as unknown])),
  ...props,
});

async function changeTags(context: ResourceContext, path: string, existing: ExistingResource, props: Properties): Promise<void> {
  const ResourceArn = `arn:aws:apigateway:${context.scope.region}::/apis/${path}`;
  const { set, remove } = tagChanges(existing.properties["Tags"], props["Tags"]);
  if (remove.length > 0) await context.call(SERVICE, "UntagResource", { ResourceArn, TagKeys: remove });
  if (set.length > 0) await context.call(SERVICE, "TagResource", { ResourceArn, Tags: tagMap(set) });
}

const API_UPDATES = "CorsConfiguration Description DisableExecuteApiEndpoint IpAddressType Name RouteSelectionExpression Version";

const api: ResourceProvider = {
  type: "AWS::ApiGatewayV2::Api",
  properties: properties({ replace: "ProtocolType RouteKey Target", update: `${API_UPDATES} Tags` }),
  // Name is left out only where there is a Body, which is not here.
  required: ["Name", "ProtocolType"],
  attributes: ["ApiEndpoint", "ApiId"],
  schema: { service: SERVICE, operation: "CreateApi" },
  tags: { property: "Tags", form: "map" },
  async create(context, props) {
    const { ApiId, ApiEndpoint } = await context.call(SERVICE, "CreateApi", input(context, "CreateApi", props));
    return { physicalId: ApiId, attributes: { ApiId, ApiEndpoint } };
  },
  async update(context, props, existing, changed) {
    const ApiId = existing.physicalId;
    if (changed.includes("CorsConfiguration") && props["CorsConfiguration"] === undefined)
      await context.call(SERVICE, "DeleteCorsConfiguration", { ApiId });
    const settings = withDefaults(
      omit(props, "ProtocolType", "RouteKey", "Target", "Tags"),
      { Description: "", DisableExecuteApiEndpoint: false },
      changed,
    );
    await context.call(SERVICE, "UpdateApi", { ...input(context, "CreateApi", settings), ApiId });
    await changeTags(context, ApiId, existing, props);
  },
  delete: (context, existing) => gone(context.call(SERVICE, "DeleteApi", { ApiId: existing.physicalId })),
};

const apiId = (existing: ExistingResource): string => existing.properties["ApiId"] as string;

const integration: ResourceProvider = {
  type: "AWS::ApiGatewayV2::Integration",
  properties: properties({
    replace: "ApiId",
    update: "ConnectionType Description IntegrationMethod IntegrationType IntegrationUri PayloadFormatVersion TimeoutInMillis",
  }),
  required: ["ApiId", "IntegrationType"],
  attributes: ["IntegrationId"],
  schema: { service: SERVICE, operation: "CreateIntegration" },
  async create(context, props) {
    const { IntegrationId } = await context.call(SERVICE, "CreateIntegration", input(context, "CreateIntegration", props));
    return { physicalId: IntegrationId, attributes: { IntegrationId } };
  },
  async update(context, props, existing, changed) {
    const settings = withDefaults(props, { Description: "", TimeoutInMillis: 30_000 }, changed);
    await context.call(SERVICE, "UpdateIntegration", { ...input(context, "CreateIntegration", settings), IntegrationId: existing.physicalId });
  },
  delete: (context, existing) => gone(context.call(SERVICE, "DeleteIntegration", { ApiId: apiId(existing), IntegrationId: existing.physicalId })),
};

const route: ResourceProvider = {
  type: "AWS::ApiGatewayV2::Route",
  properties: properties({ replace: "ApiId", update: "ApiKeyRequired AuthorizationType OperationName RouteKey Target" }),
  required: ["ApiId", "RouteKey"],
  attributes: ["RouteId"],
  schema: { service: SERVICE, operation: "CreateRoute" },
  async create(context, props) {
    const { RouteId } = await context.call(SERVICE, "CreateRoute", input(context, "CreateRoute", props));
    return { physicalId: RouteId, attributes: { RouteId } };
  },
  async update(context, props, existing, changed) {
    const settings = withDefaults(props, { AuthorizationType: "NONE" }, changed);
    await context.call(SERVICE, "UpdateRoute", { ...input(context, "CreateRoute", settings), RouteId: existing.physicalId });
  },
  delete: (context, existing) => gone(context.call(SERVICE, "DeleteRoute", { ApiId: apiId(existing), RouteId: existing.physicalId })),
};

const STAGE_DEFAULTS: Properties = { AutoDeploy: false, Description: "", DefaultRouteSettings: {}, StageVariables: {} };

const stage: ResourceProvider = {
  type: "AWS::ApiGatewayV2::Stage",
  properties: properties({
    replace: "ApiId StageName",
    update: "AccessLogSettings AutoDeploy DefaultRouteSettings DeploymentId Description RouteSettings StageVariables Tags",
  }),
  required: ["ApiId", "StageName"],
  schema: { service: SERVICE, operation: "CreateStage" },
  tags: { property: "Tags", form: "map" },
  nameProperty: "StageName",
  async create(context, props) {
    const { StageName } = await context.call(SERVICE, "CreateStage", input(context, "CreateStage", props));
    return { physicalId: StageName, attributes: {} };
  },
  async update(context, props, existing, changed) {
    const at = { ApiId: apiId(existing), StageName: existing.physicalId };
    if (changed.includes("AccessLogSettings") && props["AccessLogSettings"] === undefined) await context.call(SERVICE, "DeleteAccessLogSettings", at);
    const kept = Object.keys((props["RouteSettings"] as Properties | undefined) ?? {});
    const before = Object.keys((existing.properties["RouteSettings"] as Properties | undefined) ?? {});
    for (const RouteKey of before.filter((key) => !kept.includes(key))) await context.call(SERVICE, "DeleteRouteSettings", { ...at, RouteKey });
    const settings = withDefaults(omit(props, "Tags"), STAGE_DEFAULTS, changed);
    await context.call(SERVICE, "UpdateStage", input(context, "CreateStage", settings));
    await changeTags(context, `${at.ApiId}/stages/${at.StageName}`, existing, props);
  },
  delete: (context, existing) => gone(context.call(SERVICE, "DeleteStage", { ApiId: apiId(existing), StageName: existing.physicalId })),
};

const deployment: ResourceProvider = {
  type: "AWS::ApiGatewayV2::Deployment",
  properties: properties({ replace: "ApiId StageName", update: "Description" }),
  required: ["ApiId"],
  attributes: ["DeploymentId"],
  async create(context, { ApiId, StageName, Description }) {
    const { DeploymentId } = await context.call(SERVICE, "CreateDeployment", { ApiId, StageName, Description });
    return { physicalId: DeploymentId, attributes: { DeploymentId } };
  },
  async update(context, props, existing) {
    const Description = (props["Description"] as string | undefined) ?? "";
    await context.call(SERVICE, "UpdateDeployment", { ApiId: apiId(existing), DeploymentId: existing.physicalId, Description });
  },
  delete: (context, existing) => gone(context.call(SERVICE, "DeleteDeployment", { ApiId: apiId(existing), DeploymentId: existing.physicalId })),
};

export const apiGatewayProviders: ResourceProvider[] = [api, integration, route, stage, deployment];
