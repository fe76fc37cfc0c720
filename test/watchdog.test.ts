import { describe, expect, test } from "vitest";
import { createHarness, FUNCTION, MINUTE, POLICY, scope } from "../src/cloud/services/cloudwatch/testing.ts";
import { HITS, hitDimensions } from "../src/functions/shared/names.ts";
import { type Watch, withActions } from "../src/functions/shared/watchdog-alarms.ts";
import { decide as decideWake } from "../src/functions/start-system/start-system.ts";

/** The watchdog's alarms as the function makes them, in the CloudWatch that evaluates them as AWS does. */

const BELOW = 1000;
const IDLE_MINUTES = 7;
const FILE_SYSTEM = "fs-1";
const ID = { application: "arcade", environment: "prod", leaf: "minecraft" };

/** The policy is told by the alarm that executes it. */
const policyOf = (name: string): string => `${POLICY}-${name}`;

function alarmsOf(changes: Partial<Watch>): { AlarmName: string }[] {
  const watch: Watch = {
    idle: { below: BELOW, for: IDLE_MINUTES * 60 },
    leftUp: { after: 28_800, stop: false },
    fileSystems: [FILE_SYSTEM],
    ...changes,
  };
  return withActions(ID, watch, { stop: POLICY, tell: FUNCTION }).map((alarm) => ({
    ...alarm,
    AlarmName: alarm.AlarmName!,
    AlarmActions: alarm.AlarmActions!.map((action) => (action === POLICY ? policyOf(alarm.AlarmName!) : action)),
  }));
}

interface Minute {
  /** Bytes into the instance; undefined where there is none, or its metric is late. */
  readonly received?: number;
  readonly reads?: number;
  readonly task?: boolean;
}

const ASLEEP: Minute = {};
const BOOTING: Minute = { received: 50_000_000 };
const QUIET: Minute = { received: 0, task: true };
const USED: Minute = { received: BELOW * 60, task: true };

async function watch(changes: Partial<Watch> = {}) {
  const harness = createHarness();
  void harness.service.start?.();
  await harness.clock.advance(6000);
  const alarms = alarmsOf(changes);
  const make = async (): Promise<void> => {
    for (const alarm of alarms) await harness.op("PutMetricAlarm", alarm);
  };
  await make();
  const put = (namespace: string, name: string, dimensions: Record<string, string>, value: number | undefined, at?: number): void => {
    if (value !== undefined) harness.service.put(scope, namespace, [{ name, dimensions, value, ...(at === undefined ? {} : { at }) }]);
  };
  return {
    ...harness,
    state: async (which: "idle" | "left-up") => (await harness.alarm(`arcade-minecraft/${which}`)).StateValue,
    stops: (which: "idle" | "left-up") => harness.executions.filter(({ policyArn }) => policyArn.endsWith(`/${which}`)).length,
    /** What reconcile does at the sleep, and at the next wake. */
    remove: () => harness.op("DeleteAlarms", { AlarmNames: alarms.map(({ AlarmName }) => AlarmName) }),
    make,
    async pass(count: number, { received, reads, task }: Minute): Promise<void> {
      for (let minute = 0; minute < count; minute++) {
        put("AWS/EC2", "NetworkIn", { AutoScalingGroupName: "arcade-minecraft" }, received);
        put("AWS/EFS", "DataReadIOBytes", { FileSystemId: FILE_SYSTEM }, reads);
        put("AWS/ECS", "CPUUtilization", { ClusterName: "arcade-minecraft", ServiceName: "arcade-minecraft" }, task ? 1 : undefined);
        await harness.clock.advance(MINUTE);
      }
    },
    /** What start-system does with a query: of the desired count only whether it is 0 matters here. */
    query(desired: number, wokenAgo = 0): void {
      const at = harness.clock.now();
      const wake = { at: new Date(at - wokenAgo).toISOString(), by: "dns" as const };
      const query = { at, name: "minecraft.example.com", type: "A", code: "NOERROR", resolver: "192.0.2.53" };
      const decision = decideWake(query, { desired, marks: desired > 0 ? { wake } : {}, now: at, graceMs: 10 * MINUTE });
      if (decision.action !== "wake" && decision.action !== "none") throw new Error("not here");
      const dimensions = hitDimensions({ application: "arcade", environment: "prod", leaf: "minecraft" });
      for (const hit of decision.hits) put(HITS.namespace, HITS.name, dimensions, 1, hit);
    },
  };
}

