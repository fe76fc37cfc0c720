import { PublishCommand, type PublishCommandInput, SNSClient } from "@aws-sdk/client-sns";
import type { Recorder } from "./aws-record.ts";
import type { NoticeLine } from "./record.ts";
import { type Notice, OCCASION_ATTRIBUTE } from "./notice.ts";
import { CLIENT } from "./sdk.ts";

/** A mail, and the same for machines. */
export interface Message {
  /** At most 100 ASCII characters without line breaks (Amazon SNS API reference, Publish). */
  readonly subject: string;
  readonly body: string;
  readonly notice: Notice;
}

/** What the notify function gets: the protocol `lambda` of a message. */
export type LambdaNotice = Notice & Pick<Message, "subject" | "body">;

/**
 * Publishes a message: its text to those who read mails, its notice to functions (Amazon SNS API reference, Publish,
 * MessageStructure: a text for each protocol, and `default` for all others).
 */
export async function tell(topics: readonly string[], message: Message, sns: SNSClient = new SNSClient(CLIENT)): Promise<void> {
  await Promise.all(topics.map((TopicArn) => sns.send(new PublishCommand({ TopicArn, ...publishInput(message) }))));
}

/** Publishes a message, and writes it into the leaf's history. @throws what SNS answers */
export async function tellAndRecord(topics: readonly string[], message: Message, record: Recorder, sns?: SNSClient): Promise<void> {
  await tell(topics, message, sns);
  await record(noticeLine(message));
}

/** What a history says of a message. */
export const noticeLine = ({ notice, subject }: Message): NoticeLine => ({ line: "notice", at: notice.at, notice, subject });

type Published = Pick<PublishCommandInput, "Subject" | "Message" | "MessageStructure" | "MessageAttributes">;

function publishInput({ subject, body, notice }: Message): Published {
  const lambda: LambdaNotice = { ...notice, subject, body };
  return {
    Subject: subject,
    Message: JSON.stringify({ default: body, lambda: JSON.stringify(lambda) }),
    MessageStructure: "json",
    MessageAttributes: { [OCCASION_ATTRIBUTE]: { DataType: "String", StringValue: notice.occasion } },
  };
}
