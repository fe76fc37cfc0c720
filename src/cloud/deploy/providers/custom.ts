import type { DeployerDeps } from "../engine/engine.ts";
import type { CustomResourceResponse, PendingResponses } from "../engine/responses.ts";
import { isObject } from "../template/types.ts";
import { PartlyCreated } from "./partly-created.ts";
import type { ExistingResource, Properties, Resource, ResourceContext, ResourceProvider } from "./provider.ts";

type CustomDeps = Pick<DeployerDeps, "lambda" | "sns" | "ids" | "responseUrl"> & { responses: PendingResponses };

/** "ServiceTimeout: The default value is 3600 seconds" (AWS::CloudFormation::CustomResource). */
const DEFAULT_TIMEOUT_S = 3600;

/** Custom resources get every value as text ("Custom resource request objects", CloudFormation User Guide). */
function asText(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asText);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asText(inner)]));
  return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
}

interface Request {
  type: "Create" | "Update" | "Delete";
  properties: Properties;
  physicalId?: string;
  old?: Properties;
}

/**
 * The address under the host that it has on AWS, an S3 bucket's. Handlers, CDK's among them, keep only host and path and
 * always speak HTTPS; the Lambda runtime knows that host and brings the answer here (services/lambda/runtime/network.mjs).
 */
const publicUrl = (own: string, region: string): string =>
  `https://cloudformation-custom-resource-response-${region.replaceAll("-", "")}.s3.amazonaws.com${new URL(own).pathname}`;

/** Sends one request to whoever stands behind the ServiceToken, and waits for its answer. */
async function ask(deps: CustomDeps, context: ResourceContext, request: Request): Promise<CustomResourceResponse> {
  const serviceToken = String(request.properties["ServiceToken"]);
  const timeoutMs = Number(request.properties["ServiceTimeout"] ?? DEFAULT_TIMEOUT_S) * 1000;
  // A delete is not given up when the operation that asked for it fails elsewhere.
  const { token, response, fail } = deps.responses.open(timeoutMs, request.type === "Delete" ? new AbortController().signal : context.signal);
  const event = {
    RequestType: request.type,
    ServiceToken: serviceToken,
    ResponseURL: publicUrl(deps.responseUrl(token), context.scope.region),
    StackId: context.stackId,
    RequestId: deps.ids.uuid(),
    LogicalResourceId: context.logicalId,
    ResourceType: context.type,
    ...(request.physicalId === undefined ? {} : { PhysicalResourceId: request.physicalId }),
    ResourceProperties: asText(request.properties),
    ...(request.old === undefined ? {} : { OldResourceProperties: asText(request.old) }),
  };
  send(deps, serviceToken, event, fail);
  return response;
}

function send(deps: CustomDeps, serviceToken: string, event: object, fail: (reason: string) => void): void {
  const source = { principal: "cloudformation.amazonaws.com" };
  const failed = (error: unknown): void => fail(error instanceof Error ? error.message : String(error));
  if (serviceToken.split(":")[2] === "sns") {
    deps.sns.publish(serviceToken, { subject: "AWS CloudFormation custom resource request", body: JSON.stringify(event) }, source).catch(failed);
    return;
  }
  // AWS invokes asynchronously and, when the function crashes, waits for the whole timeout. Here the function's own
  // failure is seen, and told at once: nobody should wait an hour for what is known.
  const invoke = async (): Promise<void> => {
    const { error, payload } = await deps.lambda.invokeSync(serviceToken, event, source);
    if (error !== undefined) fail(`The custom resource's function failed: ${error} ${JSON.stringify(payload)}`);
  };
  invoke().catch(failed);
}

const reasonFor = (response: CustomResourceResponse): Error =>
  new Error(
    `Received response status [FAILED] from custom resource. Message returned: ${response.Reason ?? "no reason"} (RequestId: ${response.RequestId})`,
  );

const asResource = (response: CustomResourceResponse): Resource => ({
  physicalId: response.PhysicalResourceId,
  attributes: flatten(response.Data ?? {}),
});

/** Fn::GetAtt reaches nested data by its dotted path. */
function flatten(data: Record<string, unknown>, prefix = ""): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).flatMap(([key, value]): [string, unknown][] => [
      [`${prefix}${key}`, value],
      ...(isObject(value) ? Object.entries(flatten(value, `${prefix}${key}.`)) : []),
    ]),
  );
}

async function remove(deps: CustomDeps, context: ResourceContext, existing: ExistingResource): Promise<void> {
  const response = await ask(deps, context, { type: "Delete", properties: existing.properties, physicalId: existing.physicalId });
  if (response.Status === "FAILED") throw reasonFor(response);
}

/** Custom::* and AWS::CloudFormation::CustomResource, over the real protocol. */
export const customResource = (deps: CustomDeps, type: string): ResourceProvider => ({
  type,
  properties: { "*": "update" },
  required: ["ServiceToken"],
  attributes: ["*"],
  async create(context, properties) {
    const response = await ask(deps, context, { type: "Create", properties });
    if (response.Status === "SUCCESS") return asResource(response);
    // The provider is asked to delete what a failed create may have left (and knows its own marker for "nothing").
    if (response.PhysicalResourceId) throw new PartlyCreated(asResource(response), reasonFor(response));
    throw reasonFor(response);
  },
  async update(context, properties, existing) {
    if (properties["ServiceToken"] !== existing.properties["ServiceToken"]) throw new Error("Modifying service token is not allowed.");
    const response = await ask(deps, context, { type: "Update", properties, physicalId: existing.physicalId, old: existing.properties });
    if (response.Status === "FAILED") throw reasonFor(response);
    return asResource(response);
  },
  delete: (context, existing) => remove(deps, context, existing),
});
