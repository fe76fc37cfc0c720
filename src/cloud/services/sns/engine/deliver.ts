import { join } from "node:path";
import type { MessageAttributeValue } from "@aws-sdk/client-sns";
import type { SnsDeps } from "../index.ts";
import { scopeOf } from "../shared.ts";
import { type SubscriptionRow, subscriptions, type TopicRow } from "../state.ts";
import { accepts, readFilterPolicy } from "./filter.ts";
import { writeMail } from "./inbox.ts";

export interface Message {
  messageId: string;
  subject?: string;
  /** By protocol, and `default`. */
  texts: Record<string, string>;
  attributes: Record<string, MessageAttributeValue>;
}

/** Hands a message to every subscription of a topic, each on its own: one that fails does not keep it from the others. */
export function deliver(deps: SnsDeps, topic: TopicRow, message: Message): void {
  const scope = scopeOf(topic.arn);
  const at = deps.clock.now();
  for (const subscription of subscriptions(deps.store, scope).filter((row) => row.topicArn === topic.arn)) {
    if (!accepts(readFilterPolicy("Publish", subscription.filterPolicy ?? ""), message.attributes)) {
      deps.metrics.put(scope, "AWS/SNS", [count("NumberOfNotificationsFilteredOut", topic)]);
      continue;
    }
    const work = deliverTo(deps, topic, subscription, message, at).catch((error: unknown) => {
      deps.metrics.put(scope, "AWS/SNS", [count("NumberOfNotificationsFailed", topic)]);
      deps.log(`SNS could not deliver to ${subscription.endpoint}: ${error instanceof Error ? error.message : String(error)}`);
    });
    void deps.clock.during(work);
  }
  deps.metrics.put(scope, "AWS/SNS", [count("NumberOfMessagesPublished", topic)]);
}

const count = (name: string, topic: TopicRow) => ({ name, dimensions: { TopicName: topic.name }, value: 1, unit: "Count" });

async function deliverTo(deps: SnsDeps, topic: TopicRow, subscription: SubscriptionRow, message: Message, at: number): Promise<void> {
  const text = message.texts[subscription.protocol] ?? message.texts["default"]!;
  const notification = notificationOf(topic, subscription, message, text, at);
  if (subscription.protocol === "lambda") {
    await deps.lambda.invokeAsync(subscription.endpoint, lambdaEvent(subscription, notification, message), {
      principal: "sns.amazonaws.com",
      arn: topic.arn,
    });
  } else if (subscription.protocol === "sqs") {
    await deps.sqs.send(subscription.endpoint, queueMessage(subscription, notification, message, text), {
      principal: "sns.amazonaws.com",
      arn: topic.arn,
    });
  } else {
    const body = subscription.protocol === "email-json" ? JSON.stringify(notification, null, 2) : text;
    await writeMail(join(deps.dataDir, "inbox"), { topic, subscription, messageId: message.messageId, subject: message.subject, text: body, at });
  }
  deps.metrics.put(scopeOf(topic.arn), "AWS/SNS", [count("NumberOfNotificationsDelivered", topic)]);
}

/** https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html (mails in JSON have the same members). */
function notificationOf(topic: TopicRow, subscription: SubscriptionRow, message: Message, text: string, at: number): Record<string, unknown> {
  const { region } = scopeOf(topic.arn);
  return {
    Type: "Notification",
    MessageId: message.messageId,
    TopicArn: topic.arn,
    ...(message.subject === undefined ? {} : { Subject: message.subject }),
    Message: text,
    Timestamp: new Date(at).toISOString(),
    SignatureVersion: "1",
    Signature: "EXAMPLE",
    SigningCertURL: `https://sns.${region}.amazonaws.com/SimpleNotificationService.pem`,
    UnsubscribeURL: `https://sns.${region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=${subscription.arn}`,
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html: there the URLs are spelled `Url`, and Subject is always there. */
function lambdaEvent(subscription: SubscriptionRow, notification: Record<string, unknown>, message: Message): object {
  const { SigningCertURL, UnsubscribeURL, ...rest } = notification;
  const MessageAttributes = attributesOf(message);
  const Sns = { Subject: null, ...rest, SigningCertUrl: SigningCertURL, UnsubscribeUrl: UnsubscribeURL, MessageAttributes };
  return { Records: [{ EventSource: "aws:sns", EventVersion: "1.0", EventSubscriptionArn: subscription.arn, Sns }] };
}

const attributesOf = (message: Message): Record<string, { Type: string | undefined; Value: string }> =>
  Object.fromEntries(
    Object.entries(message.attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      { Type: DataType, Value: StringValue ?? Buffer.from(BinaryValue ?? []).toString("base64") },
    ]),
  );

/** https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html: raw, the attributes become the queue message's own. */
function queueMessage(subscription: SubscriptionRow, notification: Record<string, unknown>, message: Message, text: string) {
  if (subscription.raw) {
    const attributes = Object.fromEntries(Object.entries(message.attributes).map(([name, value]) => [name, { ...value, DataType: value.DataType! }]));
    return { body: text, ...(Object.keys(attributes).length > 0 ? { attributes } : {}) };
  }
  const attributes = attributesOf(message);
  return { body: JSON.stringify({ ...notification, ...(Object.keys(attributes).length > 0 ? { MessageAttributes: attributes } : {}) }) };
}
