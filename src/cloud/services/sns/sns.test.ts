import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../core/clock.ts";
import { seededIds } from "../../core/ids.ts";
import { Store } from "../../core/store.ts";
import type { Call, Service } from "../../core/service.ts";
import type { SnsPort } from "../../core/ports.ts";
import { createSns } from "./index.ts";

const call: Call = {
  account: "000000000000",
  region: "us-west-2",
  principal: { kind: "root", arn: "arn:aws:iam::000000000000:root", account: "000000000000" },
  requestId: "r",
};
let dataDir: string;
let clock: VirtualClock;
let sns: Service & SnsPort;
const invoked: unknown[] = [];
const queued: unknown[] = [];
const asked: unknown[][] = [];
let allowed = true;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "rouse-sns-"));
  clock = new VirtualClock();
  allowed = true;
  invoked.length = 0;
  queued.length = 0;
  sns = createSns({
    store: new Store(),
    clock,
    ids: seededIds(),
    lambda: { invokeAsync: async (...args) => void invoked.push(args), invokeSync: () => Promise.reject(new Error("not used")) },
    sqs: {
      send: async (...args) => {
        queued.push(args);
        return { messageId: "m" };
      },
    },
    metrics: { put: () => {} },
    allowsService: (...args) => {
      asked.push(args);
      return allowed;
    },
    dataDir,
    log: () => {},
  });
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const run = (operation: string, input: object): Record<string, unknown> => sns.operations[operation]!(input, call) as Record<string, unknown>;
const topic = (): string => run("CreateTopic", { Name: "alerts" })["TopicArn"] as string;
const mails = (): string[] => readdirSync(join(dataDir, "inbox")).map((name) => readFileSync(join(dataDir, "inbox", name), "utf8"));

describe("a mail subscription", () => {
  test("puts each message into the inbox as a mail", async () => {
    run("Subscribe", { TopicArn: topic(), Protocol: "email", Endpoint: "a@example.com" });
    run("Publish", { TopicArn: topic(), Subject: "minecraft is up", Message: "Connect to minecraft.example.com" });
    await clock.settle();
    const [mail] = mails();
    expect(mail).toContain("To: a@example.com");
    expect(mail).toContain("Subject: minecraft is up");
    expect(mail).toContain("Date: Mon, 05 Jan 2026 00:00:00 +0000");
    expect(mail).toContain("Connect to minecraft.example.com");
    expect(mail).toContain("unsubscribe");
  });

  test("is one subscription however often it is made", () => {
    const first = run("Subscribe", { TopicArn: topic(), Protocol: "email", Endpoint: "a@example.com" });
    expect(run("Subscribe", { TopicArn: topic(), Protocol: "email", Endpoint: "a@example.com" })).toEqual(first);
    expect(run("ListSubscriptionsByTopic", { TopicArn: topic() })["Subscriptions"]).toHaveLength(1);
  });

  test.each(["nobody", "a@b.c\r\nBcc: x@y.z", "a@b.c,d@e.f", "<a@b.c>"])("refuses %j, which is no address", (Endpoint) => {
    expect(() => run("Subscribe", { TopicArn: topic(), Protocol: "email", Endpoint })).toThrow("Email address");
  });

  test("cannot lead a mail out of the inbox, and leaves nothing half written", async () => {
    run("Subscribe", { TopicArn: topic(), Protocol: "email", Endpoint: "../../x@example.com" });
    run("Publish", { TopicArn: topic(), Message: "m" });
    await clock.settle();
    expect(readdirSync(join(dataDir, "inbox"))).toEqual([expect.stringMatching(/x@example\.com-.*\.eml$/)]);
  });
});

