import { describe, expect, test } from "vitest";
import { bootMinutes, type Observation, type ObservedInstance, type ObservedTask, occasionsOf, type Published, shouldBe } from "./reconcile.ts";

const instance: ObservedInstance = { id: "i-1", lifecycle: "InService", state: "running", address: "203.0.113.9" };
const task: ObservedTask = { instanceId: "i-1", lastStatus: "RUNNING", desiredStatus: "RUNNING", health: "UNKNOWN" };
const up: Observation = { desired: 1, instances: [instance], tasks: [task], marks: {} };
const ASLEEP: Published = { address: "0.0.0.0", announced: "asleep" };
const UP: Published = { address: "203.0.113.9", announced: "up i-1" };
const STARTING: Published = { address: "0.0.0.0", announced: "starting i-1" };

describe("the address is published", () => {
  test("when the task runs on an instance in service", () => expect(shouldBe(up, STARTING, false)).toEqual(UP));
  test("with a health check, when the task is healthy", () => {
    expect(shouldBe({ ...up, tasks: [{ ...task, health: "HEALTHY" }] }, STARTING, true)).toEqual(UP);
  });

  test.each<[string, Partial<Observation>]>([
    ["the machine is up, and the container is not", { tasks: [{ ...task, lastStatus: "PENDING" }] }],
    ["there is no task", { tasks: [] }],
    ["the task is being stopped", { tasks: [{ ...task, desiredStatus: "STOPPED" }] }],
    ["the task runs on another instance", { tasks: [{ ...task, instanceId: "i-0" }] }],
    ["the instance has not come into service", { instances: [{ ...instance, lifecycle: "Pending" }] }],
    ["the instance is not running", { instances: [{ ...instance, state: "pending" }] }],
    ["the instance has no public address yet", { instances: [{ ...instance, address: undefined }] }],
  ])("not when %s", (_why, changes) => expect(shouldBe({ ...up, ...changes }, STARTING, false)).toEqual(STARTING));

  test("not when there is a health check that has not passed", () => expect(shouldBe(up, STARTING, true)).toEqual(STARTING));
});

describe("the address is taken away", () => {
  test("as soon as the instance is terminating, while its task still runs", () => {
    const draining = { ...up, desired: 0, instances: [{ ...instance, lifecycle: "Terminating:Wait" }] };
    expect(shouldBe(draining, UP, false)).toEqual(ASLEEP);
  });

  test("when there is nothing any more", () => expect(shouldBe({ desired: 0, instances: [], tasks: [], marks: {} }, UP, false)).toEqual(ASLEEP));

  test("without a word while the task is replaced on the same instance", () => {
    const after = shouldBe({ ...up, tasks: [] }, UP, false);
    expect(after).toEqual({ address: "0.0.0.0", announced: "up i-1" });
    expect(occasionsOf(UP, after)).toEqual([]);
    expect(occasionsOf(after, shouldBe(up, after, false))).toEqual([]);
  });
});

describe("with an old instance going and a new one coming", () => {
  const old = { ...instance, id: "i-0", lifecycle: "Terminating:Wait", address: "203.0.113.1" };

  test("the new one's address stands, whatever becomes of the old one", () => {
    const both = { ...up, instances: [old, instance], tasks: [{ ...task, instanceId: "i-0" }, task] };
    expect(shouldBe(both, STARTING, false)).toEqual(UP);
    expect(shouldBe({ ...both, instances: [instance] }, UP, false)).toEqual(UP);
  });

  test("a wake during the shutdown is announced as a new start", () => {
    const after = shouldBe({ ...up, instances: [old, { ...instance, lifecycle: "Pending", state: "pending" }], tasks: [] }, ASLEEP, false);
    expect(after).toEqual(STARTING);
    expect(occasionsOf(ASLEEP, after)).toEqual(["starting"]);
  });

  test("nothing is said between the wake and the launch", () => {
    expect(shouldBe({ desired: 1, instances: [old], tasks: [], marks: {} }, ASLEEP, false)).toEqual(ASLEEP);
  });
});

test.each<[string, Published, Published, string[]]>([
  ["a start", ASLEEP, STARTING, ["starting"]],
  ["a start that is over", STARTING, UP, ["up"]],
  ["a start that was over before anybody looked", ASLEEP, UP, ["starting", "up"]],
  ["a stop", UP, ASLEEP, ["stopped"]],
  ["a start that was given up", STARTING, ASLEEP, ["stopped"]],
  ["nothing new", UP, UP, []],
])("%s", (_what, before, after, occasions) => {
  expect(occasionsOf(before, after)).toEqual(occasions);
});

describe("a boot", () => {
  const BOOT = 90_000;
  const booting = (changes: Partial<ObservedTask>): Observation => ({ ...up, tasks: [{ ...task, startedAt: 1_000_000, ...changes }] });

  test("counts as activity until ECS gives the container up", () => {
    expect(bootMinutes(booting({}), BOOT, 1_000_000)).toEqual([1_000_000, 1_060_000, 1_120_000]);
    expect(bootMinutes(booting({}), BOOT, 1_089_000)).toEqual([1_089_000, 1_149_000]);
  });

  test.each<[string, Observation, number]>([
    ["is over when ECS's patience is", booting({}), BOOT],
    ["is over when the container is healthy", booting({ health: "HEALTHY" }), BOOT],
    ["has not begun before the task runs", booting({ lastStatus: "PENDING" }), BOOT],
    ["is none without a health check", booting({}), 0],
    ["is none without a task", { ...up, tasks: [] }, BOOT],
  ])("%s", (_what, observed, bootMs) => expect(bootMinutes(observed, bootMs, 1_090_000)).toEqual([]));
});
