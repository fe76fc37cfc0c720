import { describe, expect, test } from "vitest";
import { crashed, ENGINE, stopped, task } from "../functions/testing/engines.ts";
import { describeEngine, type EngineObservation, engineStateOf } from "./engine-state.ts";

const NOW = 2_000_000;
const seen = (tasks: EngineObservation["tasks"], more: Partial<EngineObservation> = {}): EngineObservation => ({
  engine: ENGINE,
  tasks,
  targets: [],
  ...more,
});
const mark = { at: "1970-01-01T00:30:00.000Z", by: "idle", drain: true } as const;
const crashes = [crashed("1", NOW - 300_000), crashed("2", NOW - 200_000), crashed("3", NOW - 100_000)];

test("one that did not stay up says why, before that is a crash loop; one that was put to sleep says nothing", () => {
  const reason = (tasks: EngineObservation["tasks"]) => describeEngine("auth", seen(tasks), NOW).reason;
  expect(reason([crashed("1", NOW - 300_000)])).toMatch(/^it ended by itself: its container .* exited with code/);
  expect(reason([{ ...crashed("1", NOW - 300_000), startedAt: undefined }])).toMatch(/^its last start failed: /);
  expect(reason([crashed("1", NOW - 300_000), stopped("2", NOW - 1000)])).toBeUndefined();
  expect(reason([crashed("1", NOW - 300_000), task("2")])).toBeUndefined();
});

describe("the state of an engine", () => {
  test.each<[string, EngineObservation]>([
    ["asleep", seen([])],
    ["asleep", seen([stopped("1", NOW - 1000)])],
    ["waking", seen([task("1", { lastStatus: "PROVISIONING", startedAt: undefined })])],
    ["waking", seen([task("1")])],
    ["waking", seen([task("1")], { targets: ["initial", "draining"] })],
    ["awake", seen([task("1")], { targets: ["healthy"] })],
    ["awake", seen([task("1")], { targets: undefined })],
    ["awake", seen([task("1", { target: { elsewhere: true } })])],
    ["falling asleep", seen([task("1", { mark })], { targets: ["draining"] })],
    ["falling asleep", seen([task("1", { desiredStatus: "STOPPED", lastStatus: "DEACTIVATING" })])],
    ["crashed", seen(crashes)],
    ["asleep", seen(crashes, { revision: "arcade-auth:4" })],
    ["crashed", seen(crashes, { revision: "arcade-auth:3" })],
    ["waking", seen([...crashes, task("4", { lastStatus: "PENDING" })])],
  ])("is %s when %j is seen", (state, observed) => {
    expect(engineStateOf(observed, NOW).state).toBe(state);
  });

  test("wakes while the task before it still goes down", () => {
    const observed = seen([task("1", { mark }), task("2", { createdAt: 1_900_000, lastStatus: "PENDING" })], { targets: ["draining"] });
    expect(engineStateOf(observed, NOW)).toEqual({ state: "waking", since: 1_900_000 });
  });

  test("is asleep again when the crashes are old enough", () => {
    expect(engineStateOf(seen(crashes), NOW + 600_000)).toEqual({ state: "asleep", since: NOW - 100_000 });
  });
});

test("the status says where it is, since when, and what woke it", () => {
  const url = "http://127.0.0.1:8080/api/auth/";
  expect(describeEngine("auth", seen([task("1", { startedBy: "rouse/http" })], { targets: ["healthy"], url }), NOW)).toEqual({
    name: "auth",
    state: "awake",
    url,
    address: url,
    since: "1970-01-01T00:16:50.000Z",
    wokenBy: "an HTTP request",
  });
  expect(describeEngine("auth", seen([task("1", { mark, startedBy: "somebody" })], { url }), NOW)).toEqual({
    name: "auth",
    state: "falling asleep",
    url,
    address: null,
    since: mark.at,
  });
});

test("the status of one that crashed says why, and until when", () => {
  expect(describeEngine("auth", seen(crashes), NOW)).toMatchObject({
    state: "crashed",
    address: null,
    reason: "stopped by itself 3 times (its container auth exited with code 1); starts again 1970-01-01T00:38:20.000Z, or by rouse wake",
  });
});

test("one whose stack is not there is not deployed", () => {
  expect(describeEngine("auth", undefined, NOW)).toEqual({ name: "auth", state: "not deployed", address: null, since: null });
});
