import { describe, expect, test } from "vitest";
import { describeLeaf, type LeafObservation, stateOf } from "./leaf-state.ts";

const asleep: LeafObservation = { desired: 0, instances: [], marks: {}, address: "0.0.0.0", createdAt: 1000 };
const crashed = { at: "2026-01-05T00:00:00Z", until: "2026-01-05T01:00:00Z", strikes: 0, task: "hello:1", stops: 3, reason: "exit 1" };
const within = Date.parse("2026-01-05T00:30:00Z");

describe("the state of a leaf", () => {
  test.each<[string, Partial<LeafObservation>]>([
    ["asleep", {}],
    ["waking", { desired: 1 }],
    ["waking", { desired: 1, instances: ["InService"] }],
    ["awake", { desired: 1, instances: ["InService"], address: "127.77.0.1" }],
    ["falling asleep", { instances: ["Terminating:Wait"] }],
    ["falling asleep", { address: "127.77.0.1" }],
    ["crashed", { marks: { crashed } }],
  ])("is %s when %j is seen", (state, seen) => {
    expect(stateOf({ ...asleep, ...seen }, within).state).toBe(state);
  });

  test("is asleep again when the crash mark has run out", () => {
    expect(stateOf({ ...asleep, marks: { crashed } }, Date.parse("2026-01-05T02:00:00Z")).state).toBe("asleep");
  });

  test("wakes while the old instance still goes down", () => {
    expect(stateOf({ ...asleep, desired: 1, instances: ["Terminating:Wait", "Pending"] }, within).state).toBe("waking");
  });
});

test("a leaf without a stack is not deployed", () => {
  expect(describeLeaf({ name: "a", domain: "a.example.com" }, undefined, 0)).toEqual({
    name: "a",
    state: "not deployed",
    domain: "a.example.com",
    address: null,
    since: null,
  });
});

test("only an awake leaf shows an address", () => {
  const leaf = { name: "a", domain: "a.example.com" };
  expect(describeLeaf(leaf, { ...asleep, address: "127.77.0.1", instances: ["Terminating"] }, 0).address).toBeNull();
  expect(describeLeaf(leaf, { ...asleep, desired: 1, address: "127.77.0.1", taskStartedAt: 5000 }, 0)).toMatchObject({
    address: "127.77.0.1",
    since: "1970-01-01T00:00:05.000Z",
  });
});
