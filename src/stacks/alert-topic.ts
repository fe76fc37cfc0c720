import { aws_sns as sns, aws_sns_subscriptions as subscriptions } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { mailOf } from "../config/alerts.ts";
import type { Alerts } from "../config/schema.ts";
import { OCCASION_ATTRIBUTE, TEST } from "../functions/shared/notice.ts";

/** A topic for people: publishers must use TLS, and be roles of this account that may publish. No alarm writes to it: functions do. */
export function alertTopic(scope: Construct, id: string, displayName: string): sns.Topic {
  return new sns.Topic(scope, id, { displayName, enforceSSL: true });
}

/**
 * Subscribes the addresses. One that does not hear of everything has a filter policy: SNS looks at the attribute with the
 * occasion, which every message of Rouse's has (functions/shared/aws-tell.ts).
 */
export function subscribeMails(topic: sns.Topic, { email }: Alerts): void {
  const mails = new Map(email.map((mail) => [mailOf(mail).address, mailOf(mail)]));
  for (const { address, on } of mails.values()) {
    const filterPolicy = on && { [OCCASION_ATTRIBUTE]: sns.SubscriptionFilter.stringFilter({ allowlist: [...on, TEST] }) };
    topic.addSubscription(new subscriptions.EmailSubscription(address, filterPolicy && { filterPolicy }));
  }
}
