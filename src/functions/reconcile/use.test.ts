import { expect, test } from "vitest";
import { useOf, type UsedMinute } from "./use.ts";

const MINUTE = 60_000;
const at = (minute: number, more: Omit<UsedMinute, "at"> = {}): UsedMinute => ({ at: minute * MINUTE, ...more });
const of = (minutes: UsedMinute[], complete = true, now = 10) => useOf(minutes, { below: 100, complete, now: now * MINUTE });

test("counts minutes of traffic, and those of DNS queries alone apart", () => {
  const minutes = [at(1, { traffic: 5 }), at(2, { traffic: 200 }), at(3, { traffic: 1, queries: 2 }), at(4, { traffic: 150, queries: 1 }), at(5)];
  expect(of(minutes)).toEqual({
    used: { minutes: 3, queriesOnly: 1, lastAt: new Date(5 * MINUTE).toISOString() },
    traffic: { sum: 356 * 60, unit: "bytes" },
    first: 2 * MINUTE,
  });
});

test("queries before the container runs are no use of it, and nothing that was measured is nothing known", () => {
  expect(of([at(1, { queries: 1 })])).toBeUndefined();
  expect(of([])).toBeUndefined();
});

test("nobody was seen: known where the alarm has judged, or the last minutes are there; else it is open", () => {
  const quiet = [at(1, { traffic: 5 })];
  expect(of(quiet, true)?.used).toEqual({ minutes: 0 });
  expect(of(quiet, false, 2)?.used).toEqual({ minutes: 0 });
  expect(of(quiet, false, 5)).toBeUndefined();
  expect(of([at(1, { traffic: 200 })], false, 5)?.used.minutes).toBe(1);
});
