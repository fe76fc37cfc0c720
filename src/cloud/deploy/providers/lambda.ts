import { NotSupported } from "../../core/errors.ts";
import { gone, omit, pick, properties, tagChanges, tagMap } from "./helpers.ts";
import { finishing } from "./partly-created.ts";
import type { Properties, ResourceContext, ResourceProvider } from "./provider.ts";
import { inlinePackage } from "../../services/lambda/code/inline.ts";

const SERVICE = "lambda";
const OWN = ["Code", "Tags", "ReservedConcurrentExecutions", "RecursiveLoop", "RuntimeManagementConfig"];

/** Code as the API takes it; inline text becomes a package. */
function codeOf(props: Properties): Properties {
  const code = props["Code"] as Properties;
  if (code["ImageUri"] !== undefined) throw new NotSupported("lambda", "CreateFunction", "container images as a function's code");
  if (code["ZipFile"] === undefined) return pick(code, ["S3Bucket", "S3Key", "S3ObjectVersion"]);
  return { ZipFile: inlinePackage(String(code["ZipFile"]), String(props["Runtime"])) };
}

async function setExtras(context: ResourceContext, FunctionName: string, props: Properties, changed: readonly string[]): Promise<void> {
  if (changed.includes("ReservedConcurrentExecutions")) {
    const ReservedConcurrentExecutions = props["ReservedConcurrentExecutions"] as unknown;
    if (ReservedConcurrentExecutions === undefined) await context.call(SERVICE, "DeleteFunctionConcurrency", { FunctionName });
    else await context.call(SERVICE, "PutFunctionConcurrency", { FunctionName, ReservedConcurrentExecutions: Number(ReservedConcurrentExecutions) });
  }
}

const fn: ResourceProvider = {
  type: "AWS::Lambda::Function",
  properties: properties({
    replace: "FunctionName PackageType",
    update:
      "Architectures Code DeadLetterConfig Description Environment EphemeralStorage FileSystemConfigs Handler KmsKeyArn Layers LoggingConfig MemorySize ReservedConcurrentExecutions Role Runtime SnapStart Tags Timeout TracingConfig VpcConfig",
  }),
  required: ["Code", "Role"],
  attributes: ["Arn"],
  schema: { service: SERVICE, operation: "CreateFunction", own: OWN },
  tags: { property: "Tags", form: "list" },
  nameProperty: "FunctionName",
  async create(context, props) {
    const FunctionName = String(props["FunctionName"] ?? context.physicalName(64));
    const input = context.input(SERVICE, "CreateFunction", { ...omit(props, ...OWN), FunctionName });
    const made = await context.call(SERVICE, "CreateFunction", { ...input, Code: codeOf(props), Tags: tagMap(props["Tags"]) });
    return finishing({ physicalId: FunctionName, attributes: { Arn: made.FunctionArn } }, () =>
      setExtras(context, FunctionName, props, Object.keys(props)),
    );
  },
  async update(context, props, existing, changed) {
    const FunctionName = existing.physicalId;
    if (changed.includes("Code") || changed.includes("Architectures"))
      await context.call(SERVICE, "UpdateFunctionCode", { FunctionName, ...codeOf(props), Architectures: props["Architectures"] as unknown });
    const configuration = omit(props, ...OWN, "FunctionName", "PackageType", "Architectures");
    // A property that the template drops goes back to its default.
    const dropped = Object.fromEntries(changed.filter((name) => props[name] === undefined && name in DEFAULTS).map((name) => [name, DEFAULTS[name]]));
    if (changed.some((name) => !OWN.includes(name) && name !== "Architectures"))
      await context.call(SERVICE, "UpdateFunctionConfiguration", {
        ...context.input(SERVICE, "UpdateFunctionConfiguration", { ...dropped, ...configuration }),
        FunctionName,
      });
    await setExtras(context, FunctionName, props, changed);
    const Resource = existing.attributes["Arn"] as string;
    const { set, remove } = tagChanges(existing.properties["Tags"], props["Tags"]);
    if (remove.length > 0) await context.call(SERVICE, "UntagResource", { Resource, TagKeys: remove });
    if (set.length > 0) await context.call(SERVICE, "TagResource", { Resource, Tags: tagMap(set) });
  },
  delete: (context, existing) => gone(context.call(SERVICE, "DeleteFunction", { FunctionName: existing.physicalId })),
};

const DEFAULTS: Properties = { Description: "", Environment: { Variables: {} }, MemorySize: 128, Timeout: 3, DeadLetterConfig: { TargetArn: "" } };

const permission: ResourceProvider = {
  type: "AWS::Lambda::Permission",
  properties: properties({ replace: "Action EventSourceToken FunctionName FunctionUrlAuthType Principal PrincipalOrgID SourceAccount SourceArn" }),
  required: ["Action", "FunctionName", "Principal"],
  attributes: ["Id"],
  schema: { service: SERVICE, operation: "AddPermission" },
  async create(context, props) {
    const StatementId = context.physicalName(100);
    await context.call(SERVICE, "AddPermission", context.input(SERVICE, "AddPermission", { ...props, StatementId }));
    return { physicalId: StatementId, attributes: { Id: StatementId } };
  },
  delete: (context, existing) =>
    gone(
      context.call(SERVICE, "RemovePermission", { FunctionName: existing.properties["FunctionName"] as string, StatementId: existing.physicalId }),
    ),
};

const putInvokeConfig = async (context: ResourceContext, props: Properties): Promise<void> => {
  await context.call(SERVICE, "PutFunctionEventInvokeConfig", context.input(SERVICE, "PutFunctionEventInvokeConfig", props));
};

const eventInvokeConfig: ResourceProvider = {
  type: "AWS::Lambda::EventInvokeConfig",
  properties: properties({ replace: "FunctionName Qualifier", update: "DestinationConfig MaximumEventAgeInSeconds MaximumRetryAttempts" }),
  required: ["FunctionName", "Qualifier"],
  schema: { service: SERVICE, operation: "PutFunctionEventInvokeConfig" },
  async create(context, props) {
    await putInvokeConfig(context, props);
    return { physicalId: `${String(props["FunctionName"])}|${String(props["Qualifier"])}`, attributes: {} };
  },
  update: (context, props) => putInvokeConfig(context, props),
  delete: (context, existing) =>
    gone(context.call(SERVICE, "DeleteFunctionEventInvokeConfig", pick(existing.properties, ["FunctionName", "Qualifier"]))),
};

export const lambdaProviders: ResourceProvider[] = [fn, permission, eventInvokeConfig];
