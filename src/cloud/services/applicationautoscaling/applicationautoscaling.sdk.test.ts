import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ApplicationAutoScalingClient,
  DeleteScalingPolicyCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingActivitiesCommand,
  DescribeScalingPoliciesCommand,
  DescribeScheduledActionsCommand,
  ListTagsForResourceCommand,
  ObjectNotFoundException,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
  ResourceNotFoundException,
  TagResourceCommand,
  ValidationException,
} from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient, DescribeAlarmsCommand, GetMetricStatisticsCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { App, Duration, Stack, aws_applicationautoscaling as scaling, aws_ec2 as ec2, aws_ecs as ecs } from "aws-cdk-lib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { VirtualClock } from "../../core/clock.ts";
import { type TestCloud, withCloud } from "../../testing/with-cloud.ts";
import { fakeRuntime } from "../ecs/testing.ts";

const RESOURCE = "service/arcade/orders";
const NAMED = { ServiceNamespace: "ecs", ResourceId: RESOURCE, ScalableDimension: "ecs:service:DesiredCount" } as const;
const MINUTE = 60_000;

/** Containers that share a load evenly: each uses its part of `cores` for as long as it runs. */
function loadedRuntime(clock: VirtualClock) {
  const runtime = fakeRuntime();
  const plain = { ...runtime };
  const load = { cores: 0 };
  const start: typeof runtime.run = (spec) => plain.run(spec);
  runtime.run = async (spec) => {
    const running = await start(spec);
    const container = runtime.containers.at(-1)!;
    let [used, at] = [0, clock.now()];
    const stats: typeof running.stats = () => {
      const sharing = runtime.containers.filter(({ ended }) => !ended).length;
      used += ((load.cores / Math.max(1, sharing)) * (clock.now() - at)) / 1000;
      at = clock.now();
      return Promise.resolve(container.ended ? undefined : { cpuSeconds: used, memoryBytes: 128 * 1024 * 1024 });
    };
    return { ...running, stats };
  };
  return { runtime, load };
}

let cloud: TestCloud;
let load: { cores: number };
const folder = mkdtempSync(join(tmpdir(), "rouse-app-scaling-"));

interface Wanted {
  max: number;
  target: number;
  step?: boolean;
  scaled?: boolean;
  serviceName?: string;
}

function synth(name: string, { max, target, step = false, scaled = true, serviceName = "orders" }: Wanted): string {
  const app = new App({ outdir: join(folder, name), analyticsReporting: false, treeMetadata: false, builtinCloudFormationValidation: false });
  const stack = new Stack(app, "Orders", { env: { account: "000000000000", region: "us-west-2" } });
  const vpc = new ec2.Vpc(stack, "Vpc", { availabilityZones: ["us-west-2a"], natGateways: 0, restrictDefaultSecurityGroup: false });
  const cluster = new ecs.Cluster(stack, "Cluster", { vpc, clusterName: "arcade" });
  const taskDefinition = new ecs.FargateTaskDefinition(stack, "Task", { cpu: 1024, memoryLimitMiB: 2048 });
  taskDefinition.addContainer("orders", { image: ecs.ContainerImage.fromRegistry("orders") });
  const service = new ecs.FargateService(stack, "Service", {
    cluster,
    taskDefinition,
    serviceName,
    assignPublicIp: true,
    minHealthyPercent: 100,
  });
  if (scaled) {
    const count = service.autoScaleTaskCount({ minCapacity: 1, maxCapacity: max });
    const cooldowns = { scaleInCooldown: Duration.seconds(60), scaleOutCooldown: Duration.seconds(60) };
    count.scaleOnCpuUtilization("Cpu", { targetUtilizationPercent: target, policyName: "cpu", ...cooldowns });
    count.scaleOnSchedule("Morning", { schedule: scaling.Schedule.cron({ hour: "8", minute: "0" }), minCapacity: 2 });
    const steps = [
      { upper: 1, change: -1 },
      { lower: 90, change: 1 },
    ];
    if (step) count.scaleOnMetric("Memory", { metric: service.metricMemoryUtilization(), scalingSteps: steps });
  }
  return app.synth().directory;
}

async function during<T>(work: Promise<T>): Promise<T> {
  let done = false;
  const result = work.finally(() => (done = true));
  await cloud.clock.advanceUntil(() => done, 3_600_000, "the end of the deployment");
  return result;
}

