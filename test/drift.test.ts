import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CloudFormationClient,
  DescribeStackDriftDetectionStatusCommand,
  DescribeStackResourceDriftsCommand,
  DescribeStacksCommand,
  DetectStackDriftCommand,
  DetectStackResourceDriftCommand,
  ListStackResourcesCommand,
} from "@aws-sdk/client-cloudformation";
import { CloudWatchClient, DeleteAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, DescribeLogGroupsCommand, PutRetentionPolicyCommand } from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestCloud, withCloud } from "../src/cloud/testing/with-cloud.ts";
import { synth } from "../src/stacks/synth.ts";
import { finished, root } from "./support/deployed.ts";
import { EXAMPLES, loadExample } from "./support/examples.ts";

/** Drift of what the examples deploy: none at first, and then what was changed by hand. */

let directory: string;
let cloud: TestCloud;
const REGIONS = ["us-east-1", "us-east-2", "us-west-2", "eu-central-1"];
const client = (region: string) => cloud.client(CloudFormationClient, region);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "rouse-drift-"));
  cloud = await withCloud();
  cloud.seedHostedZone("example.com", "Z1234567890");
  for (const { name, directory: folder } of EXAMPLES) {
    const assembly = synth(await loadExample(folder, "local"), join(directory, name), join(root, "dist", "functions"));
    await finished(cloud, cloud.deploy(assembly), "the deployment");
  }
}, 60_000);
afterAll(async () => {
  await cloud?.end();
  rmSync(directory, { recursive: true, force: true });
});

async function detect(region: string, StackName: string) {
  const cloudFormation = client(region);
  const { StackDriftDetectionId } = await cloudFormation.send(new DetectStackDriftCommand({ StackName }));
  const status = await cloudFormation.send(new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId }));
  const { StackResourceDrifts = [] } = await cloudFormation.send(new DescribeStackResourceDriftsCommand({ StackName }));
  return { status, drifts: StackResourceDrifts };
}

test("what was just deployed has not drifted, in nested stacks neither; what cannot be read is not checked", async () => {
  const checked = new Set<string>();
  const unchecked = new Set<string>();
  const drifted: unknown[] = [];
  for (const region of REGIONS) {
    const { Stacks = [] } = await client(region).send(new DescribeStacksCommand({}));
    for (const { StackId } of Stacks) {
      const { drifts } = await detect(region, StackId!);
      for (const drift of drifts) {
        checked.add(drift.ResourceType!);
        if (drift.StackResourceDriftStatus !== "IN_SYNC")
          drifted.push([
            drift.ResourceType,
            drift.LogicalResourceId,
            drift.StackResourceDriftStatus,
            drift.DriftStatusReason,
            drift.PropertyDifferences,
          ]);
      }
      const { StackResourceSummaries = [] } = await client(region).send(new ListStackResourcesCommand({ StackName: StackId! }));
      for (const each of StackResourceSummaries)
        if (each.DriftInformation?.StackResourceDriftStatus === "NOT_CHECKED") unchecked.add(each.ResourceType!);
    }
  }
  expect(drifted).toEqual([]);
  expect(checked.size).toBeGreaterThan(40);
  // Each has one status or the other, never one that nobody has looked for.
  expect([...unchecked].filter((type) => checked.has(type))).toEqual([]);
  expect(unchecked).toContain("AWS::CloudFormation::Stack");
}, 60_000);

test("what was changed by hand is told with its property; what was deleted is told; putting it back ends the drift", async () => {
  const region = "us-east-2";
  const { StackResourceSummaries = [] } = await client(region).send(new ListStackResourcesCommand({ StackName: "Jobs-Report" }));
  const of = (type: string) => StackResourceSummaries.find((each) => each.ResourceType === type)!;
  const group = of("AWS::Logs::LogGroup");
  const alarm = of("AWS::CloudWatch::Alarm");
  const logs = cloud.client(CloudWatchLogsClient, region);
  const logGroupName = group.PhysicalResourceId!;
  const retention = (await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }))).logGroups![0]!.retentionInDays!;
  await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 365 }));
  await cloud.client(CloudWatchClient, region).send(new DeleteAlarmsCommand({ AlarmNames: [alarm.PhysicalResourceId!] }));
  const { status, drifts } = await detect(region, "Jobs-Report");
  expect(status).toMatchObject({ DetectionStatus: "DETECTION_COMPLETE", StackDriftStatus: "DRIFTED", DriftedStackResourceCount: 2 });
  const found = drifts.filter((drift) => drift.StackResourceDriftStatus !== "IN_SYNC");
  expect(found.find((drift) => drift.LogicalResourceId === group.LogicalResourceId)).toMatchObject({
    StackResourceDriftStatus: "MODIFIED",
    PropertyDifferences: [{ PropertyPath: "/RetentionInDays", DifferenceType: "NOT_EQUAL", ExpectedValue: String(retention), ActualValue: "365" }],
  });
  expect(found.find((drift) => drift.LogicalResourceId === alarm.LogicalResourceId)).toMatchObject({ StackResourceDriftStatus: "DELETED" });
  const { Stacks } = await client(region).send(new DescribeStacksCommand({ StackName: "Jobs-Report" }));
  expect(Stacks![0]!.DriftInformation!.StackDriftStatus).toBe("DRIFTED");
  await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: retention }));
  const again = await client(region).send(
    new DetectStackResourceDriftCommand({ StackName: "Jobs-Report", LogicalResourceId: group.LogicalResourceId }),
  );
  expect(again.StackResourceDrift!.StackResourceDriftStatus).toBe("IN_SYNC");
});

test("a type that cannot be read is refused by name", async () => {
  const { StackResourceSummaries = [] } = await client("us-west-2").send(new ListStackResourcesCommand({ StackName: "Arcade-Hello" }));
  const nested = StackResourceSummaries.find((each) => each.ResourceType === "AWS::CloudFormation::Stack")!;
  const asked = new DetectStackResourceDriftCommand({ StackName: "Arcade-Hello", LogicalResourceId: nested.LogicalResourceId });
  await expect(client("us-west-2").send(asked)).rejects.toThrow("Drift detection is not supported for resource type AWS::CloudFormation::Stack");
});
