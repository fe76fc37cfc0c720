import { describe, expect, test } from "vitest";
import { crashed, ENGINE, stopped, task } from "../functions/testing/engines.ts";
import type { EngineObservation } from "./engine-state.ts";
import type { LeafStatus } from "./leaf-state.ts";
import { type DnsPathObservation, dnsPath, enginePath, servicePath, taskPath } from "./live-path.ts";
import type { LivePath } from "./path-types.ts";

const AT = "2026-01-05T12:00:00.000Z";
const NOW = Date.parse(AT) + 60_000;
/** `dns:on function:on …` */
const states = ({ steps }: LivePath): string => steps.map(({ id, state }) => `${id}:${state}`).join(" ");
const step = ({ steps }: LivePath, id: string) => steps.find((one) => one.id === id)!;

describe("the path of a leaf that DNS wakes", () => {
  const asleep: DnsPathObservation = { desired: 0, marks: {}, instances: [], tasks: [], healthCheck: false, address: "0.0.0.0" };
  const woken: DnsPathObservation = { ...asleep, desired: 1, marks: { wake: { at: AT, by: "dns", who: "192.0.2.1" } } };
  const launched: DnsPathObservation = { ...woken, instances: [{ id: "i-1", lifecycle: "Pending" }], launch: { startedAt: Date.parse(AT) + 1000 } };
  const up: DnsPathObservation = {
    ...launched,
    instances: [{ id: "i-1", lifecycle: "InService" }],
    launch: { startedAt: Date.parse(AT) + 1000, endedAt: Date.parse(AT) + 30_000 },
  };
  const pending = { id: "0123456789abcdef", lastStatus: "PENDING", createdAt: Date.parse(AT) + 31_000 };
  const runs = { ...pending, lastStatus: "RUNNING", startedAt: Date.parse(AT) + 40_000 };

  test.each<[string, DnsPathObservation, string]>([
    ["asleep", asleep, "dns:off function:off group:off instance:off task:off record:off"],
    ["woken by a query", woken, "dns:on function:on group:on instance:working task:off record:off"],
    ["its instance starts", launched, "dns:on function:on group:on instance:working task:off record:off"],
    ["its instance is there", up, "dns:on function:on group:on instance:on task:off record:off"],
    ["its task is pending", { ...up, tasks: [pending] }, "dns:on function:on group:on instance:on task:working record:off"],
    ["its task runs", { ...up, tasks: [runs] }, "dns:on function:on group:on instance:on task:on record:working"],
    [
      "its health check has not passed yet",
      { ...up, healthCheck: true, tasks: [{ ...runs, health: "UNKNOWN" }] },
      "dns:on function:on group:on instance:on task:working record:working",
    ],
    ["it is published", { ...up, tasks: [runs], address: "127.77.0.1" }, "dns:on function:on group:on instance:on task:on record:on"],
    [
      "it falls asleep",
      { ...up, desired: 0, instances: [{ id: "i-1", lifecycle: "Terminating:Wait" }] },
      "dns:off function:off group:working instance:working task:off record:off",
    ],
    ["somebody has raised the count by hand", { ...woken, marks: {} }, "dns:off function:off group:on instance:working task:off record:off"],
  ])("lights up as it goes: %s", (_, seen, expected) => expect(states(dnsPath(seen, NOW))).toBe(expected));

  test("says what is where, and since when", () => {
    const path = dnsPath({ ...up, tasks: [runs], address: "127.77.0.1" }, NOW);
    expect(path.steps.map(({ detail, at }) => [detail, at])).toEqual([
      ["DNS query from 192.0.2.1", AT],
      ["reads the query log", AT],
      ["desired 1", AT],
      ["i-1, InService", "2026-01-05T12:00:30.000Z"],
      ["01234567, running", "2026-01-05T12:00:40.000Z"],
      ["127.77.0.1", null],
    ]);
    expect(path.links.map(({ from, to }) => `${from}→${to}`).join(" ")).toBe("dns→function function→group group→instance instance→task task→record");
  });

  test("shows what a health check waits for", () => {
    expect(step(dnsPath({ ...up, healthCheck: true, tasks: [runs] }, NOW), "task").detail).toBe("01234567, running, unknown");
  });

  test("a person who woke it takes the place of the query", () => {
    const path = dnsPath({ ...woken, marks: { wake: { at: AT, by: "cli", who: "kim" } } }, NOW);
    expect(path.steps.slice(0, 2).map(({ title, state }) => [title, state])).toEqual([
      ["Person", "on"],
      ["rouse wake", "on"],
    ]);
  });

  test("a crash loop that was broken stands at the function and the task, until it may start again", () => {
    const mark = { at: AT, until: "2026-01-05T13:00:00.000Z", strikes: 0, task: "hello:1", stops: 3, reason: "exit 1" };
    const path = dnsPath({ ...asleep, marks: { crashed: mark } }, NOW);
    expect(states(path)).toBe("dns:off function:failed group:off instance:off task:failed record:off");
    expect([step(path, "function").detail, step(path, "task").detail]).toEqual(["holds it until 2026-01-05T13:00:00.000Z", "exit 1"]);
    expect(states(dnsPath({ ...asleep, marks: { crashed: mark } }, Date.parse(mark.until) + 1))).not.toContain("failed");
  });
});

