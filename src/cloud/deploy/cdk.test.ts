import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, CfnOutput, NestedStack, Stack } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import * as sns from "aws-cdk-lib/aws-sns";
import * as cr from "aws-cdk-lib/custom-resources";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestCloud, withCloud } from "../testing/with-cloud.ts";
import type { DeployResult } from "./index.ts";

/** Deploys what CDK really emits, with its own custom resources' unmodified code in the function workers. */

const folder = mkdtempSync(join(tmpdir(), "rouse-cdk-"));
const account = "000000000000";
let cloud: TestCloud;
beforeAll(async () => void (cloud = await withCloud()));
afterAll(async () => {
  await cloud.end();
  rmSync(folder, { recursive: true });
});

const output = (stack: Stack, name: string, value: string): CfnOutput => new CfnOutput(stack, name, { value });

function synth(name: string, options: { displayName: string; retention: logs.RetentionDays }): string {
  const app = new App({
    outdir: join(folder, name),
    analyticsReporting: false,
    treeMetadata: false,
    builtinCloudFormationValidation: false,
    context: { "@aws-cdk/core:target-partitions": ["aws"] },
  });
  const east = new Stack(app, "East", { env: { account, region: "us-east-1" }, crossRegionReferences: true });
  const topic = new sns.Topic(east, "Topic", { displayName: options.displayName });

  const west = new Stack(app, "West", { env: { account, region: "us-west-2" }, crossRegionReferences: true });
  const vpc = new ec2.Vpc(west, "Vpc", { availabilityZones: ["us-west-2a"], natGateways: 0, restrictDefaultSecurityGroup: true });
  const nested = new NestedStack(west, "Nested");
  const group = new ec2.SecurityGroup(nested, "Group", { vpc });
  const fn = new lambda.Function(nested, "Fn", {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: "index.handler",
    code: lambda.Code.fromInline("exports.handler = async () => {};"),
    environment: { TOPIC: topic.topicArn },
    logGroup: new logs.LogGroup(nested, "Log", { retention: options.retention }),
  });
  const call = {
    service: "SNS",
    action: "GetTopicAttributes",
    parameters: { TopicArn: topic.topicArn },
    region: "us-east-1",
    physicalResourceId: cr.PhysicalResourceId.of("x"),
  };
  const attributes = new cr.AwsCustomResource(west, "Attributes", {
    onUpdate: call,
    installLatestAwsSdk: false,
    policy: cr.AwsCustomResourcePolicy.fromSdkCalls({ resources: [topic.topicArn] }),
  });
  output(west, "Shown", attributes.getResponseField("Attributes.DisplayName"));
  output(west, "Group", group.securityGroupId);
  output(west, "Function", fn.functionName);
  output(west, "DefaultGroup", vpc.vpcDefaultSecurityGroup);
  return app.synth().directory;
}

async function run(work: (directory: string) => Promise<DeployResult>, directory: string): Promise<DeployResult> {
  let done = false;
  const result = work(directory).finally(() => (done = true));
  await cloud.clock.advanceUntil(() => done, 3_600_000, "the end of the deployment");
  return result;
}

test("an ordinary CDK app is deployed, changed and destroyed: two regions, nested stacks, CDK's own custom resources", async () => {
  const first = await run((directory) => cloud.deploy(directory), synth("one", { displayName: "one", retention: logs.RetentionDays.ONE_WEEK }));
  expect(first.stacks.map(({ name, result, reason }) => [name, result, reason])).toEqual([
    ["East", "created", undefined],
    ["West", "created", undefined],
  ]);
  const { outputs } = first.stacks[1]!;
  expect(outputs["Shown"]).toBe("one");
  const west = { account, region: "us-west-2" };
  // CDK's Custom::VpcRestrictDefaultSG has removed the rules of the VPC's default group.
  const groups = await cloud.api.call<{ SecurityGroups: { IpPermissions: object[]; IpPermissionsEgress: object[] }[] }>(
    "ec2",
    "DescribeSecurityGroups",
    { GroupIds: [outputs["DefaultGroup"]] },
    west,
  );
  expect(groups.SecurityGroups[0]).toMatchObject({ IpPermissions: [], IpPermissionsEgress: [] });
  const fn = await cloud.api.call<{ Environment: { Variables: Record<string, string> } }>(
    "lambda",
    "GetFunctionConfiguration",
    { FunctionName: outputs["Function"] },
    west,
  );
  expect(fn.Environment.Variables["TOPIC"]).toMatch(/^arn:aws:sns:us-east-1:000000000000:East-Topic/);

  const changed = synth("two", { displayName: "one", retention: logs.RetentionDays.ONE_DAY });
  const second = await run((directory) => cloud.deploy(directory), changed);
  expect(second.stacks.map((stack) => stack.result)).toEqual(["unchanged", "updated"]);
  expect(second.stacks[1]!.outputs["Group"]).toBe(outputs["Group"]);
  expect((await cloud.deploy(changed)).stacks.map((stack) => stack.result)).toEqual(["unchanged", "unchanged"]);

  const last = await run((directory) => cloud.destroy(directory), changed);
  expect(last.stacks.map(({ result, reason }) => [result, reason])).toEqual([
    ["deleted", undefined],
    ["deleted", undefined],
  ]);
  const left = await cloud.api.call<{ SecurityGroups: { GroupId: string }[] }>("ec2", "DescribeSecurityGroups", {}, west);
  expect(left.SecurityGroups.map((one) => one.GroupId)).not.toContain(outputs["Group"]);
});
