import { describe, expect, test } from "vitest";
import type { LifecycleWait } from "../../../core/ports.ts";
import { activities, createHarness, desire, group, kinds, scope, started, states } from "../testing.ts";
import type { Activity } from "@aws-sdk/client-auto-scaling";

const drain = {
  AutoScalingGroupName: "g",
  LifecycleHookName: "drain",
  LifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
  HeartbeatTimeout: 120,
  DefaultResult: "CONTINUE",
};

test("a desired capacity is acted on at once, without any time passing", async () => {
  const harness = await started();
  await desire(harness, 1);
  expect(await states(harness)).toEqual(["i-1 Pending"]);
  await harness.clock.advance(1000);
  expect(await states(harness)).toEqual(["i-1 InService"]);
  expect(kinds(harness)).toEqual(["EC2 Instance Launch Successful"]);
  await desire(harness, 0);
  expect(await states(harness)).toEqual(["i-1 Terminating:Proceed"]);
  await harness.clock.advance(1000);
  expect(await states(harness)).toEqual([]);
  expect(kinds(harness)).toEqual(["EC2 Instance Launch Successful", "EC2 Instance Terminate Successful"]);
});

test("desired raised to 1 while the old instance still drains launches a new one at once", async () => {
  const harness = await started({ DesiredCapacity: 1, MaxSize: 1 });
  await harness.op("PutLifecycleHook", drain);
  await harness.clock.advance(1000);
  await desire(harness, 0);
  expect(await states(harness)).toEqual(["i-1 Terminating:Wait"]);
  await desire(harness, 1);
  expect(await states(harness)).toEqual(["i-1 Terminating:Wait", "i-2 Pending"]);
  await harness.clock.advance(1000);
  expect(await states(harness)).toEqual(["i-1 Terminating:Wait", "i-2 InService"]);
  await harness.clock.advance(121_000);
  expect(await states(harness)).toEqual(["i-2 InService"]);
});

test("the launch request names the resolved version, the subnet, a token, and the group's tags", async () => {
  const harness = await started({
    DesiredCapacity: 1,
    Tags: [
      { Key: "leaf", Value: "hello", PropagateAtLaunch: true },
      { Key: "private", Value: "x", PropagateAtLaunch: false },
    ],
  });
  const [activity] = await activities(harness);
  expect(harness.ec2.requests).toEqual([
    {
      LaunchTemplate: { LaunchTemplateId: "lt-1", Version: "7" },
      MinCount: 1,
      MaxCount: 1,
      ClientToken: activity!.ActivityId,
      SubnetId: "subnet-a",
      TagSpecifications: [
        {
          ResourceType: "instance",
          Tags: [
            { Key: "leaf", Value: "hello" },
            { Key: "aws:autoscaling:groupName", Value: "g" },
            { Key: "aws:ec2launchtemplate:id", Value: "lt-1" },
            { Key: "aws:ec2launchtemplate:version", Value: "7" },
          ],
        },
      ],
    },
  ]);
});

test("many changes in the same moment end with as many instances as the last one says", async () => {
  const harness = await started();
  await Promise.all([desire(harness, 3), desire(harness, 1), desire(harness, 2), desire(harness, 0), desire(harness, 2)]);
  await harness.clock.advance(5000);
  expect((await states(harness)).filter((state) => state.endsWith("InService"))).toHaveLength(2);
  expect(harness.ec2.running).toHaveLength(2);
});

test("scaling in by several ends each instance once", async () => {
  const harness = await started({ DesiredCapacity: 3 });
  await harness.clock.advance(1000);
  await desire(harness, 0);
  await harness.clock.advance(1000);
  expect(kinds(harness).filter((kind) => kind === "EC2 Instance Terminate Successful")).toHaveLength(3);
  expect(await activities(harness)).toHaveLength(6);
});

