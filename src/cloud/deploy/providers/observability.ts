import { arn } from "../../core/scope.ts";
import { gone, omit, pick, properties, tagChanges, tagMap } from "./helpers.ts";
import { finishing } from "./partly-created.ts";
import type { MappedOperation } from "./shapes.ts";
import type { Properties, Resource, ResourceContext, ResourceProvider } from "./provider.ts";

/* Amazon CloudWatch Logs */

const LOGS = "logs";
const LIST = { property: "Tags", form: "list" } as const;

async function setRetention(context: ResourceContext, logGroupName: string, props: Properties): Promise<void> {
  if (props["RetentionInDays"] === undefined) await context.call(LOGS, "DeleteRetentionPolicy", { logGroupName });
  else await context.call(LOGS, "PutRetentionPolicy", { logGroupName, retentionInDays: Number(props["RetentionInDays"]) });
}

const logGroup: ResourceProvider = {
  type: "AWS::Logs::LogGroup",
  properties: properties({ replace: "LogGroupName LogGroupClass", update: "KmsKeyId RetentionInDays Tags" }),
  attributes: ["Arn"],
  tags: LIST,
  nameProperty: "LogGroupName",
  async create(context, props) {
    const logGroupName = String(props["LogGroupName"] ?? context.physicalName(512));
    const input = context.input(LOGS, "CreateLogGroup", {
      logGroupName,
      ...pick(props, ["LogGroupClass", "KmsKeyId"]),
      Tags: tagMap(props["Tags"]),
    });
    await context.call(LOGS, "CreateLogGroup", input);
    // "Fn::GetAtt … Arn: arn:aws:logs:us-west-1:123456789012:log-group:/mystack-testgroup-12ABC1AB12A1:*" (AWS::Logs::LogGroup).
    return finishing({ physicalId: logGroupName, attributes: { Arn: arn(LOGS, context.scope, `log-group:${logGroupName}:*`) } }, async () => {
      if (props["RetentionInDays"] !== undefined) await setRetention(context, logGroupName, props);
    });
  },
  async update(context, props, existing, changed) {
    const logGroupName = existing.physicalId;
    if (changed.includes("RetentionInDays")) await setRetention(context, logGroupName, props);
    if (changed.includes("KmsKeyId")) {
      const kmsKeyId = props["KmsKeyId"] as unknown;
      await context.call(LOGS, kmsKeyId === undefined ? "DisassociateKmsKey" : "AssociateKmsKey", { logGroupName, kmsKeyId });
    }
    const resourceArn = arn(LOGS, context.scope, `log-group:${logGroupName}`);
    const { set, remove } = tagChanges(existing.properties["Tags"], props["Tags"]);
    if (remove.length > 0) await context.call(LOGS, "UntagResource", { resourceArn, tagKeys: remove });
    if (set.length > 0) await context.call(LOGS, "TagResource", { resourceArn, tags: tagMap(set) });
  },
  delete: (context, existing) => gone(context.call(LOGS, "DeleteLogGroup", { logGroupName: existing.physicalId })),
};

const putResourcePolicy = async (context: ResourceContext, props: Properties): Promise<Resource> => {
  await context.call(LOGS, "PutResourcePolicy", context.input(LOGS, "PutResourcePolicy", props));
  return { physicalId: String(props["PolicyName"]), attributes: {} };
};

const resourcePolicy: ResourceProvider = {
  type: "AWS::Logs::ResourcePolicy",
  properties: properties({ replace: "PolicyName", update: "PolicyDocument" }),
  required: ["PolicyDocument", "PolicyName"],
  schema: { service: LOGS, operation: "PutResourcePolicy" },
  create: putResourcePolicy,
  update: putResourcePolicy,
  delete: (context, existing) => gone(context.call(LOGS, "DeleteResourcePolicy", { policyName: existing.physicalId })),
};

/** Subscription filters and metric filters are put and deleted alike. */
const filter = (type: string, put: MappedOperation, remove: string, update: string, required: string[]): ResourceProvider => {
  const apply = async (context: ResourceContext, props: Properties, FilterName: string): Promise<Resource> => {
    await context.call(LOGS, put, context.input(LOGS, put, { FilterPattern: "", ...props, FilterName }));
    return { physicalId: FilterName, attributes: {} };
  };
  return {
    type,
    properties: properties({ replace: "FilterName LogGroupName", update: `FilterPattern ${update}` }),
    required: ["LogGroupName", ...required],
    schema: { service: LOGS, operation: put },
    nameProperty: "FilterName",
    create: (context, props) => apply(context, props, String(props["FilterName"] ?? context.physicalName(512))),
    update: (context, props, existing) => apply(context, props, existing.physicalId),
    delete: (context, existing) =>
      gone(context.call(LOGS, remove, { logGroupName: existing.properties["LogGroupName"] as string, filterName: existing.physicalId })),
  };
};