describe("the idle alarm", () => {
  test("stops a leaf that nobody uses, after the time and not before", async () => {
    const leaf = await watch();
    await leaf.pass(3, USED);
    await leaf.pass(IDLE_MINUTES - 1, QUIET);
    expect(leaf.stops("idle")).toBe(0);
    await leaf.pass(2, QUIET);
    expect(leaf.stops("idle")).toBeGreaterThan(0);
  });

  test("counts from the last activity, not from the start", async () => {
    const leaf = await watch();
    for (let time = 0; time < 5; time++) {
      await leaf.pass(IDLE_MINUTES - 1, QUIET);
      await leaf.pass(1, USED);
    }
    expect(leaf.stops("idle")).toBe(0);
  });

  test("is quiet while the leaf sleeps", async () => {
    const leaf = await watch();
    await leaf.pass(60, ASLEEP);
    expect([leaf.stops("idle"), await leaf.state("idle")]).toEqual([0, "OK"]);
  });

  test.each([
    ["with the image coming in", BOOTING],
    ["with nothing coming in", { received: 0 }],
  ])("does not take a long boot for idleness, %s", async (_what, minute) => {
    const leaf = await watch();
    leaf.query(0);
    await leaf.pass(45, minute);
    expect(leaf.stops("idle")).toBe(0);
    await leaf.pass(IDLE_MINUTES - 1, QUIET);
    expect(leaf.stops("idle")).toBe(0);
  });

  test("does not take what is read from the volumes for use", async () => {
    const leaf = await watch();
    await leaf.pass(12, { received: 10_000_000, reads: 10_000_000, task: true });
    expect(leaf.stops("idle")).toBeGreaterThan(0);
  });

  test("does not take a metric that is late for silence", async () => {
    const leaf = await watch();
    for (let time = 0; time < 10; time++) {
      await leaf.pass(IDLE_MINUTES - 1, QUIET);
      await leaf.pass(1, { task: true });
      await leaf.pass(1, USED);
    }
    expect(leaf.stops("idle")).toBe(0);
  });

  test("takes a query inside the grace for activity, and not one after it", async () => {
    const inside = await watch();
    const after = await watch();
    for (let minute = 0; minute < 30; minute++) {
      inside.query(1, 5 * MINUTE);
      after.query(1, 20 * MINUTE);
      await inside.pass(1, QUIET);
      await after.pass(1, QUIET);
    }
    expect([inside.stops("idle"), after.stops("idle") > 0]).toEqual([0, true]);
  });

  // With the alarms deleted at the sleep and made at the wake, early or late; and kept, where the wake came before the deletion.
  const LIVES = [1, 2, 3, 4, 6, 9, 12].flatMap((minutes) =>
    (["made at once", "made a minute later", "kept"] as const).map((how) => [minutes, how] as const),
  );
  test.each(LIVES)("does not kill a wake %i minutes after it has stopped the leaf (alarms %s)", async (minutes, how) => {
    const leaf = await watch();
    await leaf.pass(IDLE_MINUTES + 2, QUIET);
    expect(leaf.stops("idle")).toBeGreaterThan(0);
    if (how !== "kept") await leaf.remove();
    await leaf.pass(1, QUIET);
    await leaf.pass(minutes - 1, ASLEEP);
    const before = leaf.stops("idle");
    leaf.query(0);
    if (how === "made at once") await leaf.make();
    await leaf.pass(1, BOOTING);
    if (how === "made a minute later") await leaf.make();
    await leaf.pass(3, BOOTING);
    await leaf.pass(IDLE_MINUTES - 1, QUIET);
    expect(leaf.stops("idle")).toBe(before);
    // And the new life ends like the one before.
    await leaf.pass(3, QUIET);
    expect(leaf.stops("idle")).toBeGreaterThan(before);
  });

  test("that is made late, of a leaf that nobody uses, looks back: it stops the leaf at its first look", async () => {
    const leaf = await watch();
    await leaf.remove();
    await leaf.pass(IDLE_MINUTES + 3, QUIET);
    await leaf.make();
    expect([await leaf.state("idle"), leaf.stops("idle")]).toEqual(["INSUFFICIENT_DATA", 0]);
    await leaf.pass(1, QUIET);
    expect([await leaf.state("idle"), leaf.stops("idle")]).toEqual(["ALARM", 1]);
  });

  test("whose threshold is changed while the leaf is up goes on from its state, by the new threshold", async () => {
    const leaf = await watch();
    await leaf.pass(IDLE_MINUTES + 1, USED);
    expect([await leaf.state("idle"), leaf.stops("idle")]).toEqual(["OK", 0]);
    for (const alarm of alarmsOf({ idle: { below: BELOW * 2, for: IDLE_MINUTES * 60 } })) await leaf.op("PutMetricAlarm", alarm);
    expect(await leaf.state("idle")).toBe("OK");
    await leaf.pass(1, USED);
    expect([await leaf.state("idle"), leaf.stops("idle")]).toEqual(["ALARM", 1]);
  });
});

