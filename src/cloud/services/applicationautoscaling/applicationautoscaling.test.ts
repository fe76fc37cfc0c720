import type { ScalingActivity } from "@aws-sdk/client-application-auto-scaling";
import { expect, test } from "vitest";
import { VirtualClock } from "../../core/clock.ts";
import { AwsError, NotSupported } from "../../core/errors.ts";
import { seededIds } from "../../core/ids.ts";
import type { Call } from "../../core/service.ts";
import { Store } from "../../core/store.ts";
import { accessOf } from "./access.ts";
import { createApplicationAutoScaling, isApplicationPolicy } from "./index.ts";

const SCOPE = { account: "000000000000", region: "us-west-2" };
const CALL: Call = { ...SCOPE, requestId: "r", principal: { kind: "root", arn: "arn:aws:iam::000000000000:root", account: SCOPE.account } };
const NAMED = { ServiceNamespace: "ecs", ResourceId: "service/arcade/orders", ScalableDimension: "ecs:service:DesiredCount" };
const MINUTE = 60_000;

/** Application Auto Scaling over an ECS service that a test sets, and a CloudWatch that only keeps alarms. */
function setup({ store = new Store(), clock = new VirtualClock() } = {}) {
  const service = { status: "ACTIVE", desiredCount: 2, runningCount: 2, deployments: [{}], schedulingStrategy: "REPLICA" };
  const alarms = new Map<string, { AlarmName: string; AlarmActions: string[] }>();
  const refused: { update?: AwsError; alarm?: AwsError } = {};
  const state = { exists: true, stuck: false, updates: [] as [by: string | undefined, count: number][] };
  const answer = (operation: string, input: Record<string, unknown>, as: string | undefined): unknown => {
    switch (operation) {
      case "GetRole":
        throw new AwsError("NoSuchEntity", "none", { status: 404 });
      case "DescribeServices":
        return { services: state.exists ? [service] : [] };
      case "UpdateService":
        if (refused.update) throw refused.update;
        state.updates.push([as, input["desiredCount"] as number]);
        service.desiredCount = input["desiredCount"] as number;
        if (!state.stuck) clock.setTimer(3000, () => void (service.runningCount = service.desiredCount));
        return {};
      case "PutMetricAlarm":
        if (refused.alarm) throw refused.alarm;
        return alarms.set(input["AlarmName"] as string, input as never);
      case "DeleteAlarms":
        for (const name of input["AlarmNames"] as string[]) if (!alarms.delete(name)) throw new AwsError("ResourceNotFound", name);
        return {};
      case "DescribeAlarms": {
        const MetricAlarms = [...alarms.values()].filter(({ AlarmActions }) =>
          AlarmActions.some((one) => one.startsWith(input["ActionPrefix"] as string)),
        );
        return { MetricAlarms: MetricAlarms.map(({ AlarmName }) => ({ AlarmName, AlarmArn: `arn:${AlarmName}` })) };
      }
      default:
        return {};
    }
  };
  const scaling = createApplicationAutoScaling({
    store,
    clock,
    ids: seededIds(),
    api: {
      call: async <O>(_service: string, operation: string, input: object, _scope: object, as?: Call["principal"]) =>
        answer(operation, input as never, as?.arn) as O,
    },
  });
  void scaling.start!();
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the answer's type where it is looked at
  const op = async <O = object>(operation: string, input: object = {}): Promise<O> =>
    (await scaling.operations[operation]!({ ...NAMED, ...input }, CALL)) as O;
  const track = async (PolicyName: string, metric: object, more: object = {}) =>
    op<{ PolicyARN: string; Alarms: { AlarmName: string }[] }>("PutScalingPolicy", {
      PolicyName,
      PolicyType: "TargetTrackingScaling",
      TargetTrackingScalingPolicyConfiguration: { TargetValue: 50, ...metric, ...more },
    });
  /** What CloudWatch does when an alarm of the policy is in ALARM. */
  const alarm = async (
    { PolicyARN, Alarms }: { PolicyARN: string; Alarms: { AlarmName: string }[] },
    kind: "High" | "Low",
    ...datapoints: number[]
  ) => {
    const { AlarmName } = Alarms.find((one) => one.AlarmName.includes(`-Alarm${kind}-`))!;
    const breach = { metricValue: datapoints[0]!, threshold: kind === "High" ? 50 : 45, datapoints, alarm: { name: AlarmName, state: "ALARM" } };
    await scaling.executePolicy(`${PolicyARN}:createdBy/x`, breach);
  };
  const activities = async (more: object = {}): Promise<ScalingActivity[]> =>
    (await op<{ ScalingActivities: ScalingActivity[] }>("DescribeScalingActivities", more)).ScalingActivities;
  return { store, clock, service, alarms, state, refused, scaling, op, track, alarm, activities };
}

