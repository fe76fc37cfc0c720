import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CloudWatchClient, DeleteAlarmsCommand, DescribeAlarmsCommand, type MetricAlarm, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withActions } from "../src/functions/shared/watchdog-alarms.ts";
import { type Deployed, deployed, finished, HELLO } from "./support/deployed.ts";
import { groupOf, mailsTo, MINUTE, wake } from "./support/facts.ts";

/** What becomes of a leaf's two alarms, which no template has, when its stack is changed; in one deployment, step by step. */

let world: Deployed;
beforeAll(async () => {
  world = await deployed({ "leaves/hello.yaml": HELLO, "leaves/quiet.yaml": HELLO });
}, 60_000);
afterAll(() => world?.end());

const cloudWatch = (): CloudWatchClient => world.cloud.client(CloudWatchClient);
async function alarmsOf(leaf: string): Promise<MetricAlarm[]> {
  const { MetricAlarms } = await cloudWatch().send(new DescribeAlarmsCommand({ AlarmNamePrefix: `arcade-${leaf}` }));
  return MetricAlarms!;
}
const namesOf = async (leaf: string): Promise<(string | undefined)[]> => (await alarmsOf(leaf)).map(({ AlarmName }) => AlarmName);
const BOTH = ["arcade-hello/idle", "arcade-hello/left-up"];

interface Template {
  Resources: Record<string, { Type: string; Properties: Record<string, unknown>; DependsOn?: string[] }>;
}

/** Changes a nested template of the assembly, and the hash by which its stack and its asset name it. */
function editNested(name: string, edit: (resources: Template["Resources"]) => void): void {
  const file = (each: string): string => join(world.directory, "cdk.out", each);
  const assets = readFileSync(file("Arcade-Hello.assets.json"), "utf8");
  const [, path, hash] = new RegExp(`"path": "([^"]*${name}[^"]*)"[\\s\\S]*?([0-9a-f]{64})`).exec(assets)!;
  const template = JSON.parse(readFileSync(file(path!), "utf8")) as Template;
  edit(template.Resources);
  writeFileSync(file(path!), JSON.stringify(template));
  const other = hash!.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
  for (const each of ["Arcade-Hello.assets.json", "Arcade-Hello.template.json"])
    writeFileSync(file(each), readFileSync(file(each), "utf8").replaceAll(hash!, other));
}

test("a threshold that is changed while the leaf is awake is the living alarm's; asleep, nothing is made", async () => {
  await wake(world, "hello");
  const { instances } = await groupOf(world, "hello");
  const mails = mailsTo(world, "friend@example.com").length;
  expect((await alarmsOf("hello")).map(({ AlarmName, Threshold }) => [AlarmName, Threshold])).toEqual([
    [BOTH[0], 50],
    [BOTH[1], 0],
  ]);
  for (const leaf of ["hello", "quiet"]) writeFileSync(join(world.directory, `leaves/${leaf}.yaml`), HELLO.replace("below: 50", "below: 40"));
  await world.redeploy();
  expect((await alarmsOf("hello")).map(({ Threshold }) => Threshold)).toEqual([40, 0]);
  expect(await namesOf("quiet")).toEqual([]);
  expect((await groupOf(world, "hello")).instances).toMatchObject([{ InstanceId: instances[0]!.InstanceId }]);
  expect(mailsTo(world, "friend@example.com")).toHaveLength(mails);
});

test("an awake leaf whose template had the alarms has its watchdog when the update has deleted those", async () => {
  // As the templates were: the alarm and its policies in the Watchdog, and nothing that makes alarms.
  const policies = (resources: Template["Resources"]) =>
    Object.entries(resources).find(([, { Type }]) => Type === "AWS::AutoScaling::ScalingPolicy")!;
  editNested("Watchdog", (resources) => {
    const [id, policy] = policies(resources);
    const adjust = (bound: string) => ({ ...policy, Properties: { ...policy.Properties, StepAdjustments: [{ [bound]: 0, ScalingAdjustment: 0 }] } });
    resources[id] = adjust("MetricIntervalUpperBound");
    resources["StopWhenLeftUp"] = adjust("MetricIntervalLowerBound");
    const metric = { Namespace: "AWS/EC2", MetricName: "NetworkIn", Statistic: "Sum", Period: 60, EvaluationPeriods: 1400, Threshold: 1 };
    const old = { ...metric, AlarmName: "arcade-hello-idle", ComparisonOperator: "LessThanThreshold", AlarmActions: [{ Ref: id }] };
    resources["Idle"] = { Type: "AWS::CloudWatch::Alarm", Properties: old };
  });
  editNested("AsgStateChangeHook", (resources) => {
    const [id] = Object.entries(resources).find(([, { Type }]) => Type === "Custom::WatchdogAlarms")!;
    delete resources[id];
    for (const resource of Object.values(resources)) resource.DependsOn = resource.DependsOn?.filter((each) => each !== id) ?? [];
  });
  await finished(world.cloud, world.cloud.deploy(join(world.directory, "cdk.out")), "the deployment of the old templates");
  await cloudWatch().send(new DeleteAlarmsCommand({ AlarmNames: (await namesOf("hello")).filter((name) => BOTH.includes(name!)) as string[] }));
  expect(await namesOf("hello")).toEqual(["arcade-hello-idle"]);
  expect((await groupOf(world, "hello")).desired).toBe(1);

  await world.redeploy();
  expect(await namesOf("hello")).toEqual(BOTH);
  await world.until("hello", "asleep", 15 * MINUTE);
  expect(mailsTo(world, "friend@example.com")).toContain("hello has stopped: idle");
  expect(await namesOf("hello")).toEqual([]);
});

test("alarms that are left of a sleeping leaf, because its events were lost, are gone at the daily look", async () => {
  const id = { application: "arcade", environment: "local", leaf: "quiet" };
  const watch = { idle: { below: 1, for: 180 }, leftUp: { after: 600, stop: false }, fileSystems: [] };
  const [stray] = withActions(id, watch, { stop: "", tell: "" });
  await cloudWatch().send(new PutMetricAlarmCommand({ ...stray!, AlarmActions: [] }));
  await world.cloud.clock.advance(12 * 60 * MINUTE);
  expect(await namesOf("quiet")).toEqual(["arcade-quiet/idle"]);
  await world.cloud.clock.advance(12 * 60 * MINUTE);
  expect(await namesOf("quiet")).toEqual([]);
});