test("an instance that dies by itself is replaced, and the activities say why", async () => {
  const harness = await started({ DesiredCapacity: 1 });
  await harness.clock.advance(1000);
  harness.ec2.move("i-1", "terminated");
  await harness.clock.advance(1000);
  expect(await states(harness)).toEqual(["i-2 InService"]);
  expect((await activities(harness)).map(({ Cause }) => Cause!.replace(/^At \S+ /, ""))).toEqual(
    expect.arrayContaining([
      "an instance was launched in response to an unhealthy instance needing to be replaced.",
      "an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped.",
    ]),
  );
});

test("the cause of an activity tells who changed what", async () => {
  const harness = await started();
  await harness.op("UpdateAutoScalingGroup", { AutoScalingGroupName: "g", MinSize: 0, MaxSize: 2, DesiredCapacity: 1 });
  const [launch] = await activities(harness);
  expect(launch).toMatchObject({
    Description: "Launching a new EC2 instance: i-1",
    StatusCode: "InProgress",
    Details: '{"Subnet ID":"subnet-a","Availability Zone":"us-west-2a"}',
  });
  expect(launch!.Cause).toBe(
    "At 2026-01-05T00:00:00Z a user request update of AutoScalingGroup constraints to min: 0, max: 2, desired: 1 changing the desired capacity from 0 to 1.  At 2026-01-05T00:00:00Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 0 to 1.",
  );
  await harness.clock.advance(60_000);
  await desire(harness, 0);
  await harness.clock.advance(2000);
  expect((await activities(harness))[0]).toMatchObject({
    Description: "Terminating EC2 instance: i-1",
    StatusCode: "Successful",
    Progress: 100,
    Cause:
      "At 2026-01-05T00:01:00Z a user request explicitly set group desired capacity changing the desired capacity from 1 to 0.  At 2026-01-05T00:01:00Z an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from 1 to 0.  At 2026-01-05T00:01:00Z instance i-1 was selected for termination.",
  });
});

test("events have the shape of the event reference", async () => {
  const harness = await started({ DesiredCapacity: 1 });
  await harness.clock.advance(1000);
  const { AutoScalingGroupARN } = await group(harness);
  expect(harness.events[0]).toEqual({
    source: "aws.autoscaling",
    detailType: "EC2 Instance Launch Successful",
    resources: [AutoScalingGroupARN, "arn:aws:ec2:us-west-2:000000000000:instance/i-1"],
    detail: {
      StatusCode: "InProgress",
      Description: "Launching a new EC2 instance: i-1",
      AutoScalingGroupName: "g",
      ActivityId: expect.any(String),
      RequestId: expect.any(String),
      Details: { "Availability Zone": "us-west-2a", "Subnet ID": "subnet-a" },
      StatusMessage: "",
      StartTime: "2026-01-05T00:00:00.000Z",
      EndTime: "2026-01-05T00:00:01.000Z",
      EC2InstanceId: "i-1",
      Cause: expect.stringContaining("a user request created an AutoScalingGroup changing the desired capacity from 0 to 1."),
      Origin: "EC2",
      Destination: "AutoScalingGroup",
    },
  });
});

describe("a launch that fails", () => {
  test("is told, and tried again later", async () => {
    const harness = createHarness();
    harness.ec2.failure = new Error("The image id '[ami-1]' does not exist");
    await harness.service.start?.();
    await harness.createGroup({ DesiredCapacity: 1 });
    expect(kinds(harness)).toEqual(["EC2 Instance Launch Unsuccessful"]);
    expect((await activities(harness))[0]).toMatchObject({
      StatusCode: "Failed",
      Description: "Launching a new EC2 instance.  Status Reason: The image id '[ami-1]' does not exist. Launching EC2 instance failed.",
    });
    await harness.clock.advance(29_000);
    expect(harness.ec2.requests).toHaveLength(1);
    harness.ec2.failure = undefined;
    await harness.clock.advance(2000);
    expect(await states(harness)).toEqual(["i-2 InService"]);
  });

  test("is tried at once when somebody asks, and less and less often when nobody does", async () => {
    const harness = createHarness();
    harness.ec2.failure = new Error("no");
    await harness.service.start?.();
    await harness.createGroup({ DesiredCapacity: 1 });
    await harness.clock.advance(3_600_000);
    expect(harness.ec2.requests.length).toBeLessThan(12);
    const before = harness.ec2.requests.length;
    await desire(harness, 1);
    expect(harness.ec2.requests).toHaveLength(before + 1);
  });
});

