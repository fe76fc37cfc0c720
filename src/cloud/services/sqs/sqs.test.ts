import { beforeEach, describe, expect, test } from "vitest";
import { md5OfAttributes } from "./md5.ts";
import { sqsAlone } from "./testing.ts";

let alone: ReturnType<typeof sqsAlone>;
beforeEach(() => (alone = sqsAlone()));

const arnOf = (name: string): string => `arn:aws:sqs:us-west-2:000000000000:${name}`;
const code = (name: string) => expect.objectContaining({ code: name }) as Error;
const counts = (QueueUrl: string): number[] => {
  const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"];
  const { Attributes } = alone.call<{ Attributes: Record<string, string> }>("GetQueueAttributes", { QueueUrl, AttributeNames: names });
  return names.map((name) => Number(Attributes[name]));
};

describe("a queue", () => {
  test("is made once for the same attributes, and not again for others", () => {
    const url = alone.create("q", { VisibilityTimeout: "60" });
    expect(url).toBe("http://127.0.0.1:4590/000000000000/q");
    expect(alone.create("q", { VisibilityTimeout: "60" })).toBe(url);
    expect(alone.create("q")).toBe(url);
    expect(() => alone.create("q", { VisibilityTimeout: "61" })).toThrow(code("QueueNameExists"));
    expect(alone.call("GetQueueAttributes", { QueueUrl: url, AttributeNames: ["All"] }).Attributes).toMatchObject({
      QueueArn: arnOf("q"),
      VisibilityTimeout: "60",
      DelaySeconds: "0",
      MessageRetentionPeriod: "345600",
      MaximumMessageSize: "1048576",
      ReceiveMessageWaitTimeSeconds: "0",
    });
  });

  test.each([
    [{ VisibilityTimeout: "43201" }, "InvalidAttributeValue"],
    [{ Nonsense: "1" }, "InvalidAttributeName"],
    [{ FifoQueue: "true" }, "InvalidParameterValue"],
    [{ RedrivePolicy: "{}" }, "InvalidAttributeValue"],
    [{ RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf("none"), maxReceiveCount: 1 }) }, "QueueDoesNotExist"],
  ])("with the attributes %j is refused", (attributes, error) => {
    expect(() => alone.create("q", attributes as Record<string, string>)).toThrow(code(error));
  });

  test("that is gone does not exist, and lists page by page", () => {
    for (const name of ["a1", "a2", "b"]) alone.create(name);
    const first = alone.call("ListQueues", { QueueNamePrefix: "a", MaxResults: 1 });
    expect(first.QueueUrls).toEqual(["http://127.0.0.1:4590/000000000000/a1"]);
    expect(alone.call("ListQueues", { QueueNamePrefix: "a", MaxResults: 1, NextToken: first.NextToken })).toEqual({
      QueueUrls: ["http://127.0.0.1:4590/000000000000/a2"],
    });
    alone.call("DeleteQueue", { QueueUrl: first.QueueUrls[0] });
    expect(() => alone.call("GetQueueUrl", { QueueName: "a1" })).toThrow(code("QueueDoesNotExist"));
  });

  test("is purged once a minute at most", async () => {
    const QueueUrl = alone.create("q");
    alone.call("SendMessage", { QueueUrl, MessageBody: "m" });
    alone.call("PurgeQueue", { QueueUrl });
    expect(await alone.receive(QueueUrl)).toEqual([]);
    expect(() => alone.call("PurgeQueue", { QueueUrl })).toThrow(code("PurgeQueueInProgress"));
  });
});