const CPU = { PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" } };
const MEMORY = { PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageMemoryUtilization" } };

test("registering and changing a target moves the count inside the limits, as the service-linked role", async () => {
  const { op, state, clock, activities, service } = setup();
  await expect(op("RegisterScalableTarget", { MinCapacity: 1 })).rejects.toMatchObject({ code: "ValidationException" });
  await op("RegisterScalableTarget", { MinCapacity: 3, MaxCapacity: 5, RoleARN: "arn:aws:iam::000000000000:role/mine" });
  expect(state.updates).toEqual([["ecs.application-autoscaling.amazonaws.com", 3]]);
  expect((await activities())[0]).toMatchObject({
    Description: "Setting desired count to 3.",
    Cause: "minimum capacity was set to 3",
    StatusCode: "InProgress",
    StatusMessage: "Successfully set desired count to 3. Waiting for change to be fulfilled by ecs.",
  });
  await clock.advance(5000);
  expect((await activities())[0]).toMatchObject({ StatusCode: "Successful", EndTime: expect.any(Date) });
  service.desiredCount = service.runningCount = 9;
  // "Even if you don't include the MinCapacity or MaxCapacity request parameters."
  await op("RegisterScalableTarget", { SuspendedState: { DynamicScalingInSuspended: true } });
  expect(service.desiredCount).toBe(5);
  expect((await activities())[0]).toMatchObject({ Cause: "maximum capacity was set to 5" });
  await op("RegisterScalableTarget", { MaxCapacity: 4 });
  expect((await activities()).map(({ StatusCode }) => StatusCode)).toEqual(["InProgress", "Overridden", "Successful"]);
  const { ScalableTargets } = await op<{ ScalableTargets: object[] }>("DescribeScalableTargets", {
    ResourceId: undefined,
    ScalableDimension: undefined,
  });
  expect(ScalableTargets).toMatchObject([
    { MinCapacity: 3, MaxCapacity: 4, SuspendedState: { DynamicScalingInSuspended: true, DynamicScalingOutSuspended: false } },
  ]);
});

test("a change that ECS refuses, or does not fulfil, is an activity that says so", async () => {
  const { op, refused, state, clock, activities } = setup();
  refused.update = new AwsError("ServiceNotActiveException", "Service was not ACTIVE.");
  await op("RegisterScalableTarget", { MinCapacity: 3, MaxCapacity: 5 });
  expect(await activities()).toMatchObject([
    { StatusCode: "Failed", StatusMessage: "Failed to set desired count to 3. Reason: Service was not ACTIVE." },
  ]);
  delete refused.update;
  state.stuck = true;
  await op("RegisterScalableTarget", {});
  await clock.advance(16 * MINUTE);
  expect((await activities())[0]).toMatchObject({ StatusCode: "Unfulfilled" });
});

test("a scale-out ends the cooldown of a scale-in; within its own cooldown only more counts", async () => {
  const { op, track, alarm, service, clock, activities } = setup();
  await op("RegisterScalableTarget", { MinCapacity: 1, MaxCapacity: 10 });
  const cpu = await track("cpu", CPU, { ScaleInCooldown: 600, ScaleOutCooldown: 60 });
  service.desiredCount = service.runningCount = 6;
  await alarm(cpu, "Low", 5, 20, 25);
  expect(service.desiredCount).toBe(3); // by the highest of the data points: 6 × 25 / 50
  await alarm(cpu, "Low", 5, 5, 5);
  expect(service.desiredCount).toBe(3);
  await alarm(cpu, "High", 75, 60, 60);
  expect(service.desiredCount).toBe(5);
  await alarm(cpu, "High", 75);
  expect(service.desiredCount).toBe(5);
  await alarm(cpu, "High", 110);
  expect(service.desiredCount).toBe(7); // 3 × 110 / 50
  await clock.advance(61_000);
  await alarm(cpu, "Low", 20);
  expect(service.desiredCount).toBe(3);
  expect((await activities()).filter(({ StatusCode }) => StatusCode !== "Overridden")).toHaveLength(2);
});

test("scaling in: not while it is suspended, not during a deployment, and only when all target tracking policies are ready", async () => {
  const { op, track, alarm, service, clock, activities } = setup();
  await op("RegisterScalableTarget", { MinCapacity: 1, MaxCapacity: 10, SuspendedState: { DynamicScalingInSuspended: true } });
  const [cpu, memory] = [await track("cpu", CPU), await track("memory", MEMORY)];
  service.desiredCount = service.runningCount = 8;
  await alarm(cpu, "Low", 10);
  await alarm(memory, "Low", 10);
  expect(service.desiredCount).toBe(8);
  await op("RegisterScalableTarget", { SuspendedState: { DynamicScalingInSuspended: false } });
  service.deployments.push({});
  await alarm(cpu, "Low", 10);
  const [last] = await activities({ IncludeNotScaledActivities: true });
  expect(last).toMatchObject({
    Description: "Attempting to scale due to alarm triggered",
    StatusCode: "Failed",
    NotScaledReasons: [{ Code: "TargetServicePutResourceAsUnscalable" }],
  });
  expect(await activities()).toEqual([]);
  service.deployments.pop();
  await clock.advance(2 * MINUTE);
  await alarm(cpu, "Low", 10);
  expect(service.desiredCount).toBe(8);
  await alarm(memory, "Low", 30);
  expect(service.desiredCount).toBe(5); // the larger of 2 and 5
  // One whose scale-in is disabled has no say.
  await track("memory", MEMORY, { DisableScaleIn: true });
  await clock.advance(6 * MINUTE);
  await alarm(cpu, "Low", 10);
  expect(service.desiredCount).toBe(1);
});

test("scaling out goes on during a deployment, unless it is suspended", async () => {
  const { op, track, alarm, service } = setup();
  await op("RegisterScalableTarget", { MinCapacity: 1, MaxCapacity: 10, SuspendedState: { DynamicScalingOutSuspended: true } });
  const cpu = await track("cpu", CPU);
  service.deployments.push({});
  await alarm(cpu, "High", 100);
  expect(service.desiredCount).toBe(2);
  await op("RegisterScalableTarget", { SuspendedState: { DynamicScalingOutSuspended: false } });
  await alarm(cpu, "High", 100);
  expect(service.desiredCount).toBe(4);
});

test("step policies choose the step by the aggregated data points, and keep what an update leaves out", async () => {
  const { op, scaling, service, clock } = setup();
  await op("RegisterScalableTarget", { MinCapacity: 1, MaxCapacity: 20 });
  const step = (StepScalingPolicyConfiguration: object) =>
    op<{ PolicyARN: string }>("PutScalingPolicy", { PolicyName: "s", StepScalingPolicyConfiguration });
  const StepAdjustments = [
    { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 20, ScalingAdjustment: 50 },
    { MetricIntervalLowerBound: 20, ScalingAdjustment: 200 },
  ];
  const { PolicyARN } = await step({ AdjustmentType: "PercentChangeInCapacity", StepAdjustments, MetricAggregationType: "Maximum", Cooldown: 0 });
  const call = (...datapoints: number[]) => scaling.executePolicy(PolicyARN, { metricValue: datapoints[0]!, threshold: 60, datapoints });
  await call(70, 75);
  expect(service.desiredCount).toBe(3);
  await call(70, 85);
  expect(service.desiredCount).toBe(9);
  await step({ MinAdjustmentMagnitude: 6 });
  await clock.advance(1000);
  await call(61);
  expect(service.desiredCount).toBe(15);
  await expect(step({ StepAdjustments: [{ ScalingAdjustment: 1 }] })).rejects.toMatchObject({ code: "ValidationException" });
});

test("scheduled actions set the limits at their time, in their zone, and move the count", async () => {
  const { op, clock, service, activities } = setup(); // from 2026-01-05T00:00:00Z, a Monday
  await op("RegisterScalableTarget", { MinCapacity: 1, MaxCapacity: 10 });
  const put = (ScheduledActionName: string, Schedule: string, ScalableTargetAction: object, more: object = {}) =>
    op("PutScheduledAction", { ScheduledActionName, Schedule, ScalableTargetAction, ...more });
  await put("morning", "cron(0 8 * * ? *)", { MinCapacity: 4 }, { Timezone: "Europe/Berlin" });
  await put("evening", "at(2026-01-05T20:00:00)", { MinCapacity: 1, MaxCapacity: 3 });
  await put("often", "rate(30 days)", { MaxCapacity: 9 });
  await clock.advance(7 * 3_600_000 - 1000);
  expect(service.desiredCount).toBe(2);
  await clock.advance(10_000);
  expect(service.desiredCount).toBe(4);
  await clock.advance(13 * 3_600_000);
  expect(service.desiredCount).toBe(3);
  expect((await activities()).reverse().map(({ Description, Cause, StatusMessage }) => [Description, Cause, StatusMessage])).toEqual([
    ["Setting min capacity to 4", "scheduled action name morning was triggered", "Successfully set min capacity to 4"],
    ["Setting desired count to 4.", "minimum capacity was set to 4", expect.stringContaining("Change successfully fulfilled by ecs.")],
    [
      "Setting min capacity to 1 and max capacity to 3",
      "scheduled action name evening was triggered",
      "Successfully set min capacity to 1 and max capacity to 3",
    ],
    ["Setting desired count to 3.", "maximum capacity was set to 3", expect.stringContaining("Change successfully fulfilled by ecs.")],
  ]);
  await op("RegisterScalableTarget", { MaxCapacity: 10, SuspendedState: { ScheduledScalingSuspended: true } });
  await clock.advance(24 * 3_600_000);
  expect(service.desiredCount).toBe(3);
  await op("DeleteScheduledAction", { ScheduledActionName: "often" });
  await expect(op("DeleteScheduledAction", { ScheduledActionName: "often" })).rejects.toMatchObject({ code: "ObjectNotFoundException" });
  await expect(put("wrong", "cron(0 8 * * ?)", { MinCapacity: 1 })).rejects.toMatchObject({ code: "ValidationException" });
});

test("targets, policies, cooldowns, scheduled actions and activities under way outlive a restart", async () => {
  const first = setup();
  await first.op("RegisterScalableTarget", { MinCapacity: 1, MaxCapacity: 10 });
  const cpu = await first.track("cpu", CPU);
  await first.op("PutScheduledAction", { ScheduledActionName: "night", Schedule: "rate(1 hour)", ScalableTargetAction: { MinCapacity: 6 } });
  await first.alarm(cpu, "High", 100);
  await first.scaling.stop!();

  const second = setup(first);
  Object.assign(second.service, { desiredCount: 4, runningCount: 3 });
  await second.alarm(cpu, "High", 100);
  expect(second.service.desiredCount).toBe(4);
  expect((await second.activities())[0]).toMatchObject({ StatusCode: "InProgress" });
  second.service.runningCount = 4;
  await second.clock.advance(2000);
  expect((await second.activities())[0]).toMatchObject({ StatusCode: "Successful" });
  await second.clock.advance(3_600_000);
  expect(second.service.desiredCount).toBe(6);
});

test("deregistering takes policies, alarms and scheduled actions along", async () => {
  const { op, track, alarms, alarm, clock, state } = setup();
  await op("RegisterScalableTarget", { MinCapacity: 1, MaxCapacity: 10 });
  const cpu = await track("cpu", CPU);
  await op("PutScheduledAction", { ScheduledActionName: "a", Schedule: "rate(1 hour)", ScalableTargetAction: { MinCapacity: 6 } });
  expect(alarms.size).toBe(2);
  await op("DeregisterScalableTarget");
  expect(alarms.size).toBe(0);
  await expect(alarm(cpu, "High", 100)).rejects.toThrow(`The scaling policy ${cpu.PolicyARN} does not exist`);
  await clock.advance(2 * 3_600_000);
  expect(state.updates).toEqual([]);
  await expect(op("DeregisterScalableTarget")).rejects.toMatchObject({
    code: "ObjectNotFoundException",
    message:
      "No scalable target registered for service namespace: ecs, resource ID: service/arcade/orders, scalable dimension: ecs:service:DesiredCount",
  });
});

test("what tracks requests watches the load balancer's metric; alarms that CloudWatch refuses leave nothing behind", async () => {
  const { op, track, alarms, refused } = setup();
  await op("RegisterScalableTarget", { MinCapacity: 1, MaxCapacity: 10 });
  const requests = (ResourceLabel: string) =>
    track("requests", { PredefinedMetricSpecification: { PredefinedMetricType: "ALBRequestCountPerTarget", ResourceLabel } });
  await expect(requests("app/web/1")).rejects.toMatchObject({ code: "ValidationException" });
  await requests("app/web/1/targetgroup/web/2");
  expect([...alarms.values()][0]).toMatchObject({
    Namespace: "AWS/ApplicationELB",
    MetricName: "RequestCountPerTarget",
    Statistic: "Sum",
    Dimensions: [
      { Name: "LoadBalancer", Value: "app/web/1" },
      { Name: "TargetGroup", Value: "targetgroup/web/2" },
    ],
  });
  refused.alarm = new AwsError("ValidationError", "no such statistic");
  const Metrics = [{ Id: "m", Expression: "1 + 1" }];
  await expect(track("math", { CustomizedMetricSpecification: { Metrics } })).rejects.toMatchObject({ code: "FailedResourceAccessException" });
  expect((await op<{ ScalingPolicies: object[] }>("DescribeScalingPolicies")).ScalingPolicies).toHaveLength(1);
  delete refused.alarm;
  await track("math", { CustomizedMetricSpecification: { Metrics } });
  expect([...alarms.values()].at(-1)).toMatchObject({ Metrics: [{ Id: "m", Expression: "1 + 1", Period: 60 }] });
});

test.each([
  ["RegisterScalableTarget", { ServiceNamespace: "dynamodb" }],
  ["PutScalingPolicy", { PolicyName: "p", PolicyType: "PredictiveScaling" }],
])("%s with %o is not supported", async (operation, input) => {
  const { op } = setup();
  await op("RegisterScalableTarget", { MinCapacity: 1, MaxCapacity: 10 });
  await expect(op(operation, input)).rejects.toBeInstanceOf(NotSupported);
});

test.each([
  ["DescribeScalableTargets", { ServiceNamespace: "nothing" }],
  ["DescribeScalableTargets", { ResourceIds: [] }], // A dimension wants a resource ID.
  ["RegisterScalableTarget", { ScalableDimension: "ecs:service:Other" }],
  ["RegisterScalableTarget", { MinCapacity: 5, MaxCapacity: 4 }],
  ["RegisterScalableTarget", { MinCapacity: -1 }],
  ["PutScalingPolicy", { PolicyName: "p", PolicyType: "TargetTrackingScaling" }],
  ["PutScalingPolicy", { PolicyName: "p", PolicyType: "Other" }],
  ["PutScheduledAction", { ScheduledActionName: "a", Schedule: "rate(1 hour)" }],
])("%s with %o is refused", async (operation, input) => {
  const { op } = setup();
  await op("RegisterScalableTarget", { MinCapacity: 1, MaxCapacity: 10 });
  await expect(op(operation, input)).rejects.toMatchObject({ code: "ValidationException" });
});

test("a target that is there is named by its ARN in policies, with its tags", async () => {
  const { op, store } = setup();
  await op("RegisterScalableTarget", { MinCapacity: 1, MaxCapacity: 10, Tags: { app: "arcade" } });
  const [need] = accessOf(store)["PutScalingPolicy"]!({ ...NAMED }, CALL);
  expect(need).toMatchObject({
    action: "application-autoscaling:PutScalingPolicy",
    resources: [expect.stringMatching(/^arn:aws:application-autoscaling:us-west-2:000000000000:scalable-target\/[0-9a-f]+$/)],
    context: { "application-autoscaling:service-namespace": "ecs", "aws:ResourceTag/app": "arcade" },
  });
});

test.each([
  ["arn:aws:autoscaling:us-west-2:000000000000:scalingPolicy:u:resource/ecs/service/c/s:policyName/p:createdBy/x", true],
  ["arn:aws:autoscaling:us-west-2:000000000000:scalingPolicy:u:autoScalingGroupName/resource/g:policyName/p", false],
])("%s is a policy of Application Auto Scaling: %s", (arn, is) => expect(isApplicationPolicy(arn)).toBe(is));
