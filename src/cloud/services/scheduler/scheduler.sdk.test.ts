import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateRoleCommand, DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  ListTagsForResourceCommand,
  ResourceNotFoundException,
  SchedulerClient,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import { App, Duration, RemovalPolicy, Stack, TimeZone } from "aws-cdk-lib";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as scheduler from "aws-cdk-lib/aws-scheduler";
import * as targets from "aws-cdk-lib/aws-scheduler-targets";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestCloud, withCloud } from "../../testing/with-cloud.ts";

let cloud: TestCloud;
const folder = mkdtempSync(join(tmpdir(), "rouse-scheduler-"));
beforeAll(async () => void (cloud = await withCloud()));
afterAll(async () => {
  await cloud.end();
  rmSync(folder, { recursive: true });
});

const account = "000000000000";

function synth(name: string, schedule: scheduler.ScheduleExpression, enabled = true): string {
  const context = { "@aws-cdk/core:target-partitions": ["aws"] };
  const app = new App({
    outdir: join(folder, name),
    analyticsReporting: false,
    treeMetadata: false,
    builtinCloudFormationValidation: false,
    context,
  });
  const stack = new Stack(app, "Nightly", { env: { account, region: "us-west-2" } });
  const fn = new lambda.Function(stack, "Fn", {
    functionName: "nightly",
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: "index.handler",
    code: lambda.Code.fromInline("exports.handler = async (event) => console.log('got ' + JSON.stringify(event));"),
  });
  const scheduleGroup = new scheduler.ScheduleGroup(stack, "Group", { scheduleGroupName: "nightly", removalPolicy: RemovalPolicy.DESTROY });
  const input = scheduler.ScheduleTargetInput.fromObject({ time: scheduler.ContextAttribute.scheduledTime });
  const target = new targets.LambdaInvoke(fn, { input, retryAttempts: 2, maxEventAge: Duration.hours(1) });
  void new scheduler.Schedule(stack, "Schedule", { scheduleName: "nightly", schedule, target, scheduleGroup, enabled });
  return app.synth().directory;
}

async function during<T>(work: Promise<T>): Promise<T> {
  let done = false;
  const result = work.finally(() => (done = true));
  await cloud.clock.advanceUntil(() => done, 3_600_000, "the end of the deployment");
  return result;
}

const lines = async (): Promise<string[]> => {
  const logs = cloud.client(CloudWatchLogsClient);
  // The function's first invocation makes the group.
  const found = logs.send(new FilterLogEventsCommand({ logGroupName: "/aws/lambda/nightly", filterPattern: "got" }));
  return (await found.catch(() => ({ events: [] }))).events!.map(({ message }) => message!);
};

test("what CDK's Schedule emits is deployed, invokes the function in its time zone, is changed and deleted", async () => {
  const client = cloud.client(SchedulerClient);
  const berlin = scheduler.ScheduleExpression.cron({ minute: "30", hour: "1", timeZone: TimeZone.EUROPE_BERLIN });
  const first = await during(cloud.deploy(synth("one", berlin)));
  expect(first.stacks.map(({ result, reason }) => [result, reason])).toEqual([["created", undefined]]);
  expect(await client.send(new GetScheduleCommand({ Name: "nightly", GroupName: "nightly" }))).toMatchObject({
    ScheduleExpression: "cron(30 1 * * ? *)",
    ScheduleExpressionTimezone: "Europe/Berlin",
    State: "ENABLED",
    ActionAfterCompletion: "NONE",
    Target: { Input: '{"time":"<aws.scheduler.scheduled-time>"}', RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 2 } },
  });
  await cloud.clock.advanceUntil(async () => (await lines()).length === 1, 3_600_000, "the invocation", 120_000);
  expect((await lines())[0]).toContain('got {"time":"2026-01-05T00:30:00Z"}');

  const second = await during(cloud.deploy(synth("two", scheduler.ScheduleExpression.rate(Duration.hours(6)), false)));
  expect(second.stacks.map(({ result, reason }) => [result, reason])).toEqual([["updated", undefined]]);
  const changed = await client.send(new GetScheduleCommand({ Name: "nightly", GroupName: "nightly" }));
  expect(changed).toMatchObject({ ScheduleExpression: "rate(6 hours)", State: "DISABLED" });

  const last = await during(cloud.destroy(join(folder, "two")));
  expect(last.stacks.map(({ result, reason }) => [result, reason])).toEqual([["deleted", undefined]]);
  await expect(client.send(new ListSchedulesCommand({ GroupName: "nightly" }))).rejects.toBeInstanceOf(ResourceNotFoundException);
});

test("the SDK creates, updates, lists and deletes; the role's trust and permissions are checked", async () => {
  const client = cloud.client(SchedulerClient);
  const iam = cloud.client(IAMClient);
  const trust = (Service: string): string =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" }] });
  const make = async (RoleName: string, service: string): Promise<string> =>
    (await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust(service) }))).Role!.Arn!;
  const wrong = await make("wrong", "lambda.amazonaws.com");
  const right = await make("right", "scheduler.amazonaws.com");
  const bus = `arn:aws:events:us-west-2:${account}:event-bus/default`;
  const input = (RoleArn: string) => ({
    Name: "event",
    GroupName: "apps",
    ScheduleExpression: "at(2026-02-01T00:00:00)",
    FlexibleTimeWindow: { Mode: "OFF" as const },
    Target: { Arn: bus, RoleArn, Input: "{}", EventBridgeParameters: { DetailType: "Start ECS Task", Source: "custom.app" } },
    StartDate: new Date("2026-01-01T00:00:00Z"),
  });
  const { ScheduleGroupArn } = await client.send(new CreateScheduleGroupCommand({ Name: "apps", Tags: [{ Key: "app", Value: "demo" }] }));
  expect((await client.send(new ListTagsForResourceCommand({ ResourceArn: ScheduleGroupArn }))).Tags).toEqual([{ Key: "app", Value: "demo" }]);
  await expect(client.send(new CreateScheduleCommand(input(wrong)))).rejects.toMatchObject({
    name: "ValidationException",
    message: "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
  });
  const { ScheduleArn } = await client.send(new CreateScheduleCommand(input(right)));
  expect(ScheduleArn).toBe(`arn:aws:scheduler:us-west-2:${account}:schedule/apps/event`);
  const soon = (): string => `at(${new Date(cloud.clock.now() + 60_000).toISOString().slice(0, 19)})`;
  await client.send(new UpdateScheduleCommand({ ...input(right), ScheduleExpression: soon() }));
  await cloud.clock.advance(61_000);
  expect(cloud.lines.filter((line) => line.includes("schedule event"))[0]).toContain("is not authorized to perform: events:PutEvents");
  const Statement = [{ Effect: "Allow", Action: "events:PutEvents", Resource: bus }];
  const policy = { RoleName: "right", PolicyName: "put" };
  await iam.send(new PutRolePolicyCommand({ ...policy, PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }) }));
  cloud.lines.length = 0;
  await client.send(new UpdateScheduleCommand({ ...input(right), ScheduleExpression: soon() }));
  await cloud.clock.advance(61_000);
  expect(cloud.lines).toEqual([]);
  await iam.send(new DeleteRolePolicyCommand(policy));
  expect((await client.send(new ListSchedulesCommand({ GroupName: "apps" }))).Schedules).toMatchObject([{ Name: "event", Target: { Arn: bus } }]);
  await client.send(new DeleteScheduleCommand({ Name: "event", GroupName: "apps" }));
  await expect(client.send(new GetScheduleCommand({ Name: "event", GroupName: "apps" }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
});