describe("a message", () => {
  test("is hidden while it is being worked on, comes again after, and goes for good when it is deleted", async () => {
    const QueueUrl = alone.create("q");
    alone.call("SendMessage", { QueueUrl, MessageBody: "m" });
    const [first] = await alone.receive(QueueUrl);
    expect(first).toMatchObject({ Body: "m", Attributes: { ApproximateReceiveCount: "1", SentTimestamp: String(alone.clock.now()) } });
    expect(await alone.receive(QueueUrl)).toEqual([]);
    expect(counts(QueueUrl)).toEqual([0, 1, 0]);
    await alone.clock.advance(30_000);
    const [second] = await alone.receive(QueueUrl);
    expect(second!.Attributes!["ApproximateReceiveCount"]).toBe("2");
    alone.call("DeleteMessage", { QueueUrl, ReceiptHandle: first!.ReceiptHandle });
    expect(counts(QueueUrl), "an older handle deletes nothing").toEqual([0, 1, 0]);
    alone.call("DeleteMessage", { QueueUrl, ReceiptHandle: second!.ReceiptHandle });
    expect(counts(QueueUrl)).toEqual([0, 0, 0]);
  });

  test("can be delayed, and its visibility changed", async () => {
    const QueueUrl = alone.create("q", { DelaySeconds: "10" });
    alone.call("SendMessage", { QueueUrl, MessageBody: "m" });
    expect(counts(QueueUrl)).toEqual([0, 0, 1]);
    await alone.clock.advance(10_000);
    const [message] = await alone.receive(QueueUrl);
    alone.call("ChangeMessageVisibility", { QueueUrl, ReceiptHandle: message!.ReceiptHandle, VisibilityTimeout: 0 });
    expect(counts(QueueUrl)).toEqual([1, 0, 0]);
    expect(() => alone.call("ChangeMessageVisibility", { QueueUrl, ReceiptHandle: message!.ReceiptHandle, VisibilityTimeout: 5 })).toThrow(
      code("MessageNotInflight"),
    );
    expect(() => alone.call("DeleteMessage", { QueueUrl, ReceiptHandle: "nonsense" })).toThrow(code("ReceiptHandleIsInvalid"));
  });

  test("outlives the retention period not at all", async () => {
    const QueueUrl = alone.create("q", { MessageRetentionPeriod: "60" });
    alone.call("SendMessage", { QueueUrl, MessageBody: "m" });
    await alone.clock.advance(60_000);
    expect(await alone.receive(QueueUrl)).toEqual([]);
  });

  test("shows the attributes that are asked for, with their digest", async () => {
    const QueueUrl = alone.create("q");
    const MessageAttributes = { "a.x": { DataType: "String", StringValue: "1" }, b: { DataType: "Binary", BinaryValue: Uint8Array.of(1) } };
    const sent = alone.call("SendMessage", { QueueUrl, MessageBody: "m", MessageAttributes });
    expect(sent).toMatchObject({ MD5OfMessageBody: "6f8f57715090da2632453988d9a1501b", MD5OfMessageAttributes: md5OfAttributes(MessageAttributes) });
    const [message] = await alone.receive(QueueUrl, { MessageAttributeNames: ["a.*"] });
    expect(message).toMatchObject({ MessageAttributes: { "a.x": MessageAttributes["a.x"] } });
    expect(message).not.toHaveProperty("MessageAttributes.b");
  });

  test.each([
    [{ MessageBody: "" }, "MissingParameter"],
    [{ MessageBody: "\u0000" }, "InvalidMessageContents"],
    [{ MessageBody: "x".repeat(1025) }, "InvalidParameterValue"],
    [{ MessageBody: "m", DelaySeconds: 901 }, "InvalidParameterValue"],
    [{ MessageBody: "m", MessageAttributes: { "aws.x": { DataType: "String", StringValue: "1" } } }, "InvalidParameterValue"],
    [{ MessageBody: "m", MessageAttributes: { n: { DataType: "Number", StringValue: "x" } } }, "InvalidParameterValue"],
  ])("like %j is refused", (message, error) => {
    const QueueUrl = alone.create("q", { MaximumMessageSize: "1024" });
    expect(() => alone.call("SendMessage", { QueueUrl, ...message })).toThrow(code(error));
  });
});

// The figures are those of the npm package aws-md5-of-message-attributes, whose tests took them from AWS.
test.each([
  [{ attribName1: { DataType: "String", StringValue: "attribValue 1" } }, "19e27d4e946b072f3f58da80d94fd778"],
  [{ binaryAttribute: { DataType: "Binary", BinaryValue: Buffer.from("Hello binary world!") } }, "31a92b15d92f8db860eda32aceb656c3"],
])("the digest of %j is AWS's", (attributes, digest) => {
  expect(md5OfAttributes(attributes)).toBe(digest);
});

describe("long polling", () => {
  test("answers when a message comes, when one becomes visible, and when the time is over", async () => {
    const QueueUrl = alone.create("q", { ReceiveMessageWaitTimeSeconds: "20" });
    const start = alone.clock.now();
    const first = alone.receive(QueueUrl, { VisibilityTimeout: 5 });
    await alone.clock.advance(3000);
    alone.call("SendMessage", { QueueUrl, MessageBody: "m" });
    expect((await first)[0]!.Attributes!["ApproximateFirstReceiveTimestamp"]).toBe(String(start + 3000));
    const second = alone.receive(QueueUrl);
    await alone.clock.advance(5000);
    expect(await second).toHaveLength(1);
    const third = alone.receive(QueueUrl);
    await alone.clock.advance(20_000);
    expect(await third).toEqual([]);
  });

  test("hands one message to one of those who wait", async () => {
    const QueueUrl = alone.create("q");
    const both = [alone.receive(QueueUrl, { WaitTimeSeconds: 20 }), alone.receive(QueueUrl, { WaitTimeSeconds: 20 })];
    await alone.clock.advance(1000);
    alone.call("SendMessage", { QueueUrl, MessageBody: "m" });
    await alone.clock.advance(19_000);
    expect((await Promise.all(both)).map((messages) => messages.length)).toEqual([1, 0]);
  });

  test("ends with the cloud", async () => {
    const waiting = alone.receive(alone.create("q"), { WaitTimeSeconds: 20 });
    void alone.sqs.stop!();
    expect(await waiting).toEqual([]);
  });
});

