import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import type { Message } from "./message.ts";

export async function tell(topics: readonly string[], { subject, body }: Message, sns: SNSClient = new SNSClient({})): Promise<void> {
  await Promise.all(topics.map((TopicArn) => sns.send(new PublishCommand({ TopicArn, Subject: subject, Message: body }))));
}
