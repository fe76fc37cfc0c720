import { describe, expect, test } from "vitest";
import { marked, type Watch, watchdogAlarms, withActions } from "./watchdog-alarms.ts";

const ID = { application: "arcade", environment: "prod", leaf: "minecraft" };
const WATCH: Watch = { idle: { below: 1175, for: 420 }, leftUp: { after: 28_800, stop: false }, fileSystems: ["fs-1", "fs-2"] };
const TOLD = { stop: "arn:policy", tell: "arn:function" };
const metricsOf = (alarm: { Metrics: readonly { MetricStat?: object }[] }) => alarm.Metrics.filter(({ MetricStat }) => MetricStat);

test("the math is that of docs/decisions/0010-watchdog.md", () => {
  const { idle, leftUp } = watchdogAlarms(ID, WATCH);
  const math = (alarm: typeof idle) => alarm.Metrics.flatMap(({ Id, Expression }) => (Expression ? [`${Id} = ${Expression}`] : []));
  expect(math(idle)).toEqual([
    "traffic = IF((tasks > 0) AND (samples > 0), (received - FILL(reads0, 0) - FILL(reads1, 0)) / 60)",
    "queries = hits * 1175",
    "activity = SUM([traffic, queries])",
  ]);
  expect(math(leftUp)).toEqual(["up = IF(samples > 0, 1)", "woken = hits * -1000", "since = SUM([up, woken])"]);
  expect([metricsOf(idle).length, metricsOf(leftUp).length]).toEqual([6, 2]);
  expect(idle).toMatchObject({ Threshold: 1175, EvaluationPeriods: 7, DatapointsToAlarm: 7, TreatMissingData: "notBreaching" });
  expect(leftUp).toMatchObject({ Threshold: 0, EvaluationPeriods: 480, DatapointsToAlarm: 480, TreatMissingData: "notBreaching" });
});

test("a leaf that never sleeps by itself has an alarm that never goes off, and a query counts all the same", () => {
  const { idle } = watchdogAlarms(ID, { ...WATCH, idle: { below: 0, for: 420 } });
  expect([idle.Threshold, idle.ComparisonOperator]).toEqual([0, "LessThanThreshold"]);
  expect(idle.Metrics.find(({ Id }) => Id === "queries")!.Expression).toBe("hits * 1");
});

test("both have the leaf's tags, for whoever looks where money goes", () => {
  for (const { Tags } of Object.values(watchdogAlarms(ID, WATCH))) {
    expect(Object.fromEntries(Tags!.map(({ Key, Value }) => [Key, Value]))).toEqual({
      "rouse:application": "arcade",
      "rouse:environment": "prod",
      "rouse:leaf": "minecraft",
    });
  }
});

describe("what they do", () => {
  const actions = (stop: boolean) => withActions(ID, { ...WATCH, leftUp: { after: 3600, stop } }, TOLD).map(({ AlarmActions }) => AlarmActions);
  test("idle stops, left up tells", () => expect(actions(false)).toEqual([["arn:policy"], ["arn:function"]]));
  test("left up stops as well where it is asked to", () => expect(actions(true)).toEqual([["arn:policy"], ["arn:function", "arn:policy"]]));
});

describe("the mark in the description", () => {
  const mark = (changes: Partial<Watch>) => /\[([0-9a-f]{8})\]$/.exec(marked(watchdogAlarms(ID, { ...WATCH, ...changes }).idle).AlarmDescription)![1];
  test("is the same for the same alarm, and another one for every other", () => {
    expect(mark({})).toBe(mark({}));
    const others = [mark({}), mark({ fileSystems: ["fs-1"] }), mark({ idle: { below: 1175, for: 480 } }), mark({ idle: { below: 1, for: 420 } })];
    expect(new Set(others).size).toBe(4);
  });
  test("leaves the text for people as it is", () => {
    const [idle] = withActions(ID, WATCH, TOLD);
    expect(idle!.AlarmDescription).toMatch(
      /^Less than 1175 bytes per second into minecraft for 7 min: nobody uses it\. Puts it to sleep\. \[\w{8}\]$/,
    );
  });
});