describe("lifecycle hooks", () => {
  test("a terminating instance waits until the action is completed; who listens is told", async () => {
    const harness = await started({ DesiredCapacity: 1, LifecycleHookSpecificationList: [{ ...drain, NotificationMetadata: "m" }] });
    const waits: LifecycleWait[] = [];
    harness.service.onLifecycle((_scope, wait) => void waits.push(wait));
    await harness.clock.advance(1000);
    await desire(harness, 0);
    expect(waits).toEqual([
      {
        autoScalingGroupName: "g",
        lifecycleHookName: "drain",
        lifecycleActionToken: expect.any(String),
        instanceId: "i-1",
        transition: "autoscaling:EC2_INSTANCE_TERMINATING",
      },
    ]);
    expect(harness.events.at(-1)).toEqual({
      source: "aws.autoscaling",
      detailType: "EC2 Instance-terminate Lifecycle Action",
      resources: [(await group(harness)).AutoScalingGroupARN],
      detail: {
        LifecycleActionToken: waits[0]!.lifecycleActionToken,
        AutoScalingGroupName: "g",
        LifecycleHookName: "drain",
        EC2InstanceId: "i-1",
        LifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
        NotificationMetadata: "m",
        Origin: "AutoScalingGroup",
        Destination: "EC2",
      },
    });
    await harness.clock.advance(60_000);
    expect(await states(harness)).toEqual(["i-1 Terminating:Wait"]);
    const done = { AutoScalingGroupName: "g", LifecycleHookName: "drain", InstanceId: "i-1", LifecycleActionResult: "CONTINUE" };
    await harness.op("CompleteLifecycleAction", done);
    await harness.clock.advance(1000);
    expect(await states(harness)).toEqual([]);
    await expect(harness.op("CompleteLifecycleAction", done)).rejects.toMatchObject({
      code: "ValidationError",
      message: "No active Lifecycle Action found with instance ID i-1",
    });
  });

  test("a heartbeat starts the time anew; without one the default result is taken", async () => {
    const harness = await started({ DesiredCapacity: 1, LifecycleHookSpecificationList: [drain] });
    await harness.clock.advance(1000);
    await desire(harness, 0);
    await harness.clock.advance(100_000);
    await harness.op("RecordLifecycleActionHeartbeat", { AutoScalingGroupName: "g", LifecycleHookName: "drain", InstanceId: "i-1" });
    await harness.clock.advance(100_000);
    expect(await states(harness)).toEqual(["i-1 Terminating:Wait"]);
    await harness.clock.advance(21_000);
    expect(await states(harness)).toEqual([]);
  });

  test("a launching instance is in service only after all hooks went on", async () => {
    const launching = { LifecycleTransition: "autoscaling:EC2_INSTANCE_LAUNCHING" };
    const harness = await started({
      DesiredCapacity: 1,
      LifecycleHookSpecificationList: [
        { LifecycleHookName: "a", ...launching },
        { LifecycleHookName: "b", ...launching },
      ],
    });
    await harness.clock.advance(1000);
    expect(await states(harness)).toEqual(["i-1 Pending:Wait"]);
    const complete = (LifecycleHookName: string): Promise<unknown> =>
      harness.op("CompleteLifecycleAction", { AutoScalingGroupName: "g", LifecycleHookName, InstanceId: "i-1", LifecycleActionResult: "CONTINUE" });
    await complete("a");
    expect(await states(harness)).toEqual(["i-1 Pending:Wait"]);
    await complete("b");
    expect(await states(harness)).toEqual(["i-1 InService"]);
  });

  test("a launch that is abandoned is ended and replaced", async () => {
    const harness = await started({
      DesiredCapacity: 1,
      LifecycleHookSpecificationList: [{ LifecycleHookName: "a", LifecycleTransition: "autoscaling:EC2_INSTANCE_LAUNCHING", HeartbeatTimeout: 30 }],
    });
    await harness.clock.advance(1000);
    await harness.op("CompleteLifecycleAction", {
      AutoScalingGroupName: "g",
      LifecycleHookName: "a",
      InstanceId: "i-1",
      LifecycleActionResult: "ABANDON",
    });
    expect(kinds(harness)).toContain("EC2 Instance Launch Unsuccessful");
    await harness.clock.advance(1000);
    expect(await states(harness)).toEqual(["i-2 Pending:Wait"]);
    expect((await activities(harness)).find(({ StatusCode }) => StatusCode === "Cancelled")!.StatusMessage).toMatch(
      /was abandoned: Lifecycle Action Completed with ABANDON Result$/,
    );
  });

  test("heartbeats go on after a restart, and listeners are told again", async () => {
    const harness = await started({ DesiredCapacity: 1, LifecycleHookSpecificationList: [drain] });
    await harness.clock.advance(1000);
    await desire(harness, 0);
    await harness.service.stop?.();
    const again = createHarness(harness.store, harness.clock);
    for (const [id, view] of harness.ec2.views) again.ec2.views.set(id, view);
    const waits: LifecycleWait[] = [];
    again.service.onLifecycle((_scope, wait) => void waits.push(wait));
    await again.service.start?.();
    expect(waits).toHaveLength(1);
    await again.clock.advance(122_000);
    expect(await states(again)).toEqual([]);
  });
});

