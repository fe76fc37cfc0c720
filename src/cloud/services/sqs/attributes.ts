import { AwsError } from "../../core/errors.ts";
import { parseArn } from "../../core/scope.ts";
import type { Store } from "../../core/store.ts";
import { queueByArn } from "./shared.ts";
import { isFifo, type QueueRow } from "./state.ts";

/** Attributes with whole numbers: least, greatest, default (SQS API reference, CreateQueue). */
const NUMBERS: Record<string, [min: number, max: number, standard: number]> = {
  DelaySeconds: [0, 900, 0],
  MaximumMessageSize: [1024, 1_048_576, 1_048_576],
  MessageRetentionPeriod: [60, 1_209_600, 345_600],
  ReceiveMessageWaitTimeSeconds: [0, 20, 0],
  VisibilityTimeout: [0, 43_200, 30],
  KmsDataKeyReusePeriodSeconds: [60, 86_400, 300],
};

const FIFO_ONLY: Record<string, string[]> = {
  FifoQueue: ["true"],
  ContentBasedDeduplication: ["true", "false"],
  DeduplicationScope: ["messageGroup", "queue"],
  FifoThroughputLimit: ["perQueue", "perMessageGroupId"],
};

export interface RedrivePolicy {
  deadLetterTargetArn: string;
  maxReceiveCount: number;
}

export const seconds = (queue: QueueRow, attribute: string): number => Number(queue.attributes[attribute] ?? NUMBERS[attribute]![2]);

export function redrivePolicy(queue: QueueRow): RedrivePolicy | undefined {
  const text = queue.attributes["RedrivePolicy"];
  return text ? (JSON.parse(text) as RedrivePolicy) : undefined;
}

const invalidAttribute = (name: string, reason = ""): AwsError =>
  new AwsError("InvalidAttributeValue", `Invalid value for the parameter ${name}.${reason ? ` Reason: ${reason}` : ""}`);

/**
 * Attributes as they are kept: checked, numbers inside JSON as numbers; an empty string takes an attribute away.
 * @throws AwsError InvalidAttributeName, InvalidAttributeValue
 */
export function checkAttributes(store: Store, queue: Pick<QueueRow, "name" | "arn">, attributes: Record<string, string>): Record<string, string> {
  const out = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, value === "" ? value : check(store, queue, name, value)]));
  if (out["FifoThroughputLimit"] === "perMessageGroupId" && out["DeduplicationScope"] === "queue")
    throw invalidAttribute("FifoThroughputLimit", "perMessageGroupId requires the deduplication scope messageGroup.");
  return out;
}

function check(store: Store, queue: Pick<QueueRow, "name" | "arn">, name: string, value: string): string {
  const range = NUMBERS[name];
  if (range) return checkNumber(name, value, range);
  const choices = FIFO_ONLY[name];
  if (choices) {
    if (!isFifo(queue)) throw new AwsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
    if (!choices.includes(value)) throw invalidAttribute(name);
    return value;
  }
  switch (name) {
    case "Policy":
      parse(name, value);
      return value;
    case "RedrivePolicy":
      return checkRedrive(store, queue, parse(name, value));
    case "RedriveAllowPolicy":
      return checkAllow(parse(name, value), value);
    case "KmsMasterKeyId":
    case "SqsManagedSseEnabled":
      return value;
    default:
      throw new AwsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
  }
}

function checkNumber(name: string, value: string, [min, max]: [number, number, number]): string {
  if (!/^\d+$/.test(value) || Number(value) < min || Number(value) > max) throw invalidAttribute(name);
  return String(Number(value));
}

function parse(name: string, value: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw invalidAttribute(name, "Not valid JSON.");
}

function checkRedrive(store: Store, queue: Pick<QueueRow, "name" | "arn">, policy: Record<string, unknown>): string {
  const { deadLetterTargetArn, maxReceiveCount = 10, ...rest } = policy;
  for (const other of Object.keys(rest)) throw invalidAttribute("RedrivePolicy", `Unknown member ${other}.`);
  const count = Number(maxReceiveCount);
  if (!Number.isInteger(count) || count < 1 || count > 1000)
    throw invalidAttribute("RedrivePolicy", "Invalid value for maxReceiveCount: it must be from 1 to 1000.");
  const target = parseArn(String(deadLetterTargetArn));
  if (target?.service !== "sqs") throw invalidAttribute("RedrivePolicy", "Invalid value for deadLetterTargetArn.");
  const found = queueByArn(store, String(deadLetterTargetArn));
  if (!found) throw new AwsError("QueueDoesNotExist", "Dead letter target does not exist.");
  if (isFifo(found.queue) !== isFifo(queue)) throw invalidAttribute("RedrivePolicy", "Dead-letter queue must be same type of queue as the source.");
  if (!mayRedrive(found.queue, queue.arn)) throw invalidAttribute("RedrivePolicy", "Dead-letter queue does not allow this source queue.");
  return JSON.stringify({ deadLetterTargetArn, maxReceiveCount: count });
}

/** Does a dead-letter queue take messages of that source? */
function mayRedrive(target: QueueRow, sourceArn: string): boolean {
  const text = target.attributes["RedriveAllowPolicy"];
  if (!text) return true;
  const { redrivePermission = "allowAll", sourceQueueArns = [] } = JSON.parse(text) as { redrivePermission?: string; sourceQueueArns?: string[] };
  return redrivePermission === "allowAll" || (redrivePermission === "byQueue" && sourceQueueArns.includes(sourceArn));
}

function checkAllow({ redrivePermission, sourceQueueArns }: Record<string, unknown>, text: string): string {
  if (!["allowAll", "denyAll", "byQueue"].includes(String(redrivePermission))) throw invalidAttribute("RedriveAllowPolicy");
  if ((redrivePermission === "byQueue") !== Array.isArray(sourceQueueArns)) throw invalidAttribute("RedriveAllowPolicy", "sourceQueueArns");
  if (Array.isArray(sourceQueueArns) && sourceQueueArns.length > 10) throw invalidAttribute("RedriveAllowPolicy", "more than 10 source queues");
  return text;
}

/** The attributes that a queue was set up with, defaults filled in; `Policy` and the like only where they were set. */
export function settings(queue: QueueRow): Record<string, string> {
  const { KmsDataKeyReusePeriodSeconds: _, ...numbers } = NUMBERS;
  return {
    ...Object.fromEntries(Object.entries(numbers).map(([name, [, , standard]]) => [name, String(standard)])),
    ...(queue.attributes["KmsMasterKeyId"] ? { KmsDataKeyReusePeriodSeconds: "300" } : { SqsManagedSseEnabled: "true" }),
    ...(isFifo(queue) ? { ContentBasedDeduplication: "false", DeduplicationScope: "queue", FifoThroughputLimit: "perQueue" } : {}),
    ...queue.attributes,
  };
}

/** What cannot be asked for. @throws AwsError InvalidAttributeName */
export function checkNames(names: readonly string[]): void {
  for (const name of names) if (!READABLE.has(name)) throw new AwsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
}

const READABLE = new Set([
  "All",
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesDelayed",
  "ApproximateNumberOfMessagesNotVisible",
  "CreatedTimestamp",
  "LastModifiedTimestamp",
  "QueueArn",
  "Policy",
  "RedrivePolicy",
  "RedriveAllowPolicy",
  "KmsMasterKeyId",
  "SqsManagedSseEnabled",
  ...Object.keys(NUMBERS),
  ...Object.keys(FIFO_ONLY),
]);