const deployed = async (folderName: string): Promise<unknown[]> =>
  (await during(cloud.deploy(folderName))).stacks.map(({ result, reason }) => [result, reason]);

async function counts(service = "orders"): Promise<{ desired: number; running: number }> {
  const { services } = await cloud.client(ECSClient).send(new DescribeServicesCommand({ cluster: "arcade", services: [service] }));
  return { desired: services![0]!.desiredCount!, running: services![0]!.runningCount! };
}
const desired = async (): Promise<number> => (await counts()).desired;

/** Waits for another desired count. @returns the minutes that it took */
async function changed(from: number): Promise<number> {
  const began = cloud.clock.now();
  await cloud.clock.advanceUntil(async () => (await desired()) !== from, 30 * MINUTE, `another count than ${from}`, 10_000);
  return (cloud.clock.now() - began) / MINUTE;
}

const policies = async () =>
  (await cloud.client(ApplicationAutoScalingClient).send(new DescribeScalingPoliciesCommand({ ServiceNamespace: "ecs" }))).ScalingPolicies!;
const activities = async () => {
  const found = await cloud.client(ApplicationAutoScalingClient).send(new DescribeScalingActivitiesCommand(NAMED));
  return found.ScalingActivities!.map(({ Description, StatusCode, StatusMessage }) => `${Description} ${StatusCode}: ${StatusMessage}`);
};

beforeAll(async () => {
  const clock = new VirtualClock();
  const loaded = loadedRuntime(clock);
  load = loaded.load;
  cloud = await withCloud({ clock, runtime: loaded.runtime });
  expect(await deployed(synth("one", { max: 6, target: 50 }))).toEqual([["created", undefined]]);
});
afterAll(async () => {
  await cloud.end();
  rmSync(folder, { recursive: true });
});

test("what CDK's autoScaleTaskCount emits: a target, a policy with two alarms, a scheduled action, the service-linked role", async () => {
  const client = cloud.client(ApplicationAutoScalingClient);
  const { ScalableTargets } = await client.send(new DescribeScalableTargetsCommand({ ServiceNamespace: "ecs" }));
  const RoleARN =
    "arn:aws:iam::000000000000:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService";
  expect(ScalableTargets).toMatchObject([{ ...NAMED, MinCapacity: 1, MaxCapacity: 6, RoleARN }]);
  const role = await cloud.client(IAMClient).send(new GetRoleCommand({ RoleName: "AWSServiceRoleForApplicationAutoScaling_ECSService" }));
  expect(role.Role!.Arn).toBe(RoleARN);

  const [policy] = await policies();
  expect(policy).toMatchObject({ PolicyName: "cpu", PolicyType: "TargetTrackingScaling" });
  expect(policy!.PolicyARN).toMatch(
    /^arn:aws:autoscaling:us-west-2:000000000000:scalingPolicy:[0-9a-f-]{36}:resource\/ecs\/service\/arcade\/orders:policyName\/cpu$/,
  );
  const AlarmNames = policy!.Alarms!.map(({ AlarmName }) => AlarmName!);
  const { MetricAlarms } = await cloud.client(CloudWatchClient).send(new DescribeAlarmsCommand({ AlarmNames }));
  const common = { Namespace: "AWS/ECS", MetricName: "CPUUtilization", Statistic: "Average", Period: 60, Unit: "Percent" };
  expect(MetricAlarms).toMatchObject([
    { ...common, EvaluationPeriods: 3, Threshold: 50, ComparisonOperator: "GreaterThanThreshold" },
    { ...common, EvaluationPeriods: 15, Threshold: 45, ComparisonOperator: "LessThanThreshold" },
  ]);
  expect(AlarmNames[0]).toMatch(/^TargetTracking-service\/arcade\/orders-AlarmHigh-[0-9a-f-]{36}$/);
  expect(AlarmNames[1]).toMatch(/^TargetTracking-service\/arcade\/orders-AlarmLow-[0-9a-f-]{36}$/);
  const [action] = MetricAlarms![0]!.AlarmActions!;
  expect(action).toMatch(/:policyName\/cpu:createdBy\/[0-9a-f-]{36}$/);
  expect(MetricAlarms![0]!.AlarmDescription).toBe(`DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${action}.`);

  const { ScheduledActions } = await client.send(new DescribeScheduledActionsCommand({ ServiceNamespace: "ecs" }));
  expect(ScheduledActions).toMatchObject([
    { ScheduledActionName: "Morning", Schedule: "cron(0 8 * * ? *)", ScalableTargetAction: { MinCapacity: 2 } },
  ]);
});

