import type {
  ConfirmSubscriptionInput,
  ConfirmSubscriptionResponse,
  GetSubscriptionAttributesInput,
  GetSubscriptionAttributesResponse,
  ListSubscriptionsByTopicInput,
  ListSubscriptionsInput,
  ListSubscriptionsResponse,
  SetSubscriptionAttributesInput,
  SubscribeInput,
  SubscribeResponse,
  UnsubscribeInput,
} from "@aws-sdk/client-sns";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import { parseArn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { readFilterPolicy } from "../engine/filter.ts";
import type { SnsDeps } from "../index.ts";
import { invalid, requireTopic, scopeOf } from "../shared.ts";
import { type SubscriptionRow, subscriptions } from "../state.ts";

const SUPPORTED = ["email", "email-json", "lambda", "sqs"] as const;

/**
 * A subscription is confirmed at once: on AWS the owner of an address must follow a link first, here the inbox is a folder
 * of the same person. Subscribing the same endpoint again answers with the subscription that there is.
 */
export function Subscribe({ store, ids }: Pick<SnsDeps, "store" | "ids">, input: SubscribeInput, call: Call): SubscribeResponse {
  const topic = requireTopic(store, input.TopicArn);
  const protocol = SUPPORTED.find((known) => known === input.Protocol);
  if (!protocol) throw new NotSupported("sns", "Subscribe", `protocol ${input.Protocol}; it has ${SUPPORTED.join(", ")}`);
  const settings = checkAttributes("Subscribe", protocol, input.Attributes ?? {});
  const endpoint = checkEndpoint(protocol, input.Endpoint);
  const table = subscriptions(store, scopeOf(topic.arn));
  const same = table.find((row) => row.topicArn === topic.arn && row.protocol === protocol && row.endpoint === endpoint);
  if (same) {
    const differs = Object.entries(settings).some(([name, value]) => same[name as keyof Settings] !== value);
    if (differs) throw invalid("Attributes Reason: Subscription already exists with different attributes");
    return { SubscriptionArn: same.arn };
  }
  const arn = `${topic.arn}:${ids.uuid()}`;
  table.set(arn, { arn, topicArn: topic.arn, protocol, endpoint, owner: call.account, ...settings });
  return { SubscriptionArn: arn };
}

type Settings = Pick<SubscriptionRow, "raw" | "filterPolicy">;

/** What attributes say of a subscription: only those that are given; undefined takes a setting back. */
function checkAttributes(operation: string, protocol: SubscriptionRow["protocol"], attributes: Record<string, string>): Settings {
  const { RawMessageDelivery, FilterPolicy, FilterPolicyScope, ...others } = attributes;
  const names = Object.keys(others);
  if (names.length > 0) throw new NotSupported("sns", operation, `subscription attributes ${names.join(", ")}`);
  if (FilterPolicyScope === "MessageBody") throw new NotSupported("sns", operation, "FilterPolicyScope MessageBody");
  if (FilterPolicyScope !== undefined && FilterPolicyScope !== "" && FilterPolicyScope !== "MessageAttributes")
    throw invalid(`Attributes Reason: FilterPolicyScope: Invalid value [${FilterPolicyScope}]. Please use either MessageBody or MessageAttributes`);
  const filterPolicy = FilterPolicy !== undefined && readFilterPolicy(operation, FilterPolicy) ? FilterPolicy : undefined;
  return {
    ...(RawMessageDelivery === undefined ? {} : { raw: isRaw(protocol, RawMessageDelivery) || undefined }),
    ...(FilterPolicy === undefined ? {} : { filterPolicy }),
  };
}

/** Is the message to be handed over bare? A queue is the only endpoint here that can have that. */
function isRaw(protocol: SubscriptionRow["protocol"], value: string): boolean {
  if (value === "false" || value === "") return false;
  if (value !== "true") throw invalid(`Attributes Reason: RawMessageDelivery: Invalid value [${value}]. Must be true or false.`);
  if (protocol !== "sqs") throw invalid(`Attributes Reason: RawMessageDelivery: Not supported for protocol ${protocol}`);
  return true;
}

function checkEndpoint(protocol: SubscriptionRow["protocol"], endpoint: string | undefined): string {
  if (protocol === "lambda" && parseArn(endpoint ?? "")?.service !== "lambda") throw invalid("Lambda endpoint ARN");
  if (protocol === "sqs" && parseArn(endpoint ?? "")?.service !== "sqs") throw invalid("SQS endpoint ARN");
  if (protocol.startsWith("email") && !/^[^\s@<>,;"]+@[^\s@<>,;"]+$/.test(endpoint ?? "")) throw invalid("Email address");
  return endpoint!;
}

/** Every subscription is confirmed already, so no token is ever given out. */
export function ConfirmSubscription({ store }: Pick<SnsDeps, "store">, input: ConfirmSubscriptionInput): ConfirmSubscriptionResponse {
  requireTopic(store, input.TopicArn);
  throw invalid("Token");
}

/** No error when there is none: it may have gone with its topic. */
export function Unsubscribe({ store }: Pick<SnsDeps, "store">, input: UnsubscribeInput): void {
  subscriptions(store, scopeOf(input.SubscriptionArn ?? "")).delete(input.SubscriptionArn!);
}

const describe = ({ arn, topicArn, protocol, endpoint, owner }: SubscriptionRow): object => ({
  SubscriptionArn: arn,
  TopicArn: topicArn,
  Protocol: protocol,
  Endpoint: endpoint,
  Owner: owner,
});

export function ListSubscriptions({ store }: Pick<SnsDeps, "store">, _input: ListSubscriptionsInput, call: Call): ListSubscriptionsResponse {
  return { Subscriptions: subscriptions(store, call).values().map(describe) };
}

export function ListSubscriptionsByTopic({ store }: Pick<SnsDeps, "store">, input: ListSubscriptionsByTopicInput): ListSubscriptionsResponse {
  const topic = requireTopic(store, input.TopicArn);
  return {
    Subscriptions: subscriptions(store, scopeOf(topic.arn))
      .filter((row) => row.topicArn === topic.arn)
      .map(describe),
  };
}

export function GetSubscriptionAttributes(
  { store }: Pick<SnsDeps, "store">,
  input: GetSubscriptionAttributesInput,
): GetSubscriptionAttributesResponse {
  const arn = input.SubscriptionArn ?? "";
  const row = subscriptions(store, scopeOf(arn)).get(arn);
  if (!row) throw new AwsError("NotFoundException", "Subscription does not exist", { status: 404 });
  return {
    Attributes: {
      SubscriptionArn: arn,
      TopicArn: row.topicArn,
      Protocol: row.protocol,
      Endpoint: row.endpoint,
      Owner: row.owner,
      PendingConfirmation: "false",
      ConfirmationWasAuthenticated: "true",
      RawMessageDelivery: String(row.raw ?? false),
      ...(row.filterPolicy === undefined ? {} : { FilterPolicy: row.filterPolicy, FilterPolicyScope: "MessageAttributes" }),
    },
  };
}

export function SetSubscriptionAttributes({ store }: Pick<SnsDeps, "store">, input: SetSubscriptionAttributesInput): void {
  const arn = input.SubscriptionArn ?? "";
  const table = subscriptions(store, scopeOf(arn));
  const row = table.get(arn);
  if (!row) throw new AwsError("NotFoundException", "Subscription does not exist", { status: 404 });
  table.update(arn, checkAttributes("SetSubscriptionAttributes", row.protocol, { [input.AttributeName ?? ""]: input.AttributeValue ?? "" }));
}