describe("a filter policy", () => {
  const subscribe = (policy: object): unknown =>
    run("Subscribe", { TopicArn: topic(), Protocol: "email", Endpoint: "a@example.com", Attributes: { FilterPolicy: JSON.stringify(policy) } });
  const publish = (attributes: Record<string, [string, string]>): unknown =>
    run("Publish", {
      TopicArn: topic(),
      Subject: Object.values(attributes)[0]?.[1] ?? "none",
      Message: "m",
      MessageAttributes: Object.fromEntries(Object.entries(attributes).map(([name, [DataType, StringValue]]) => [name, { DataType, StringValue }])),
    });
  const subjects = (): string[] => mails().map((mail) => /^Subject: (.*)$/m.exec(mail)![1]!.trim());

  // Amazon SNS developer guide, "String value matching", "Numeric value matching", "Key matching".
  test.each<[string, object, Record<string, [string, string]>[], string[]]>([
    ["a value", { on: ["ready", "stopped"] }, [{ on: ["String", "ready"] }, { on: ["String", "crashed"] }, {}], ["ready"]],
    ["two names", { on: ["ready"], leaf: ["a"] }, [{ on: ["String", "ready"] }, { on: ["String", "ready"], leaf: ["String", "a"] }], ["ready"]],
    ["a list", { on: [2] }, [{ on: ["String.Array", "[1,2]"] }, { on: ["String.Array", "[1]"] }], ["[1,2]"]],
    ["no such name", { on: ["a", { exists: false }] }, [{ on: ["String", "b"] }, {}], ["none"]],
    ["anything but", { on: [{ "anything-but": ["a"] }] }, [{ on: ["String", "a"] }, { on: ["String", "b"] }, {}], ["b"]],
    ["a beginning or an end", { on: [{ prefix: "re" }, { suffix: "ed" }] }, [{ on: ["String", "ready"] }, { on: ["String", "up"] }], ["ready"]],
    ["a number", { n: [{ numeric: [">", 1, "<=", 2] }] }, [{ n: ["Number", "1"] }, { n: ["Number", "2.0"] }, { n: ["String", "2"] }], ["2.0"]],
  ])("lets through %s", async (_, policy, messages, expected) => {
    subscribe(policy);
    for (const message of messages) publish(message);
    await clock.settle();
    expect(subjects()).toEqual(expected);
  });

  test("can be changed and taken back", async () => {
    const { SubscriptionArn } = subscribe({ on: ["ready"] }) as { SubscriptionArn: string };
    expect(() => subscribe({ on: ["stopped"] })).toThrow("already exists with different attributes");
    run("SetSubscriptionAttributes", { SubscriptionArn, AttributeName: "FilterPolicy", AttributeValue: "{}" });
    publish({});
    await clock.settle();
    expect(subjects()).toEqual(["none"]);
    run("SetSubscriptionAttributes", { SubscriptionArn, AttributeName: "FilterPolicy", AttributeValue: "" });
    expect(run("GetSubscriptionAttributes", { SubscriptionArn })["Attributes"]).not.toHaveProperty("FilterPolicy");
  });

  test("that is none, or that this cloud does not apply, is refused", () => {
    expect(() => subscribe({ on: "ready" })).toThrow('"on" must be an object or an array');
    expect(() => subscribe({ on: [{ cidr: "10.0.0.0/8" }] })).toThrow("cidr in a filter policy");
    const scope = { FilterPolicy: "{}", FilterPolicyScope: "MessageBody" };
    expect(() => run("Subscribe", { TopicArn: topic(), Protocol: "email", Endpoint: "a@example.com", Attributes: scope })).toThrow("MessageBody");
  });
});

test("a function gets the documented event", async () => {
  const fn = "arn:aws:lambda:us-west-2:000000000000:function:f";
  run("Subscribe", { TopicArn: topic(), Protocol: "lambda", Endpoint: fn });
  run("Publish", { TopicArn: topic(), Message: "m", MessageAttributes: { a: { DataType: "String", StringValue: "x" } } });
  await clock.settle();
  expect(invoked).toEqual([
    [
      fn,
      {
        Records: [
          expect.objectContaining({
            EventSource: "aws:sns",
            EventVersion: "1.0",
            Sns: expect.objectContaining({
              Type: "Notification",
              Subject: null,
              Message: "m",
              MessageAttributes: { a: { Type: "String", Value: "x" } },
            }),
          }),
        ],
      },
      { principal: "sns.amazonaws.com", arn: topic() },
    ],
  ]);
});

