import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient, ResourceNotFound } from "@aws-sdk/client-cloudwatch";
import { describe, expect, test } from "vitest";
import { type Watch, withActions } from "../shared/watchdog-alarms.ts";
import { awsWatchdog } from "./aws-watchdog.ts";

const ID = { application: "arcade", environment: "prod", leaf: "minecraft" };
const WATCH: Watch = { idle: { below: 1000, for: 420 }, leftUp: { after: 28_800, stop: true }, fileSystems: [] };
const SELF = "arn:aws:lambda:us-west-2:111111111111:function:arcade-minecraft-reconcile";
const step = (bound: "MetricIntervalUpperBound" | "MetricIntervalLowerBound") => ({ [bound]: 0, ScalingAdjustment: 0 });
const policy = (PolicyARN: string, AdjustmentType: string, ...StepAdjustments: object[]) => ({ PolicyARN, AdjustmentType, StepAdjustments });
const BOTH = policy("arn:stop", "ExactCapacity", step("MetricIntervalUpperBound"), step("MetricIntervalLowerBound"));

interface Sent {
  readonly operation: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly input: any;
}

let groups = 0;
/** A watchdog of a group of its own, whose clients answer from a table. */
function watchdog(answers: Record<string, (input: never) => unknown>) {
  const sent: Sent[] = [];
  const group = `group-${groups++}`;
  const send = async (command: { constructor: { name: string }; input: unknown }): Promise<unknown> => {
    const operation = command.constructor.name.replace(/Command$/, "");
    sent.push({ operation, input: command.input });
    return answers[operation]?.(command.input as never) ?? {};
  };
  const [autoScaling, cloudWatch] = [Object.assign(new AutoScalingClient({}), { send }), Object.assign(new CloudWatchClient({}), { send })];
  return { sent, group, aws: awsWatchdog({ autoScaling, cloudWatch, id: ID, group, watch: WATCH, self: SELF }) };
}

const policies =
  (...ScalingPolicies: object[]) =>
  () => ({ ScalingPolicies });
const NAMES = ["arcade-minecraft/idle", "arcade-minecraft/left-up"];

describe("the alarms that are there", () => {
  const [idle, leftUp] = withActions(ID, WATCH, { stop: "arn:stop", tell: SELF });

  test("are seen with their state, and lack nothing when they are as they should be", async () => {
    const at = new Date(5000);
    const { aws, sent } = watchdog({
      DescribeAlarms: () => ({
        MetricAlarms: [
          { ...idle, StateValue: "OK", StateTransitionedTimestamp: at },
          { ...leftUp, StateValue: "ALARM", StateTransitionedTimestamp: at },
        ],
      }),
    });
    const found = await aws.look();
    expect(sent[0]!.input).toEqual({ AlarmNames: NAMES });
    expect(found.map(({ name, since }) => [name, since])).toEqual([
      [NAMES[0], undefined],
      [NAMES[1], 5000],
    ]);
    expect(aws.lacking(found)).toEqual([]);
  });

  test("lack what is not there, and what says another definition", () => {
    const { aws } = watchdog({});
    expect(aws.lacking([])).toEqual(NAMES);
    const old = withActions(ID, { ...WATCH, idle: { below: 1, for: 420 } }, { stop: "arn:stop", tell: SELF })[0]!;
    expect(aws.lacking([old, leftUp!].map(({ AlarmName, AlarmDescription }) => ({ name: AlarmName!, description: AlarmDescription! })))).toEqual([
      NAMES[0],
    ]);
  });
});

describe("making them", () => {
  test("takes the policy that sets the count to 0 when a value is below the threshold, and asks for it once", async () => {
    const { aws, sent, group } = watchdog({
      DescribePolicies: policies(
        policy("arn:mine", "ChangeInCapacity", step("MetricIntervalUpperBound")),
        policy("arn:old-left-up", "ExactCapacity", step("MetricIntervalLowerBound")),
        BOTH,
      ),
    });
    await aws.put(NAMES);
    await aws.put([NAMES[1]!]);
    expect(sent.map(({ operation }) => operation)).toEqual(["DescribePolicies", "PutMetricAlarm", "PutMetricAlarm", "PutMetricAlarm"]);
    expect(sent[0]!.input).toEqual({ AutoScalingGroupName: group, PolicyTypes: ["StepScaling"] });
    expect(sent.slice(1).map(({ input }) => [input.AlarmName, input.AlarmActions])).toEqual([
      [NAMES[0], ["arn:stop"]],
      [NAMES[1], [SELF, "arn:stop"]],
      [NAMES[1], [SELF, "arn:stop"]],
    ]);
  });

  test("is an error while the group has no such policy, and is tried anew", async () => {
    let found: object[] = [];
    const { aws, sent } = watchdog({ DescribePolicies: () => ({ ScalingPolicies: found }) });
    await expect(aws.put(NAMES)).rejects.toThrow("has no policy that sets its desired count to 0");
    expect(sent.some(({ operation }) => operation === "PutMetricAlarm")).toBe(false);
    found = [BOTH];
    await aws.put(NAMES);
    expect(sent.filter(({ operation }) => operation === "PutMetricAlarm")).toHaveLength(2);
  });
});

test("one that is gone already does not keep the other from being deleted", async () => {
  const { aws, sent } = watchdog({
    DeleteAlarms: ({ AlarmNames: [name] }: { AlarmNames: string[] }) => {
      if (name === NAMES[0]) throw new ResourceNotFound({ message: "Unable to find alarms", $metadata: {} });
    },
  });
  await aws.remove(NAMES);
  expect(sent.map(({ input }) => input.AlarmNames)).toEqual([[NAMES[0]], [NAMES[1]]]);
  const { aws: denied } = watchdog({
    DeleteAlarms: () => {
      throw new Error("AccessDenied");
    },
  });
  await expect(denied.remove(NAMES)).rejects.toThrow("AccessDenied");
});

test("what could not be watched is marked at the group, cut to a tag's length, and stopped", async () => {
  const { aws, sent, group } = watchdog({});
  await aws.mark({ at: "2026-01-05T12:00:00.000Z", reason: "x".repeat(400) });
  await aws.stop();
  expect(sent[0]!.input.Tags[0]).toMatchObject({ ResourceId: group, Key: "rouse:unwatched", PropagateAtLaunch: false });
  expect(sent[0]!.input.Tags[0].Value).toHaveLength(256);
  expect(sent[1]).toEqual({ operation: "UpdateAutoScalingGroup", input: { AutoScalingGroupName: group, DesiredCapacity: 0 } });
});
