import { InvalidChangeBatch, type ResourceRecordSet } from "@aws-sdk/client-route-53";
import { expect, test } from "vitest";
import { noticeLine } from "../shared/aws-tell.ts";
import { noticeOf } from "../shared/notice.ts";
import { awsWorld, type Clients } from "./aws-world.ts";

const env = {
  application: "arcade",
  environment: "prod",
  leaf: "minecraft",
  domain: "minecraft.example.com",
  hostedZone: "Z1",
  group: "arcade-minecraft",
  cluster: "arcade-minecraft",
  service: "arcade-minecraft",
  healthCheck: "false",
  boot: "0",
  ports: "[]",
  idleAlarm: "idle",
  leftUpAlarm: "left-up",
  watch: JSON.stringify({ idle: { below: 1000, for: 420 }, leftUp: { after: 28_800, stop: false }, fileSystems: [] }),
  self: "arn:aws:lambda:us-west-2:111111111111:function:arcade-minecraft-reconcile",
  hourUsd: "0.1",
  topics: '["arn:aws:sns:us-west-2:111111111111:leaf","arn:aws:sns:us-west-2:111111111111:admin"]',
};

interface Sent {
  readonly operation: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly input: any;
}

/** Clients that answer from a table, and remember what they were asked. */
function clients(answers: Record<string, (input: never) => unknown>): { clients: Clients; sent: Sent[] } {
  const sent: Sent[] = [];
  const send = async (command: { constructor: { name: string }; input: unknown }): Promise<unknown> => {
    const operation = command.constructor.name.replace(/Command$/, "");
    sent.push({ operation, input: command.input });
    const answer = answers[operation];
    if (!answer) throw new Error(`unexpected call: ${operation}`);
    return answer(command.input as never);
  };
  const client = { send } as never;
  return { clients: { autoScaling: client, cloudWatch: client, ec2: client, ecs: client, logs: client, route53: client, sns: client }, sent };
}

const A: ResourceRecordSet = { Name: "minecraft.example.com.", Type: "A", TTL: 7, ResourceRecords: [{ Value: "0.0.0.0" }] };
const TXT: ResourceRecordSet = { Name: "_rouse.minecraft.example.com.", Type: "TXT", TTL: 1, ResourceRecords: [{ Value: '"asleep"' }] };
const AFTER = { address: "203.0.113.9", announced: "up i-1" };
const UP = { address: "203.0.113.9", announced: "up i-1" };
/** A zone with these records, in the order of Route 53. */
const list =
  (records: ResourceRecordSet[]) =>
  ({ StartRecordName, StartRecordType, MaxItems }: { StartRecordName: string; StartRecordType: string; MaxItems: number }) => {
    const from = records.findIndex(({ Name, Type }) => Name === `${StartRecordName}.` && Type === StartRecordType);
    const found = from < 0 ? [] : records.slice(from);
    return { ResourceRecordSets: found.slice(0, MaxItems), IsTruncated: found.length > MaxItems };
  };

test("the swap deletes the records as they were read, down to the TTL, and creates the new ones in the same batch", async () => {
  const { clients: aws, sent } = clients({ ListResourceRecordSets: list([A, TXT]), ChangeResourceRecordSets: () => ({}) });
  const world = awsWorld(aws, env);
  const before = await world.published();
  expect(before).toEqual({ address: "0.0.0.0", announced: "asleep" });
  expect(await world.swap(before, AFTER)).toBe(true);
  expect(sent.at(-1)!.input.ChangeBatch.Changes).toEqual([
    { Action: "DELETE", ResourceRecordSet: A },
    { Action: "CREATE", ResourceRecordSet: { Name: "minecraft.example.com", Type: "A", TTL: 1, ResourceRecords: [{ Value: "203.0.113.9" }] } },
    { Action: "DELETE", ResourceRecordSet: TXT },
    { Action: "CREATE", ResourceRecordSet: { Name: "_rouse.minecraft.example.com", Type: "TXT", TTL: 1, ResourceRecords: [{ Value: '"up i-1"' }] } },
  ]);
});

test("records that are not there are created, and another name's record is not taken for the leaf's", async () => {
  const other = { ...A, Name: "www.minecraft.example.com." };
  const { clients: aws, sent } = clients({ ListResourceRecordSets: list([other]), ChangeResourceRecordSets: () => ({}) });
  const world = awsWorld(aws, env);
  await world.swap(await world.published(), AFTER);
  expect(sent.at(-1)!.input.ChangeBatch.Changes.map(({ Action }: { Action: string }) => Action)).toEqual(["CREATE", "CREATE"]);
});

test("both records are read with one request, and with two where the name has many others", async () => {
  const read = async (records: ResourceRecordSet[]) => {
    const { clients: aws, sent } = clients({ ListResourceRecordSets: list(records) });
    return { published: await awsWorld(aws, env).published(), requests: sent.length };
  };
  const published = { address: "0.0.0.0", announced: "asleep" };
  expect(await read([A, TXT, { ...A, Name: "pong.example.com." }])).toEqual({ published, requests: 1 });
  const others = (["CAA", "MX", "NS", "SOA"] as const).map((Type) => ({ ...A, Type }));
  expect(await read([A, ...others, TXT])).toEqual({ published, requests: 2 });
});

test("a swap that comes too late is no error", async () => {
  const late = () => {
    throw new InvalidChangeBatch({ message: "the values provided do not match the current values", $metadata: {} });
  };
  const world = awsWorld(clients({ ListResourceRecordSets: list([A, TXT]), ChangeResourceRecordSets: late }).clients, env);
  expect(await world.swap(await world.published(), AFTER)).toBe(false);
});

