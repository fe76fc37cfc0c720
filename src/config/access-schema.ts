import { z } from "zod";
import { arn } from "./engine-values.ts";
import { line, list, setting, words } from "./pieces.ts";

/** What a leaf's container may do, and which secrets it is told. */

const secretName = line({
  description: "Name or ARN of a secret in AWS Secrets Manager.",
  allowed: "a name such as orders/db, or an ARN",
  pattern: "^(?:arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\\d{12}:secret:)?[A-Za-z0-9/_+=.@-]{1,512}$",
});
const parameterName = line({
  description: "Name or ARN of an SSM parameter.",
  allowed: "a name such as /orders/api-key, or an ARN",
  pattern: "^(?:arn:aws[a-z-]*:ssm:[a-z0-9-]+:\\d{12}:parameter/?|/)?[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*$",
});

const encryptionKey = arn({
  service: "kms",
  resource: "key/[a-zA-Z0-9-]+",
  description: "KMS key that it is encrypted with, where that is one of your own.",
  example: "arn:aws:kms:us-west-2:111111111111:key/12345678-1234-1234-1234-123456789012",
});

const secret = z
  .union([
    z.strictObject({
      secret: secretName,
      key: line({
        description: "Key of the secret's JSON. Default: the whole secret.",
        allowed: "a key of the secret's JSON",
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

const names = (what: string, allowed: string) =>
  list(line({ description: `One of them: a name or an ARN.`, allowed }), { description: what, allowed: `a list: ${allowed}`, min: 1 });

const bucket = "a bucket's name, perhaps with a prefix (bucket/prefix/*), or an ARN";
const queue = "a queue's name or ARN";

const actions = list(
  line({ description: "An action of IAM.", allowed: "an action such as s3:GetObject", pattern: "^(?:\\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$" }),
  {
    description: "Actions of IAM.",
    allowed: "a list of actions, such as [s3:GetObject]",
    min: 1,
  },
);

const statement = z
  .strictObject({
    sid: line({ description: "The statement's name.", allowed: "letters and digits", pattern: "^[A-Za-z0-9]+$" }).optional(),
    effect: z.literal(["Allow", "Deny"]).meta({ description: "Allows or denies.", allowed: "Allow, Deny" }).prefault("Allow"),
    actions,
    resources: words("ARNs; * stands for any characters.").meta({
      description: "ARNs; * stands for any characters.",
      allowed: "a list of ARNs, such as [arn:aws:s3:::bucket/*]",
    }),
    conditions: z
      .record(z.string(), z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])))
      .meta({ description: "Conditions, as IAM writes them.", allowed: "a map such as {StringEquals: {aws:SourceAccount: …}}" })
      .optional(),
  })
  .meta({ description: "A statement of an IAM policy.", allowed: "{actions: [action, …], resources: [arn, …], effect, conditions, sid}" });

const statements = list(statement, { description: "Statements of an IAM policy.", allowed: "a list of {actions, resources}" });

/** Short forms, by what they are about. What each of them allows is in stacks/leaf/permissions.ts. */
const short = z.strictObject({
  s3: z
    .strictObject({
      read: names("Buckets whose objects it may list and get.", bucket).optional(),
      write: names("Buckets whose objects it may put and delete.", bucket).optional(),
    })
    .meta({ description: "Buckets of S3.", allowed: "{read: [bucket], write: [bucket]}" })
    .optional(),
  dynamodb: z
    .strictObject({
      read: names("Tables that it may read.", "a table's name or ARN").optional(),
      write: names("Tables that it may write.", "a table's name or ARN").optional(),
    })
    .meta({ description: "Tables of DynamoDB.", allowed: "{read: [table], write: [table]}" })
    .optional(),
  sqs: z
    .strictObject({
      send: names("Queues that it may send to.", queue).optional(),
      receive: names("Queues whose messages it may receive and delete.", queue).optional(),
    })
    .meta({ description: "Queues of SQS.", allowed: "{send: [queue], receive: [queue]}" })
    .optional(),
  sns: z
    .strictObject({ publish: names("Topics that it may publish to.", "a topic's name or ARN") })
    .meta({ description: "Topics of SNS.", allowed: "{publish: [topic]}" })
    .optional(),
  events: z
    .strictObject({ put: names("Event buses that it may put events on.", "a bus's name, such as default, or ARN") })
    .meta({ description: "Buses of EventBridge.", allowed: "{put: [bus]}" })
    .optional(),
  lambda: z
    .strictObject({ invoke: names("Functions that it may invoke.", "a function's name or ARN") })
    .meta({ description: "Functions of Lambda.", allowed: "{invoke: [function]}" })
    .optional(),
  secrets: z
    .strictObject({ read: names("Secrets that it may read while it runs.", "a secret's name or ARN") })
    .meta({ description: "Secrets of AWS Secrets Manager.", allowed: "{read: [name]}" })
    .optional(),
  parameters: z
    .strictObject({ read: names("Parameters that it may read while it runs.", "a parameter's name, such as /orders/*, or ARN") })
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
