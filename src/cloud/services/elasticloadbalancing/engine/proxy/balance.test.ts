import { expect, test } from "vitest";
import type { TargetState } from "../model.ts";
import { type Candidate, choose, routable } from "./balance.ts";

const NOW = 1_000_000;
const candidate = (id: string, state: TargetState = "healthy", more: { inFlight?: number; healthySince?: number } = {}): Candidate => ({
  plan: { id, state, healthySince: more.healthySince },
  inFlight: more.inFlight ?? 0,
  credit: 0,
});

const ids = (candidates: Candidate[]): string => candidates.map(({ plan }) => plan.id).join("");

test.each<[[string, TargetState][], Record<string, string>, string]>([
  [
    [
      ["a", "healthy"],
      ["b", "unhealthy"],
      ["c", "draining"],
      ["d", "initial"],
    ],
    {},
    "a",
  ],
  [
    [
      ["a", "unhealthy"],
      ["b", "unhealthy"],
      ["c", "draining"],
      ["d", "initial"],
      ["e", "unused"],
    ],
    {},
    "ab",
  ],
  [
    [
      ["a", "draining"],
      ["b", "initial"],
    ],
    {},
    "",
  ],
  [[["a", "unavailable"]], {}, "a"],
  [
    [
      ["a", "healthy"],
      ["b", "unhealthy"],
    ],
    { count: "2" },
    "ab",
  ],
  [
    [
      ["a", "healthy"],
      ["b", "unhealthy"],
      ["c", "unhealthy"],
    ],
    { percentage: "50" },
    "abc",
  ],
  [
    [
      ["a", "healthy"],
      ["b", "unhealthy"],
    ],
    { percentage: "50", count: "off" },
    "a",
  ],
])("of %j with %j: %s", (targets, minimum, expected) => {
  const attributes = Object.fromEntries(
    Object.entries(minimum).map(([key, value]) => [`target_group_health.unhealthy_state_routing.minimum_healthy_targets.${key}`, value]),
  );
  expect(
    ids(
      routable(
        targets.map(([id, state]) => candidate(id, state)),
        attributes,
      ),
    ),
  ).toBe(expected);
});

const draw = (among: Candidate[], attributes: Record<string, string>, times: number): string =>
  Array.from({ length: times }, () => choose(among, { attributes, now: NOW, fraction: () => 0.5 }).plan.id).join("");

test("round robin", () => {
  expect(draw([candidate("a"), candidate("b"), candidate("c")], {}, 7)).toBe("abcabca");
});

test("least outstanding requests, and in turn where they have as many", () => {
  const attributes = { "load_balancing.algorithm.type": "least_outstanding_requests" };
  expect(draw([candidate("a", "healthy", { inFlight: 3 }), candidate("b"), candidate("c")], attributes, 4)).toBe("bcbc");
});

test("slow start: a share that grows with time", () => {
  const attributes = { "slow_start.duration_seconds": "100" };
  const among = [candidate("a", "healthy", { healthySince: 0 }), candidate("b", "healthy", { healthySince: NOW - 25_000 })];
  const drawn = draw(among, attributes, 100);
  expect(drawn.split("b").length - 1).toBe(20); // A weight of 0.25 beside one of 1.
  const allNew = [candidate("a", "healthy", { healthySince: NOW - 1 }), candidate("b", "healthy", { healthySince: NOW - 99_000 })];
  expect(draw(allNew, attributes, 4)).toBe("abab");
});
