import { beforeEach, describe, expect, test } from "vitest";
import { AMI, ec2Alone, SCOPE, type Datum } from "../testing.ts";

const MINUTE = 60_000;
let alone: ReturnType<typeof ec2Alone>;
beforeEach(() => (alone = ec2Alone()));

const launch = async (detailed: boolean, tags: { Key: string; Value: string }[] = []): Promise<string> => {
  const request = { ImageId: AMI, InstanceType: "t3.micro", MinCount: 1, MaxCount: 1, Monitoring: { Enabled: detailed } };
  const TagSpecifications = tags.length > 0 ? [{ ResourceType: "instance", Tags: tags }] : undefined;
  return (await alone.act("RunInstances", { ...request, TagSpecifications })).Instances[0].InstanceId;
};
const of = (name: string, dimension = "InstanceId"): Datum[] => alone.metrics.filter((datum) => datum.name === name && dimension in datum.dimensions);

describe("metrics of an instance", () => {
  test("come at full minutes, with the bytes of the minute, and zero is one of them", async () => {
    const start = alone.clock.now();
    await alone.clock.advance(20_000);
    const id = await launch(true);
    await alone.clock.advance(1000);
    alone.ec2.countTraffic(SCOPE, id, { in: 100, packetsIn: 1 });
    alone.ec2.countTraffic(SCOPE, id, { in: 50, out: 7, packetsIn: 2, packetsOut: 1 });
    await alone.clock.advance(38_000);
    expect(alone.metrics).toEqual([]);
    await alone.clock.advance(1000 + MINUTE);
    expect(of("NetworkIn").map(({ value, at, unit, dimensions }) => ({ value, at, unit, dimensions }))).toEqual([
      { value: 150, at: start, unit: "Bytes", dimensions: { InstanceId: id } },
      { value: 0, at: start + MINUTE, unit: "Bytes", dimensions: { InstanceId: id } },
    ]);
    expect(of("NetworkOut").map(({ value }) => value)).toEqual([7, 0]);
    expect(of("NetworkPacketsIn").map(({ value, unit }) => [value, unit])).toEqual([
      [3, "Count"],
      [0, "Count"],
    ]);
    expect(of("StatusCheckFailed").map(({ value }) => value)).toEqual([0, 0]);
  });

  test("come every five minutes without detailed monitoring, but status checks every minute", async () => {
    const start = alone.clock.now();
    const id = await launch(false);
    await alone.clock.advance(3 * MINUTE);
    alone.ec2.countTraffic(SCOPE, id, { in: 10 });
    await alone.clock.advance(2 * MINUTE);
    expect(of("NetworkIn").map(({ value, at }) => [value, at])).toEqual([[10, start]]);
    expect(of("StatusCheckFailed")).toHaveLength(5);
  });

  test("are there for its Auto Scaling group too", async () => {
    const tags = [{ Key: "aws:autoscaling:groupName", Value: "g" }];
    const [one, two] = [await launch(true, tags), await launch(true, tags)];
    await alone.clock.advance(1000);
    alone.ec2.countTraffic(SCOPE, one, { in: 1 });
    alone.ec2.countTraffic(SCOPE, two, { in: 2 });
    await alone.clock.advance(MINUTE);
    expect(of("NetworkIn", "AutoScalingGroupName").map(({ value, dimensions }) => [value, dimensions])).toEqual([
      [1, { AutoScalingGroupName: "g" }],
      [2, { AutoScalingGroupName: "g" }],
    ]);
  });

  test("end with it; what it counted last is still published", async () => {
    const id = await launch(true);
    await alone.clock.advance(10_000);
    alone.ec2.countTraffic(SCOPE, id, { in: 5 });
    await alone.act("TerminateInstances", { InstanceIds: [id] });
    await alone.clock.advance(5 * MINUTE);
    expect(of("NetworkIn").map(({ value }) => value)).toEqual([5]);
    expect(of("StatusCheckFailed")).toEqual([]);
  });

  test("change with its monitoring", async () => {
    const id = await launch(false);
    await alone.act("MonitorInstances", { InstanceIds: [id] });
    await alone.clock.advance(100);
    await alone.act("UnmonitorInstances", { InstanceIds: [id] });
    await alone.act("MonitorInstances", { InstanceIds: [id] });
    await alone.clock.advance(2 * MINUTE);
    expect(of("NetworkIn")).toHaveLength(2);
  });
});
