import { expect, test } from "vitest";
import type { Wake } from "./history-types.ts";
import { costSoFar, monthOf } from "./month-cost.ts";

const NOW = Date.UTC(2026, 0, 11);
const wake = (endedAt: number | null, hours: number): Wake =>
  ({ slept: endedAt === null ? null : { at: new Date(endedAt).toISOString(), why: "idle", reason: "" }, upSeconds: hours * 3600 }) as Wake;
const DAY = 86_400_000;

test("the month's part of what stands, and the hours awake within the month", () => {
  const bill = { kind: "dns", asleep: 3.1, hour: 0.1 } as const;
  // Ten of 31 days; 2 h before yesterday, 3 of 5 h over the turn of the month, 1 h that goes on, and one that nobody knows the end of.
  const unknown = { ...wake(null, 0), upSeconds: null };
  const wakes = [wake(NOW - DAY, 2), wake(Date.UTC(2026, 0, 1, 3), 5), wake(null, 1), unknown];
  const { soFar, always, hoursAwake } = costSoFar(bill, wakes, NOW);
  expect(hoursAwake).toBeCloseTo(6);
  expect(soFar).toBeCloseTo(1 + 0.6);
  expect(always).toBeCloseTo(1 + 24);
});

test("what is always on is on", () => {
  expect(costSoFar({ kind: "service", asleep: 0, hour: 0.1 }, [], NOW)).toMatchObject({ hoursAwake: 240, soFar: 24, always: 24 });
});

test("months as AWS bills them", () => {
  expect(monthOf(Date.UTC(2025, 11, 31, 23, 59))).toEqual({ start: Date.UTC(2025, 11, 1), end: Date.UTC(2026, 0, 1) });
});
