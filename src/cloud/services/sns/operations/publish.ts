import type { PublishBatchInput, PublishBatchResponse, PublishInput, PublishResponse } from "@aws-sdk/client-sns";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { SnsParts } from "../index.ts";
import { invalid, requireTopic } from "../shared.ts";

/** SNS API reference, Publish: "maximum 256 KB". */
const MAX_MESSAGE_BYTES = 262_144;

/** Only topics: no phones, no FIFO. `MessageStructure: json` picks the text of each protocol. */
export function Publish({ store, deliver, ids }: Pick<SnsParts, "store" | "deliver" | "ids">, input: PublishInput): PublishResponse {
  if (input.PhoneNumber) throw new NotSupported("sns", "Publish", "PhoneNumber");
  if (input.MessageGroupId || input.MessageDeduplicationId) throw new NotSupported("sns", "Publish", "FIFO topics");
  const topic = requireTopic(store, input.TopicArn ?? input.TargetArn);
  checkMessage(input);
  const messageId = ids.uuid();
  deliver(topic, {
    messageId,
    texts: texts(input),
    ...(input.Subject === undefined ? {} : { subject: input.Subject }),
    attributes: input.MessageAttributes ?? {},
  });
  return { MessageId: messageId };
}

function checkMessage({ Message, Subject }: PublishInput): void {
  if (!Message) throw invalid("Empty message");
  if (Buffer.byteLength(Message) > MAX_MESSAGE_BYTES) throw invalid("Message too long");
  // "Constraints: Subjects must be UTF-8 text with no line breaks or control characters, and less than 100 characters long."
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (Subject !== undefined && (Subject.length > 100 || Subject === "" || /[\u0000-\u001f\u007f]/.test(Subject))) throw invalid("Subject");
}

function texts({ Message, MessageStructure }: PublishInput): Record<string, string> {
  if (MessageStructure === undefined) return { default: Message! };
  if (MessageStructure !== "json") throw invalid("MessageStructure");
  let parsed: unknown;
  try {
    parsed = JSON.parse(Message!);
  } catch {
    throw invalid("Message Structure - JSON message body failed to parse");
  }
  if (typeof (parsed as { default?: unknown } | null)?.default !== "string")
    throw invalid("Message Structure - No default entry in JSON message body");
  return parsed as Record<string, string>;
}

export function PublishBatch(parts: Pick<SnsParts, "store" | "deliver" | "ids">, input: PublishBatchInput): PublishBatchResponse {
  requireTopic(parts.store, input.TopicArn);
  const entries = input.PublishBatchRequestEntries ?? [];
  if (entries.length === 0) throw new AwsError("EmptyBatchRequestException", "The batch request doesn't contain any entries.");
  if (entries.length > 10) throw new AwsError("TooManyEntriesInBatchRequestException", "The batch request contains more entries than permissible.");
  if (new Set(entries.map((entry) => entry.Id)).size < entries.length) {
    throw new AwsError("BatchEntryIdsNotDistinctException", "Two or more batch entries in the request have the same Id.");
  }
  if (entries.reduce((sum, entry) => sum + Buffer.byteLength(entry.Message ?? ""), 0) > MAX_MESSAGE_BYTES) {
    throw new AwsError("BatchRequestTooLongException", "The length of all the batch messages put together is more than the limit.");
  }
  const answer: Required<Pick<PublishBatchResponse, "Successful" | "Failed">> = { Successful: [], Failed: [] };
  for (const { Id, ...entry } of entries) {
    try {
      answer.Successful.push({ Id, MessageId: Publish(parts, { TopicArn: input.TopicArn, ...entry }).MessageId });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      answer.Failed.push({ Id, Code: "InvalidParameter", Message: error.message, SenderFault: true });
    }
  }
  return answer;
}
