import type { Clock } from "../../core/clock.ts";
import { AwsError } from "../../core/errors.ts";
import type { Ids } from "../../core/ids.ts";
import type { LambdaPort, MetricsPort, SnsPort, SqsPort } from "../../core/ports.ts";
import { bind, type Service } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { access } from "./access.ts";
import { deliver, type Message } from "./engine/deliver.ts";
import { Publish, PublishBatch } from "./operations/publish.ts";
import * as subscriptionOperations from "./operations/subscriptions.ts";
import { ListTagsForResource, TagResource, UntagResource } from "./operations/tags.ts";
import * as topicOperations from "./operations/topics.ts";
import { requireTopic, scopeOf } from "./shared.ts";
import type { TopicRow } from "./state.ts";

export interface SnsDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  lambda: LambdaPort;
  sqs: SqsPort;
  metrics: MetricsPort;
  /** IAM: does the topic's policy let a service in? */
  allowsService: (policy: string, service: string, action: string, resource: string, context?: Record<string, string>) => boolean;
  /** Mails land in its folder `inbox`. */
  dataDir: string;
  /** One line for whoever runs the cloud. */
  log: (line: string) => void;
}

export interface SnsParts extends SnsDeps {
  deliver: (topic: TopicRow, message: Message) => void;
}

/** Amazon SNS: topics, subscriptions by mail and of functions, messages. See README.md. */
export function createSns(deps: SnsDeps): Service & SnsPort {
  const parts: SnsParts = { ...deps, deliver: (topic, message) => deliver(deps, topic, message) };
  return {
    name: "sns",
    signingNames: ["sns"],
    sdk: () => import("@aws-sdk/client-sns"),
    protocols: ["awsQuery"],
    xmlNamespace: "http://sns.amazonaws.com/doc/2010-03-31/",
    apiVersion: "2010-03-31",
    operations: bind(parts, {
      ...topicOperations,
      ...subscriptionOperations,
      Publish,
      PublishBatch,
      TagResource,
      UntagResource,
      ListTagsForResource,
    }),
    access,
    async publish(topicArn, { subject, body }, source) {
      const topic = requireTopic(deps.store, topicArn);
      if (!mayPublish(deps, topic, source)) {
        throw new AwsError("AuthorizationError", `${source.principal} is not authorized to perform: SNS:Publish on resource: ${topicArn}`, {
          status: 403,
        });
      }
      // Services shape their subjects themselves: a long or odd name of an alarm must not lose the alert.
      const line = subject
        ?.replaceAll(/[\s\p{Cc}]+/gu, " ")
        .trim()
        .slice(0, 100);
      Publish(parts, { TopicArn: topicArn, Message: body, ...(line ? { Subject: line } : {}) });
    },
  };
}

/** These publish in the name of the alarm's or group's owner, with `AWS:SourceOwner` set, which is what the default policy asks for. */
const IN_THE_OWNERS_NAME = new Set(["cloudwatch.amazonaws.com", "autoscaling.amazonaws.com"]);

/**
 * A service needs the topic's policy. Without one of its own, the default policy lets alarms and Auto Scaling groups of the
 * same account in, and no other service (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html;
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html).
 */
function mayPublish(deps: SnsDeps, topic: TopicRow, source: { principal: string; arn?: string }): boolean {
  const { account } = scopeOf(topic.arn);
  const policy = topic.attributes["Policy"];
  if (policy === undefined) return IN_THE_OWNERS_NAME.has(source.principal);
  return deps.allowsService(policy, source.principal, "sns:Publish", topic.arn, {
    "aws:SourceAccount": account,
    "AWS:SourceOwner": account,
    ...(source.arn ? { "aws:SourceArn": source.arn } : {}),
  });
}
