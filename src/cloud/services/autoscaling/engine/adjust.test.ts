import { describe, expect, test } from "vitest";
import { adjust, chooseStep, mistakeInSteps } from "./adjust.ts";

const out = [
  { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 10, ScalingAdjustment: 0 },
  { MetricIntervalLowerBound: 10, MetricIntervalUpperBound: 20, ScalingAdjustment: 10 },
  { MetricIntervalLowerBound: 20, ScalingAdjustment: 30 },
];
const inwards = [
  { MetricIntervalLowerBound: -10, MetricIntervalUpperBound: 0, ScalingAdjustment: 0 },
  { MetricIntervalLowerBound: -20, MetricIntervalUpperBound: -10, ScalingAdjustment: -10 },
  { MetricIntervalUpperBound: -20, ScalingAdjustment: -30 },
];

describe("the documentation's example of step adjustments, threshold 50", () => {
  test.each([
    [50, out, 0],
    [59.9, out, 0],
    [60, out, 10],
    [70, out, 30],
    [1e9, out, 30],
    [50, inwards, 0],
    [40.1, inwards, 0],
    [40, inwards, -10],
    [30, inwards, -30],
    [0, inwards, -30],
  ])("a metric of %d", (value, steps, expected) => {
    expect(chooseStep(steps, value - 50)?.ScalingAdjustment).toBe(expected);
  });

  test("a value on the wrong side of the threshold has no step", () => {
    expect(chooseStep(out, -1)).toBeUndefined();
    expect(chooseStep(inwards, 1)).toBeUndefined();
  });
});

describe("percentages are rounded away from no change, towards zero otherwise", () => {
  const percent = (adjustment: number, capacity: number, minAdjustmentMagnitude?: number): number =>
    adjust({ adjustmentType: "PercentChangeInCapacity", minAdjustmentMagnitude }, adjustment, capacity) - capacity;
  test.each([
    [10, 10, 1],
    [127, 10, 12],
    [6.7, 10, 1],
    [-5.8, 10, -1],
    [-66.7, 10, -6],
    [30, 11, 3],
    [0, 10, 0],
  ])("%d %% of %d", (adjustment, capacity, expected) => {
    expect(percent(adjustment, capacity)).toBe(expected);
  });

  test("MinAdjustmentMagnitude: 25 % of 4 adds 2", () => {
    expect(percent(25, 4, 2)).toBe(2);
    expect(percent(-25, 4, 2)).toBe(-2);
  });
});

test("exact and relative capacity", () => {
  expect(adjust({ adjustmentType: "ExactCapacity" }, 0, 3)).toBe(0);
  expect(adjust({ adjustmentType: "ChangeInCapacity" }, -1, 3)).toBe(2);
});

test("steps must not overlap or leave gaps, and must reach infinity", () => {
  expect(mistakeInSteps(out)).toBeUndefined();
  expect(mistakeInSteps(inwards)).toBeUndefined();
  expect(mistakeInSteps([{ MetricIntervalUpperBound: 0, ScalingAdjustment: 0 }])).toBeUndefined();
  expect(mistakeInSteps([...out, { MetricIntervalLowerBound: 5, MetricIntervalUpperBound: 6, ScalingAdjustment: 1 }])).toMatch(/overlap/);
  expect(mistakeInSteps([out[0]!, out[2]!])).toMatch(/gaps/);
  expect(mistakeInSteps([out[0]!, out[1]!])).toMatch(/null upper bound/);
  expect(mistakeInSteps([inwards[0]!, inwards[1]!])).toMatch(/null lower bound/);
});
