import { expect, test } from "vitest";
import { bootModel } from "./boot-model.ts";
import { readBootTimes, timesOf } from "./boot-options.ts";
import { BOOT_TIMES } from "./boot-times.ts";
import { PATTERNS, visitsOf } from "./patterns.ts";
import { quantile, resultOf } from "./result.ts";
import { shardsOf } from "./shards.ts";
import { readTrace } from "./trace.ts";
import { DAY, HOUR } from "./visits.ts";

const options = {
  pattern: PATTERNS.evenings,
  timezone: "Europe/Berlin",
  seed: 1,
  // Midnight in Berlin, in winter.
  start: Date.UTC(2026, 2, 22, 23),
  days: 28,
  scanners: 0.5,
  bytesPerSecond: 1000,
  requestsPerMinute: 1,
};

test("a pattern's visits are within its hours, in its time zone, also after the clocks have changed", () => {
  const users = visitsOf("a", options).filter(({ kind }) => kind === "user");
  const hours = users.map(({ at }) =>
    Number(new Intl.DateTimeFormat("en-GB", { hour: "numeric", timeZone: "Europe/Berlin", hourCycle: "h23" }).format(at)),
  );
  expect(users.length).toBeGreaterThan(10);
  expect(Math.min(...hours)).toBeGreaterThanOrEqual(17);
  expect(Math.max(...hours)).toBeLessThan(23);
});

test("the same seed gives the same visits, more days leave the first ones alone, and every leaf has its own", () => {
  const visits = visitsOf("a", options);
  expect(visitsOf("a", options)).toEqual(visits);
  const shorter = visitsOf("a", { ...options, days: 7 });
  expect(shorter.length).toBeGreaterThan(3);
  expect(visits.slice(0, shorter.length)).toEqual(shorter);
  expect(visitsOf("b", options).map(({ at }) => at)).not.toEqual(visits.map(({ at }) => at));
  expect(visitsOf("a", { ...options, seed: 2 }).map(({ at }) => at)).not.toEqual(visits.map(({ at }) => at));
});

test("a pattern has as many visits as it says, on average", () => {
  const visits = visitsOf("a", { ...options, pattern: PATTERNS.steady, days: 366, scanners: 2 });
  expect(visits.filter(({ kind }) => kind === "user").length / 366).toBeCloseTo(12, 0);
  expect(visits.filter(({ kind }) => kind === "scanner").length / 366).toBeCloseTo(2, 0);
});

const trace = (text: string) => readTrace(text, { leaves: ["minecraft"], bytesPerSecond: 5000, requestsPerMinute: 1 });

test("a trace's columns come in any order, and what is left out has its default", () => {
  const read = trace("start,leaf,minutes,kind\n2026-03-01T20:00:00+01:00,minecraft,90,\n# a bot\n2026-03-01T10:00Z,minecraft,0,scanner\n");
  expect(read).toEqual({
    ok: true,
    visits: [
      { leaf: "minecraft", at: Date.UTC(2026, 2, 1, 10), kind: "scanner", ms: 0, bytesPerSecond: 5000, requestsPerMinute: 1 },
      { leaf: "minecraft", at: Date.UTC(2026, 2, 1, 19), kind: "user", ms: 90 * 60_000, bytesPerSecond: 5000, requestsPerMinute: 1 },
    ],
  });
});

test("every mistake of a trace is told, with its line and column", () => {
  const read = trace("leaf,start,minutes\nminecraf,2026-03-01 20:00,x\n");
  expect(read).toEqual({
    ok: false,
    problems: [
      { line: 2, column: 1, message: 'there is no leaf "minecraf"; did you mean minecraft?' },
      { line: 2, column: 2, message: '"2026-03-01 20:00" is no time such as 2026-03-01T19:30:00Z or 2026-03-01T19:30:00+01:00' },
      { line: 2, column: 3, message: '"x" is no number from 0 on' },
    ],
  });
  expect(trace("leaf,begin,minutes\n")).toMatchObject({ ok: false, problems: [{ line: 1, column: 2 }, { message: "the column start is missing" }] });
  expect(trace("leaf,start,minutes\na,b\n")).toMatchObject({ ok: false, problems: [{ line: 2 }] });
});

test("times of steps are given for all leaves and for single ones, and mistakes are explained", () => {
  const given = readBootTimes(["instance=60s,healthy=500ms", "minecraft.healthy=2m"], ["minecraft", "other"]);
  expect(timesOf("minecraft", given)).toMatchObject({
    instance: { seconds: 60, source: "--boot" },
    healthy: { seconds: 120 },
    stop: BOOT_TIMES.stop,
  });
  expect(timesOf("other", given).healthy.seconds).toBe(0.5);
  expect(() => readBootTimes(["instnce=60s"], [])).toThrow("did you mean instance?");
  expect(() => readBootTimes(["instance=60"], [])).toThrow("instance=60s");
  expect(() => readBootTimes(["minecraf.healthy=60s"], ["minecraft"])).toThrow("did you mean minecraft?");
});

test("a leaf's drawn times depend on nothing that other leaves do", () => {
  const leaves = new Map(["a", "b"].map((name) => [name, { times: BOOT_TIMES, imageGb: 1 }]));
  const draw = (...order: string[]): number[] => {
    const model = bootModel(leaves, 1, (name) => name);
    return order.map((leaf) => model.draw(leaf, "instance"));
  };
  const [a1, a2] = draw("a", "a");
  expect(draw("b", "a", "b", "a").filter((_, i) => i % 2 === 1)).toEqual([a1, a2]);
  expect(a1).not.toBe(a2);
  expect(bootModel(leaves, 1, (name) => name).runsFor({ labels: { "com.amazonaws.ecs.task-definition-family": "a" } } as never)).toBeUndefined();
});

test("hours awake are counted on each day, to the end of the last", () => {
  const ups = [
    { leaf: "a", asked: 0, by: "user" as const, launched: DAY - HOUR, ready: DAY - HOUR, users: 1, gone: DAY + 2 * HOUR },
    { leaf: "a", asked: 0, by: "scanner" as const, launched: 2 * DAY - HOUR, users: 0 },
  ];
  const result = resultOf({ name: "a", ups, visits: [], asked: 2 }, "dns", { start: 0, days: 2 });
  expect(result).toMatchObject({ hoursByDay: [1, 3], hoursAwake: 4, wakes: 2, falseWakes: 1 });
  expect([0.5, 0.95, 1].map((part) => quantile([4, 1, 3, 2], part))).toEqual([2, 4, 4]);
  expect(quantile([], 0.5)).toBeUndefined();
});

test("leaves are shared out by their visits; engines stay together", () => {
  const project = { leaves: "abcdefgh".split("").map((name) => ({ name, kind: name < "c" ? "engine" : "dns" })) } as never;
  const visits = visitsOf("c", { ...options, pattern: PATTERNS.steady });
  const shards = shardsOf({ project, leaves: "abcdefgh".split(""), visits }, 4);
  expect(shards.map((names) => names.toSorted().join(""))).toEqual(["c", "abdefgh"]);
});
