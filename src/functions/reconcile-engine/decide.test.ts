import { describe, expect, test } from "vitest";
import type { StopMark } from "../shared/engine.ts";
import { arnOf, crashed, ENGINE, stopped, task } from "../testing/engines.ts";
import { type Action, activityNeeded, decide } from "./decide.ts";
import type { Minute } from "./idle.ts";
import type { Announced, Config, Observation, Target } from "./observation.ts";

const NOW = 2_000_000_000;
const MINUTE = 60_000;
const config: Config = {
  application: "arcade",
  environment: "prod",
  leaf: "auth",
  engine: ENGINE,
  idleMs: 30 * MINUTE,
  leftUpMs: 0,
  leftUpStop: false,
  drainMs: 30_000,
  address: "https://example.com/api/auth/*",
  isMeasured: true,
  isRouted: true,
  hourUsd: "0.36",
};
const PLACE = { address: "10.0.0.1", port: 8080 };
const target = (state: string, place = PLACE): Target => ({ ...place, state });
const UP: Announced = { occasion: "up", task: "a", at: NOW };
const mark = (changes: Partial<StopMark> = {}): StopMark => ({ at: new Date(NOW).toISOString(), by: "cli", drain: true, ...changes });
const running = (changes: Parameters<typeof task>[1] = {}) => task("a", { startedAt: NOW - 20_000, ...changes });
const asleep: Observation = { tasks: [], targets: [], route: "doorman", announced: [], instances: {}, now: NOW };
const awake: Observation = { ...asleep, tasks: [running()], targets: [target("healthy")], route: "service", announced: [UP] };

const actions = (observed: Observation, changes: Partial<Config> = {}, minutes?: Minute[]): readonly Action[] =>
  decide(observed, { ...config, ...changes }, minutes).actions;

describe("nothing is to be done", () => {
  test("asleep", () => expect(decide(asleep, config)).toEqual({ actions: [], soon: false }));
  test("awake, until it may be idle", () => {
    expect(decide(awake, config)).toEqual({ actions: [], soon: false, check: NOW - 20_000 + 32 * MINUTE });
  });
  test("awake and never idle", () => expect(decide(awake, { ...config, idleMs: 0 })).toEqual({ actions: [], soon: false }));
  test("while the task is placed, but for a look if its event is lost", () => {
    const pending = { ...asleep, tasks: [task("a", { lastStatus: "PENDING", startedAt: undefined })] };
    expect(decide(pending, config)).toEqual({ actions: [], soon: false, check: NOW + 5 * MINUTE });
  });
});

describe("waking", () => {
  test("a task that runs is registered, and looked at closely", () => {
    const plan = decide({ ...asleep, tasks: [running()] }, config);
    expect(plan).toMatchObject({ actions: [{ do: "register", targets: [PLACE] }], soon: true });
  });
  test.each(["initial", "unused", "unhealthy"])("one that is %s gets no requests yet", (state) => {
    expect(decide({ ...asleep, tasks: [running()], targets: [target(state)] }, config)).toMatchObject({ actions: [], soon: true });
  });
  test("the rule is switched when it is healthy; only then is it announced", () => {
    const healthy = { ...asleep, tasks: [running()], targets: [target("healthy")] };
    expect(actions(healthy)).toEqual([{ do: "route", to: "service", settle: false }]);
    expect(actions({ ...healthy, route: "service" })).toEqual([{ do: "announce", announcement: { occasion: "up", task: "a", aloud: true } }]);
  });
  test("a target that drains is registered again", () => {
    expect(actions({ ...asleep, tasks: [running()], targets: [target("draining")] })).toEqual([{ do: "register", targets: [PLACE] }]);
  });
  test("a boot of more than ten minutes is looked at seldom", () => {
    const slow = { ...asleep, tasks: [running({ startedAt: NOW - 11 * MINUTE })], targets: [target("unhealthy")] };
    expect(decide(slow, config)).toMatchObject({ soon: false, check: NOW + 2 * MINUTE });
  });
  test("a rule in another form is put right, so that the target's health is checked", () => {
    expect(actions({ ...asleep, route: "other" })).toEqual([{ do: "route", to: "doorman", settle: false }]);
  });
  test("without a load balancer it is up when it runs", () => {
    const { targetGroup: _group, port: _port, ...engine } = ENGINE;
    const plan = decide({ ...asleep, route: undefined, tasks: [running()] }, { ...config, engine });
    expect(plan).toEqual({ actions: [{ do: "announce", announcement: { occasion: "up", task: "a", aloud: true } }], soon: false });
  });
  test("on an instance it is registered by the instance's address and the port there", () => {
    const bridge = running({ address: undefined, instance: "i", containers: [{ name: "auth", ports: [{ container: 8080, host: 32_768 }] }] });
    const observed = { ...asleep, tasks: [bridge], instances: { i: "10.0.0.9" } };
    expect(actions(observed, { engine: { ...ENGINE, network: "bridge" } })).toEqual([
      { do: "register", targets: [{ address: "10.0.0.9", port: 32_768 }] },
    ]);
  });
  test("a port that its start asked for is the one", () => {
    expect(actions({ ...asleep, tasks: [running({ target: { port: 9 } })] })).toEqual([{ do: "register", targets: [{ ...PLACE, port: 9 }] }]);
  });
  test("a task that its start registered elsewhere is left alone", () => {
    expect(decide({ ...asleep, tasks: [running({ target: { elsewhere: true } })] }, config)).toMatchObject({ actions: [], soon: false });
  });
});