test("after a restart a group whose instances are gone starts new ones", async () => {
  const harness = await started({ DesiredCapacity: 1 });
  await harness.clock.advance(1000);
  await harness.service.stop?.();
  const again = createHarness(harness.store, harness.clock);
  await again.service.start?.();
  await again.clock.advance(2000);
  expect(again.ec2.running).toHaveLength(1);
  expect((await states(again)).filter((state) => state.endsWith("InService"))).toHaveLength(1);
});

test("deleting by force ends instances without their hooks, and then the group is gone", async () => {
  const harness = await started({ DesiredCapacity: 2, LifecycleHookSpecificationList: [drain] });
  await harness.clock.advance(1000);
  await expect(harness.op("DeleteAutoScalingGroup", { AutoScalingGroupName: "g" })).rejects.toMatchObject({ code: "ResourceInUseFault" });
  await harness.op("DeleteAutoScalingGroup", { AutoScalingGroupName: "g", ForceDelete: true });
  expect((await group(harness)).Status).toBe("Delete in progress");
  await harness.clock.advance(1000);
  expect(await group(harness)).toBeUndefined();
  expect(harness.ec2.running).toEqual([]);
});

test("a suspended process is not done, and done once it is resumed", async () => {
  const harness = await started();
  await harness.op("SuspendProcesses", { AutoScalingGroupName: "g", ScalingProcesses: ["Launch"] });
  await desire(harness, 1);
  await harness.clock.advance(5000);
  expect(await states(harness)).toEqual([]);
  await harness.op("ResumeProcesses", { AutoScalingGroupName: "g", ScalingProcesses: ["Launch"] });
  await harness.clock.advance(1000);
  expect(await states(harness)).toEqual(["i-1 InService"]);
});

test("instances are spread over the zones, and the fullest zone shrinks first", async () => {
  const harness = await started({ DesiredCapacity: 3, VPCZoneIdentifier: "subnet-a,subnet-b" });
  expect(harness.ec2.requests.map(({ SubnetId }) => SubnetId)).toEqual(["subnet-a", "subnet-b", "subnet-a"]);
  await harness.clock.advance(1000);
  await harness.op("SetInstanceProtection", { AutoScalingGroupName: "g", InstanceIds: ["i-1"], ProtectedFromScaleIn: true });
  await desire(harness, 1);
  await harness.clock.advance(1000);
  expect(await states(harness)).toEqual(["i-1 InService"]);
});

