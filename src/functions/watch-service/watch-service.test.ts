import { describe, expect, test } from "vitest";
import { messageFor } from "./messages.ts";
import { type Config, decide, type EndedTask, isCrash, type Observation } from "./watch-service.ts";

const NOW = Date.UTC(2026, 0, 5, 12);
const MINUTE = 60_000;
const CONFIG: Config = {
  application: "arcade",
  environment: "prod",
  leaf: "orders",
  crashLoop: { stops: 3, withinMs: 15 * MINUTE },
  logGroup: "/rouse/arcade/orders",
};

const ended = (id: string, ago: number, changes: Partial<EndedTask> = {}): EndedTask => ({
  id,
  definition: "arcade-orders:3",
  deployment: "ecs-svc/1",
  at: NOW - ago,
  stopCode: "EssentialContainerExited",
  stoppedReason: "Essential container in task exited",
  containers: [{ name: "orders", exitCode: 1 }],
  ...changes,
});

const seen = (changes: Partial<Observation> = {}): Observation => ({
  desired: 2,
  running: 2,
  primary: { id: "ecs-svc/1", definition: "arcade-orders:3", rollout: "COMPLETED", desired: 2, running: 2 },
  ended: [],
  announced: [],
  now: NOW,
  ...changes,
});

const LOOP = [ended("a", 8 * MINUTE), ended("b", 4 * MINUTE), ended("c", 1000)];
const FAILED = { name: "SERVICE_DEPLOYMENT_FAILED", deployment: "ecs-svc/2", reason: "ECS deployment circuit breaker: tasks failed to start." };
const UNPLACED = { name: "SERVICE_TASK_PLACEMENT_FAILURE", reason: "RESOURCE:FARGATE" };
const none = { due: [], renew: [], forget: [] };

describe("what counts as a crash", () => {
  test.each([
    ["its container exited", "EssentialContainerExited", "", true],
    ["it could not start", "TaskFailedToStart", "CannotPullContainerError", true],
    ["Fargate had no place for it", "TaskFailedToStart", "Capacity is unavailable at this time", false],
    ["the load balancer's checks failed", "ServiceSchedulerInitiated", "Task failed ELB health checks in (target-group x)", true],
    ["a deployment or scaling in stopped it", "ServiceSchedulerInitiated", "Scaling activity initiated by (deployment ecs-svc/1)", false],
    ["its spot capacity went", "SpotInterruption", "", false],
    ["somebody stopped it", "UserInitiated", "", false],
  ])("%s", (_what, stopCode, stoppedReason, expected) => expect(isCrash({ stopCode, stoppedReason, containers: [] })).toBe(expected));
});

describe("a deployment that failed", () => {
  const crash = ended("x", 1000, { deployment: "ecs-svc/2", definition: "arcade-orders:4", containers: [{ name: "orders", exitCode: 3 }] });

  test("is told of with the reason of its last task", () => {
    expect(decide(FAILED, seen({ ended: [crash, ended("old", 10)] }), CONFIG).due).toEqual([
      { occasion: "failed", task: "2", why: "its container orders exited with code 3", last: "x" },
    ]);
  });

  test("has ECS's own reason where no task tells", () => expect(decide(FAILED, seen(), CONFIG).due[0]!.why).toBe(FAILED.reason));

  test("is told of once, however often its event comes", () => {
    expect(decide(FAILED, seen({ announced: [{ occasion: "failed", task: "2", at: NOW - MINUTE }] }), CONFIG)).toEqual(none);
  });

  test("and its tasks that crash are no crash loop beside it", () => {
    const primary = { ...seen().primary, id: "ecs-svc/2", definition: "arcade-orders:4", rollout: "IN_PROGRESS" };
    expect(decide({}, seen({ primary, ended: LOOP.map((task) => ({ ...task, definition: "arcade-orders:4" })) }), CONFIG)).toEqual(none);
    expect(decide({}, seen({ ended: LOOP.map((task) => ({ ...task, definition: "arcade-orders:4" })) }), CONFIG)).toEqual(none);
  });

  test("says what runs on, or that nothing does", () => {
    const [due] = decide(FAILED, seen({ ended: [crash] }), CONFIG).due;
    const message = messageFor(due!, seen(), CONFIG);
    expect(message.subject).toBe("orders: new version failed, rolled back: its container orders exited with code 3");
    expect(message.body).toContain("The version before it (arcade-orders:3) runs on, 2 of 2 tasks.");
    const alone = seen({ running: 0, primary: { ...seen().primary, id: "ecs-svc/2" } });
    expect(messageFor(due!, alone, CONFIG).body).toContain("There is no version before it that runs (0 of 2 tasks).");
  });
});

describe("a crash loop", () => {
  test("is told of by the name of its first crash", () => {
    expect(decide({}, seen({ ended: LOOP }), CONFIG).due).toEqual([
      { occasion: "crashing", task: "a", why: "its container orders exited with code 1", stops: 3, last: "c" },
    ]);
  });

  test("is none with fewer crashes, or with a pause between them", () => {
    expect(decide({}, seen({ ended: LOOP.slice(1) }), CONFIG)).toEqual(none);
    expect(decide({}, seen({ ended: [ended("a", 40 * MINUTE), ended("b", 20 * MINUTE), ended("c", 10)] }), CONFIG)).toEqual(none);
  });

  test("is not told of again while it goes on, and remembered for as long", () => {
    const told = { occasion: "crashing", task: "a", at: NOW - 14 * MINUTE } as const;
    expect(decide({}, seen({ ended: LOOP, announced: [told] }), CONFIG)).toEqual({ due: [], renew: [told], forget: [] });
  });

  test("is another one after a pause", () => {
    const told = { occasion: "crashing", task: "z", at: NOW - 60 * MINUTE } as const;
    expect(decide({}, seen({ ended: [ended("z", 60 * MINUTE), ...LOOP], announced: [told] }), CONFIG).due).toMatchObject([{ task: "a" }]);
  });
});

describe("no room for a task", () => {
  const short = { ...seen().primary, running: 1 };

  test("is told of once, until all are there", () => {
    expect(decide(UNPLACED, seen({ primary: short }), CONFIG).due).toEqual([{ occasion: "unplaced", task: "1", why: "RESOURCE:FARGATE" }]);
    const told = { occasion: "unplaced", task: "1", at: NOW - MINUTE } as const;
    expect(decide(UNPLACED, seen({ primary: short, announced: [told] }), CONFIG)).toEqual(none);
    expect(decide({ name: "SERVICE_STEADY_STATE" }, seen({ announced: [told] }), CONFIG).forget).toEqual([told]);
  });

  test("is nothing any more when its event comes late", () => expect(decide(UNPLACED, seen(), CONFIG)).toEqual(none));

  test("counts the new version's tasks alone: the old ones run during a deployment", () => {
    expect(decide(UNPLACED, seen({ running: 2, primary: { ...short, running: 0 } }), CONFIG).due).toHaveLength(1);
  });

  test("says what it lacks", () => {
    const message = messageFor({ occasion: "unplaced", task: "1", why: "RESOURCE:MEMORY" }, seen({ primary: short }), CONFIG);
    expect(message.subject).toBe("orders lacks room: 1 of 2 tasks run");
    expect(message.body).toContain("compute.memory");
  });
});

test("what was told long ago is forgotten", () => {
  const old = { occasion: "failed", task: "2", at: NOW - 25 * 60 * MINUTE } as const;
  expect(decide({}, seen({ announced: [old] }), CONFIG).forget).toEqual([old]);
});
