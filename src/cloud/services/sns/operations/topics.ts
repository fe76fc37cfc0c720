import type {
  CreateTopicInput,
  CreateTopicResponse,
  DeleteTopicInput,
  GetTopicAttributesInput,
  GetTopicAttributesResponse,
  ListTopicsInput,
  ListTopicsResponse,
  SetTopicAttributesInput,
} from "@aws-sdk/client-sns";
import { NotSupported } from "../../../core/errors.ts";
import { arn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { SnsDeps } from "../index.ts";
import { defaultPolicy, invalid, requireTopic, scopeOf } from "../shared.ts";
import { subscriptions, topics } from "../state.ts";

/** Attributes that change nothing here (who may see, how it is shown, encryption at rest) or are enforced (Policy). */
const ATTRIBUTES = new Set(["DisplayName", "Policy", "KmsMasterKeyId", "TracingConfig", "SignatureVersion"]);

function checkAttribute(name: string, value: string | undefined): void {
  if (name === "FifoTopic" && value !== "true") return;
  if (!ATTRIBUTES.has(name)) throw new NotSupported("sns", "SetTopicAttributes", `topic attribute ${name}`);
  if (name !== "Policy") return;
  try {
    JSON.parse(value ?? "");
  } catch {
    throw invalid("Policy Error: null");
  }
}

/** Idempotent: a topic of that name is answered as it is (SNS API reference, CreateTopic). */
export function CreateTopic({ store }: Pick<SnsDeps, "store">, input: CreateTopicInput, call: Call): CreateTopicResponse {
  const name = input.Name ?? "";
  if (!/^[A-Za-z0-9_-]{1,256}$/.test(name)) throw invalid("Topic Name");
  const attributes = input.Attributes ?? {};
  for (const [key, value] of Object.entries(attributes)) checkAttribute(key, value);
  if (input.DataProtectionPolicy) throw new NotSupported("sns", "CreateTopic", "DataProtectionPolicy");
  const topicArn = arn("sns", call, name);
  const table = topics(store, call);
  if (!table.has(topicArn)) {
    const tags = Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));
    table.set(topicArn, { arn: topicArn, name, attributes: { ...attributes }, tags });
  }
  return { TopicArn: topicArn };
}

/** Deletes the topic and its subscriptions; deleting one that is not there is no error. */
export function DeleteTopic({ store }: Pick<SnsDeps, "store">, input: DeleteTopicInput): void {
  const topicArn = input.TopicArn ?? "";
  const scope = scopeOf(topicArn);
  topics(store, scope).delete(topicArn);
  const table = subscriptions(store, scope);
  for (const row of table.filter((subscription) => subscription.topicArn === topicArn)) table.delete(row.arn);
}

export function ListTopics({ store }: Pick<SnsDeps, "store">, _input: ListTopicsInput, call: Call): ListTopicsResponse {
  return {
    Topics: topics(store, call)
      .values()
      .map((topic) => ({ TopicArn: topic.arn })),
  };
}

export function GetTopicAttributes({ store }: Pick<SnsDeps, "store">, input: GetTopicAttributesInput): GetTopicAttributesResponse {
  const topic = requireTopic(store, input.TopicArn);
  const confirmed = subscriptions(store, scopeOf(topic.arn)).filter((subscription) => subscription.topicArn === topic.arn).length;
  return {
    Attributes: {
      TopicArn: topic.arn,
      Owner: scopeOf(topic.arn).account,
      DisplayName: "",
      Policy: defaultPolicy(topic),
      SubscriptionsConfirmed: String(confirmed),
      SubscriptionsPending: "0",
      SubscriptionsDeleted: "0",
      ...topic.attributes,
    },
  };
}

export function SetTopicAttributes({ store }: Pick<SnsDeps, "store">, input: SetTopicAttributesInput): void {
  const topic = requireTopic(store, input.TopicArn);
  const name = input.AttributeName ?? "";
  checkAttribute(name, input.AttributeValue);
  const attributes = { ...topic.attributes, [name]: input.AttributeValue ?? "" };
  if (input.AttributeValue === undefined || input.AttributeValue === "") delete attributes[name];
  topics(store, scopeOf(topic.arn)).update(topic.arn, { attributes });
}
