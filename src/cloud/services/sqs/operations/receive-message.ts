import type { Message, ReceiveMessageRequest, ReceiveMessageResult } from "@aws-sdk/client-sqs";
import type { Call } from "../../../core/service.ts";
import { seconds } from "../attributes.ts";
import type { SqsParts } from "../index.ts";
import { md5, md5OfAttributes } from "../md5.ts";
import { writeHandle } from "../receipts.ts";
import { invalidValue, requireQueue } from "../shared.ts";
import type { MessageRow } from "../state.ts";

/** With a wait time it answers when the first message comes, or empty when the time is over. */
export async function ReceiveMessage(
  { store, broker }: Pick<SqsParts, "store" | "broker">,
  input: ReceiveMessageRequest,
  call: Call,
): Promise<ReceiveMessageResult> {
  const found = requireQueue(store, input.QueueUrl, call);
  const { MaxNumberOfMessages: max = 1, VisibilityTimeout: visibilityTimeout } = input;
  const wait = input.WaitTimeSeconds ?? seconds(found.queue, "ReceiveMessageWaitTimeSeconds");
  inRange("MaxNumberOfMessages", max, 1, 10);
  inRange("WaitTimeSeconds", wait, 0, 20);
  if (visibilityTimeout !== undefined) inRange("VisibilityTimeout", visibilityTimeout, 0, 43_200);
  const request = { max, ...(visibilityTimeout === undefined ? {} : { visibilityTimeout }) };
  const work = wait === 0 ? undefined : broker.poll(found, request, wait);
  const rows = work === undefined ? broker.receive(found, request) : await (call.letTimePass ? call.letTimePass(work) : work);
  return rows.length > 0 ? { Messages: rows.map((row) => shown(found.queue.name, row, input)) } : {};
}

function inRange(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max)
    throw invalidValue(`Value ${value} for parameter ${name} is invalid. Reason: Must be >= ${min} and <= ${max}, if provided.`);
}

function shown(queue: string, row: MessageRow, input: ReceiveMessageRequest): Message {
  const wanted: string[] = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
  const system = Object.entries(systemAttributes(row)).filter(([name]) => wanted.includes("All") || wanted.includes(name));
  const attributes = Object.fromEntries(
    Object.entries(row.attributes).filter(([name]) => (input.MessageAttributeNames ?? []).some((pattern) => names(pattern, name))),
  );
  return {
    MessageId: row.id,
    ReceiptHandle: writeHandle(queue, row),
    MD5OfBody: md5(row.body),
    Body: row.body,
    ...(system.length > 0 ? { Attributes: Object.fromEntries(system) } : {}),
    ...(Object.keys(attributes).length > 0 ? { MessageAttributes: attributes, MD5OfMessageAttributes: md5OfAttributes(attributes) } : {}),
  };
}

/** "You can … specify All or .* in your request … or all message attributes starting with a prefix, for example bar.*". */
function names(pattern: string, name: string): boolean {
  if (pattern === "All" || pattern === ".*") return true;
  return pattern.endsWith(".*") ? name.startsWith(pattern.slice(0, -2)) : pattern === name;
}

function systemAttributes(row: MessageRow): Record<string, string> {
  return {
    SenderId: row.senderId,
    SentTimestamp: String(row.sentAt),
    ApproximateReceiveCount: String(row.receiveCount),
    ApproximateFirstReceiveTimestamp: String(row.firstReceivedAt),
    ...(row.sequenceNumber === undefined ? {} : { SequenceNumber: row.sequenceNumber }),
    ...(row.groupId === undefined ? {} : { MessageGroupId: row.groupId }),
    ...(row.deduplicationId === undefined ? {} : { MessageDeduplicationId: row.deduplicationId }),
    ...(row.traceHeader === undefined ? {} : { AWSTraceHeader: row.traceHeader }),
    ...(row.deadLetterSource === undefined ? {} : { DeadLetterQueueSourceArn: row.deadLetterSource }),
  };
}