describe("a queue", () => {
  const queue = "arn:aws:sqs:us-west-2:000000000000:q";
  const source = (): object => ({ principal: "sns.amazonaws.com", arn: topic() });
  const publish = (): unknown =>
    run("Publish", { TopicArn: topic(), Message: "m", MessageAttributes: { a: { DataType: "String", StringValue: "x" } } });

  test("gets the notification as JSON", async () => {
    run("Subscribe", { TopicArn: topic(), Protocol: "sqs", Endpoint: queue });
    publish();
    await clock.settle();
    expect(queued).toEqual([[queue, { body: expect.any(String) }, source()]]);
    const body = JSON.parse((queued[0] as [string, { body: string }])[1].body) as object;
    expect(body).toMatchObject({ Type: "Notification", TopicArn: topic(), Message: "m", MessageAttributes: { a: { Type: "String", Value: "x" } } });
  });

  test("gets the bare message with RawMessageDelivery", async () => {
    const { SubscriptionArn } = run("Subscribe", { TopicArn: topic(), Protocol: "sqs", Endpoint: queue, Attributes: { RawMessageDelivery: "true" } });
    publish();
    await clock.settle();
    expect(queued).toEqual([[queue, { body: "m", attributes: { a: { DataType: "String", StringValue: "x" } } }, source()]]);
    expect(run("GetSubscriptionAttributes", { SubscriptionArn })).toMatchObject({ Attributes: { RawMessageDelivery: "true" } });
    run("SetSubscriptionAttributes", { SubscriptionArn, AttributeName: "RawMessageDelivery", AttributeValue: "false" });
    expect(run("GetSubscriptionAttributes", { SubscriptionArn })).toMatchObject({ Attributes: { RawMessageDelivery: "false" } });
  });
});

describe("a service that publishes", () => {
  const rule = { principal: "events.amazonaws.com", arn: "arn:aws:events:us-west-2:000000000000:rule/r" };

  test("needs the topic's policy", async () => {
    await expect(sns.publish(topic(), { body: "m" }, rule)).rejects.toMatchObject({ code: "AuthorizationError" });
    run("SetTopicAttributes", { TopicArn: topic(), AttributeName: "Policy", AttributeValue: "{}" });
    await sns.publish(topic(), { body: "m" }, rule);
    expect(asked.at(-1)).toEqual(["{}", rule.principal, "sns:Publish", topic(), expect.objectContaining({ "aws:SourceArn": rule.arn })]);
    allowed = false;
    await expect(sns.publish(topic(), { body: "m" }, rule)).rejects.toMatchObject({ code: "AuthorizationError" });
  });

  test.each(["cloudwatch.amazonaws.com", "autoscaling.amazonaws.com"])("%s of the same account does without", async (principal) => {
    await expect(sns.publish(topic(), { body: "m" }, { principal })).resolves.toBeUndefined();
  });

  test("loses no message to an odd subject", async () => {
    run("Subscribe", { TopicArn: topic(), Protocol: "email", Endpoint: "a@example.com" });
    await sns.publish(topic(), { subject: `ALARM:\n${"x".repeat(200)}`, body: "m" }, { principal: "cloudwatch.amazonaws.com" });
    await clock.settle();
    expect(mails()[0]).toMatch(/Subject: ALARM:\s+x{93}\r?\n/);
  });
});

test("a topic that is gone is NotFound, with its subscriptions", () => {
  run("Subscribe", { TopicArn: topic(), Protocol: "email", Endpoint: "a@example.com" });
  const arn = topic();
  run("DeleteTopic", { TopicArn: arn });
  expect(run("ListSubscriptions", {})["Subscriptions"]).toEqual([]);
  expect(() => run("Publish", { TopicArn: arn, Message: "m" })).toThrow("Topic does not exist");
});

test("a batch answers each entry on its own", () => {
  const answer = run("PublishBatch", {
    TopicArn: topic(),
    PublishBatchRequestEntries: [
      { Id: "a", Message: "m" },
      { Id: "b", Message: "" },
    ],
  });
  expect(answer).toMatchObject({ Successful: [{ Id: "a" }], Failed: [{ Id: "b", SenderFault: true }] });
});

test("a batch with one identifier twice, or too long as a whole, is refused", () => {
  const batch = (...entries: object[]): unknown => run("PublishBatch", { TopicArn: topic(), PublishBatchRequestEntries: entries });
  expect(() => batch({ Id: "a", Message: "m" }, { Id: "a", Message: "n" })).toThrow(
    expect.objectContaining({ code: "BatchEntryIdsNotDistinctException" }),
  );
  const half = "x".repeat(140_000);
  expect(() => batch({ Id: "a", Message: half }, { Id: "b", Message: half })).toThrow(
    expect.objectContaining({ code: "BatchRequestTooLongException" }),
  );
});