describe("the path of an engine", () => {
  const seen = (tasks: EngineObservation["tasks"], targets: readonly string[] | undefined = []): EngineObservation => ({
    engine: ENGINE,
    tasks,
    ...(targets ? { targets } : {}),
  });
  const path = (observed: EngineObservation | undefined, how = { http: true, routed: true }) => enginePath(observed, how, 2_000_000);
  const http = { startedBy: "rouse/http" };

  test.each<[string, EngineObservation, string]>([
    ["asleep", seen([]), "source:off function:off task:off target:off rule:off"],
    ["its task is pending", seen([task("1", { ...http, lastStatus: "PENDING" })]), "source:on function:on task:working target:off rule:off"],
    ["its task runs", seen([task("1", http)]), "source:on function:on task:on target:working rule:off"],
    ["its target is looked at", seen([task("1", http)], ["initial"]), "source:on function:on task:on target:working rule:off"],
    ["its target is unhealthy", seen([task("1", http)], ["unhealthy"]), "source:on function:on task:on target:failed rule:off"],
    ["it is reached", seen([task("1", http)], ["draining", "healthy"]), "source:on function:on task:on target:on rule:on"],
    [
      "it is to stop",
      seen([task("1", { ...http, mark: { at: AT, by: "idle", drain: true } })], ["draining"]),
      "source:on function:on task:working target:working rule:off",
    ],
    ["it has stopped", seen([stopped("1", 1_500_000)]), "source:off function:off task:off target:off rule:off"],
  ])("lights up as it goes: %s", (_, observed, expected) => expect(states(path(observed))).toBe(expected));

  test("begins with what woke it, and with the function that did", () => {
    const first = (startedBy: string | undefined, how = { http: true, routed: true }) =>
      path(seen(startedBy === undefined ? [] : [task("1", { startedBy })]), how)
        .steps.slice(0, 2)
        .map(({ title }) => title)
        .join(", ");
    expect(first("rouse/http")).toBe("HTTP request, doorman");
    expect(first("rouse/event")).toBe("Event, start-engines");
    expect(first("rouse/cli")).toBe("Person, start-engines");
    expect(first(undefined)).toBe("Request or event, doorman");
    expect(first(undefined, { http: false, routed: false })).toBe("Event, start-engines");
  });

  test("ends with the task where nothing leads to it", () => {
    expect(states(path(seen([task("1")], undefined), { http: false, routed: false }))).toBe("source:on function:on task:on");
  });

  test("a crash loop stands out", () => {
    const broken = seen([crashed("1", 1_700_000), crashed("2", 1_800_000), crashed("3", 1_900_000)]);
    expect(states(path(broken))).toBe("source:off function:failed task:failed target:off rule:off");
    expect(step(path(broken), "task").detail).toContain("exited with code 1");
  });

  test("that is not deployed is dark", () => expect(states(path(undefined))).toBe("source:off function:off task:off"));
});

describe("the path of a scheduled task", () => {
  const status = (runs: Partial<NonNullable<LeafStatus["runs"]>>, state: LeafStatus["state"] = "asleep"): LeafStatus => ({
    name: "report",
    state,
    address: null,
    since: null,
    runs: { enabled: true, timezone: "UTC", schedules: ["cron(0 * * * ? *)"], next: [AT], running: [], last: null, ...runs },
  });

  test.each<[string, LeafStatus, string]>([
    ["it waits for its time", status({}), "schedule:off function:off task:off"],
    ["its task is pending", status({ running: [{ task: "abc", since: AT }] }, "waking"), "schedule:on function:on task:working"],
    ["it runs", status({ running: [{ task: "abc", since: AT }] }, "awake"), "schedule:on function:on task:on"],
    ["its last run failed", status({ last: { task: "a", stoppedAt: AT, how: "it exited", failed: true } }), "schedule:off function:off task:failed"],
    ["its last run went well", status({ last: { task: "a", stoppedAt: AT, how: "it ended", failed: false } }), "schedule:off function:off task:off"],
    ["it is not deployed", { name: "report", state: "not deployed", address: null, since: null }, "schedule:off function:off task:off"],
  ])("%s", (_, given, expected) => expect(states(taskPath(given))).toBe(expected));

  test("says when it runs next, or that it is not enabled", () => {
    expect(step(taskPath(status({})), "schedule")).toMatchObject({ detail: "cron(0 * * * ? *)", at: AT });
    expect(step(taskPath(status({ enabled: false, next: [] })), "schedule")).toMatchObject({ detail: "not enabled here", at: null });
  });
});

describe("the path of a service", () => {
  const status = (changes: Partial<NonNullable<LeafStatus["serving"]>>, state = "COMPLETED"): LeafStatus => ({
    name: "orders",
    state: "awake",
    address: null,
    since: null,
    serving: { desired: 2, running: 2, min: 1, max: 4, deployment: { definition: "arcade-orders:3", state, at: AT }, ...changes },
  });

  test.each<[string, LeafStatus, string]>([
    ["well", status({ healthy: 2, targets: 2 }), "balancer:on service:on tasks:on"],
    ["no target is healthy", status({ healthy: 0, targets: 2 }), "balancer:working service:on tasks:on"],
    ["a worker, with no load balancer", status({}), "service:on tasks:on"],
    ["a task lacks", status({ running: 1 }), "service:on tasks:working"],
    ["no task runs", status({ running: 0 }), "service:on tasks:working"],
    ["a new version comes", status({}, "IN_PROGRESS"), "service:working tasks:on"],
    ["a new version failed", status({}, "FAILED"), "service:failed tasks:on"],
    ["somebody has set it to none", status({ desired: 0, running: 0 }), "service:off tasks:off"],
    ["not deployed", { name: "orders", state: "not deployed", address: null, since: null }, "service:off tasks:off"],
  ])("%s", (_, given, expected) => expect(states(servicePath(given))).toBe(expected));
});
