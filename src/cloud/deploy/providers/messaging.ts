import { gone, listChanges, omit, pick, properties, tagChanges } from "./helpers.ts";
import { finishing } from "./partly-created.ts";
import type { Properties, Resource, ResourceContext, ResourceProvider } from "./provider.ts";

const list = <T>(value: unknown): T[] => (value as T[] | undefined) ?? [];

/* Amazon EventBridge */

const EVENTS = "events";
const RULE = ["Description", "EventBusName", "EventPattern", "RoleArn", "ScheduleExpression", "State"];

async function putTargets(context: ResourceContext, Rule: string, before: Properties, after: Properties): Promise<void> {
  const { added, removed } = listChanges(list<Properties>(before["Targets"]), list<Properties>(after["Targets"]));
  const kept = new Set(added.map((target) => target["Id"] as string));
  const EventBusName = after["EventBusName"] as unknown;
  const Ids = removed.map((target) => target["Id"] as string).filter((id) => !kept.has(id));
  if (Ids.length > 0) await context.call(EVENTS, "RemoveTargets", { Rule, EventBusName, Ids });
  if (added.length === 0) return;
  const answer = await context.call(EVENTS, "PutTargets", context.input(EVENTS, "PutTargets", { Rule, EventBusName, Targets: added }));
  const failed = list<Properties>(answer?.FailedEntries)[0];
  if (failed) throw new Error(`PutTargets failed for ${String(failed["TargetId"])}: ${String(failed["ErrorMessage"])}`);
}

const rule: ResourceProvider = {
  type: "AWS::Events::Rule",
  properties: properties({ replace: "Name EventBusName", update: "Description EventPattern RoleArn ScheduleExpression State Tags Targets" }),
  attributes: ["Arn"],
  schema: { service: EVENTS, operation: "PutRule", own: ["Targets", "EventPattern"] },
  tags: { property: "Tags", form: "list" },
  nameProperty: "Name",
  async create(context, props) {
    const Name = String(props["Name"] ?? context.physicalName(64));
    const input = context.input(EVENTS, "PutRule", { ...pick(props, RULE), Name, Tags: props["Tags"] as unknown });
    const { RuleArn } = await context.call(EVENTS, "PutRule", input);
    return finishing({ physicalId: Name, attributes: { Arn: RuleArn } }, () => putTargets(context, Name, {}, props));
  },
  async update(context, props, existing) {
    const Name = existing.physicalId;
    await context.call(EVENTS, "PutRule", context.input(EVENTS, "PutRule", { ...pick(props, RULE), Name }));
    await putTargets(context, Name, existing.properties, props);
    const { set, remove } = tagChanges(existing.properties["Tags"], props["Tags"]);
    const ResourceARN = existing.attributes["Arn"];
    if (remove.length > 0) await context.call(EVENTS, "UntagResource", { ResourceARN, TagKeys: remove });
    if (set.length > 0) await context.call(EVENTS, "TagResource", { ResourceARN, Tags: set });
  },
  async delete(context, existing) {
    const EventBusName = existing.properties["EventBusName"] as unknown;
    const Ids = list<Properties>(existing.properties["Targets"]).map((target) => target["Id"] as string);
    if (Ids.length > 0) await gone(context.call(EVENTS, "RemoveTargets", { Rule: existing.physicalId, EventBusName, Ids }));
    await gone(context.call(EVENTS, "DeleteRule", { Name: existing.physicalId, EventBusName }));
  },
};

/* Amazon SNS */

const SNS = "sns";
/** Properties of a topic that are attributes of the API, with the attributes' names. */
const TOPIC_ATTRIBUTES: Record<string, string> = {
  DisplayName: "DisplayName",
  FifoTopic: "FifoTopic",
  ContentBasedDeduplication: "ContentBasedDeduplication",
  KmsMasterKeyId: "KmsMasterKeyId",
  SignatureVersion: "SignatureVersion",
  TracingConfig: "TracingConfig",
};

const attributesOf = (props: Properties, names: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(names)
      .filter(([property]) => props[property] !== undefined)
      .map(([property, name]) => [name, attributeText(props[property])]),
  );

const attributeText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

