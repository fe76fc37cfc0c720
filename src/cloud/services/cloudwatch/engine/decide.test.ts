import { describe, expect, test } from "vitest";
import { breaches, decide, evaluationRange } from "./decide.ts";
import type { Rule } from "./decide.ts";

const TREATMENTS = ["missing", "ignore", "breaching", "notBreaching"] as const;
const RETAIN = undefined;
const [OK, ALARM, INSUFFICIENT] = ["OK", "ALARM", "INSUFFICIENT_DATA"] as const;

/** `points` in the documentation's notation: 0 not breaching, X breaching, - missing; the newest is the last. */
function states(points: string, evaluationPeriods: number, datapointsToAlarm: number): unknown[] {
  const range = points.split(" ").map((mark, at) => ({ at, value: mark === "-" ? undefined : mark === "X" ? 10 : 0 }));
  const rule = { comparison: "GreaterThanThreshold", threshold: 5, evaluationPeriods, datapointsToAlarm } as const;
  return TREATMENTS.map((treatMissingData) => decide({ ...rule, treatMissingData }, range).state);
}

test("the evaluation range of three periods is five, as in the documentation", () => {
  expect(evaluationRange(3)).toBe(5);
});

describe("the documentation's first table: 3 out of 3", () => {
  test.each([
    ["0 - X - X", [OK, OK, OK, OK]],
    ["0 - - - -", [OK, OK, OK, OK]],
    ["- - - - -", [INSUFFICIENT, RETAIN, ALARM, OK]],
    ["0 X X - X", [ALARM, ALARM, ALARM, ALARM]],
    ["- - X - -", [ALARM, RETAIN, ALARM, OK]],
  ])("%s", (points, expected) => {
    expect(states(points, 3, 3)).toEqual(expected);
  });
});

describe("the documentation's second table: 2 out of 3", () => {
  test.each([
    ["0 - X - X", [ALARM, ALARM, ALARM, ALARM]],
    ["0 0 X 0 X", [ALARM, ALARM, ALARM, ALARM]],
    ["0 - X - -", [OK, OK, ALARM, OK]],
    ["- - - - 0", [OK, OK, ALARM, OK]],
    ["- - - X -", [ALARM, RETAIN, ALARM, OK]],
  ])("%s", (points, expected) => {
    expect(states(points, 3, 2)).toEqual(expected);
  });
});

describe("premature transitions: 3 out of 3", () => {
  test.each(["- - - - X", "- - - X -"])("%s does not raise the alarm yet", (points) => {
    expect(states(points, 3, 3)[0]).toBe(RETAIN);
  });
  test.each(["- - - X 0", "- - X - 0"])("%s never raises it", (points) => {
    expect(states(points, 3, 3)[0]).toBe(OK);
  });
});

test("a point at the threshold breaches only with the comparisons that include it", () => {
  const at = (comparison: Rule["comparison"]): boolean[] => [4, 5, 6].map((value) => breaches({ comparison, threshold: 5 }, value));
  expect(at("GreaterThanThreshold")).toEqual([false, false, true]);
  expect(at("GreaterThanOrEqualToThreshold")).toEqual([false, true, true]);
  expect(at("LessThanThreshold")).toEqual([true, false, false]);
  expect(at("LessThanOrEqualToThreshold")).toEqual([true, true, false]);
});
