import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import MailComposer from "nodemailer/lib/mail-composer/index.js";
import type { SubscriptionRow, TopicRow } from "../state.ts";

export interface Mail {
  topic: TopicRow;
  subscription: SubscriptionRow;
  messageId: string;
  subject?: string;
  text: string;
  /** Milliseconds since the epoch. */
  at: number;
}

/**
 * Writes a message as SNS mails it into the inbox folder: `<time>-<address>-<id>.eml`, RFC 5322. Sender, default subject and
 * footer are those of the mails that SNS sends (https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html).
 */
export async function writeMail(folder: string, mail: Mail): Promise<string> {
  const { topic, subscription, messageId, subject, text, at } = mail;
  const composer = new MailComposer({
    from: { name: topic.attributes["DisplayName"] ?? "AWS Notifications", address: "no-reply@sns.amazonaws.com" },
    to: subscription.endpoint,
    subject: subject ?? "AWS Notification Message",
    date: new Date(at),
    messageId: `<${messageId}@sns.amazonaws.com>`,
    text: subscription.protocol === "email-json" ? text : `${text}\n\n${footer(subscription)}`,
  });
  const bytes = await composer.compile().build();
  mkdirSync(folder, { recursive: true });
  const name = `${new Date(at).toISOString().replaceAll(":", "-")}-${subscription.endpoint.replace(/[^\w.@+-]/g, "_")}-${messageId.slice(0, 8)}.eml`;
  const path = join(folder, name);
  // Written aside first: whoever watches the folder sees whole mails only.
  writeFileSync(`${path}.part`, bytes);
  renameSync(`${path}.part`, path);
  return path;
}

function footer({ arn, topicArn, endpoint }: SubscriptionRow): string {
  const region = topicArn.split(":")[3];
  const link = `https://sns.${region}.amazonaws.com/unsubscribe.html?SubscriptionArn=${arn}&Endpoint=${endpoint}`;
  return [
    "--",
    "If you wish to stop receiving notifications from this topic, please click or visit the link below to unsubscribe:",
    link,
    "",
    "Please do not reply directly to this email. If you have any questions or comments regarding this email, please contact us at https://aws.amazon.com/support",
    "",
  ].join("\n");
}