test("measured CPU scales the service: out by proportion after three minutes, in after fifteen, never beyond the limits", async () => {
  load.cores = 1.6;
  const out = await changed(1);
  expect(await desired()).toBe(4); // 1 task at 160 % of 50 %
  expect(out).toBeGreaterThanOrEqual(2.5);
  expect(out).toBeLessThanOrEqual(4.5);
  await cloud.clock.advance(5_000);
  expect(await counts()).toEqual({ desired: 4, running: 4 });
  expect((await activities())[0]).toBe(
    "Setting desired count to 4. Successful: Successfully set desired count to 4. Change successfully fulfilled by ecs.",
  );

  load.cores = 5; // 4 tasks at 125 %: 10 by proportion
  await changed(4);
  expect(await desired()).toBe(6);
  await cloud.clock.advance(10 * MINUTE);
  expect(await desired()).toBe(6);
  const end = new Date(cloud.clock.now());
  const { Datapoints } = await cloud.client(CloudWatchClient).send(
    new GetMetricStatisticsCommand({
      Namespace: "AWS/ECS",
      MetricName: "CPUUtilization",
      Dimensions: [
        { Name: "ClusterName", Value: "arcade" },
        { Name: "ServiceName", Value: "orders" },
      ],
      StartTime: new Date(end.getTime() - 3 * MINUTE),
      EndTime: end,
      Period: 60,
      Statistics: ["Average", "SampleCount"],
    }),
  );
  expect(Datapoints!.map(({ Average, SampleCount }) => [Math.round(Average!), SampleCount])).toContainEqual([83, 6]);

  load.cores = 0.6; // 6 tasks at 10 %: 2 by proportion
  const back = await changed(6);
  expect(await desired()).toBe(2);
  expect(back).toBeGreaterThanOrEqual(14);
  expect(back).toBeLessThanOrEqual(17);
  load.cores = 0;
  await changed(2);
  expect(await desired()).toBe(1);
  await cloud.clock.advance(20 * MINUTE);
  expect(await desired()).toBe(1);

  const all = await cloud
    .client(ApplicationAutoScalingClient)
    .send(new DescribeScalingActivitiesCommand({ ...NAMED, IncludeNotScaledActivities: true }));
  const causes = all.ScalingActivities!.map(({ Cause }) => Cause!.replace(/-[0-9a-f-]{36}/, ""));
  expect(causes.at(-1)).toBe("monitor alarm TargetTracking-service/arcade/orders-AlarmHigh in state ALARM triggered policy cpu");
  expect(all.ScalingActivities!.flatMap(({ NotScaledReasons = [] }) => NotScaledReasons)).toEqual(
    expect.arrayContaining([
      { Code: "AlreadyAtMaxCapacity", MaxCapacity: 6 },
      { Code: "AlreadyAtMinCapacity", MinCapacity: 1 },
    ]),
  );
});

test("a changed template changes target and policy in place, and keeps the count; steps are made and called by their alarm", async () => {
  load.cores = 1.6;
  await changed(1);
  const [before] = await policies();
  expect(await deployed(synth("two", { max: 8, target: 75, step: true }))).toEqual([["updated", undefined]]);
  expect(await desired()).toBe(4);
  const found = await policies();
  const after = found.find(({ PolicyName }) => PolicyName === "cpu")!;
  expect(after).toMatchObject({ PolicyARN: before!.PolicyARN, TargetTrackingScalingPolicyConfiguration: { TargetValue: 75 } });
  const { MetricAlarms } = await cloud.client(CloudWatchClient).send(new DescribeAlarmsCommand({ AlarmNamePrefix: "TargetTracking-" }));
  expect(MetricAlarms!.map(({ Threshold }) => Threshold)).toEqual([75, 67.5]);

  const upper = found.find(({ PolicyName }) => PolicyName!.includes("Upper"))!;
  expect(upper).toMatchObject({ PolicyType: "StepScaling", StepScalingPolicyConfiguration: { AdjustmentType: "ChangeInCapacity" } });
  const AlarmName = upper.Alarms![0]!.AlarmName!;
  // Within the cooldown, one more than the count before the last scale-out would be fewer than there are.
  await cloud.clock.advance(MINUTE);
  await cloud.client(CloudWatchClient).send(new SetAlarmStateCommand({ AlarmName, StateValue: "ALARM", StateReason: "a test" }));
  await cloud.clock.advance(2_000);
  expect(await desired()).toBe(5);
});