describe("a dead-letter queue", () => {
  const withDeadLetters = (): [source: string, dead: string] => {
    const dead = alone.create("dead");
    const policy = { deadLetterTargetArn: arnOf("dead"), maxReceiveCount: "2" };
    return [alone.create("q", { RedrivePolicy: JSON.stringify(policy), VisibilityTimeout: "1" }), dead];
  };

  test("takes what was received too often, and gives it back", async () => {
    const [source, dead] = withDeadLetters();
    alone.call("SendMessage", { QueueUrl: source, MessageBody: "m" });
    for (let i = 0; i < 2; i++) {
      expect(await alone.receive(source)).toHaveLength(1);
      await alone.clock.advance(1000);
    }
    expect(await alone.receive(source)).toEqual([]);
    const [message] = await alone.receive(dead, { VisibilityTimeout: 0 });
    expect(message).toMatchObject({ Body: "m", Attributes: { DeadLetterQueueSourceArn: arnOf("q") } });
    expect(alone.call("ListDeadLetterSourceQueues", { QueueUrl: dead }).queueUrls).toEqual([source]);
    expect(alone.call("StartMessageMoveTask", { SourceArn: arnOf("dead") })).toHaveProperty("TaskHandle");
    expect(alone.call("ListMessageMoveTasks", { SourceArn: arnOf("dead") }).Results).toMatchObject([
      { Status: "COMPLETED", ApproximateNumberOfMessagesMoved: 1 },
    ]);
    expect(await alone.receive(source)).toMatchObject([{ Body: "m", Attributes: { ApproximateReceiveCount: "1" } }]);
  });

  test("says whose it is", () => {
    alone.create("dead", { RedriveAllowPolicy: JSON.stringify({ redrivePermission: "byQueue", sourceQueueArns: [arnOf("good")] }) });
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf("dead"), maxReceiveCount: 2 });
    expect(alone.create("good", { RedrivePolicy })).toContain("good");
    expect(() => alone.create("bad", { RedrivePolicy })).toThrow(code("InvalidAttributeValue"));
  });
});

describe("a FIFO queue", () => {
  let QueueUrl: string;
  const send = (MessageBody: string, MessageGroupId = "g", more: object = {}) =>
    alone.call("SendMessage", { QueueUrl, MessageBody, MessageGroupId, ...more });
  beforeEach(() => (QueueUrl = alone.create("q.fifo", { FifoQueue: "true", ContentBasedDeduplication: "true" })));

  test("keeps the order inside a group, and hides the rest of a group that is being worked on", async () => {
    send("1");
    send("2");
    send("a", "other");
    const [first] = await alone.receive(QueueUrl);
    expect(first).toMatchObject({ Body: "1", Attributes: { MessageGroupId: "g" } });
    const [other] = await alone.receive(QueueUrl, { MaxNumberOfMessages: 10 });
    expect(other!.Body).toBe("a");
    alone.call("DeleteMessage", { QueueUrl, ReceiptHandle: first!.ReceiptHandle });
    expect((await alone.receive(QueueUrl, { MaxNumberOfMessages: 10 })).map(({ Body }) => Body)).toEqual(["2"]);
    await alone.clock.advance(30_000);
    expect(() => alone.call("DeleteMessage", { QueueUrl, ReceiptHandle: other!.ReceiptHandle })).toThrow(/receipt handle has expired/);
  });

  test("takes the same message once in five minutes", async () => {
    const first = send("m");
    expect(send("m")).toEqual(first);
    expect(send("m", "g", { MessageDeduplicationId: "x" }).MessageId).not.toBe(first.MessageId);
    expect(await alone.receive(QueueUrl, { MaxNumberOfMessages: 10 })).toHaveLength(2);
    await alone.clock.advance(300_000);
    expect(send("m").MessageId).not.toBe(first.MessageId);
  });

  test("needs a group, and an id where it does not make one of the content", () => {
    expect(() => alone.call("SendMessage", { QueueUrl, MessageBody: "m" })).toThrow(code("MissingParameter"));
    QueueUrl = alone.create("r.fifo", { FifoQueue: "true", DeduplicationScope: "messageGroup", FifoThroughputLimit: "perMessageGroupId" });
    expect(() => send("m")).toThrow(/ContentBasedDeduplication/);
    const inGroup = (group: string) => send("m", group, { MessageDeduplicationId: "same" }).MessageId as string;
    expect(inGroup("a")).not.toBe(inGroup("b"));
  });
});

