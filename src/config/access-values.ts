import { type Meaning, ok, refuse, text } from "./values.ts";

/** Names and ARNs of what a container may use. */

const ARN = "arn:aws[a-z-]*";

interface Named {
  /** As ARNs have it: s3, dynamodb. */
  readonly service: string;
  /** In words, with an article: a bucket. */
  readonly what: string;
  readonly name: string;
  /** What stands in an ARN before the name, such as `table/`; nothing for a queue. */
  readonly before?: string;
  /** Buckets' ARNs have neither region nor account. */
  readonly global?: boolean;
  /** What was probably meant, where a name is no name. */
  readonly guess?: (input: string) => string | undefined;
}

/** A name, or an ARN of the same service and kind. What is neither would be a permission for something that there is not. */
export function named(of: Named, meaning: Meaning) {
  const place = of.global ? ":" : "[a-z0-9-]+:\\d{12}";
  const name = new RegExp(`^${of.name}$`);
  const arn = new RegExp(`^${ARN}:${of.service}:${place}:${of.before ?? ""}${of.name}$`);
  return text(
    (input) => {
      if (input.trim() === "") return refuse("it is empty");
      const service = /^arn:[^:]*:([^:]+):/.exec(input)?.[1];
      if (service !== undefined && service !== of.service) return refuse(`this is an ARN of ${service}, and not of ${of.service}`);
      if (input.startsWith("arn:") ? arn.test(input) : name.test(input)) return ok(input);
      const tries = [of.guess?.(input), input.trim(), input.trim().toLowerCase()];
      return refuse(
        `"${input}" is no ${input.startsWith("arn:") ? "ARN" : "name"} of ${of.what}`,
        tries.find((each) => each !== undefined && each !== input && (name.test(each) || arn.test(each))),
      );
    },
    { ...meaning, pattern: `${name.source}|${arn.source}` },
  );
}

/** In names of the short forms, as IAM reads them: * stands for any characters, ? for one. */
const WILD = "*?";

/** Amazon S3 user guide, "General purpose bucket naming rules". After the bucket the beginning of keys, or a whole key. */
export const bucket: Named = {
  service: "s3",
  what: "a bucket",
  name: `[a-z0-9.${WILD}-]{1,63}(?:/.*[^/])?`,
  global: true,
  guess: (input) => {
    const path = input.trim().replace(/^s3:\/\//, "");
    const key = path.indexOf("/");
    const [name, rest] = key === -1 ? [path, ""] : [path.slice(0, key), path.slice(key)];
    return `${name.toLowerCase().replaceAll("_", "-")}${rest === "/" ? "" : rest.replace(/\/$/, "/*")}`;
  },
};

/** Amazon DynamoDB API reference, CreateTable, TableName. */
export const table: Named = { service: "dynamodb", what: "a table", name: `[a-zA-Z0-9_.${WILD}-]{1,255}`, before: "table/" };

/** Amazon SQS API reference, CreateQueue, QueueName. An SDK is given a queue's address, and IAM wants its ARN. */
export const queue: Named = {
  service: "sqs",
  what: "a queue",
  name: `[A-Za-z0-9_${WILD}-]{1,80}(?:\\.fifo)?`,
  guess: (input) => {
    const [, region, account, name] = /^https:\/\/sqs\.([a-z0-9-]+)\.[a-z.]+\/(\d{12})\/([^/]+)$/.exec(input.trim()) ?? [];
    return name === undefined ? undefined : `arn:aws:sqs:${region}:${account}:${name}`;
  },
};

/** Amazon SNS API reference, CreateTopic, Name. */
export const topic: Named = { service: "sns", what: "a topic", name: `[A-Za-z0-9_${WILD}-]{1,256}(?:\\.fifo)?` };

/** Amazon EventBridge API reference, CreateEventBus, Name. */
export const bus: Named = { service: "events", what: "an event bus", name: `[/.A-Za-z0-9_${WILD}-]{1,256}`, before: "event-bus/" };

/** AWS Lambda API reference, Invoke, FunctionName; after a colon a version or an alias. */
export const lambdaFunction: Named = {
  service: "lambda",
  what: "a function",
  name: `[a-zA-Z0-9_${WILD}-]{1,64}(?::[a-zA-Z0-9$_*-]{1,128})?`,
  before: "function:",
};

/** AWS Secrets Manager API reference, CreateSecret, Name. @param wild whether * and ? stand for others */
export const secretOf = (wild: boolean): Named => ({
  service: "secretsmanager",
  what: "a secret",
  name: `[A-Za-z0-9/_+=.@${wild ? WILD : ""}-]{1,512}`,
  before: "secret:",
});

/** AWS Systems Manager API reference, PutParameter, Name. An ARN has no second slash before the name (Service Authorization Reference). */
export const parameterOf = (wild: boolean): Named => {
  const part = `[a-zA-Z0-9_.${wild ? WILD : ""}-]+`;
  return {
    service: "ssm",
    what: "a parameter",
    name: `/?${part}(?:/${part})*`,
    before: "parameter",
    guess: (input) =>
      input
        .trim()
        .replace(/\/{2,}/g, "/")
        .replace(/(.)\/$/, "$1"),
  };
};

/**
 * An action of IAM. Upper and lower case are the same to IAM; a prefix is written in lower case everywhere (IAM user guide, "IAM JSON
 * policy elements: Action").
 */
const ACTION = "^(?:\\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$";
export const action = text(
  (input) => {
    if (new RegExp(ACTION).test(input)) return ok(input);
    const [service, ...name] = input.trim().split(/[:./]/);
    const guess = `${service!.toLowerCase()}:${name.join("")}`;
    return refuse(
      input.includes(":") ? `"${input}" is not an action` : `"${input}" does not say of which service it is an action`,
      guess !== input && new RegExp(ACTION).test(guess) ? guess : undefined,
    );
  },
  { description: "An action of IAM.", allowed: "service:Action, such as s3:GetObject; * stands for any characters", pattern: ACTION },
);

/** IAM user guide, "IAM JSON policy elements: Resource". */
const RESOURCE = "^(?:\\*|arn:[^:]+:[^:]+:[^:]*:[^:]*:.+)$";
export const resource = text((input) => (new RegExp(RESOURCE).test(input) ? ok(input) : refuse(`"${input}" is not an ARN`)), {
  description: "An ARN; * stands for any characters.",
  allowed: "an ARN such as arn:aws:s3:::bucket/*, or *",
  pattern: RESOURCE,
});
