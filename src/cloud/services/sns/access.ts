import type { Access } from "../../core/service.ts";

/** Service Authorization Reference, Amazon SNS: each of these has the resource type `topic`. */
const onTopic =
  (operation: string): Access =>
  (input: { TopicArn?: string; TargetArn?: string; ResourceArn?: string }) => [
    { action: `sns:${operation}`, resources: [input.TopicArn ?? input.TargetArn ?? input.ResourceArn ?? "*"] },
  ];

const TOPIC_LEVEL = [
  "DeleteTopic",
  "GetTopicAttributes",
  "SetTopicAttributes",
  "Subscribe",
  "ConfirmSubscription",
  "ListSubscriptionsByTopic",
  "Publish",
  "TagResource",
  "UntagResource",
  "ListTagsForResource",
];

export const access: Record<string, Access> = {
  ...Object.fromEntries(TOPIC_LEVEL.map((operation) => [operation, onTopic(operation)])),
  // PublishBatch needs the permission to publish.
  PublishBatch: onTopic("Publish"),
  CreateTopic: (input: { Name?: string }, call) => [
    { action: "sns:CreateTopic", resources: [`arn:aws:sns:${call.region}:${call.account}:${input.Name ?? "*"}`] },
  ],
};
