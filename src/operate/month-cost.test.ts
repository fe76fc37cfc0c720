import { expect, test } from "vitest";
import type { Wake } from "./history-types.ts";
import { costSoFar, monthOf, sumOf } from "./month-cost.ts";

/** January has 744 hours. */
const cost = { kind: "dns" as const, asleep: 7.44, hour: 0.1 };
const NOW = Date.parse("2026-01-11T00:00:00Z");

const wake = (sleptAt: string | null, upSeconds: number | null): Wake => ({
  leaf: "hello",
  id: "i-1",
  woken: { by: "dns" },
  wokenBy: "",
  phases: [],
  readyMs: null,
  address: null,
  slept: sleptAt === null ? null : { at: sleptAt, why: "idle", reason: "" },
  keptUp: null,
  upSeconds,
  usd: null,
  isFalse: null,
});
const rounded = (...wakes: Wake[]) => {
  const { soFar, always, hoursAwake } = costSoFar(cost, wakes, NOW);
  return [soFar, always, hoursAwake].map((value) => Math.round(value * 1e6) / 1e6);
};

test("a leaf that slept all month has cost its part of what stands, and always on would have cost every hour", () => {
  expect(rounded()).toEqual([2.4, 26.4, 0]);
});

test("hours awake are added by the price of an hour, of the wake that goes on too", () => {
  expect(rounded(wake("2026-01-05T12:00:00Z", 7200), wake(null, 3600))).toEqual([2.7, 26.4, 3]);
});

test("a wake that began before the month counts from its beginning", () => {
  expect(rounded(wake("2026-01-01T02:00:00Z", 36_000))).toEqual([2.6, 26.4, 2]);
  expect(rounded(wake("2025-12-31T23:00:00Z", 3600))).toEqual([2.4, 26.4, 0]);
});

test("a wake of which nobody knows how long it was counts nothing", () => {
  expect(rounded(wake(null, null))).toEqual([2.4, 26.4, 0]);
});

test("a service is always on", () => {
  const { soFar, always, hoursAwake } = costSoFar({ ...cost, kind: "service" }, [], NOW);
  expect([soFar, always, hoursAwake]).toEqual([expect.closeTo(26.4), expect.closeTo(26.4), 240]);
});

test("months are UTC's, and December ends", () => {
  expect(monthOf(Date.parse("2026-12-31T23:59:59Z"))).toEqual({ start: Date.UTC(2026, 11, 1), end: Date.UTC(2027, 0, 1) });
  expect(monthOf(Date.parse("2026-03-01T00:00:00Z")).start).toBe(Date.UTC(2026, 2, 1));
});

test("several leaves are added up", () => {
  expect(sumOf([])).toEqual({ soFar: 0, always: 0, hoursAwake: 0 });
  expect(
    sumOf([
      { soFar: 1, always: 2, hoursAwake: 3 },
      { soFar: 1, always: 1, hoursAwake: 1 },
    ]),
  ).toEqual({ soFar: 2, always: 3, hoursAwake: 4 });
});