async function subscribe(context: ResourceContext, TopicArn: string, one: Properties): Promise<string> {
  const { SubscriptionArn } = await context.call(SNS, "Subscribe", {
    TopicArn,
    Protocol: one["Protocol"],
    Endpoint: one["Endpoint"],
    ReturnSubscriptionArn: true,
  });
  return SubscriptionArn as string;
}

async function unsubscribe(context: ResourceContext, TopicArn: string, one: Properties): Promise<void> {
  const { Subscriptions } = await context.call(SNS, "ListSubscriptionsByTopic", { TopicArn });
  const found = list<Properties>(Subscriptions).find((each) => each["Protocol"] === one["Protocol"] && each["Endpoint"] === one["Endpoint"]);
  if (found) await gone(context.call(SNS, "Unsubscribe", { SubscriptionArn: found["SubscriptionArn"] }));
}

const topic: ResourceProvider = {
  type: "AWS::SNS::Topic",
  properties: properties({
    replace: "TopicName FifoTopic",
    update: "ContentBasedDeduplication DisplayName KmsMasterKeyId SignatureVersion Subscription Tags TracingConfig",
  }),
  attributes: ["TopicArn", "TopicName"],
  tags: { property: "Tags", form: "list" },
  nameProperty: "TopicName",
  async create(context, props) {
    const fifo = String(props["FifoTopic"]) === "true";
    const Name = String(props["TopicName"] ?? `${context.physicalName(fifo ? 251 : 256)}${fifo ? ".fifo" : ""}`);
    const { TopicArn } = await context.call(SNS, "CreateTopic", {
      Name,
      Attributes: attributesOf(props, TOPIC_ATTRIBUTES),
      Tags: props["Tags"] as object[],
    });
    return finishing({ physicalId: TopicArn, attributes: { TopicArn, TopicName: Name } }, async () => {
      for (const one of list<Properties>(props["Subscription"])) await subscribe(context, TopicArn, one);
    });
  },
  async update(context, props, existing, changed) {
    const TopicArn = existing.physicalId;
    for (const name of changed.filter((one) => one in TOPIC_ATTRIBUTES))
      await context.call(SNS, "SetTopicAttributes", {
        TopicArn,
        AttributeName: TOPIC_ATTRIBUTES[name],
        AttributeValue: attributeText(props[name] ?? ""),
      });
    const { added, removed } = listChanges(list<Properties>(existing.properties["Subscription"]), list<Properties>(props["Subscription"]));
    for (const one of removed) await unsubscribe(context, TopicArn, one);
    for (const one of added) await subscribe(context, TopicArn, one);
    const { set, remove } = tagChanges(existing.properties["Tags"], props["Tags"]);
    if (remove.length > 0) await context.call(SNS, "UntagResource", { ResourceArn: TopicArn, TagKeys: remove });
    if (set.length > 0) await context.call(SNS, "TagResource", { ResourceArn: TopicArn, Tags: set });
  },
  delete: (context, existing) => gone(context.call(SNS, "DeleteTopic", { TopicArn: existing.physicalId })),
};

const SUBSCRIPTION_ATTRIBUTES: Record<string, string> = {
  DeliveryPolicy: "DeliveryPolicy",
  FilterPolicy: "FilterPolicy",
  FilterPolicyScope: "FilterPolicyScope",
  RawMessageDelivery: "RawMessageDelivery",
  RedrivePolicy: "RedrivePolicy",
  SubscriptionRoleArn: "SubscriptionRoleArn",
};

const subscription: ResourceProvider = {
  type: "AWS::SNS::Subscription",
  properties: properties({ replace: "Endpoint Protocol TopicArn Region", update: Object.keys(SUBSCRIPTION_ATTRIBUTES).join(" ") }),
  required: ["Protocol", "TopicArn"],
  attributes: ["Arn"],
  async create(context, props) {
    const Attributes = attributesOf(props, SUBSCRIPTION_ATTRIBUTES);
    const { SubscriptionArn } = await context.call(SNS, "Subscribe", {
      ...pick(props, ["TopicArn", "Protocol", "Endpoint"]),
      ...(Object.keys(Attributes).length > 0 ? { Attributes } : {}),
      ReturnSubscriptionArn: true,
    });
    return { physicalId: SubscriptionArn, attributes: { Arn: SubscriptionArn } };
  },
  async update(context, props, existing, changed) {
    for (const name of changed) {
      const AttributeValue = props[name] === undefined ? "" : attributeText(props[name]);
      await context.call(SNS, "SetSubscriptionAttributes", {
        SubscriptionArn: existing.physicalId,
        AttributeName: SUBSCRIPTION_ATTRIBUTES[name],
        AttributeValue,
      });
    }
  },
  delete: (context, existing) => gone(context.call(SNS, "Unsubscribe", { SubscriptionArn: existing.physicalId })),
};

