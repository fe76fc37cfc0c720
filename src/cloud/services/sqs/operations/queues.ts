import type {
  CreateQueueRequest,
  CreateQueueResult,
  DeleteQueueRequest,
  GetQueueUrlRequest,
  GetQueueUrlResult,
  ListDeadLetterSourceQueuesRequest,
  ListDeadLetterSourceQueuesResult,
  ListQueuesRequest,
  ListQueuesResult,
  PurgeQueueRequest,
} from "@aws-sdk/client-sqs";
import { AwsError } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { checkAttributes, redrivePolicy, settings } from "../attributes.ts";
import type { SqsParts } from "../index.ts";
import { invalidValue, missingValue, noSuchQueue, requireQueue } from "../shared.ts";
import { messages, queueArn, queues, type QueueRow, sent } from "../state.ts";

/** Where this cloud has a queue: on AWS `https://sqs.<region>.amazonaws.com/<account>/<name>`. */
export function queueUrl({ endpoint }: Pick<SqsParts, "endpoint">, scope: Scope, name: string, call: Call): string {
  const base = call.host ? `http://${call.host}` : endpoint();
  return `${base}/${scope.account}/${name}`;
}

/** Idempotent for the same attributes (SQS API reference, CreateQueue). */
export function CreateQueue(
  parts: Pick<SqsParts, "store" | "clock" | "endpoint" | "metrics">,
  input: CreateQueueRequest,
  call: Call,
): CreateQueueResult {
  const name = input.QueueName ?? "";
  if (!/^[A-Za-z0-9_-]{1,80}$|^[A-Za-z0-9_-]{1,75}\.fifo$/.test(name))
    throw invalidValue("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
  const given = (input.Attributes ?? {}) as Record<string, string>;
  const fifo = given["FifoQueue"] === "true";
  // "FifoQueue=false" is refused by the attribute's own check: standard queues must leave it out.
  if (fifo !== name.endsWith(".fifo"))
    throw invalidValue(
      fifo
        ? "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length."
        : "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    );
  const row = { name, arn: queueArn(call, name) };
  const attributes = withoutEmpty(checkAttributes(parts.store, row, given));
  const table = queues(parts.store, call);
  const existing = table.get(name);
  if (existing) return { QueueUrl: sameAs(existing, attributes, () => queueUrl(parts, call, name, call)) };
  const now = parts.clock.now();
  table.set(name, { ...row, attributes, tags: { ...input.tags }, createdAt: now, modifiedAt: now });
  parts.metrics.touch(call, name);
  return { QueueUrl: queueUrl(parts, call, name, call) };
}

function sameAs(existing: QueueRow, attributes: Record<string, string>, url: () => string): string {
  const has = settings(existing);
  for (const [name, value] of Object.entries(attributes)) {
    if (has[name] !== value)
      throw new AwsError("QueueNameExists", `A queue already exists with the same name and a different value for attribute ${name}`);
  }
  return url();
}

export const withoutEmpty = (attributes: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== ""));

/** Deletes the queue with all its messages. On AWS its name is not to be had again for 60 seconds; here it is, at once. */
export function DeleteQueue({ store, broker }: Pick<SqsParts, "store" | "broker">, input: DeleteQueueRequest, call: Call): void {
  const { scope, queue } = requireQueue(store, input.QueueUrl, call);
  empty({ store }, scope, queue);
  queues(store, scope).delete(queue.name);
  broker.wake(queue.arn);
}

function empty({ store }: Pick<SqsParts, "store">, scope: Scope, queue: QueueRow): void {
  for (const table of [messages(store, scope, queue.name), sent(store, scope, queue.name)]) for (const [key] of table.entries()) table.delete(key);
}

export function PurgeQueue({ store, clock }: Pick<SqsParts, "store" | "clock">, input: PurgeQueueRequest, call: Call): void {
  const { scope, queue } = requireQueue(store, input.QueueUrl, call);
  const now = clock.now();
  // "only one PurgeQueue operation on queue-name is allowed every 60 seconds"
  if (queue.purgedAt !== undefined && now - queue.purgedAt < 60_000)
    throw new AwsError("PurgeQueueInProgress", `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`, { status: 403 });
  empty({ store }, scope, queue);
  queues(store, scope).update(queue.name, { purgedAt: now });
}

export function GetQueueUrl(parts: Pick<SqsParts, "store" | "endpoint">, input: GetQueueUrlRequest, call: Call): GetQueueUrlResult {
  if (!input.QueueName) throw missingValue("QueueName");
  const scope = { account: input.QueueOwnerAWSAccountId ?? call.account, region: call.region };
  if (!queues(parts.store, scope).has(input.QueueName)) throw noSuchQueue();
  return { QueueUrl: queueUrl(parts, scope, input.QueueName, call) };
}

export function ListQueues(parts: Pick<SqsParts, "store" | "endpoint">, input: ListQueuesRequest, call: Call): ListQueuesResult {
  const names = queues(parts.store, call)
    .values()
    .map(({ name }) => name)
    .filter((name) => name.startsWith(input.QueueNamePrefix ?? ""));
  const { shown, NextToken } = page(names, input);
  return { QueueUrls: shown.map((name) => queueUrl(parts, call, name, call)), NextToken };
}

/** "When MaxResults is not set, up to 1,000 results and no NextToken". */
function page(names: string[], { MaxResults = 1000, NextToken }: { MaxResults?: number; NextToken?: string }) {
  if (MaxResults < 1 || MaxResults > 1000) throw invalidValue("MaxResults must be an integer between 1 and 1000.");
  const after = NextToken === undefined ? "" : Buffer.from(NextToken, "base64url").toString();
  const rest = names.sort().filter((name) => name > after);
  const shown = rest.slice(0, MaxResults);
  return { shown, ...(rest.length > shown.length ? { NextToken: Buffer.from(shown.at(-1)!).toString("base64url") } : {}) };
}

export function ListDeadLetterSourceQueues(
  parts: Pick<SqsParts, "store" | "endpoint">,
  input: ListDeadLetterSourceQueuesRequest,
  call: Call,
): ListDeadLetterSourceQueuesResult {
  const { scope, queue } = requireQueue(parts.store, input.QueueUrl, call);
  const names = queues(parts.store, scope)
    .filter((row) => redrivePolicy(row)?.deadLetterTargetArn === queue.arn)
    .map(({ name }) => name);
  const { shown, NextToken } = page(names, input);
  return { queueUrls: shown.map((name) => queueUrl(parts, scope, name, call)), NextToken };
}
