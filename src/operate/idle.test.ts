import { describe, expect, test } from "vitest";
import { idleAlarmAt, lastMinutes, leftUpAlarmAt, type Measured, MINUTE_MS } from "./idle.ts";

const T0 = Date.parse("2026-01-05T12:00:00Z");
const at = (minutes: number): number => T0 + minutes * MINUTE_MS;
const measured = (...values: (number | undefined)[]): Measured[] => values.flatMap((value, i) => (value === undefined ? [] : [{ at: at(i), value }]));
const RULE = { below: 1000, forMs: 5 * MINUTE_MS, lagMs: 5000 };

describe("the idle alarm of a leaf that nobody uses from now on", () => {
  test.each([
    ["counts from the end of the last minute with traffic", measured(0, 2000, 0, 0), 0, 3, 7],
    ["a value at the threshold is use", measured(0, 1000), 0, 1, 7],
    ["counts from the start where there was none", measured(0, 0), 0, 1.5, 5],
    ["minutes that are not measured yet count as idle", measured(2000), 0, 3, 6],
    ["a minute that is missing among them is not one of the five", measured(2000, 0, undefined, 0), 0, 4, 7],
    ["minutes before the container ran count for nothing", measured(0, 0, 0, 0), 3.5, 4, 8],
    ["queries that are put ahead, for a boot, hold it", measured(2000, undefined, undefined, 1000), 0, 1, 9],
    ["just started: nothing is measured", [], 2.5, 2.6, 7],
  ])("%s", (_, minutes, since, now, expected) => {
    expect(idleAlarmAt(minutes, at(since), RULE, at(now))).toBe(at(expected) + 5000);
  });

  test("is never in the past", () => {
    expect(idleAlarmAt(measured(2000), T0, RULE, at(60))).toBe(at(60));
  });

  test("never comes where nothing is below the threshold", () => {
    expect(idleAlarmAt(measured(0), T0, { ...RULE, below: 0 }, at(1))).toBeUndefined();
  });
});

describe("left up", () => {
  test("counts from the last query that counts, or from the start", () => {
    expect(leftUpAlarmAt(measured(1, 0, 1), T0, 60 * MINUTE_MS, 5000, at(5))).toBe(at(63) + 5000);
    expect(leftUpAlarmAt([], at(0.5), 60 * MINUTE_MS, 5000, at(5))).toBe(at(60) + 5000);
  });
});

test("each whole minute has its place, measured or not", () => {
  expect(lastMinutes(measured(7, undefined, 9, 11), 3, at(3.4))).toEqual([
    { at: "2026-01-05T12:00:00.000Z", value: 7 },
    { at: "2026-01-05T12:01:00.000Z", value: null },
    { at: "2026-01-05T12:02:00.000Z", value: 9 },
  ]);
});