const setPolicy = async (context: ResourceContext, props: Properties): Promise<void> => {
  for (const TopicArn of list<string>(props["Topics"]))
    await context.call(SNS, "SetTopicAttributes", { TopicArn, AttributeName: "Policy", AttributeValue: attributeText(props["PolicyDocument"]) });
};

/** What a topic has when nobody has set a policy ("Example cases for Amazon SNS access control": the owner may do everything). */
const defaultPolicy = (context: ResourceContext, TopicArn: string): object => ({
  Version: "2008-10-17",
  Id: "__default_policy_ID",
  Statement: [
    {
      Sid: "__default_statement_ID",
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: [
        "SNS:GetTopicAttributes",
        "SNS:SetTopicAttributes",
        "SNS:AddPermission",
        "SNS:RemovePermission",
        "SNS:DeleteTopic",
        "SNS:Subscribe",
        "SNS:ListSubscriptionsByTopic",
        "SNS:Publish",
      ],
      Resource: TopicArn,
      Condition: { StringEquals: { "AWS:SourceOwner": context.scope.account } },
    },
  ],
});

const topicPolicy: ResourceProvider = {
  type: "AWS::SNS::TopicPolicy",
  properties: properties({ update: "PolicyDocument Topics" }),
  required: ["PolicyDocument", "Topics"],
  attributes: ["Id"],
  async create(context, props): Promise<Resource> {
    await setPolicy(context, props);
    const id = context.physicalName();
    return { physicalId: id, attributes: { Id: id } };
  },
  update: (context, props) => setPolicy(context, props),
  async delete(context, existing) {
    for (const TopicArn of list<string>(existing.properties["Topics"]))
      await gone(setPolicy(context, { Topics: [TopicArn], PolicyDocument: defaultPolicy(context, TopicArn) }));
  },
};

/* AWS Systems Manager */

const SSM = "ssm";
const putParameter = async (context: ResourceContext, props: Properties, Name: string, extra: Properties): Promise<void> => {
  const input = context.input(SSM, "PutParameter", { ...omit(props, "Tags"), Name, ...extra });
  await context.call(SSM, "PutParameter", input);
};

const parameter: ResourceProvider = {
  type: "AWS::SSM::Parameter",
  properties: properties({ replace: "Name", update: "AllowedPattern DataType Description Policies Tags Tier Type Value" }),
  required: ["Type", "Value"],
  attributes: ["Type", "Value"],
  schema: { service: SSM, operation: "PutParameter" },
  tags: { property: "Tags", form: "map" },
  nameProperty: "Name",
  async create(context, props) {
    const Name = String(props["Name"] ?? `CFN-${context.physicalName()}`);
    const tags = tagChanges(undefined, props["Tags"]).set;
    await putParameter(context, props, Name, { Tags: tags });
    return { physicalId: Name, attributes: pick(props, ["Type", "Value"]) };
  },
  async update(context, props, existing) {
    const ResourceId = existing.physicalId;
    await putParameter(context, props, ResourceId, { Overwrite: true });
    const { set, remove } = tagChanges(existing.properties["Tags"], props["Tags"]);
    if (remove.length > 0) await context.call(SSM, "RemoveTagsFromResource", { ResourceType: "Parameter", ResourceId, TagKeys: remove });
    if (set.length > 0) await context.call(SSM, "AddTagsToResource", { ResourceType: "Parameter", ResourceId, Tags: set });
    return { attributes: pick(props, ["Type", "Value"]) };
  },
  delete: (context, existing) => gone(context.call(SSM, "DeleteParameter", { Name: existing.physicalId })),
};

export const messagingProviders: ResourceProvider[] = [rule, topic, subscription, topicPolicy, parameter];
