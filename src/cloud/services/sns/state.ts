import type { Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";

export interface TopicRow {
  arn: string;
  name: string;
  /** Attributes that were set: `DisplayName`, `Policy`, `KmsMasterKeyId`, … */
  attributes: Record<string, string>;
  tags: Record<string, string>;
}

export interface SubscriptionRow {
  arn: string;
  topicArn: string;
  protocol: "email" | "email-json" | "lambda" | "sqs";
  endpoint: string;
  owner: string;
  /** The message itself goes to the queue, without what SNS puts around it. */
  raw?: boolean;
  /** JSON: which messages it gets, by their attributes. */
  filterPolicy?: string;
}

/** Topics by ARN. */
export const topics = (store: Store, scope: Scope): Table<TopicRow> => store.table("sns.topics", scope);

/** Subscriptions by ARN. */
export const subscriptions = (store: Store, scope: Scope): Table<SubscriptionRow> => store.table("sns.subscriptions", scope);