test("errors are AWS's own types; tags; a deleted policy takes its alarms along", async () => {
  const client = cloud.client(ApplicationAutoScalingClient);
  const other = { ...NAMED, ResourceId: "service/arcade/nobody" };
  const refused = client.send(new RegisterScalableTargetCommand({ ...other, MinCapacity: 1, MaxCapacity: 2 }));
  await expect(refused).rejects.toMatchObject({ name: "ValidationException", message: "ECS service doesn't exist: service/arcade/nobody" });
  await expect(client.send(new RegisterScalableTargetCommand({ ...NAMED, MinCapacity: 9 }))).rejects.toBeInstanceOf(ValidationException);
  const track = { TargetValue: 60, PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageMemoryUtilization" } } as const;
  const memory = { PolicyName: "memory", PolicyType: "TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration: track } as const;
  await expect(client.send(new PutScalingPolicyCommand({ ...other, ...memory }))).rejects.toBeInstanceOf(ObjectNotFoundException);
  await expect(client.send(new DescribeScalableTargetsCommand({ ServiceNamespace: "dynamodb" }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 501 },
  });

  const { Alarms } = await client.send(
    new PutScalingPolicyCommand({ ...NAMED, ...memory, TargetTrackingScalingPolicyConfiguration: { ...track, DisableScaleIn: true } }),
  );
  expect(Alarms!.map(({ AlarmName }) => AlarmName)).toEqual([expect.stringContaining("-AlarmHigh-")]);
  await expect(client.send(new PutScalingPolicyCommand({ ...NAMED, ...memory, PolicyName: "again" }))).rejects.toMatchObject({
    message: "Only one TargetTrackingScaling policy for a given metric specification is allowed.",
  });
  await client.send(new DeleteScalingPolicyCommand({ ...NAMED, PolicyName: "memory" }));
  await expect(client.send(new DeleteScalingPolicyCommand({ ...NAMED, PolicyName: "memory" }))).rejects.toBeInstanceOf(ObjectNotFoundException);
  const gone = await cloud.client(CloudWatchClient).send(new DescribeAlarmsCommand({ AlarmNames: [Alarms![0]!.AlarmName!] }));
  expect(gone.MetricAlarms).toEqual([]);

  const { ScalableTargets } = await client.send(new DescribeScalableTargetsCommand({ ServiceNamespace: "ecs", ResourceIds: [RESOURCE] }));
  const ResourceARN = ScalableTargets![0]!.ScalableTargetARN!;
  await client.send(new TagResourceCommand({ ResourceARN, Tags: { app: "arcade" } }));
  expect((await client.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags).toEqual({ app: "arcade" });
  await expect(client.send(new ListTagsForResourceCommand({ ResourceARN: `${ResourceARN}0` }))).rejects.toBeInstanceOf(ResourceNotFoundException);
});

test("a service that is replaced takes its target and policy along to the new one", async () => {
  expect(await deployed(synth("renamed", { max: 8, target: 75, serviceName: "renamed" }))).toEqual([["updated", undefined]]);
  const client = cloud.client(ApplicationAutoScalingClient);
  const ResourceId = "service/arcade/renamed";
  expect((await client.send(new DescribeScalableTargetsCommand({ ServiceNamespace: "ecs" }))).ScalableTargets).toMatchObject([{ ResourceId }]);
  expect(await policies()).toMatchObject([{ PolicyName: "cpu", ResourceId }]);
  const { MetricAlarms } = await cloud.client(CloudWatchClient).send(new DescribeAlarmsCommand({}));
  expect(MetricAlarms!.map(({ AlarmName }) => AlarmName)).toEqual(
    ["High", "Low"].map((kind) => expect.stringContaining(`${ResourceId}-Alarm${kind}-`) as string),
  );
});

test("a template without scaling takes target, policies and alarms away, and leaves the count", async () => {
  const before = await counts("renamed");
  expect(await deployed(synth("three", { max: 8, target: 75, scaled: false, serviceName: "renamed" }))).toEqual([["updated", undefined]]);
  expect(await counts("renamed")).toEqual(before);
  expect(await policies()).toEqual([]);
  const { MetricAlarms } = await cloud.client(CloudWatchClient).send(new DescribeAlarmsCommand({}));
  expect(MetricAlarms).toEqual([]);
  expect((await during(cloud.destroy(join(folder, "three")))).stacks.map(({ result }) => result)).toEqual(["deleted"]);
});
