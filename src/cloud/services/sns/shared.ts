import { AwsError } from "../../core/errors.ts";
import { parseArn, type Scope } from "../../core/scope.ts";
import type { Store } from "../../core/store.ts";
import { type TopicRow, topics } from "./state.ts";

/** @throws AwsError InvalidParameter */
export const invalid = (message: string): AwsError => new AwsError("InvalidParameterException", `Invalid parameter: ${message}`);

/** The account and region in a topic's or subscription's ARN. */
export function scopeOf(arn: string): Scope {
  const parts = parseArn(arn);
  if (parts?.service !== "sns" || parts.resource === "")
    throw invalid(`TopicArn Reason: An ARN must have at least 6 elements, not ${arn.split(":").length}`);
  return { account: parts.account, region: parts.region };
}

/** @throws AwsError NotFound, in SNS's words */
export function requireTopic(store: Store, arn: string | undefined): TopicRow {
  if (!arn) throw invalid("TopicArn");
  const topic = topics(store, scopeOf(arn)).get(arn);
  if (!topic) throw new AwsError("NotFoundException", "Topic does not exist", { status: 404 });
  return topic;
}

/**
 * The policy of a topic that has none of its own: its owner's account may do all, and nobody else
 * (https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html).
 */
export function defaultPolicy({ arn }: TopicRow): string {
  const actions = [
    "GetTopicAttributes",
    "SetTopicAttributes",
    "AddPermission",
    "RemovePermission",
    "DeleteTopic",
    "Subscribe",
    "ListSubscriptionsByTopic",
    "Publish",
  ];
  return JSON.stringify({
    Version: "2008-10-17",
    Id: "__default_policy_ID",
    Statement: [
      {
        Sid: "__default_statement_ID",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: actions.map((action) => `SNS:${action}`),
        Resource: arn,
        Condition: { StringEquals: { "AWS:SourceOwner": scopeOf(arn).account } },
      },
    ],
  });
}
