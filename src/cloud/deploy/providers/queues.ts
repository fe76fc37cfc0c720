import { gone, properties, tagChanges, tagMap } from "./helpers.ts";
import type { Properties, Resource, ResourceContext, ResourceProvider } from "./provider.ts";

/* Amazon SQS */

const SQS = "sqs";
const list = <T>(value: unknown): T[] => (value as T[] | undefined) ?? [];

/** Properties that are attributes of the API, under the same names. */
const ATTRIBUTES =
  "ContentBasedDeduplication DeduplicationScope DelaySeconds FifoThroughputLimit KmsDataKeyReusePeriodSeconds KmsMasterKeyId MaximumMessageSize " +
  "MessageRetentionPeriod ReceiveMessageWaitTimeSeconds RedriveAllowPolicy RedrivePolicy SqsManagedSseEnabled VisibilityTimeout";
const NAMES = ATTRIBUTES.split(" ");

/** What an attribute that the template drops goes back to (SQS API reference, CreateQueue); the others are taken away. */
const DEFAULTS: Record<string, string> = {
  ContentBasedDeduplication: "false",
  DeduplicationScope: "queue",
  DelaySeconds: "0",
  FifoThroughputLimit: "perQueue",
  KmsDataKeyReusePeriodSeconds: "300",
  MaximumMessageSize: "1048576",
  MessageRetentionPeriod: "345600",
  ReceiveMessageWaitTimeSeconds: "0",
  SqsManagedSseEnabled: "true",
  VisibilityTimeout: "30",
};

const text = (value: unknown): string => (typeof value === "object" && value !== null ? JSON.stringify(value) : String(value));

const isFifo = (props: Properties): boolean => String(props["FifoQueue"]) === "true";

const attributesOf = (props: Properties, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names.filter((name) => NAMES.includes(name)).map((name) => [name, props[name] === undefined ? (DEFAULTS[name] ?? "") : text(props[name])]),
  );

const queue: ResourceProvider = {
  type: "AWS::SQS::Queue",
  properties: properties({ replace: "FifoQueue QueueName", update: `${ATTRIBUTES} Tags` }),
  attributes: ["Arn", "QueueName", "QueueUrl"],
  tags: { property: "Tags", form: "list" },
  nameProperty: "QueueName",
  async create(context, props): Promise<Resource> {
    const fifo = isFifo(props);
    const QueueName = String(props["QueueName"] ?? `${context.physicalName(fifo ? 75 : 80)}${fifo ? ".fifo" : ""}`);
    const given = attributesOf(
      props,
      NAMES.filter((name) => props[name] !== undefined),
    );
    const { QueueUrl } = await context.call(SQS, "CreateQueue", {
      QueueName,
      Attributes: fifo ? { ...given, FifoQueue: "true" } : given,
      tags: tagMap(props["Tags"]),
    });
    const { Attributes } = await context.call(SQS, "GetQueueAttributes", { QueueUrl, AttributeNames: ["QueueArn"] });
    return { physicalId: QueueUrl, attributes: { Arn: Attributes.QueueArn, QueueName, QueueUrl } };
  },
  async update(context, props, existing, changed) {
    const QueueUrl = existing.physicalId;
    const Attributes = attributesOf(props, changed);
    if (Object.keys(Attributes).length > 0) await context.call(SQS, "SetQueueAttributes", { QueueUrl, Attributes });
    const { set, remove } = tagChanges(existing.properties["Tags"], props["Tags"]);
    if (remove.length > 0) await context.call(SQS, "UntagQueue", { QueueUrl, TagKeys: remove });
    if (set.length > 0) await context.call(SQS, "TagQueue", { QueueUrl, Tags: tagMap(set) });
  },
  delete: (context, existing) => gone(context.call(SQS, "DeleteQueue", { QueueUrl: existing.physicalId })),
};

async function setPolicy(context: ResourceContext, urls: readonly string[], Policy: string): Promise<void> {
  for (const QueueUrl of urls) await context.call(SQS, "SetQueueAttributes", { QueueUrl, Attributes: { Policy } });
}

const queuePolicy: ResourceProvider = {
  type: "AWS::SQS::QueuePolicy",
  properties: properties({ update: "PolicyDocument Queues" }),
  required: ["PolicyDocument", "Queues"],
  attributes: ["Id"],
  async create(context, props): Promise<Resource> {
    await setPolicy(context, list(props["Queues"]), text(props["PolicyDocument"]));
    const id = context.physicalName();
    return { physicalId: id, attributes: { Id: id } };
  },
  async update(context, props, existing) {
    const queues = list<string>(props["Queues"]);
    const dropped = list<string>(existing.properties["Queues"]).filter((url) => !queues.includes(url));
    for (const url of dropped) await gone(setPolicy(context, [url], ""));
    await setPolicy(context, queues, text(props["PolicyDocument"]));
  },
  async delete(context, existing) {
    for (const url of list<string>(existing.properties["Queues"])) await gone(setPolicy(context, [url], ""));
  },
};

export const queueProviders: ResourceProvider[] = [queue, queuePolicy];
