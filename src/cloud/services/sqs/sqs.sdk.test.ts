import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateUserCommand, CreateAccessKeyCommand, GetUserCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { expect, onTestFinished, test } from "vitest";
import { withCloud } from "../../testing/with-cloud.ts";

async function cloudWithQueue() {
  const cloud = await withCloud();
  onTestFinished(() => cloud.end());
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "q" }));
  return { cloud, sqs, QueueUrl: QueueUrl! };
}

test("the SDK sends, waits for, receives and deletes messages, checking the digests", async () => {
  const { cloud, sqs, QueueUrl } = await cloudWithQueue();
  expect(QueueUrl).toBe(`${cloud.url}/000000000000/q`);
  const waiting = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MessageAttributeNames: ["All"] }));
  await cloud.clock.advance(2000);
  const MessageAttributes = { n: { DataType: "Number", StringValue: "7" }, b: { DataType: "Binary", BinaryValue: Uint8Array.of(1, 2) } };
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "grüß dich", MessageAttributes }));
  const [message] = (await waiting).Messages!;
  expect(message).toMatchObject({ Body: "grüß dich", MessageAttributes });
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message!.ReceiptHandle }));
  const batch = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: "a", MessageBody: "m" }] }));
  expect(batch).toMatchObject({ Successful: [{ Id: "a" }], Failed: [] });
});

test("errors carry the code of the query protocol as well, and old clients may speak it", async () => {
  const { cloud, sqs, QueueUrl } = await cloudWithQueue();
  const error = await sqs.send(new GetQueueUrlCommand({ QueueName: "none" })).catch((thrown: unknown) => thrown as Error);
  expect(error).toMatchObject({ name: "QueueDoesNotExist", Code: "AWS.SimpleQueueService.NonExistentQueue" });
  const query = async (parameters: Record<string, string>): Promise<string> => {
    const authorization = "AWS4-HMAC-SHA256 Credential=test/20260105/us-west-2/sqs/aws4_request, SignedHeaders=host, Signature=x";
    const response = await fetch(cloud.url, { method: "POST", headers: { authorization }, body: new URLSearchParams(parameters) });
    return response.text();
  };
  await query({ Action: "SendMessage", QueueUrl, MessageBody: "old" });
  expect(await query({ Action: "ReceiveMessage", QueueUrl, "AttributeName.1": "All" })).toMatch(
    /<ReceiveMessageResult><Message>.*<Body>old<\/Body><Attribute><Name>SenderId<\/Name>/s,
  );
  expect(await query({ Action: "GetQueueUrl", QueueName: "none" })).toContain("<Code>AWS.SimpleQueueService.NonExistentQueue</Code>");
});

test("the queue's policy lets in a user without a policy of its own, and a rule", async () => {
  const { cloud, sqs, QueueUrl } = await cloudWithQueue();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: "u" }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "u" }));
  const { User } = await iam.send(new GetUserCommand({ UserName: "u" }));
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
  const asUser = new SQSClient({ region: "us-west-2", endpoint: cloud.url, credentials });
  const send = () => asUser.send(new SendMessageCommand({ QueueUrl, MessageBody: "by the user" }));
  await expect(send()).rejects.toMatchObject({ name: "AccessDeniedException" });
  const arn = "arn:aws:sqs:us-west-2:000000000000:q";
  const rule = "arn:aws:events:us-west-2:000000000000:rule/r";
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { AWS: User!.Arn }, Action: "sqs:SendMessage", Resource: arn },
      {
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: arn,
        Condition: { ArnEquals: { "aws:SourceArn": rule } },
      },
    ],
  });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  await send();
  const events = cloud.client(EventBridgeClient);
  await events.send(new PutRuleCommand({ Name: "r", EventPattern: '{"source":["my.app"]}' }));
  await events.send(new PutTargetsCommand({ Rule: "r", Targets: [{ Id: "q", Arn: arn, InputPath: "$.detail" }] }));
  await events.send(new PutEventsCommand({ Entries: [{ Source: "my.app", DetailType: "t", Detail: '{"a":1}' }] }));
  await cloud.clock.settle();
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  expect(Messages?.map(({ Body }) => Body)).toEqual(["by the user", '{"a":1}']);
  expect((await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["Policy"] }))).Attributes).toEqual({ Policy });
});