describe("the left-up alarm", () => {
  const leftUp = { leftUp: { after: 30 * 60, stop: true } };

  test("goes off after the time, however much the leaf is used", async () => {
    const leaf = await watch(leftUp);
    await leaf.pass(29, USED);
    expect(await leaf.state("left-up")).not.toBe("ALARM");
    await leaf.pass(2, USED);
    expect([await leaf.state("left-up"), leaf.stops("left-up") > 0]).toEqual(["ALARM", true]);
  });

  test("tells the function each time it goes off, and the policy only where it is to stop the leaf", async () => {
    const telling = await watch({ leftUp: { after: 30 * 60, stop: false } });
    await telling.pass(35, USED);
    expect(telling.invocations).toMatchObject([
      {
        functionArn: FUNCTION,
        source: { principal: "lambda.alarms.cloudwatch.amazonaws.com", arn: expect.stringMatching(/:alarm:arcade-minecraft\/left-up$/) },
        payload: { source: "aws.cloudwatch", alarmData: { state: { value: "ALARM" } } },
      },
    ]);
    expect([telling.stops("left-up"), telling.messages]).toEqual([0, []]);
    // One that is made anew looks back over the same life, and goes off again: that people hear it once is the function's matter.
    await telling.remove();
    await telling.make();
    await telling.pass(2, USED);
    expect(telling.invocations).toHaveLength(2);
  });

  test.each([1, 2, 5].flatMap((minutes) => [[minutes, "made anew"] as const, [minutes, "kept"] as const]))(
    "does not kill a wake %i minutes after it has stopped the leaf (alarms %s)",
    async (minutes, how) => {
      const leaf = await watch(leftUp);
      await leaf.pass(32, USED);
      if (how === "made anew") await leaf.remove();
      await leaf.pass(minutes, ASLEEP);
      const before = leaf.stops("left-up");
      leaf.query(0);
      if (how === "made anew") await leaf.make();
      await leaf.pass(28, USED);
      expect(leaf.stops("left-up")).toBe(before);
      await leaf.pass(4, USED);
      expect(leaf.stops("left-up")).toBeGreaterThan(before);
    },
  );
});
