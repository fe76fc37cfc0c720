import { describe, expect, test } from "vitest";
import { changesOf } from "./changes.ts";
import type { Glance } from "./glance.ts";

const glance = (changes: Partial<Glance>): Glance => ({
  name: "hello",
  state: "asleep",
  address: null,
  since: null,
  now: "2026-01-08T17:00:40.000Z",
  sleepsAt: null,
  ...changes,
});
const what = (before: Glance | undefined, after: Glance): string[] => changesOf(before, after).map((change) => change.what);
const waking = glance({ state: "waking", since: "2026-01-08T17:00:00Z", wokenBy: "DNS query from 192.0.2.1", waitsFor: "Instance: i-1, Pending" });
const awake = glance({ state: "awake", since: "2026-01-08T17:00:39Z", address: "127.77.0.1", wokenBy: "DNS query from 192.0.2.1" });

describe("what happened between two looks", () => {
  test.each<[string, Glance | undefined, Glance, string[]]>([
    ["the first look says how it is", undefined, glance({}), ["is asleep"]],
    ["nothing", glance({}), glance({ now: "2026-01-08T17:01:00Z" }), []],
    ["a wake", glance({}), waking, ["is waking, woken by DNS query from 192.0.2.1; waits for Instance: i-1, Pending"]],
    ["the next part of its way", waking, { ...waking, waitsFor: "Task: 123, pending" }, ["waits for Task: 123, pending"]],
    ["a detail of the same part is none", waking, { ...waking, waitsFor: "Instance: i-1, InService" }, []],
    ["ready", waking, awake, ["is awake at 127.77.0.1 after 40 s"]],
    ["ready, where nobody saw it wake", glance({}), awake, ["is awake at 127.77.0.1, woken by DNS query from 192.0.2.1"]],
    ["a crash", waking, glance({ state: "crashed", reason: "stopped by itself 3 times" }), ["has crashed: stopped by itself 3 times"]],
    ["a start that failed", waking, glance({ reason: "its last start failed: no image" }), ["is asleep: its last start failed: no image"]],
    ["another address", awake, { ...awake, address: "127.77.0.2" }, ["is at 127.77.0.2 now"]],
  ])("%s", (_, before, after, expected) => {
    expect(what(before, after)).toEqual(expected);
  });
});
