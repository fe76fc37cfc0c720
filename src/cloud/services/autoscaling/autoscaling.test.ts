import { AutoScaling } from "@aws-sdk/client-auto-scaling";
import { CloudWatch } from "@aws-sdk/client-cloudwatch";
import { EC2 } from "@aws-sdk/client-ec2";
import { expect, onTestFinished, test } from "vitest";
import { withCloud, type TestCloud } from "../../testing/with-cloud.ts";

const GROUP = "leaf";

/** A group of at most one instance, over the wire. */
async function createGroup(cloud: TestCloud): Promise<{ asg: AutoScaling; states: () => Promise<string[]> }> {
  const ec2 = cloud.client(EC2);
  const asg = cloud.client(AutoScaling);
  const { LaunchTemplate } = await ec2.createLaunchTemplate({
    LaunchTemplateName: "template",
    LaunchTemplateData: { ImageId: (await ec2.describeImages({ Owners: ["amazon"] })).Images![0]!.ImageId, InstanceType: "t3.small" },
  });
  const { Subnets } = await ec2.describeSubnets({});
  await asg.createAutoScalingGroup({
    AutoScalingGroupName: GROUP,
    LaunchTemplate: { LaunchTemplateId: LaunchTemplate!.LaunchTemplateId, Version: "$Latest" },
    MinSize: 0,
    MaxSize: 1,
    VPCZoneIdentifier: Subnets![0]!.SubnetId,
    Tags: [{ Key: "leaf", Value: "hello", PropagateAtLaunch: true }],
  });
  const states = async (): Promise<string[]> => {
    const { AutoScalingGroups } = await asg.describeAutoScalingGroups({ AutoScalingGroupNames: [GROUP] });
    return AutoScalingGroups![0]!.Instances!.map(({ LifecycleState }) => LifecycleState!);
  };
  return { asg, states };
}

const ready = async (cloud: TestCloud, states: () => Promise<string[]>, wanted: string[]): Promise<void> =>
  cloud.clock.advanceUntil(async () => JSON.stringify(await states()) === JSON.stringify(wanted), 60_000, wanted.join(", ") || "no instance");

test("an idle alarm puts a real instance to sleep, over the real SDK: metric math, step policy, lifecycle hook", async () => {
  const cloud = await withCloud();
  onTestFinished(() => cloud.end());
  const { asg, states } = await createGroup(cloud);
  const cw = cloud.client(CloudWatch);
  await asg.putLifecycleHook({
    AutoScalingGroupName: GROUP,
    LifecycleHookName: "drain",
    LifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
  });
  const { PolicyARN } = await asg.putScalingPolicy({
    AutoScalingGroupName: GROUP,
    PolicyName: "stop",
    PolicyType: "StepScaling",
    AdjustmentType: "ExactCapacity",
    EstimatedInstanceWarmup: 0,
    StepAdjustments: [{ MetricIntervalUpperBound: 0, ScalingAdjustment: 0 }],
  });
  await asg.updateAutoScalingGroup({ AutoScalingGroupName: GROUP, DesiredCapacity: 1 });
  await ready(cloud, states, ["InService"]);
  const { AutoScalingInstances } = await asg.describeAutoScalingInstances({});
  const id = AutoScalingInstances![0]!.InstanceId!;
  const tags = (await cloud.client(EC2).describeInstances({ InstanceIds: [id] })).Reservations![0]!.Instances![0]!.Tags!;
  expect(tags).toEqual(
    expect.arrayContaining([
      { Key: "leaf", Value: "hello" },
      { Key: "aws:autoscaling:groupName", Value: GROUP },
    ]),
  );

  const traffic = async (minutes: number): Promise<void> => {
    for (let minute = 0; minute < minutes; minute++) {
      await cw.putMetricData({ Namespace: "Test", MetricData: [{ MetricName: "Traffic", Value: 60_000 }] });
      await cloud.clock.advance(60_000);
    }
  };
  // FILL makes idle minutes of those before the alarm was there, and an alarm looks at them too.
  await traffic(3);
  await cw.putMetricAlarm({
    AlarmName: "idle",
    Metrics: [
      { Id: "m1", MetricStat: { Metric: { Namespace: "Test", MetricName: "Traffic" }, Period: 60, Stat: "Sum" }, ReturnData: false },
      { Id: "e1", Expression: "FILL(m1, 0) / PERIOD(m1)", Label: "bytes per second" },
    ],
    EvaluationPeriods: 2,
    DatapointsToAlarm: 2,
    Threshold: 100,
    ComparisonOperator: "LessThanThreshold",
    AlarmActions: [PolicyARN!],
  });
  await traffic(3);
  expect(await states()).toEqual(["InService"]);
  await cloud.clock.advance(3 * 60_000);
  expect((await cw.describeAlarms({ AlarmNames: ["idle"] })).MetricAlarms![0]).toMatchObject({ StateValue: "ALARM" });
  expect(await states()).toEqual(["Terminating:Wait"]);

  // The alarm lasts and would scale in again every minute; here only the old instance's draining is looked at.
  await cw.disableAlarmActions({ AlarmNames: ["idle"] });
  await asg.setDesiredCapacity({ AutoScalingGroupName: GROUP, DesiredCapacity: 1 });
  await ready(cloud, states, ["Terminating:Wait", "InService"]);
  await asg.completeLifecycleAction({ AutoScalingGroupName: GROUP, LifecycleHookName: "drain", InstanceId: id, LifecycleActionResult: "CONTINUE" });
  await ready(cloud, states, ["InService"]);
  const { Activities } = await asg.describeScalingActivities({ AutoScalingGroupName: GROUP });
  expect(Activities!.map(({ StatusCode }) => StatusCode)).toEqual(["Successful", "Successful", "Successful"]);
  expect(
    Activities!.find(({ Cause }) =>
      Cause!.includes("a monitor alarm idle in state ALARM triggered policy stop changing the desired capacity from 1 to 0."),
    ),
  ).toBeDefined();
});

test("an instance that is terminated behind the group's back is replaced; errors have the SDK's types", async () => {
  const cloud = await withCloud();
  onTestFinished(() => cloud.end());
  const { asg, states } = await createGroup(cloud);
  await asg.setDesiredCapacity({ AutoScalingGroupName: GROUP, DesiredCapacity: 1 });
  await ready(cloud, states, ["InService"]);
  const id = async (): Promise<string> =>
    (await asg.describeAutoScalingInstances({})).AutoScalingInstances!.map(({ InstanceId }) => InstanceId!).join();
  const first = await id();
  await cloud.client(EC2).terminateInstances({ InstanceIds: [first] });
  await cloud.clock.advanceUntil(async () => (await states()).join() === "InService" && (await id()) !== first, 60_000, "a replacement");
  await expect(asg.deleteAutoScalingGroup({ AutoScalingGroupName: GROUP })).rejects.toMatchObject({ name: "ResourceInUseFault" });
  await expect(asg.setDesiredCapacity({ AutoScalingGroupName: GROUP, DesiredCapacity: 9 })).rejects.toMatchObject({
    name: "ValidationError",
    message: "New SetDesiredCapacity value 9 is above max value 1 for the AutoScalingGroup.",
  });
  await asg.deleteAutoScalingGroup({ AutoScalingGroupName: GROUP, ForceDelete: true });
  await cloud.clock.advanceUntil(async () => (await asg.describeAutoScalingGroups({})).AutoScalingGroups!.length === 0, 60_000, "the group's end");
});
