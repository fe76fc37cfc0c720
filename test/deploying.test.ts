import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { CloudFormationClient, ListStacksCommand } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, DescribeLogGroupsCommand, DescribeResourcePoliciesCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeServicesCommand, ECSClient, ListClustersCommand } from "@aws-sdk/client-ecs";
import { DescribeFileSystemsCommand, EFSClient } from "@aws-sdk/client-efs";
import { ListRulesCommand, EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { IAMClient, ListPoliciesCommand, ListRolesCommand } from "@aws-sdk/client-iam";
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { ListHostedZonesCommand, Route53Client } from "@aws-sdk/client-route-53";
import { ListTopicsCommand, SNSClient } from "@aws-sdk/client-sns";
import { DescribeParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Deployed, deployed, destroy, HELLO, restarted } from "./support/deployed.ts";
import { everyInstance, groupOf, mailsTo, MINUTE, NOWHERE, recordsOf, tasksOf, wake } from "./support/facts.ts";

/** The pitfalls under "Deploying", and what becomes of a leaf when its stacks or the cloud go. */

const MODE = `
require("node:http").createServer((_req, res) => res.end(process.env.MODE ?? "none")).listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
`;
const leafWith = (mode: string): string => `${HELLO.replace("server.cjs", "mode.cjs")}environment: { MODE: ${mode} }\n`;

const taskDefinition = async (world: Deployed, leaf: string): Promise<string | undefined> => {
  const { services } = await world.cloud
    .client(ECSClient)
    .send(new DescribeServicesCommand({ cluster: `arcade-${leaf}`, services: [`arcade-${leaf}`] }));
  return services![0]!.taskDefinition;
};

describe("a deploy neither evicts the users nor starts what slept", () => {
  let world: Deployed;
  beforeAll(async () => {
    world = await deployed({ "mode.cjs": MODE, "leaves/awake.yaml": leafWith("one"), "leaves/asleep.yaml": leafWith("one") });
    await wake(world, "awake");
  }, 120_000);
  afterAll(() => world?.end());
  const mode = async (): Promise<string> => (await fetch(`http://${(await recordsOf(world, "awake")).address}:8080/`)).text();

  test("the same files once more change nothing", async () => {
    const [tasks, records] = [await tasksOf(world, "awake"), await recordsOf(world, "awake")];
    const { stacks } = await world.redeploy();
    expect(new Set(stacks.map(({ result }) => result))).toEqual(new Set(["unchanged"]));
    await world.cloud.clock.advance(5000);
    expect(await recordsOf(world, "awake")).toEqual(records);
    expect((await tasksOf(world, "awake")).map(({ taskArn }) => taskArn)).toEqual(tasks.map(({ taskArn }) => taskArn));
    expect(await mode()).toBe("one");
  });

  test("a changed leaf gets its new task where it is awake, on the same instance, and stays asleep where it sleeps", async () => {
    const before = { awake: await taskDefinition(world, "awake"), asleep: await taskDefinition(world, "asleep") };
    const [{ instances }, mails] = [await groupOf(world, "awake"), mailsTo(world, "friend@example.com").length];
    for (const leaf of ["awake", "asleep"]) writeFileSync(join(world.directory, `leaves/${leaf}.yaml`), leafWith("two"));
    await world.redeploy();
    await world.until("awake", "awake", 2 * MINUTE);
    expect(await taskDefinition(world, "awake")).not.toBe(before.awake);
    expect(await taskDefinition(world, "asleep")).not.toBe(before.asleep);
    expect(await mode()).toBe("two");
    expect(await groupOf(world, "awake")).toMatchObject({ desired: 1, instances: [{ InstanceId: instances[0]!.InstanceId }] });
    expect(await groupOf(world, "asleep")).toMatchObject({ desired: 0, instances: [] });
    expect((await recordsOf(world, "asleep")).address).toBe(NOWHERE);
    // It never slept, so nobody is told that it did.
    expect(mailsTo(world, "friend@example.com")).toHaveLength(mails);
  });

  test("what sleeps wakes with what was deployed", async () => {
    const address = await wake(world, "asleep");
    expect(await (await fetch(`http://${address}:8080/`)).text()).toBe("two");
  });
});

test("a dozen leaves deploy, with one policy for all their query logs", async () => {
  const names = Array.from({ length: 12 }, (_, index) => `leaf${index}`);
  const world = await deployed(Object.fromEntries(names.map((name) => [`leaves/${name}.yaml`, HELLO])));
  onTestFinished(() => world.end());
  const { resourcePolicies } = await world.cloud.client(CloudWatchLogsClient, "us-east-1").send(new DescribeResourcePoliciesCommand({}));
  expect(resourcePolicies).toHaveLength(1);
  const { AutoScalingGroups } = await world.cloud.client(AutoScalingClient).send(new DescribeAutoScalingGroupsCommand({}));
  expect(AutoScalingGroups!.map(({ DesiredCapacity }) => DesiredCapacity)).toEqual(names.map(() => 0));
  await wake(world, "leaf11");
  expect((await world.status("leaf10")).state).toBe("asleep");
}, 60_000);

test("deleting the stacks works while a leaf is awake, and leaves nothing but what is to be kept", async () => {
  const saver = `
    require("node:fs").writeFileSync(process.env.ROUSE_VOLUME_DATA_0 + "/world.dat", "saved");
    require("node:http").createServer((_req, res) => res.end("ok")).listen(Number(process.env.PORT), "127.0.0.1");
    process.on("SIGTERM", () => process.exit(0));`;
  const volumes = "volumes: { data: { paths: [/data], keepOnDelete: true }, cache: { paths: [/cache], keepOnDelete: false } }\n";
  const world = await deployed({ "saver.cjs": saver, "leaves/hello.yaml": `${HELLO.replace("server.cjs", "saver.cjs")}${volumes}` });
  onTestFinished(() => world.end());
  const address = await wake(world, "hello");
  expect((await fetch(`http://${address}:8080/`)).status).toBe(200);

  await destroy(world);
  await expect(fetch(`http://${address}:8080/`)).rejects.toThrow("fetch failed");
  const client: Deployed["cloud"]["client"] = (type, region) => world.cloud.client(type, region);
  expect((await everyInstance(world)).map(({ State }) => State?.Name).filter((state) => state !== "terminated")).toEqual([]);
  const left = {
    groups: (await client(AutoScalingClient).send(new DescribeAutoScalingGroupsCommand({}))).AutoScalingGroups,
    clusters: (await client(ECSClient).send(new ListClustersCommand({}))).clusterArns,
    rules: (await client(EventBridgeClient).send(new ListRulesCommand({}))).Rules,
    functions: (await client(LambdaClient).send(new ListFunctionsCommand({}))).Functions!.map(({ FunctionName }) => FunctionName),
    functionsInUsEast1: (await client(LambdaClient, "us-east-1").send(new ListFunctionsCommand({}))).Functions!.map(
      ({ FunctionName }) => FunctionName,
    ),
    alarms: (await client(CloudWatchClient).send(new DescribeAlarmsCommand({}))).MetricAlarms,
    topics: (await client(SNSClient).send(new ListTopicsCommand({}))).Topics,
    roles: (await client(IAMClient).send(new ListRolesCommand({}))).Roles!.map(({ RoleName }) => RoleName).filter((name) => /arcade/i.test(name!)),
    logGroups: (await client(CloudWatchLogsClient).send(new DescribeLogGroupsCommand({}))).logGroups!.map(({ logGroupName }) => logGroupName),
    queryLogs: (await client(CloudWatchLogsClient, "us-east-1").send(new DescribeLogGroupsCommand({}))).logGroups!.map(
      ({ logGroupName }) => logGroupName,
    ),
    parameters: (await client(SSMClient, "us-east-1").send(new DescribeParametersCommand({}))).Parameters,
    policies: (await client(IAMClient).send(new ListPoliciesCommand({ Scope: "Local" }))).Policies,
    vpcs: (await client(EC2Client).send(new DescribeVpcsCommand({ Filters: [{ Name: "is-default", Values: ["false"] }] }))).Vpcs,
    zones: (await client(Route53Client).send(new ListHostedZonesCommand({}))).HostedZones!.map(({ Name }) => Name),
    stacks: (await client(CloudFormationClient).send(new ListStacksCommand({}))).StackSummaries!.filter(
      ({ StackStatus }) => StackStatus !== "DELETE_COMPLETE",
    ),
  };
  // The zone of the user's domain was there before.
  const nothing = Object.fromEntries(Object.keys(left).map((key) => [key, key === "zones" ? ["example.com."] : []]));
  expect(left).toEqual(nothing);
  const { FileSystems } = await client(EFSClient).send(new DescribeFileSystemsCommand({}));
  expect(FileSystems!.map(({ Name }) => Name)).toEqual(["Arcade-Hello/data"]);
  const kept = readdirSync(world.cloud.dataDir, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith("world.dat"));
  expect(kept).toHaveLength(1);
}, 60_000);

describe("the cloud's own restart, with its state kept", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "rouse-restart-"));
  let world: Deployed;
  let before: string;
  beforeAll(async () => {
    world = await deployed({ "leaves/awake.yaml": HELLO, "leaves/asleep.yaml": HELLO }, { dataDir, persistent: true });
    before = await wake(world, "awake");
    world = await restarted(world, { dataDir, persistent: true });
  }, 120_000);
  afterAll(async () => {
    await world?.end();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test("a leaf that was awake comes up again by itself, and its name leads there", async () => {
    const { address } = await world.until("awake", "awake", 5 * MINUTE);
    await world.cloud.clock.advance(MINUTE);
    expect(await (await fetch(`http://${address}:8080/`)).text()).toContain("hello");
    expect((await recordsOf(world, "awake")).address).toBe(address);
    expect(await tasksOf(world, "awake")).toHaveLength(1);
    expect(before).toMatch(/^127\.77\./);
  });

  test("and falls asleep when nobody uses it", async () => {
    await world.until("awake", "asleep", 15 * MINUTE);
  });

  test("a leaf that slept sleeps, and wakes", async () => {
    expect(await groupOf(world, "asleep")).toMatchObject({ desired: 0, instances: [] });
    const address = await wake(world, "asleep");
    expect((await fetch(`http://${address}:8080/`)).status).toBe(200);
  });

  test("the same files once more change nothing", async () => {
    const { stacks } = await world.redeploy();
    expect(new Set(stacks.map(({ result }) => result))).toEqual(new Set(["unchanged"]));
    expect((await world.status("asleep")).state).toBe("awake");
  });
});
