import { z } from "zod";
import { action, bucket, bus, lambdaFunction, named, parameterOf, queue, resource, secretOf, table, topic } from "./access-values.ts";
import { arn } from "./engine-values.ts";
import { line, list, setting } from "./pieces.ts";

/** What a leaf's container may do, and which secrets it is told. */

const secretName = named(secretOf(false), {
  description: "Name or ARN of a secret in AWS Secrets Manager.",
  allowed: "a name such as orders/db, or an ARN",
});
const parameterName = named(parameterOf(false), {
  description: "Name or ARN of an SSM parameter.",
  allowed: "a name such as /orders/api-key, or an ARN",
});

const encryptionKey = arn({
  service: "kms",
  resource: "key/[a-zA-Z0-9-]+",
  description: "KMS key that it is encrypted with, where that is one of your own.",
  example: "arn:aws:kms:us-west-2:111111111111:key/12345678-1234-1234-1234-123456789012",
});

/** Where something is kept that no file and no template may hold. */
export const secret = z
  .union([
    z.strictObject({
      secret: secretName,
      key: line({
        description: "Key of the secret's JSON. Default: the whole secret.",
        allowed: "a key of the secret's JSON, without a colon",
        pattern: "^[^:]+$",
      }).optional(),
      encryptionKey: encryptionKey.optional(),
    }),
    z.strictObject({ parameter: parameterName, encryptionKey: encryptionKey.optional() }),
  ])
  .meta({ description: "Where its value is kept.", allowed: "{secret: name, key: key} or {parameter: name}" });

export const secrets = z
  .record(setting("variable", "^[^=]+$", "a name without ="), secret)
  .meta({
    description:
      "Environment variables whose values are kept in AWS Secrets Manager or SSM. They are read when a task starts; the files and templates hold only where they are.",
    allowed: "a map from a variable to {secret: name, key: key} or {parameter: name}",
  })
  .prefault({});

/** A list of names of one kind of thing. @param allowed in words */
const names = (of: Parameters<typeof named>[0], what: string, allowed: string) =>
  list(named(of, { description: "One of them: a name or an ARN.", allowed }), {
    description: what,
    allowed: `a list: ${allowed}`,
    min: 1,
  }).optional();

const BUCKET = "a bucket's name, perhaps with the beginning of keys (bucket/prefix/*), or an ARN";
const QUEUE = "a queue's name or ARN";
const TABLE = "a table's name or ARN";

const actions = list(action, { description: "Actions of IAM.", allowed: "a list of actions, such as [s3:GetObject]", min: 1 });
const resources = list(resource, {
  description: "ARNs; * stands for any characters.",
  allowed: "a list of ARNs, such as [arn:aws:s3:::bucket/*]",
  min: 1,
});
const operator = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).meta({ allowed: "a text, or a list of texts" }))
  .meta({ allowed: "a map from a key to what it is compared with, such as {aws:SourceAccount: …}" });

const statement = z
  .strictObject({
    sid: line({ description: "The statement's name.", allowed: "letters and digits", pattern: "^[A-Za-z0-9]+$" }).optional(),
    effect: z.literal(["Allow", "Deny"]).meta({ description: "Allows or denies.", allowed: "Allow, Deny" }).prefault("Allow"),
    actions,
    resources,
    conditions: z
      .record(z.string(), operator)
      .meta({ description: "Conditions, as IAM writes them.", allowed: "a map such as {StringEquals: {aws:SourceAccount: …}}" })
      .optional(),
  })
  .meta({ description: "A statement of an IAM policy.", allowed: "{actions: [action, …], resources: [arn, …], effect, conditions, sid}" });

const statements = list(statement, { description: "Statements of an IAM policy.", allowed: "a list of {actions, resources}" });

/** Short forms, by what they are about. What each of them allows is in stacks/leaf/permissions.ts. */
const short = z.strictObject({
  s3: z
    .strictObject({
      read: names(bucket, "Buckets whose objects it may list and get.", BUCKET),
      write: names(bucket, "Buckets whose objects it may put and delete.", BUCKET),
    })
    .meta({ description: "Buckets of S3.", allowed: "{read: [bucket], write: [bucket]}" })
    .optional(),
  dynamodb: z
    .strictObject({
      read: names(table, "Tables that it may read.", TABLE),
      write: names(table, "Tables that it may write.", TABLE),
    })
    .meta({ description: "Tables of DynamoDB.", allowed: "{read: [table], write: [table]}" })
    .optional(),
  sqs: z
    .strictObject({
      send: names(queue, "Queues that it may send to.", QUEUE),
      receive: names(queue, "Queues whose messages it may receive and delete.", QUEUE),
    })
    .meta({ description: "Queues of SQS.", allowed: "{send: [queue], receive: [queue]}" })
    .optional(),
  sns: z
    .strictObject({ publish: names(topic, "Topics that it may publish to.", "a topic's name or ARN") })
    .meta({ description: "Topics of SNS.", allowed: "{publish: [topic]}" })
    .optional(),
  events: z
    .strictObject({ put: names(bus, "Event buses that it may put events on.", "a bus's name, such as default, or ARN") })
    .meta({ description: "Buses of EventBridge.", allowed: "{put: [bus]}" })
    .optional(),
  lambda: z
    .strictObject({ invoke: names(lambdaFunction, "Functions that it may invoke.", "a function's name or ARN") })
    .meta({ description: "Functions of Lambda.", allowed: "{invoke: [function]}" })
    .optional(),
  secrets: z
    .strictObject({ read: names(secretOf(true), "Secrets that it may read while it runs.", "a secret's name or ARN") })
    .meta({ description: "Secrets of AWS Secrets Manager.", allowed: "{read: [name]}" })
    .optional(),
  parameters: z
    .strictObject({ read: names(parameterOf(true), "Parameters that it may read while it runs.", "a parameter's name, such as /orders/*, or ARN") })
    .meta({ description: "SSM parameters.", allowed: "{read: [name]}" })
    .optional(),
  statements: statements.prefault([]),
});

export const permissions = z
  .union([statements, short])
  .transform((value): z.output<typeof short> => (Array.isArray(value) ? { statements: value } : value))
  .meta({
    description: "What the container may do in the account while it runs: the policy of its task role. Names are of this account and region.",
    allowed: "a map such as {s3: {read: [bucket]}, statements: [{actions, resources}]}, or a list of statements",
  })
  .prefault({});
