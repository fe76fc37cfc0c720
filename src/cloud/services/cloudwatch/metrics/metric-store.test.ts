import { expect, test } from "vitest";
import { VirtualClock } from "../../../core/clock.ts";
import { Store } from "../../../core/store.ts";
import { ofStatisticSet, ofValue } from "./aggregate.ts";
import { MetricStore } from "./metric-store.ts";
import { statistic } from "./statistic.ts";

const scope = { account: "000000000000", region: "us-west-2" };
const id = { namespace: "App", name: "Requests", dimensions: { Host: "a" } };
const MINUTE = 60_000;

function create(store = new Store()): {
  clock: VirtualClock;
  store: Store;
  metrics: MetricStore;
  start: number;
  put: (at: number, value: number, resolution?: 1 | 60) => void;
} {
  const clock = new VirtualClock();
  const metrics = new MetricStore({ clock, store });
  const put = (at: number, value: number, resolution: 1 | 60 = 60): void =>
    metrics.add(scope, id, { at, unit: "Count", aggregate: ofValue(value), resolution });
  return { clock, store, metrics, start: clock.now(), put };
}

test("values are aggregated by period, from any minute on", () => {
  const { metrics, start, put } = create();
  for (let minute = 0; minute < 6; minute++) put(start + minute * MINUTE + 5000, minute);
  const sums = (from: number, period: number): number[] =>
    metrics.query(scope, id, { start: from, end: start + 6 * MINUTE, period }).map(({ aggregate }) => aggregate.sum);
  expect(sums(start, 60)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(sums(start, 120)).toEqual([1, 5, 9]);
  expect(sums(start + MINUTE, 300)).toEqual([15]);
});

test("another dimension or unit is another series", () => {
  const { metrics, start, put } = create();
  put(start, 1);
  metrics.add(scope, id, { at: start, unit: "Bytes", aggregate: ofValue(10), resolution: 60 });
  const range = { start, end: start + MINUTE, period: 60 };
  expect(metrics.query(scope, { ...id, dimensions: {} }, range)).toEqual([]);
  expect(metrics.query(scope, id, { ...range, unit: "Bytes" })[0]?.aggregate.sum).toBe(10);
  expect(metrics.query(scope, id, range)[0]?.aggregate.sum).toBe(11);
});

test("values by the second are kept for high resolution only, and for three hours", async () => {
  const { clock, metrics, start, put } = create();
  put(start + 1000, 1, 1);
  put(start + 12_000, 2, 1);
  put(start + 13_000, 4);
  const tens = (): number[] => metrics.query(scope, id, { start, end: start + MINUTE, period: 10 }).map(({ aggregate }) => aggregate.sum);
  expect(tens()).toEqual([1, 2]);
  await clock.advance(4 * 60 * MINUTE);
  metrics.expire();
  expect(tens()).toEqual([]);
  expect(metrics.query(scope, id, { start, end: start + MINUTE, period: 60 })[0]?.aggregate.sum).toBe(7);
});

test("what was flushed is there after a restart, by minute for 15 days, then by five minutes, then by hour", async () => {
  const { clock, store, metrics, start, put } = create();
  put(start, 1);
  put(start + MINUTE, 2);
  metrics.flush();
  expect(metrics.isDirty).toBe(false);
  const reopened = (): number[][] => {
    metrics.expire();
    const again = new MetricStore({ clock, store });
    again.load();
    return [60, 300, 3600].map((period) => again.query(scope, id, { start, end: start + 60 * MINUTE, period }).map(({ aggregate }) => aggregate.sum));
  };
  expect(reopened()).toEqual([[1, 2], [3], [3]]);
  const DAY = 24 * 60 * MINUTE;
  await clock.advance(16 * DAY);
  expect(reopened()).toEqual([[], [3], [3]]);
  await clock.advance(60 * DAY);
  expect(reopened()).toEqual([[], [], [3]]);
  await clock.advance(400 * DAY);
  expect(reopened()).toEqual([[], [], []]);
});

test("a value that comes after its hour was flushed is added to it", () => {
  const { clock, store, metrics, start, put } = create();
  put(start, 1);
  metrics.flush();
  put(start, 2);
  metrics.flush();
  const again = new MetricStore({ clock, store });
  again.load();
  expect(again.query(scope, id, { start, end: start + MINUTE, period: 60 })[0]?.aggregate).toMatchObject({ sum: 3, count: 2 });
});

test("percentiles come from the values, and are unknown for statistic sets and negative values", () => {
  const { metrics, start } = create();
  for (let value = 1; value <= 100; value++) metrics.add(scope, id, { at: start, unit: "None", aggregate: ofValue(value), resolution: 60 });
  const [bucket] = metrics.query(scope, id, { start, end: start + MINUTE, period: 60 });
  const compute = (name: string): number | undefined => statistic(name)!(bucket!.aggregate);
  expect(["p50", "p99", "p99.9", "p100", "tm90", "TC(10%:90%)", "PR(:25)", "IQM", "TS(95%:)"].map(compute)).toEqual([
    50, 99, 100, 100, 45.5, 80, 25, 50.5, 490,
  ]);
  expect(statistic("p50")!(ofStatisticSet({ count: 3, sum: 6, min: 1, max: 3 }))).toBeUndefined();
  expect(statistic("p50")!(ofStatisticSet({ count: 3, sum: 6, min: 2, max: 2 }))).toBe(2);
  expect(statistic("p50")!(ofValue(-1))).toBeUndefined();
  expect(["median", "p101", "tm", "toString", "PR(1%:2%)"].map(statistic)).toEqual([undefined, undefined, undefined, undefined, undefined]);
});

test("many distinct values are kept in bounded memory, percentiles stay within 1 %", () => {
  const { metrics, start } = create();
  for (let value = 1; value <= 5000; value++) metrics.add(scope, id, { at: start, unit: "None", aggregate: ofValue(value), resolution: 60 });
  const [bucket] = metrics.query(scope, id, { start, end: start + MINUTE, period: 60 });
  expect(bucket!.aggregate.values!.size).toBeLessThan(1000);
  expect(Math.abs(statistic("p90")!(bucket!.aggregate)! - 4500) / 4500).toBeLessThan(0.011);
});

test("while the cloud runs, what is too old for a level goes into the next one, once, and with what is still in the finer ones", async () => {
  const { clock, metrics, start, put } = create();
  const DAY = 24 * 60 * MINUTE;
  const sums = (period: number): number[] =>
    metrics.query(scope, id, { start, end: start + 60 * MINUTE, period }).map(({ aggregate }) => aggregate.sum);
  put(start + 1000, 1, 1);
  put(start + MINUTE, 2);
  put(start + 30 * MINUTE, 4);
  expect([60, 300, 3600].map(sums)).toEqual([[1, 2, 4], [3, 4], [7]]);
  // The first minutes are older than 15 days, the last one is not.
  await clock.advance(15 * DAY + 10 * MINUTE);
  metrics.expire();
  expect(
    metrics.query(scope, id, { start: start + 15 * MINUTE, end: start + 60 * MINUTE, period: 60 }).map(({ aggregate }) => aggregate.sum),
  ).toEqual([4]);
  expect([60, 300, 3600].map(sums)).toEqual([[], [3, 4], [7]]);
  await clock.advance(10 * DAY);
  metrics.expire();
  metrics.expire();
  expect([60, 300, 3600].map(sums)).toEqual([[], [3, 4], [7]]);
  await clock.advance(60 * DAY);
  metrics.expire();
  expect([60, 300, 3600].map(sums)).toEqual([[], [], [7]]);
  await clock.advance(400 * DAY);
  metrics.expire();
  expect([60, 300, 3600].map(sums)).toEqual([[], [], []]);
});
