import { describe, expect, test } from "vitest";
import { type DnsPathObservation, dnsPath, enginePath, servicePath, taskPath } from "./live-path.ts";

const NOW = Date.UTC(2026, 0, 5, 12);
const iso = (at: number): string => new Date(at).toISOString();
const wake = { at: iso(NOW - 60_000), by: "dns", who: "192.0.2.1" } as const;

const seen = (more: Partial<DnsPathObservation>): DnsPathObservation => ({
  desired: 0,
  marks: {},
  instances: [],
  tasks: [],
  healthCheck: false,
  address: "0.0.0.0",
  ...more,
});
const states = (observed: DnsPathObservation): string =>
  dnsPath(observed, NOW)
    .steps.map(({ id, state }) => `${id} ${state}`)
    .join(", ");

describe("the way of a wake by DNS lights up as it happens", () => {
  test.each([
    ["asleep", seen({}), "dns off, function off, group off, instance off, task off, record off"],
    ["asked for", seen({ desired: 1, marks: { wake } }), "dns on, function on, group on, instance working, task off, record off"],
    [
      "an instance",
      seen({ desired: 1, marks: { wake }, instances: [{ id: "i-1", lifecycle: "Pending" }] }),
      "dns on, function on, group on, instance working, task off, record off",
    ],
    [
      "a task that starts",
      seen({ desired: 1, marks: { wake }, instances: [{ id: "i-1", lifecycle: "InService" }], tasks: [{ id: "t1", lastStatus: "PENDING" }] }),
      "dns on, function on, group on, instance on, task working, record off",
    ],
    [
      "a task that is not healthy yet",
      seen({
        desired: 1,
        marks: { wake },
        healthCheck: true,
        instances: [{ id: "i-1", lifecycle: "InService" }],
        tasks: [{ id: "t1", lastStatus: "RUNNING", health: "UNKNOWN" }],
      }),
      "dns on, function on, group on, instance on, task working, record working",
    ],
    [
      "reachable",
      seen({
        desired: 1,
        marks: { wake },
        instances: [{ id: "i-1", lifecycle: "InService" }],
        tasks: [{ id: "t1", lastStatus: "RUNNING" }],
        address: "203.0.113.1",
      }),
      "dns on, function on, group on, instance on, task on, record on",
    ],
    [
      "falling asleep",
      seen({ marks: { wake }, instances: [{ id: "i-1", lifecycle: "Terminating:Wait" }], tasks: [{ id: "t1", lastStatus: "DEACTIVATING" }] }),
      "dns off, function off, group working, instance working, task working, record off",
    ],
    [
      "crashed",
      seen({ marks: { wake, crashed: { at: iso(NOW), until: iso(NOW + 900_000), strikes: 0, task: "t:1", stops: 3, reason: "exit code 1" } } }),
      "dns off, function failed, group off, instance off, task failed, record off",
    ],
  ])("%s", (_what, observed, wanted) => {
    expect(states(observed)).toBe(wanted);
  });

  test("a person is no DNS query", () => {
    const { steps, links } = dnsPath(seen({ desired: 1, marks: { wake: { ...wake, by: "cli", who: "anna" } } }), NOW);
    expect(steps.slice(0, 2).map(({ title }) => title)).toEqual(["Person", "rouse wake"]);
    expect(links.map(({ from, to }) => `${from}-${to}`)).toEqual([
      "dns-function",
      "function-group",
      "group-instance",
      "instance-task",
      "task-record",
    ]);
  });
});

test("an engine that is not there, a task between two runs, a service that is being deployed", () => {
  expect(enginePath(undefined, { http: true, routed: true }, NOW).steps.map(({ title, state }) => `${title} ${state}`)).toEqual([
    "Request or event off",
    "doorman off",
    "Task off",
  ]);
  const last = { task: "t", stoppedAt: iso(NOW), exitCode: 1, how: "its container exited with code 1", failed: true };
  const runs = { enabled: true, timezone: "UTC", schedules: ["rate(1 hour)"], next: [iso(NOW + 1)], running: [], last };
  expect(taskPath({ name: "report", state: "asleep", address: null, since: null, runs }).steps.map(({ state }) => state)).toEqual([
    "off",
    "off",
    "failed",
  ]);
  const deployment = { definition: "orders:2", state: "IN_PROGRESS", at: iso(NOW) };
  const serving = { desired: 2, running: 1, min: 1, max: 4, healthy: 1, targets: 2, deployment };
  expect(servicePath({ name: "orders", state: "awake", address: null, since: null, serving }).steps.map(({ id, state }) => `${id} ${state}`)).toEqual(
    ["balancer on", "service working", "tasks working"],
  );
});