test("any other failure of a swap is an error, so that Lambda tries again", async () => {
  const failed = () => {
    throw new Error("Throttling");
  };
  const world = awsWorld(clients({ ListResourceRecordSets: list([A, TXT]), ChangeResourceRecordSets: failed }).clients, env);
  await expect(world.swap(await world.published(), AFTER)).rejects.toThrow("Throttling");
});

test("a task is seen with the EC2 instance that it runs on", async () => {
  const { clients: aws } = clients({
    DescribeAutoScalingGroups: () => ({
      AutoScalingGroups: [{ DesiredCapacity: 1, Instances: [{ InstanceId: "i-1", LifecycleState: "InService" }], Tags: [] }],
    }),
    DescribeInstances: () => ({ Reservations: [{ Instances: [{ InstanceId: "i-1", State: { Name: "running" }, PublicIpAddress: "203.0.113.9" }] }] }),
    ListTasks: () => ({ taskArns: ["t1"] }),
    DescribeTasks: () => ({ tasks: [{ containerInstanceArn: "c1", lastStatus: "RUNNING", desiredStatus: "RUNNING", healthStatus: "HEALTHY" }] }),
    DescribeContainerInstances: () => ({ containerInstances: [{ containerInstanceArn: "c1", ec2InstanceId: "i-1" }] }),
  });
  expect(await awsWorld(aws, env).observe(UP)).toEqual({
    desired: 1,
    instances: [{ id: "i-1", lifecycle: "InService", state: "running", address: "203.0.113.9" }],
    tasks: [{ instanceId: "i-1", lastStatus: "RUNNING", desiredStatus: "RUNNING", health: "HEALTHY" }],
    marks: {},
  });
});

test("an instance that EC2 does not know any more is no error", async () => {
  const { clients: aws } = clients({
    DescribeAutoScalingGroups: () => ({
      AutoScalingGroups: [{ DesiredCapacity: 0, Instances: [{ InstanceId: "i-1", LifecycleState: "Terminating" }] }],
    }),
    DescribeInstances: () => ({ Reservations: [] }),
    ListTasks: () => ({ taskArns: [] }),
  });
  expect((await awsWorld(aws, env).observe(UP)).instances).toEqual([{ id: "i-1", lifecycle: "Terminating", state: undefined, address: undefined }]);
});

const notice = noticeOf(env, { occasion: "ready", of: "i-1", now: 1000 }, { address: "minecraft.example.com:25565" });
const message = { subject: "minecraft is up", body: "…", notice };

test("a message goes to the leaf's topic and to the admin's", async () => {
  const { clients: aws, sent } = clients({ Publish: () => ({}) });
  await awsWorld(aws, env).tell(message);
  expect(sent.map(({ input }) => input.TopicArn)).toEqual(JSON.parse(env.topics));
});

test("a line goes into the leaf's history", async () => {
  const { clients: aws, sent } = clients({ PutLogEvents: () => ({}) });
  const line = { line: "notice", at: "1970-01-01T00:00:01.000Z", notice, subject: "minecraft is up" } as const;
  await awsWorld(aws, env).record(line);
  expect(sent).toEqual([
    {
      operation: "PutLogEvents",
      input: {
        logGroupName: "/rouse/arcade/minecraft/history",
        logStreamName: "reconcile",
        logEvents: [{ timestamp: 1000, message: JSON.stringify(line) }],
      },
    },
  ]);
});

test("a history that cannot be written is no error", async () => {
  const { clients: aws, sent } = clients({});
  await awsWorld(aws, env).record(noticeLine(message));
  expect(sent.map(({ operation }) => operation)).toEqual(["PutLogEvents"]);
});

test("what goes down after the leaf was said to be asleep is not looked at, and what comes up is", async () => {
  const asleep = { address: "0.0.0.0", announced: "asleep" };
  const seen = async (LifecycleState: string) => {
    const { clients: aws, sent } = clients({
      DescribeAutoScalingGroups: () => ({ AutoScalingGroups: [{ DesiredCapacity: 0, Instances: [{ InstanceId: "i-1", LifecycleState }] }] }),
      DescribeInstances: () => ({ Reservations: [] }),
      ListTasks: () => ({ taskArns: [] }),
    });
    await awsWorld(aws, env).observe(asleep);
    return sent.length;
  };
  expect(await seen("Terminating:Wait")).toBe(1);
  expect(await seen("Pending")).toBe(3);
  expect(await seen("InService")).toBe(3);
});

test("a group that is gone is a leaf that sleeps: its records must say so before they can be deleted", async () => {
  const { clients: aws } = clients({ DescribeAutoScalingGroups: () => ({ AutoScalingGroups: [] }) });
  expect(await awsWorld(aws, env).observe(UP)).toEqual({ desired: 0, instances: [], tasks: [], marks: {} });
});

test("the minutes of a boot are hits of the leaf", async () => {
  const { clients: aws, sent } = clients({ PutMetricData: () => ({}) });
  await awsWorld(aws, env).used([60_000, 120_000]);
  const dimensions = ["Application", "Environment", "Leaf"].map((Name, index) => ({ Name, Value: ["arcade", "prod", "minecraft"][index] }));
  expect(sent[0]!.input).toMatchObject({
    Namespace: "Rouse",
    MetricData: [{ MetricName: "DnsHits", Dimensions: dimensions, Timestamp: new Date(60_000) }, {}],
  });
});
