import { beforeEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../../core/clock.ts";
import type { InstanceView } from "../../../core/ports.ts";
import { Store } from "../../../core/store.ts";
import { AMI, codeOf, ec2Alone, SCOPE } from "../testing.ts";

let alone: ReturnType<typeof ec2Alone>;
let seen: InstanceView[];
const watch = (): void => {
  seen = [];
  alone.ec2.onChange((_scope, instance) => void seen.push(instance));
};
beforeEach(() => {
  alone = ec2Alone({ bootDelayMs: 50, stopDelayMs: 30 });
  watch();
});

const launch = async (): Promise<string> =>
  (await alone.act("RunInstances", { ImageId: AMI, InstanceType: "t3.micro", MinCount: 1, MaxCount: 1 })).Instances[0].InstanceId;
const terminate = (id: string): Promise<unknown> => alone.act("TerminateInstances", { InstanceIds: [id] });
const states = (): string[] => seen.map(({ state }) => state);

describe("an instance", () => {
  test("goes from pending to running in the boot delay, and from shutting-down to terminated", async () => {
    const id = await launch();
    await alone.clock.advance(49);
    expect(states()).toEqual(["pending"]);
    await alone.clock.advance(1);
    expect(states()).toEqual(["pending", "running"]);
    await terminate(id);
    expect(states().at(-1)).toBe("shutting-down");
    await alone.clock.advance(30);
    expect(states()).toEqual(["pending", "running", "shutting-down", "terminated"]);
  });

  test("tells EventBridge of every state", async () => {
    const id = await launch();
    await alone.clock.advance(50);
    await terminate(id);
    await alone.clock.advance(30);
    expect(alone.events.map(({ detail }) => (detail as { state: string }).state)).toEqual(["pending", "running", "shutting-down", "terminated"]);
    expect(alone.events[0]).toEqual({
      source: "aws.ec2",
      detailType: "EC2 Instance State-change Notification",
      resources: [`arn:aws:ec2:us-west-2:000000000000:instance/${id}`],
      detail: { "instance-id": id, state: "pending" },
    });
  });

  test("that is terminated while it boots never runs", async () => {
    await terminate(await launch());
    await alone.clock.advance(1000);
    expect(states()).toEqual(["pending", "shutting-down", "terminated"]);
  });

  test("is terminated once", async () => {
    const id = await launch();
    await terminate(id);
    await terminate(id);
    await alone.clock.advance(1000);
    await terminate(id);
    expect(states().filter((state) => state === "shutting-down")).toHaveLength(1);
  });

  test("stops and starts again with another public address and the same private one", async () => {
    const id = await launch();
    await alone.clock.advance(50);
    const before = alone.ec2.get(SCOPE, id)!;
    await alone.act("StopInstances", { InstanceIds: [id] });
    await alone.clock.advance(30);
    expect(alone.ec2.get(SCOPE, id)).toMatchObject({ state: "stopped", privateIp: before.privateIp });
    expect(alone.ec2.get(SCOPE, id)!.publicIp).toBeUndefined();
    await alone.act("StartInstances", { InstanceIds: [id] });
    await alone.clock.advance(50);
    const after = alone.ec2.get(SCOPE, id)!;
    expect(after.state).toBe("running");
    expect(after.publicIp).not.toBe(before.publicIp);
  });

  test("that is terminated cannot be started", async () => {
    const id = await launch();
    await terminate(id);
    await alone.clock.advance(30);
    expect(await codeOf(alone.act("StartInstances", { InstanceIds: [id] }))).toBe("IncorrectInstanceState");
  });

  test("with termination protection is not terminated", async () => {
    const { Instances } = await alone.act("RunInstances", {
      ImageId: AMI,
      InstanceType: "t3.micro",
      MinCount: 1,
      MaxCount: 1,
      DisableApiTermination: true,
    });
    expect(await codeOf(terminate(Instances[0].InstanceId))).toBe("OperationNotPermitted");
  });

  test("is shown for an hour after its end", async () => {
    await terminate(await launch());
    await alone.clock.advance(30);
    const shown = async (): Promise<number> => (await alone.act("DescribeInstances")).Reservations.length;
    await alone.clock.advance(3599_000);
    expect(await shown()).toBe(1);
    await alone.clock.advance(2000);
    expect(await shown()).toBe(0);
  });

  test("a listener that fails stops nobody else", async () => {
    const failures: unknown[] = [];
    alone = ec2Alone({ clock: new VirtualClock({ onError: (error) => void failures.push(error) }) });
    alone.ec2.onChange(() => {
      throw new Error("at once");
    });
    alone.ec2.onChange(() => Promise.reject(new Error("later")));
    watch();
    await launch();
    await alone.clock.advance(100);
    expect(states()).toEqual(["pending", "running"]);
    expect(failures.map(String)).toEqual(["Error: at once", "Error: later", "Error: at once", "Error: later"]);
  });
});

describe("public addresses", () => {
  test("are not given to the next instance at once when they are freed", async () => {
    const first = await launch();
    const address = alone.ec2.get(SCOPE, first)!.publicIp;
    await terminate(first);
    await alone.clock.advance(30);
    const others = [];
    for (let i = 0; i < 5; i++) others.push(alone.ec2.get(SCOPE, await launch())!.publicIp);
    expect(others).not.toContain(address);
    expect(new Set(others).size).toBe(5);
  });

  test("come round again, but never to two at once", async () => {
    alone = ec2Alone({ firstAddress: 256 * 254 - 1 });
    const last = alone.ec2.get(SCOPE, await launch())!.publicIp;
    const first = alone.ec2.get(SCOPE, await launch())!.publicIp;
    expect([last, first]).toEqual(["127.77.255.254", "127.77.0.1"]);
  });

  test("are different in every region and account of one cloud", async () => {
    const id = await launch();
    const other = await alone.act("RunInstances", { ImageId: AMI, InstanceType: "t3.micro", MinCount: 1, MaxCount: 1 }, { account: "111111111111" });
    expect(other.Instances[0].PublicIpAddress).not.toBe(alone.ec2.get(SCOPE, id)!.publicIp);
  });

  test("are 127.0.0.1 where the system has no other", async () => {
    alone = ec2Alone({ platform: "darwin" });
    expect(alone.ec2.get(SCOPE, await launch())!.publicIp).toBe("127.0.0.1");
  });
});

test("after a restart with kept state, what was up has lost its power, and everybody is told", async () => {
  const store = new Store();
  alone = ec2Alone({ store });
  const [up, stopped] = [await launch(), await launch()];
  await alone.clock.advance(100);
  await alone.act("StopInstances", { InstanceIds: [stopped] });
  await alone.clock.advance(100);
  await alone.ec2.stop!();

  alone = ec2Alone({ store, firstAddress: 100 });
  await alone.ec2.start!();
  watch();
  await alone.clock.advance(0);
  expect(seen.map(({ instanceId, state }) => [instanceId, state])).toEqual([[up, "terminated"]]);
  expect(alone.events.map(({ detail }) => detail)).toEqual([{ "instance-id": up, state: "terminated" }]);
  expect(alone.ec2.get(SCOPE, stopped)!.state).toBe("stopped");
  const { Reservations } = await alone.act("DescribeInstances", { InstanceIds: [up] });
  expect(Reservations[0].Instances[0].StateReason.Code).toBe("Server.InternalError");
});

test("after a reset nothing that was under way goes on", async () => {
  await launch();
  await alone.store.reset();
  await alone.ec2.reset!();
  await alone.clock.advance(10 * 60_000);
  expect(states()).toEqual(["pending"]);
  expect(alone.metrics).toEqual([]);
});
