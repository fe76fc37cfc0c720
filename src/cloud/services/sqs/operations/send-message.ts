import type {
  MessageAttributeValue,
  SendMessageBatchRequest,
  SendMessageBatchResult,
  SendMessageRequest,
  SendMessageResult,
} from "@aws-sdk/client-sqs";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { seconds } from "../attributes.ts";
import type { NewMessage } from "../engine/broker.ts";
import type { SqsParts } from "../index.ts";
import { md5, md5OfAttributes } from "../md5.ts";
import { type Found, invalidValue, missingValue, requireQueue } from "../shared.ts";
import { isFifo } from "../state.ts";
import { checkBatch, each } from "./batch.ts";

type Content = Omit<SendMessageRequest, "QueueUrl">;

export function SendMessage({ store, broker }: Pick<SqsParts, "store" | "broker">, input: SendMessageRequest, call: Call): SendMessageResult {
  return send(broker, requireQueue(store, input.QueueUrl, call), input, senderOf(call));
}

/** Ten entries at most, each answered on its own. */
export function SendMessageBatch(
  { store, broker }: Pick<SqsParts, "store" | "broker">,
  input: SendMessageBatchRequest,
  call: Call,
): SendMessageBatchResult {
  const found = requireQueue(store, input.QueueUrl, call);
  const entries = checkBatch(input.Entries);
  const limit = seconds(found.queue, "MaximumMessageSize");
  const size = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (size > MAX_BATCH_BYTES || (entries.length === 1 && size > limit))
    throw new AwsError("BatchRequestTooLong", `Batch requests cannot be longer than ${MAX_BATCH_BYTES} bytes. You have sent ${size} bytes.`);
  return each(entries, ({ Id, ...entry }) => ({ Id, ...send(broker, found, entry, senderOf(call)) }));
}

/** "The total size of all messages that you send in a single SendMessageBatch call can't exceed 1,048,576 bytes (1 MiB)." */
const MAX_BATCH_BYTES = 1_048_576;

/** "For an IAM user, returns the IAM user ID … For an IAM role, returns the IAM role ID"; the account for root. */
export const senderOf = (call: Call): string => (call.principal as { userId?: string }).userId ?? call.principal.account;

type Sent = SendMessageResult & { MessageId: string; MD5OfMessageBody: string };

/** Checks and keeps one message. @throws AwsError InvalidParameterValue, InvalidMessageContents, UnsupportedOperation */
export function send(broker: SqsParts["broker"], found: Found, content: Content, senderId: string): Sent {
  const message = check(found, content, senderId);
  const { id, sequenceNumber } = broker.send(found, message);
  return {
    MessageId: id,
    MD5OfMessageBody: md5(message.body),
    MD5OfMessageAttributes: md5OfAttributes(message.attributes),
    MD5OfMessageSystemAttributes: md5OfAttributes(content.MessageSystemAttributes ?? {}),
    SequenceNumber: sequenceNumber,
  };
}

function check({ queue }: Found, content: Content, senderId: string): NewMessage {
  const { MessageBody: body = "", DelaySeconds, MessageGroupId, MessageDeduplicationId } = content;
  if (body === "") throw missingValue("MessageBody");
  checkText(body);
  const limit = seconds(queue, "MaximumMessageSize");
  if (sizeOf(content) > limit) throw invalidValue(`One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`);
  if (DelaySeconds !== undefined && (DelaySeconds < 0 || DelaySeconds > 900))
    throw invalidValue(`Value ${DelaySeconds} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.`);
  if (isFifo(queue)) checkFifo(content, queue.attributes["ContentBasedDeduplication"] === "true");
  else if (MessageDeduplicationId !== undefined)
    throw invalidValue(`The request includes a parameter that is not valid for this queue type. Reason: MessageDeduplicationId`);
  for (const [name, id] of Object.entries({ MessageGroupId, MessageDeduplicationId })) {
    // "can contain up to 128 alphanumeric characters (a-z, A-Z, 0-9) and punctuation"
    if (id !== undefined && !/^[\x21-\x7e]{1,128}$/.test(id))
      throw invalidValue(
        `The parameter ${name} is not valid. Reason: it can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
      );
  }
  const attributes = content.MessageAttributes ?? {};
  checkAttributes(attributes);
  return {
    body,
    attributes,
    senderId,
    ...(DelaySeconds === undefined ? {} : { delaySeconds: DelaySeconds }),
    ...(MessageGroupId === undefined ? {} : { groupId: MessageGroupId }),
    ...(MessageDeduplicationId === undefined ? {} : { deduplicationId: MessageDeduplicationId }),
    ...traceHeader(content),
  };
}

function traceHeader({ MessageSystemAttributes = {} }: Content): { traceHeader?: string } {
  const other = Object.keys(MessageSystemAttributes).find((name) => name !== "AWSTraceHeader");
  if (other !== undefined) throw invalidValue(`Message system attribute name '${other}' is invalid.`);
  const text = MessageSystemAttributes.AWSTraceHeader?.StringValue;
  return text === undefined ? {} : { traceHeader: text };
}

function checkFifo(content: Content, contentBased: boolean): void {
  if (content.MessageGroupId === undefined) throw missingValue("MessageGroupId");
  if (content.DelaySeconds !== undefined && content.DelaySeconds !== 0)
    throw invalidValue(
      `Value ${content.DelaySeconds} for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.`,
    );
  if (content.MessageDeduplicationId === undefined && !contentBased)
    throw invalidValue("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly");
}

/** "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF" (SendMessage). */
function checkText(text: string): void {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text))
    throw new AwsError(
      "InvalidMessageContents",
      "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
    );
}

/** SQS Developer Guide, "Message attribute components": at most ten; String, Number, Binary, each with a custom label. */
function checkAttributes(attributes: Record<string, MessageAttributeValue>): void {
  if (Object.keys(attributes).length > 10) throw invalidValue("Number of message attributes [11] exceeds the allowed maximum [10].");
  for (const [name, { DataType = "", StringValue, BinaryValue }] of Object.entries(attributes)) {
    if (!/^[A-Za-z0-9_.-]{1,256}$/.test(name) || /^(aws|amazon)\./i.test(name) || /^\.|\.\.|\.$/.test(name))
      throw invalidValue(`Message (user) attribute name '${name}' is invalid.`);
    if (!/^(String|Number|Binary)(\..+)?$/.test(DataType))
      throw invalidValue(
        DataType === ""
          ? `The message attribute '${name}' must contain a non-empty message attribute type.`
          : `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
      );
    const value = DataType.startsWith("Binary") ? BinaryValue?.length : StringValue?.length;
    if (!value)
      throw invalidValue(
        `The message attribute '${name}' must contain a non-empty message attribute value for message attribute type '${DataType}'.`,
      );
    if (DataType.startsWith("Number") && Number.isNaN(Number(StringValue)))
      throw invalidValue(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  }
}

/** "The message's body and its attributes": names, types and values count. */
function sizeOf({ MessageBody = "", MessageAttributes = {} }: Content): number {
  return Object.entries(MessageAttributes).reduce(
    (sum, [name, { DataType = "", StringValue = "", BinaryValue }]) =>
      sum + Buffer.byteLength(name) + Buffer.byteLength(DataType) + (BinaryValue?.length ?? Buffer.byteLength(StringValue)),
    Buffer.byteLength(MessageBody),
  );
}
