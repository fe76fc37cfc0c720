import { describe, expect, test } from "vitest";
import { lowThreshold, proportional, scaleIn, scaleOut } from "./decide.ts";

const NOW = 1_000_000;
const at = (current: number, more: object = {}) => ({ current, min: 1, max: 10, now: NOW, ...more });
const plus = (n: number) => (capacity: number) => capacity + n;

describe("scaling out", () => {
  test.each([
    ["by what is wanted", at(2), plus(3), { to: 5, from: 2 }],
    ["never beyond the maximum", at(9), plus(3), { to: 10, from: 9 }],
    ["not at the maximum", at(10), plus(1), { reason: { Code: "AlreadyAtMaxCapacity", MaxCapacity: 10 } }],
    ["not above the maximum, where somebody else set the count", at(12), plus(1), { reason: { Code: "AlreadyAtMaxCapacity", MaxCapacity: 10 } }],
    ["from the minimum where the count is below it", at(0, { min: 2 }), plus(1), { to: 3, from: 2 }],
    ["not where nothing more is wanted", at(3), plus(0), { reason: { Code: "AlreadyAtDesiredCapacity", CurrentCapacity: 3 } }],
    // "If the policy adds 2 and, within the cooldown, wants 3: only 1 more instance is added" (Step scaling, cooldown period).
    [
      "within a cooldown, by the difference to what was added",
      at(4, { lastOut: { at: NOW - 10_000, from: 2, cooldown: 60 } }),
      plus(3),
      { to: 5, from: 2 },
    ],
    ["within a cooldown, not by the same again", at(4, { lastOut: { at: NOW - 10_000, from: 2, cooldown: 60 } }), plus(2), "cooling"],
    ["after the cooldown, by the same again", at(4, { lastOut: { at: NOW - 60_000, from: 2, cooldown: 60 } }), plus(2), { to: 6, from: 4 }],
    [
      "within a cooldown, from what somebody else set since",
      at(1, { lastOut: { at: NOW - 10_000, from: 2, cooldown: 60 } }),
      plus(2),
      { to: 3, from: 1 },
    ],
    ["although a scale-in cools down", at(2, { lastIn: { at: NOW - 1, from: 3, cooldown: 300 } }), plus(1), { to: 3, from: 2 }],
  ])("%s", (_what, situation, wanted, decision) => expect(scaleOut(situation, wanted)).toEqual(decision));
});

describe("scaling in", () => {
  test.each([
    ["by what is wanted", at(5), plus(-3), { to: 2, from: 5 }],
    ["never below the minimum", at(3), plus(-5), { to: 1, from: 3 }],
    ["not at the minimum", at(1), plus(-1), { reason: { Code: "AlreadyAtMinCapacity", MinCapacity: 1 } }],
    ["to the maximum and on, where the count is above it", at(14), plus(-1), { to: 9, from: 14 }],
    ["not while it cools down", at(5, { lastIn: { at: NOW - 59_999, from: 6, cooldown: 60 } }), plus(-1), "cooling"],
    ["not where no fewer are wanted", at(5), plus(0), { reason: { Code: "AlreadyAtDesiredCapacity", CurrentCapacity: 5 } }],
  ])("%s", (_what, situation, wanted, decision) => expect(scaleIn(situation, wanted)).toEqual(decision));
});

test.each([
  [1, 160, 50, 4],
  [4, 40, 50, 4],
  [3, 80, 60, 4],
  [3, 60, 60, 3],
  [6, 10, 50, 2],
  // 0.1 × 3 ÷ 0.3 is a little more than 1 in binary.
  [3, 0.1, 0.3, 1],
  [2, 0, 50, 0],
])("%i tasks at %d for a target of %d become %i", (capacity, metric, target, wanted) => expect(proportional(capacity, metric, target)).toBe(wanted));

test.each([
  [50, 45],
  [75, 67.5],
  [35, 31.5],
  [1000, 900],
])("the low alarm of target %d is at %d", (target, threshold) => expect(lowThreshold(target)).toBe(threshold));
