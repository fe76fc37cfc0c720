import { describe, expect, test } from "vitest";
import { decide, isCrash, type StoppedTask } from "./break-crash-loop.ts";

const NOW = Date.UTC(2026, 0, 5, 12);
const MINUTE = 60_000;
const iso = (at: number) => new Date(at).toISOString();
const crash = (ago: number, changes: StoppedTask = {}): StoppedTask => ({
  stopCode: "EssentialContainerExited",
  stoppedReason: "Essential container in task exited",
  stoppedAt: new Date(NOW - ago),
  taskDefinitionArn: "arn:aws:ecs:us-west-2:111111111111:task-definition/arcade-minecraft:3",
  containers: [{ exitCode: 1 }],
  ...changes,
});
const loop = [crash(8 * MINUTE), crash(4 * MINUTE), crash(1000)];
const situation = { desired: 1, tasks: loop, currentTask: "arcade-minecraft:3", marks: {}, limits: { stops: 3, withinMs: 15 * MINUTE }, now: NOW };

describe("what counts as a crash", () => {
  test.each([
    ["its container exited", "EssentialContainerExited", "", true],
    ["it could not start", "TaskFailedToStart", "CannotPullContainerError", true],
    ["its health check failed", "ServiceSchedulerInitiated", "Task failed container health checks", true],
    ["it was scaled in, drained or replaced", "ServiceSchedulerInitiated", "Scaling activity initiated by deployment", false],
    ["its instance went", "TerminationNotice", "", false],
    ["its spot instance went", "SpotInterruption", "", false],
    ["somebody stopped it", "UserInitiated", "", false],
  ])("%s", (_what, stopCode, stoppedReason, expected) => expect(isCrash({ stopCode, stoppedReason })).toBe(expected));
});

describe("breaking", () => {
  test("three crashes in the time are a loop", () => {
    expect(decide(situation)).toEqual({
      mark: {
        at: iso(NOW),
        until: iso(NOW + 15 * MINUTE),
        strikes: 0,
        task: "arcade-minecraft:3",
        stops: 3,
        reason: "exit code 1, Essential container in task exited",
      },
    });
  });

  test.each([
    ["two crashes", { tasks: loop.slice(1) }],
    ["three in a longer time", { tasks: [crash(16 * MINUTE), ...loop.slice(1)] }],
    ["three, one of the revision before the deploy", { tasks: [crash(8 * MINUTE, { taskDefinitionArn: "x/arcade-minecraft:2" }), ...loop.slice(1)] }],
    ["three, one before the last wake", { marks: { wake: { at: iso(NOW - 6 * MINUTE), by: "cli" as const } } }],
    ["three, but it is stopped already: the event came twice", { desired: 0 }],
    ["none", { tasks: [] }],
  ])("%s: nothing is done", (_what, changes) => expect(decide({ ...situation, ...changes })).not.toHaveProperty("mark"));
});

describe("breaking again", () => {
  const before = (untilAgo: number, strikes: number, task = "arcade-minecraft:3") => ({
    crashed: { at: iso(NOW - untilAgo - 15 * MINUTE), until: iso(NOW - untilAgo), strikes, task, stops: 3, reason: "" },
  });
  const strikesOf = (marks: object) => {
    const decision = decide({ ...situation, marks });
    return "mark" in decision ? [decision.mark.strikes, (Date.parse(decision.mark.until) - NOW) / MINUTE] : decision;
  };

  test("doubles the back-off", () => expect(strikesOf(before(10 * MINUTE, 0))).toEqual([1, 30]));
  test("up to a day", () => expect(strikesOf(before(10 * MINUTE, 9))).toEqual([10, 24 * 60]));
  test("starts afresh after a day without one", () => expect(strikesOf(before(25 * 60 * MINUTE, 5))).toEqual([0, 15]));
  test("starts afresh with another task definition", () => expect(strikesOf(before(10 * MINUTE, 5, "arcade-minecraft:2"))).toEqual([0, 15]));
});
