import { describe, expect, test } from "vitest";
import { activities, group, started, states } from "../testing.ts";

describe("scaling policies", () => {
  const policy = {
    AutoScalingGroupName: "g",
    PolicyName: "p",
    PolicyType: "StepScaling",
    AdjustmentType: "ExactCapacity",
    StepAdjustments: [{ MetricIntervalUpperBound: 0, ScalingAdjustment: 0 }],
  };
  const alarm = { name: "idle", state: "ALARM" };

  test("an alarm's step policy ends a warm instance, and the cause names the alarm", async () => {
    const harness = await started({ DesiredCapacity: 1 });
    const { PolicyARN } = await harness.op<{ PolicyARN: string }>("PutScalingPolicy", policy);
    await harness.clock.advance(302_000);
    await harness.service.executePolicy(PolicyARN, { metricValue: 10, threshold: 1175, datapoints: [10, 20], alarm });
    await harness.clock.advance(1000);
    expect(await states(harness)).toEqual([]);
    expect((await activities(harness))[0]!.Cause).toMatch(
      /^At \S+Z a monitor alarm idle in state ALARM triggered policy p changing the desired capacity from 1 to 0\. {2}At /,
    );
  });

  test("scaling in waits until instances have warmed up: for the policy's, else the group's, time", async () => {
    for (const [EstimatedInstanceWarmup, seconds] of [
      [undefined, 300],
      [60, 60],
      [0, 0],
    ] as const) {
      const harness = await started({ DesiredCapacity: 1 });
      const { PolicyARN } = await harness.op<{ PolicyARN: string }>("PutScalingPolicy", { ...policy, EstimatedInstanceWarmup });
      await harness.clock.advance(1000);
      const breach = { metricValue: 10, threshold: 1175, alarm };
      if (seconds > 0) {
        await harness.clock.advance(seconds * 1000 - 1);
        await harness.service.executePolicy(PolicyARN, breach);
        expect((await group(harness)).DesiredCapacity).toBe(1);
        await harness.clock.advance(1);
      }
      await harness.service.executePolicy(PolicyARN, breach);
      expect((await group(harness)).DesiredCapacity).toBe(0);
    }
  });

  test("several breaches in the same step, while instances warm up, add up to one", async () => {
    const harness = await started({ DesiredCapacity: 1 });
    await harness.clock.advance(400_000);
    const { PolicyARN } = await harness.op<{ PolicyARN: string }>("PutScalingPolicy", {
      ...policy,
      AdjustmentType: "ChangeInCapacity",
      StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
    });
    for (let time = 0; time < 3; time++) {
      await harness.service.executePolicy(PolicyARN, { metricValue: 90, threshold: 80 });
      await harness.clock.advance(60_000);
    }
    expect((await group(harness)).DesiredCapacity).toBe(2);
    await harness.clock.advance(300_000);
    await harness.service.executePolicy(PolicyARN, { metricValue: 90, threshold: 80 });
    expect((await group(harness)).DesiredCapacity).toBe(3);
  });

  test("the aggregation of the data points chooses the step", async () => {
    const harness = await started({ DesiredCapacity: 1 });
    await harness.clock.advance(400_000);
    const { PolicyARN } = await harness.op<{ PolicyARN: string }>("PutScalingPolicy", {
      ...policy,
      MetricAggregationType: "Maximum",
      StepAdjustments: [
        { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 10, ScalingAdjustment: 2 },
        { MetricIntervalLowerBound: 10, ScalingAdjustment: 3 },
      ],
    });
    await harness.service.executePolicy(PolicyARN, { metricValue: 55, threshold: 50, datapoints: [55, 61] });
    expect((await group(harness)).DesiredCapacity).toBe(3);
  });

  test("simple policies keep their cooldown, by alarm and by SetDesiredCapacity that honors it", async () => {
    const harness = await started();
    const { PolicyARN } = await harness.op<{ PolicyARN: string }>("PutScalingPolicy", {
      AutoScalingGroupName: "g",
      PolicyName: "s",
      AdjustmentType: "ChangeInCapacity",
      ScalingAdjustment: 1,
      Cooldown: 60,
    });
    const breach = { metricValue: 1, threshold: 0 };
    await harness.service.executePolicy(PolicyARN, breach);
    await harness.clock.advance(30_000);
    await harness.service.executePolicy(PolicyARN, breach);
    expect((await group(harness)).DesiredCapacity).toBe(1);
    await expect(harness.op("SetDesiredCapacity", { AutoScalingGroupName: "g", DesiredCapacity: 2, HonorCooldown: true })).rejects.toMatchObject({
      code: "ScalingActivityInProgressFault",
    });
    await harness.clock.advance(32_000);
    await harness.service.executePolicy(PolicyARN, breach);
    expect((await group(harness)).DesiredCapacity).toBe(2);
  });

  test("AlarmNotification can be suspended, and a policy that is gone is an error for the alarm", async () => {
    const harness = await started({ DesiredCapacity: 1 });
    const { PolicyARN } = await harness.op<{ PolicyARN: string }>("PutScalingPolicy", { ...policy, EstimatedInstanceWarmup: 0 });
    await harness.clock.advance(1000);
    await harness.op("SuspendProcesses", { AutoScalingGroupName: "g", ScalingProcesses: ["AlarmNotification"] });
    await harness.service.executePolicy(PolicyARN, { metricValue: 1, threshold: 2 });
    expect((await group(harness)).DesiredCapacity).toBe(1);
    await harness.op("DeletePolicy", { AutoScalingGroupName: "g", PolicyName: "p" });
    await expect(harness.service.executePolicy(PolicyARN, { metricValue: 1, threshold: 2 })).rejects.toThrow(/does not exist/);
  });

  test("capacity stays within the group's limits", async () => {
    const harness = await started({ MinSize: 1, MaxSize: 2, DesiredCapacity: 1 });
    await harness.op("PutScalingPolicy", { AutoScalingGroupName: "g", PolicyName: "s", AdjustmentType: "ChangeInCapacity", ScalingAdjustment: 10 });
    await harness.op("ExecutePolicy", { AutoScalingGroupName: "g", PolicyName: "s" });
    expect((await group(harness)).DesiredCapacity).toBe(2);
  });
});