test("a batch answers each entry on its own", () => {
  const QueueUrl = alone.create("q");
  const Entries = [
    { Id: "a", MessageBody: "m" },
    { Id: "b", MessageBody: "" },
  ];
  expect(alone.call("SendMessageBatch", { QueueUrl, Entries })).toMatchObject({
    Successful: [{ Id: "a", MD5OfMessageBody: "6f8f57715090da2632453988d9a1501b" }],
    Failed: [{ Id: "b", Code: "MissingParameter", SenderFault: true }],
  });
  expect(() => alone.call("DeleteMessageBatch", { QueueUrl, Entries: [] })).toThrow(code("EmptyBatchRequest"));
  const twice = [{ Id: "a" }, { Id: "a" }];
  expect(() => alone.call("DeleteMessageBatch", { QueueUrl, Entries: twice })).toThrow(code("BatchEntryIdsNotDistinct"));
});

test("permissions are statements of the policy", () => {
  const QueueUrl = alone.create("q");
  alone.call("AddPermission", { QueueUrl, Label: "l", AWSAccountIds: ["111111111111"], Actions: ["SendMessage"] });
  const policy = () => alone.call("GetQueueAttributes", { QueueUrl, AttributeNames: ["Policy"] }).Attributes?.Policy as string | undefined;
  expect(JSON.parse(policy()!)).toMatchObject({ Statement: [{ Sid: "l", Action: ["SQS:SendMessage"], Resource: arnOf("q") }] });
  alone.call("RemovePermission", { QueueUrl, Label: "l" });
  expect(policy()).toBeUndefined();
});

test("a service needs the queue's policy", async () => {
  const source = { principal: "events.amazonaws.com", arn: "arn:aws:events:us-west-2:000000000000:rule/r" };
  const QueueUrl = alone.create("q");
  await expect(alone.sqs.send(arnOf("q"), { body: "m" }, source)).rejects.toMatchObject({ code: "AccessDenied" });
  await expect(alone.sqs.send(arnOf("none"), { body: "m" }, source)).rejects.toMatchObject({ code: "QueueDoesNotExist" });
  alone.call("SetQueueAttributes", { QueueUrl, Attributes: { Policy: "{}" } });
  await alone.sqs.send(arnOf("q"), { body: "m" }, source);
  expect(await alone.receive(QueueUrl)).toMatchObject([{ Body: "m" }]);
});

test("metrics come each minute while the queue is active, and what it holds outlives a restart", async () => {
  const QueueUrl = alone.create("q");
  alone.call("SendMessage", { QueueUrl, MessageBody: "mm" });
  await alone.receive(QueueUrl);
  await alone.receive(QueueUrl);
  await alone.clock.advance(30_000);
  await alone.clock.advance(30_000);
  expect(Object.fromEntries(alone.metrics.map(({ name, value }) => [name, value]))).toEqual({
    ApproximateNumberOfMessagesVisible: 1,
    ApproximateNumberOfMessagesNotVisible: 0,
    ApproximateNumberOfMessagesDelayed: 0,
    ApproximateAgeOfOldestMessage: 60,
    NumberOfMessagesSent: 1,
    NumberOfMessagesReceived: 1,
    NumberOfMessagesDeleted: 0,
    NumberOfEmptyReceives: 1,
    SentMessageSize: 2,
  });
  void alone.sqs.stop!();
  const again = sqsAlone({ seed: 2, store: alone.store, clock: alone.clock });
  void again.sqs.start!();
  again.call("SendMessage", { QueueUrl, MessageBody: "later" });
  expect((await again.receive(QueueUrl, { MaxNumberOfMessages: 10 })).map(({ Body }) => Body)).toEqual(["mm", "later"]);
  await alone.clock.advance(60_000);
  expect(again.metrics.find(({ name }) => name === "ApproximateNumberOfMessagesVisible")?.value).toBe(2);
  again.call("DeleteQueue", { QueueUrl });
  again.metrics.length = 0;
  await alone.clock.advance(120_000);
  expect(again.metrics).toEqual([]);
});