describe("a task that is gone", () => {
  test("leaves no target, and the doorman has the door", () => {
    const died = { ...awake, tasks: [crashed("a", NOW)] };
    expect(actions(died)).toMatchObject([
      { do: "route", to: "doorman", settle: false },
      { do: "deregister", targets: [PLACE] },
      { do: "announce", announcement: { occasion: "stopped", task: "a", aloud: true, why: "its container auth exited with code 1" } },
    ]);
  });
  test("is announced once", () => {
    const told: Announced[] = [UP, { ...UP, occasion: "stopped" }];
    expect(actions({ ...asleep, tasks: [stopped("a", NOW)], announced: told })).toEqual([]);
  });
  test("is announced though ECS has forgotten it", () => {
    expect(actions({ ...asleep, announced: [UP] })).toMatchObject([{ announcement: { occasion: "stopped", why: "ECS has forgotten why" } }]);
  });
  test("is forgotten in the end, the up before the stopped", () => {
    const at = NOW - 3 * 60 * MINUTE;
    const told: Announced[] = [
      { ...UP, occasion: "stopped", at },
      { ...UP, at },
      { occasion: "left-up", task: "a", at },
    ];
    expect(actions({ ...asleep, announced: told })).toMatchObject([
      { announced: { occasion: "up" } },
      { announced: { occasion: "stopped" } },
      { announced: { occasion: "left-up" } },
    ]);
    expect(actions({ ...asleep, announced: told, tasks: [stopped("a", NOW)] })).toEqual([]);
  });
  test("again and again is announced as that, and as nothing else", () => {
    const tasks = [crashed("a", NOW - 3 * MINUTE), crashed("b", NOW - 2 * MINUTE), crashed("c", NOW)];
    const announced: Announced[] = ["a", "b"].flatMap((id) => [
      { ...UP, task: id },
      { ...UP, task: id, occasion: "stopped" as const },
    ]);
    const loop = actions({ ...asleep, tasks, announced: [...announced, { ...UP, task: "c" }] });
    expect(loop).toMatchObject([
      { announcement: { occasion: "crashed", task: "c", aloud: true } },
      { announcement: { occasion: "stopped", task: "c", aloud: false } },
    ]);
  });
});

test("a stale target is taken out, and one that drains already is left", () => {
  const stale = { address: "10.0.0.7", port: 8080 };
  const observed = { ...awake, targets: [target("healthy"), target("unhealthy", stale), target("draining", { ...stale, port: 1 })] };
  expect(actions(observed)).toEqual([{ do: "deregister", targets: [stale] }]);
});

test("an unhealthy target keeps its requests while there is no other: the load balancer fails open", () => {
  expect(actions({ ...awake, targets: [target("unhealthy")] })).toEqual([]);
});

test("of two tasks the older one stays", () => {
  const other = running({ arn: arnOf("b"), createdAt: 1_500_000, address: "10.0.0.2" });
  expect(actions({ ...awake, tasks: [other, running()] })).toMatchObject([{ do: "mark", task: arnOf("b"), mark: { by: "duplicate", drain: true } }]);
});

describe("going to sleep", () => {
  const marked = (changes: Partial<StopMark> = {}): Observation => ({ ...awake, tasks: [running({ mark: mark(changes) })] });
  test("the rule comes first, then the target, and the task stays", () => {
    expect(decide(marked(), config)).toMatchObject({
      actions: [
        { do: "route", to: "doorman", settle: true },
        { do: "deregister", targets: [PLACE] },
      ],
    });
  });
  test("a short drain is waited for, a long one has a schedule", () => {
    const draining = { ...marked(), route: "doorman" as const, targets: [target("draining")] };
    expect(decide(draining, config)).toEqual({ actions: [], soon: true, check: NOW + 30_000 });
    expect(decide(draining, { ...config, drainMs: 300_000 })).toEqual({ actions: [], soon: false, check: NOW + 300_000 });
  });
  test("drained, it is stopped, and its reason says why", () => {
    const drained = { ...marked(), route: "doorman" as const, targets: [] };
    expect(actions(drained)).toEqual([{ do: "stop", task: arnOf("a"), mark: mark(), reason: "Rouse: somebody asked for it" }]);
  });
  test("a drain that began late is waited for all the same", () => {
    const late = { ...marked({ at: new Date(NOW - 10 * MINUTE).toISOString() }), route: "doorman" as const, targets: [target("draining")] };
    expect(decide(late, config)).toEqual({ actions: [], soon: false, check: NOW + MINUTE });
  });
  test.each<[string, Observation]>([
    ["that is not to drain", marked({ drain: false })],
    ["that does not run yet", { ...asleep, tasks: [task("a", { lastStatus: "PENDING", startedAt: undefined, mark: mark() })] }],
  ])("a task %s is stopped at once", (_what, observed) => {
    expect(actions(observed)).toContainEqual(expect.objectContaining({ do: "stop" }));
  });
  test("another healthy task keeps the rule", () => {
    const other = running({ arn: arnOf("b"), address: "10.0.0.2" });
    const observed = {
      ...marked(),
      tasks: [...marked().tasks, other],
      targets: [target("healthy"), target("healthy", { address: "10.0.0.2", port: 8080 })],
      announced: [UP, { ...UP, task: "b" }],
    };
    expect(actions(observed)).toEqual([{ do: "deregister", targets: [PLACE] }]);
  });
});