test("topics get a test message, and one for each launch", async () => {
  const harness = await started();
  const TopicARN = "arn:aws:sns:us-west-2:000000000000:t";
  await harness.op("PutNotificationConfiguration", { AutoScalingGroupName: "g", TopicARN, NotificationTypes: ["autoscaling:EC2_INSTANCE_LAUNCH"] });
  await desire(harness, 1);
  await harness.clock.advance(1000);
  await desire(harness, 0);
  await harness.clock.advance(1000);
  expect(harness.messages.map(({ subject, body }) => [subject, body["Event"]])).toEqual([
    ['Auto Scaling: test notification for group "g"', "autoscaling:TEST_NOTIFICATION"],
    ['Auto Scaling: launch for group "g"', "autoscaling:EC2_INSTANCE_LAUNCH"],
  ]);
});

test("group metrics are published every minute once they are enabled", async () => {
  const harness = await started({ DesiredCapacity: 1 });
  await harness.op("EnableMetricsCollection", {
    AutoScalingGroupName: "g",
    Granularity: "1Minute",
    Metrics: ["GroupInServiceInstances", "GroupDesiredCapacity"],
  });
  await harness.clock.advance(120_000);
  expect(harness.metrics.map(({ name, value }) => `${name} ${value}`)).toEqual([
    "GroupInServiceInstances 1",
    "GroupDesiredCapacity 1",
    "GroupInServiceInstances 1",
    "GroupDesiredCapacity 1",
  ]);
});

test("TerminateInstanceInAutoScalingGroup ends the instance, with or without a replacement", async () => {
  const harness = await started({ DesiredCapacity: 1 });
  await harness.clock.advance(1000);
  const terminate = (InstanceId: string, ShouldDecrementDesiredCapacity: boolean): Promise<{ Activity: Activity }> =>
    harness.op("TerminateInstanceInAutoScalingGroup", { InstanceId, ShouldDecrementDesiredCapacity });
  expect((await terminate("i-1", false)).Activity.Cause).toMatch(/instance i-1 was taken out of service in response to a user request\.$/);
  await harness.clock.advance(1000);
  expect(await states(harness)).toEqual(["i-2 InService"]);
  expect((await terminate("i-2", true)).Activity.Cause).toMatch(/in response to a user request, shrinking the capacity from 1 to 0\.$/);
  await harness.clock.advance(1000);
  expect(await states(harness)).toEqual([]);
  await expect(terminate("i-2", false)).rejects.toMatchObject({ message: "Instance Id not found - No managed instance found for instance ID: i-2" });
});

test("access is asked on the group's own ARN, with its tags", async () => {
  const harness = await started({ Tags: [{ Key: "leaf", Value: "hello" }] });
  const { AutoScalingGroupARN } = await group(harness);
  const call = { ...scope, principal: { kind: "root" as const, arn: "", account: scope.account }, requestId: "" };
  expect(harness.service.access!["UpdateAutoScalingGroup"]!({ AutoScalingGroupName: "g", MaxSize: 3 }, call)).toEqual([
    {
      action: "autoscaling:UpdateAutoScalingGroup",
      resources: [AutoScalingGroupARN],
      context: { "autoscaling:ResourceTag/leaf": "hello", "aws:ResourceTag/leaf": "hello", "autoscaling:MaxSize": "3" },
    },
  ]);
});

test("after a restart an instance whose launch was not written down yet is taken in", async () => {
  const harness = await started();
  await harness.op("SuspendProcesses", { AutoScalingGroupName: "g", ScalingProcesses: ["Launch"] });
  await desire(harness, 1);
  const groupArn = (await group(harness)).AutoScalingGroupARN!;
  // What the store holds when the process ends between RunInstances and its answer.
  const row = {
    id: "act",
    group: "g",
    groupArn,
    kind: "launch",
    description: "Launching a new EC2 instance",
    cause: "",
    startedAt: 0,
    status: "InProgress",
    progress: 0,
  };
  harness.store.table("autoscaling.activities", scope).set("act", row);
  await harness.service.stop?.();
  const again = createHarness(harness.store, harness.clock);
  again.ec2.described = [{ InstanceId: "i-9", InstanceType: "t4g.small", SubnetId: "subnet-a", ClientToken: "act" }];
  again.ec2.views.set("i-9", { instanceId: "i-9", state: "pending" } as never);
  await again.service.start?.();
  again.ec2.move("i-9", "running");
  expect(await states(again)).toEqual(["i-9 InService"]);
});
