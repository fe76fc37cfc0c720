import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";

/** A mail. */
export interface Message {
  /** At most 100 ASCII characters without line breaks (Amazon SNS API reference, Publish). */
  readonly subject: string;
  readonly body: string;
}

export async function tell(topics: readonly string[], { subject, body }: Message, sns: SNSClient = new SNSClient({})): Promise<void> {
  await Promise.all(topics.map((TopicArn) => sns.send(new PublishCommand({ TopicArn, Subject: subject, Message: body }))));
}