describe("idle", () => {
  const old = (changes: Parameters<typeof task>[1] = {}): Observation => ({
    ...awake,
    tasks: [running({ startedAt: NOW - 60 * MINUTE, ...changes })],
  });
  const minute = (ago: number, changes: Partial<Minute> = {}): Minute => ({
    at: NOW - ago * MINUTE,
    requests: 0,
    allRequests: 0,
    connections: 0,
    ...changes,
  });
  const used = (ago: number): Minute => minute(ago, { requests: 3, allRequests: 3 });

  test("metrics are read only when it may be idle", () => {
    expect(activityNeeded(awake, config)).toBeUndefined();
    expect(activityNeeded(old(), config)).toBe(NOW - 60 * MINUTE);
    expect(activityNeeded(old({ usedAt: NOW - MINUTE }), config)).toBeUndefined();
  });
  test("counts from the last request, and waits until late metrics are known", () => {
    expect(actions(old(), {}, [used(45), used(33)])).toMatchObject([{ do: "mark", mark: { by: "idle" } }]);
    expect(decide(old(), config, [used(32)])).toMatchObject({ actions: [], check: NOW + MINUTE });
  });
  test("never counts before the start, or before somebody wanted it", () => {
    expect(actions(old(), {}, [])).toMatchObject([{ do: "mark" }]);
    expect(actions(old({ startedAt: NOW - 31 * MINUTE }), {}, [])).toEqual([]);
    expect(actions(old({ usedAt: NOW - 31 * MINUTE }), {}, [])).toEqual([]);
  });
  test("is nobody who keeps a connection open, for six idle times", () => {
    const minutes = Array.from({ length: 400 }, (_, ago) => minute(ago + 1, { connections: 4 }));
    const since = (ago: number): Observation => old({ startedAt: NOW - ago * MINUTE });
    expect(actions(since(200), {}, minutes)).toEqual([]);
    expect(actions(since(215), {}, minutes)).toMatchObject([{ do: "mark", mark: { by: "idle" } }]);
  });
  test("is who shares the load balancer with others that are used: their requests explain the connections", () => {
    const minutes = Array.from({ length: 60 }, (_, ago) => minute(ago, { connections: 4, allRequests: 9 }));
    expect(actions(old(), {}, minutes)).toMatchObject([{ do: "mark" }]);
  });
  test("is confirmed before the stop, when the metrics of before the mark are known", () => {
    const drained = (agoMs: number): Observation => ({
      ...old({ mark: mark({ by: "idle", at: new Date(NOW - agoMs).toISOString() }) }),
      route: "doorman",
      targets: [],
    });
    expect(decide(drained(MINUTE), config)).toEqual({ actions: [], soon: false, check: NOW + MINUTE });
    expect(activityNeeded(drained(MINUTE), config)).toBeUndefined();
    expect(activityNeeded(drained(2 * MINUTE), config)).toBeDefined();
    expect(actions(drained(2 * MINUTE), {}, [])).toMatchObject([{ do: "stop", reason: "Rouse: nobody used it" }]);
    expect(actions(drained(2 * MINUTE), {}, [used(4)])).toEqual([{ do: "unmark", task: arnOf("a") }]);
  });
});

describe("left up", () => {
  const long = { ...awake, tasks: [running({ startedAt: NOW - 9 * 60 * MINUTE })] };
  const leftUpMs = 8 * 60 * MINUTE;
  test("is announced once", () => {
    expect(actions(long, { leftUpMs, idleMs: 0 })).toMatchObject([{ announcement: { occasion: "left-up", task: "a" } }]);
    const told = { ...long, announced: [UP, { ...UP, occasion: "left-up" as const }] };
    expect(decide(told, { ...config, leftUpMs, idleMs: 0 })).toEqual({ actions: [], soon: false });
  });
  test("puts it to sleep where its watchdog says so", () => {
    const stop = { leftUpMs, leftUpStop: true, idleMs: 0 };
    expect(actions(long, stop)).toMatchObject([{ do: "announce", announcement: { occasion: "left-up" } }]);
    const told = { ...long, announced: [UP, { ...UP, occasion: "left-up" as const }] };
    expect(actions(told, stop)).toMatchObject([{ do: "mark", mark: { by: "left-up" } }]);
  });
  test("is looked at when it is due", () => {
    expect(decide(awake, { ...config, leftUpMs: 5 * MINUTE }).check).toBe(NOW - 20_000 + 5 * MINUTE);
  });
});