/* Amazon CloudWatch */

const CLOUDWATCH = "cloudwatch";

const ALARM =
  "ActionsEnabled AlarmActions AlarmDescription ComparisonOperator DatapointsToAlarm Dimensions EvaluateLowSampleCountPercentile EvaluationPeriods ExtendedStatistic InsufficientDataActions MetricName Metrics Namespace OKActions Period Statistic Threshold ThresholdMetricId TreatMissingData Unit";
const putAlarm = async (context: ResourceContext, props: Properties): Promise<void> => {
  await context.call(CLOUDWATCH, "PutMetricAlarm", context.input(CLOUDWATCH, "PutMetricAlarm", props));
};

const alarm: ResourceProvider = {
  type: "AWS::CloudWatch::Alarm",
  properties: properties({ replace: "AlarmName", update: `${ALARM} Tags` }),
  required: ["ComparisonOperator", "EvaluationPeriods"],
  attributes: ["Arn"],
  schema: { service: CLOUDWATCH, operation: "PutMetricAlarm" },
  tags: LIST,
  nameProperty: "AlarmName",
  async create(context, props) {
    const AlarmName = String(props["AlarmName"] ?? context.physicalName(255));
    await putAlarm(context, { ...props, AlarmName });
    return { physicalId: AlarmName, attributes: { Arn: arn(CLOUDWATCH, context.scope, `alarm:${AlarmName}`) } };
  },
  async update(context, props, existing) {
    await putAlarm(context, { ...omit(props, "Tags"), AlarmName: existing.physicalId });
    await updateMetricTags(context, existing.attributes["Arn"], existing.properties["Tags"], props["Tags"]);
  },
  delete: (context, existing) => gone(context.call(CLOUDWATCH, "DeleteAlarms", { AlarmNames: [existing.physicalId] })),
};

async function updateMetricTags(context: ResourceContext, ResourceARN: unknown, before: unknown, after: unknown): Promise<void> {
  const { set, remove } = tagChanges(before, after);
  if (remove.length > 0) await context.call(CLOUDWATCH, "UntagResource", { ResourceARN, TagKeys: remove });
  if (set.length > 0) await context.call(CLOUDWATCH, "TagResource", { ResourceARN, Tags: set });
}

const putDashboard = async (context: ResourceContext, props: Properties, DashboardName: string): Promise<void> => {
  await context.call(CLOUDWATCH, "PutDashboard", context.input(CLOUDWATCH, "PutDashboard", { ...props, DashboardName }));
};

const dashboard: ResourceProvider = {
  type: "AWS::CloudWatch::Dashboard",
  properties: properties({ replace: "DashboardName", update: "DashboardBody Tags" }),
  tags: LIST,
  required: ["DashboardBody"],
  nameProperty: "DashboardName",
  async create(context, props) {
    const DashboardName = String(props["DashboardName"] ?? context.physicalName(255));
    await putDashboard(context, props, DashboardName);
    return { physicalId: DashboardName, attributes: {} };
  },
  async update(context, props, existing) {
    await putDashboard(context, omit(props, "Tags"), existing.physicalId);
    // "arn:aws:cloudwatch::${Account}:dashboard/${DashboardName}" (Service Authorization Reference): no region.
    const dashboardArn = arn(CLOUDWATCH, { account: context.scope.account, region: "" }, `dashboard/${existing.physicalId}`);
    await updateMetricTags(context, dashboardArn, existing.properties["Tags"], props["Tags"]);
  },
  delete: (context, existing) => gone(context.call(CLOUDWATCH, "DeleteDashboards", { DashboardNames: [existing.physicalId] })),
};

export const observabilityProviders: ResourceProvider[] = [
  logGroup,
  resourcePolicy,
  filter(
    "AWS::Logs::SubscriptionFilter",
    "PutSubscriptionFilter",
    "DeleteSubscriptionFilter",
    "ApplyOnTransformedLogs DestinationArn Distribution RoleArn",
    ["DestinationArn"],
  ),
  filter("AWS::Logs::MetricFilter", "PutMetricFilter", "DeleteMetricFilter", "ApplyOnTransformedLogs MetricTransformations", [
    "MetricTransformations",
  ]),
  alarm,
  dashboard,
];
