import { describe, expect, test } from "vitest";
import { NotSupported } from "../../../core/errors.ts";
import { evaluateMath } from "./evaluate.ts";
import { MathError, parseMath } from "./parse.ts";
import type { MathScope, Series, Value } from "./series.ts";

const START = Date.UTC(2026, 0, 5, 12, 0);
const MINUTE = 60_000;
/** No data, written as the documentation writes it. */
const _ = undefined;
type Points = (number | undefined)[];

function series(id: string, values: Points): Series {
  const points = values.flatMap((value, index) => (value === undefined ? [] : [[START + index * MINUTE, value] as const]));
  return { id, label: id, period: 60, points: new Map(points) };
}

function scopeOf(inputs: Record<string, Points>, length: number): MathScope {
  const metrics = Object.entries(inputs).map(([id, values]) => series(id, values));
  return {
    start: START,
    end: START + length * MINUTE,
    period: 60,
    metrics,
    resolve: (id) => {
      const found = metrics.find((metric) => metric.id === id);
      return found && { kind: "series", series: found };
    },
  };
}

function show(value: Value, length: number): unknown {
  const points = ({ points }: Series): Points => Array.from({ length }, (_unused, index) => points.get(START + index * MINUTE));
  if (value.kind === "scalar") return value.value;
  return value.kind === "series" ? points(value.series) : value.list.map(points);
}

/** The points of an expression's result, one per minute; a list of them for TS[]; a number for a scalar. */
function compute(expression: string, inputs: Record<string, Points>): unknown {
  const length = Math.max(0, ...Object.values(inputs).map((values) => values.length));
  return show(evaluateMath(parseMath(expression), scopeOf(inputs, length)), length);
}

describe("arithmetic", () => {
  test.each([
    ["m1 + m2", [11, 22]],
    ["m1 - m2", [9, 18]],
    ["m1 * 2", [20, 40]],
    ["100 / m1", [10, 5]],
    ["m2 ^ 2", [1, 4]],
    ["-m1", [-10, -20]],
    ["-5*m1", [-50, -100]],
    ["PERIOD(m1)/60 + m1", [11, 21]],
    ["2 + 3 * m2", [5, 8]],
    ["(2 + 3) * m2", [5, 10]],
    ["m1 - m2 - 1", [8, 17]],
    ["-m2^2", [-1, -4]],
    ["m2^-1", [1, 0.5]],
    ["2^3^m2", [8, 2 ** 9]],
  ])("%s", (expression, expected) => {
    expect(compute(expression, { m1: [10, 20], m2: [1, 2] })).toEqual(expected);
  });

  test("a value that one series lacks is taken for 0, and a timestamp that both lack stays empty", () => {
    expect(compute("m1 + m2", { m1: [1, _, 3, _], m2: [10, 20, _, _] })).toEqual([11, 20, 3, _]);
    expect(compute("m1 - m2", { m1: [1, _, 3, _], m2: [10, 20, _, _] })).toEqual([-9, -20, 3, _]);
  });

  test("a division by zero drops the point", () => {
    expect(compute("m1 / m2", { m1: [1, 2, 3], m2: [0, 2, _] })).toEqual([_, 1, _]);
  });

  test("an array is computed series by series", () => {
    expect(compute("METRICS() * 100", { a: [1, 2], b: [3, _] })).toEqual([
      [100, 200],
      [300, _],
    ]);
    expect(compute("SUM(100/[m1, m2])", { m1: [1, 2], m2: [4, 5] })).toEqual([125, 70]);
    expect(compute("SUM(-[m1, m2])", { m1: [1, 2], m2: [4, 5] })).toEqual([-5, -7]);
  });
});

describe("the documentation's table of comparisons and logic", () => {
  const inputs = { metric1: [30, 20, 0, 0], metric2: [20, _, 20, _] };
  test.each([
    ["(metric1 < metric2)", [0, 0, 1, 0]],
    ["(metric1 >= 30)", [1, 0, 0, 0]],
    ["(metric1 > 15 AND metric2 > 15)", [1, 0, 0, 0]],
    ["(metric1 > 15 && metric2 > 15)", [1, 0, 0, 0]],
    ["(metric1 > 15 OR metric2 > 15)", [1, 1, 1, 0]],
    ["(metric1 > 15 || metric2 > 15)", [1, 1, 1, 0]],
    ["metric1 == 0", [0, 0, 1, 1]],
    ["metric1 != 0", [1, 1, 0, 0]],
    ["metric1 <= 20", [0, 1, 1, 1]],
  ])("%s", (expression, expected) => {
    expect(compute(expression, inputs)).toEqual(expected);
  });

  test("AND binds tighter than OR, comparison tighter than both", () => {
    expect(compute("m1 > 0 OR m1 > 5 AND m1 > 9", { m1: [1, 6, 10] })).toEqual([1, 1, 1]);
    expect(compute("(m1 > 0 OR m1 > 5) AND m1 > 9", { m1: [1, 6, 10] })).toEqual([0, 0, 1]);
  });

  test("a pair of scalars gives a scalar", () => {
    expect(compute("MAX(m1) > 5", { m1: [1, 6] })).toBe(1);
  });
});

describe("the documentation's tables of IF", () => {
  const inputs = { metric1: [1, 1, 0, 0, _], metric2: [30, _, 0, 0, 30], metric3: [0, 0, 20, _, 20] };
  test.each([
    ["IF(metric1, metric2, metric3)", [30, 0, 20, _, _]],
    ["IF(metric1, 5, metric3)", [5, 5, 20, _, _]],
    ["IF(metric1, metric2, 5)", [30, 0, 5, 5, _]],
    ["IF(metric1, metric2)", [30, 0, _, _, _]],
    ["IF(1, metric2, metric3)", [30, _, 0, 0, 30]],
    ["IF(0, metric2, metric3)", [0, 0, 20, _, 20]],
    ["IF(0, metric2)", [_, _, _, _, _]],
  ])("%s", (expression, expected) => {
    expect(compute(expression, inputs)).toEqual(expected);
  });

  test("use cases", () => {
    expect(compute("IF(m1<400, m1)", { m1: [300, 500] })).toEqual([300, _]);
    expect(compute("IF(m1<400, 10, 2)", { m1: [300, 500] })).toEqual([10, 2]);
    expect(compute("IF(latency>threshold, 1, 0)", { latency: [1, 3], threshold: [2, 2] })).toEqual([0, 1]);
  });
});

describe("FILL", () => {
  const inputs = { m1: [_, 1, _, _, 4, _], m2: [7, 7, 8, _, 7, 9] };
  test.each([
    ["FILL(m1, 0)", [0, 1, 0, 0, 4, 0]],
    ["FILL(m1, -10)", [-10, 1, -10, -10, 4, -10]],
    ["FILL(m1, REPEAT)", [_, 1, 1, 1, 4, 4]],
    ["FILL(m1, LINEAR)", [_, 1, 2, 3, 4, _]],
    ["FILL(m1, MIN(m1))", [1, 1, 1, 1, 4, 1]],
    ["FILL(m1, m2)", [7, 1, 8, _, 4, 9]],
  ])("%s", (expression, expected) => {
    expect(compute(expression, inputs)).toEqual(expected);
  });

  test("a metric without any data is filled over the whole range", () => {
    expect(compute("FILL(m1, 3)", { m1: [_, _, _] })).toEqual([3, 3, 3]);
    expect(compute("FILL(m1, REPEAT)", { m1: [_, _, _] })).toEqual([_, _, _]);
  });

  test("fills every series of an array", () => {
    expect(compute("FILL(METRICS(), 0)", { a: [_, 1], b: [2, _] })).toEqual([
      [0, 1],
      [2, 0],
    ]);
  });
});

describe("aggregates", () => {
  const inputs = { m1: [1, 2, 3, _], m2: [4, _, 6, _] };
  test.each([
    ["SUM(m1)", 6],
    ["MIN(m1)", 1],
    ["MAX(m1)", 3],
    // Missing values are treated as 0: 6 over four minutes.
    ["AVG(m1)", 1.5],
    ["SUM(m1) / DATAPOINT_COUNT(m1)", 2],
    ["DATAPOINT_COUNT(m1)", 3],
    ["METRIC_COUNT(METRICS())", 2],
    ["SUM(METRICS())", [5, 2, 9, _]],
    ["SUM([m1, m2])", [5, 2, 9, _]],
    ["AVG(METRICS())", [2.5, 1, 4.5, _]],
    ["MIN(METRICS())", [1, 2, 3, _]],
    ["MAX(METRICS())", [4, 2, 6, _]],
    ["DATAPOINT_COUNT(METRICS())", [2, 1, 2, _]],
    ["STDDEV(METRICS())", [1.5, 0, 1.5, _]],
    ['SUM(METRICS("1"))', [1, 2, 3, _]],
    ['SUM([METRICS("1"), METRICS("2")])', [5, 2, 9, _]],
    ["m1 - MIN(m1)", [0, 1, 2, _]],
    ["m1/METRIC_COUNT(METRICS())", [0.5, 1, 1.5, _]],
  ])("%s", (expression, expected) => {
    expect(compute(expression, inputs)).toEqual(expected);
  });

  test("STDDEV of a series is that of its points", () => {
    expect(compute("STDDEV(m1)", { m1: [2, 4, 4, 4, 5, 5, 7, 9] })).toBe(2);
  });
});

describe("functions of points", () => {
  test.each([
    ["ABS(m1)", { m1: [-1, 2] }, [1, 2]],
    ["CEIL(m1)", { m1: [1.2, -1.2] }, [2, -1]],
    ["FLOOR(m1)", { m1: [1.2, -1.2] }, [1, -2]],
    ["LOG10(m1)", { m1: [100, 0, 1] }, [2, _, 0]],
    ["LOG(m1)", { m1: [1, -1] }, [0, _]],
    ["DIFF(m1)", { m1: [1, _, 4, 10] }, [_, _, 3, 6]],
    ["DIFF_TIME(m1)", { m1: [1, _, 4, 10] }, [_, _, 120, 60]],
    ["RATE(m1)", { m1: [0, _, 120, 60] }, [_, _, 1, -1]],
    ["RUNNING_SUM(m1)", { m1: [1, _, 2, 3] }, [1, _, 3, 6]],
    ["TIME_SERIES(MAX(m1))", { m1: [1, _, 2] }, [2, 2, 2]],
    ["MINUTE(m1)", { m1: [1, _, 2] }, [0, 1, 2]],
    ["HOUR(m1)", { m1: [1, _] }, [12, 12]],
    // 2026-01-05 is a Monday.
    ["DAY(m1)", { m1: [1] }, [1]],
    ["DATE(m1)", { m1: [1] }, [5]],
    ["MONTH(m1)", { m1: [1] }, [1]],
    ["YEAR(m1)", { m1: [1] }, [2026]],
    ["EPOCH(m1)", { m1: [1] }, [START / 1000]],
    ["IF(DAY(m1)<6,m1)", { m1: [7, 8] }, [7, 8]],
  ] as [string, Record<string, Points>, Points][])("%s", (expression, inputs, expected) => {
    expect(compute(expression, inputs)).toEqual(expected);
  });

  test("sorting, slicing, first and last", () => {
    const inputs = { a: [5, 5], b: [1, 1], c: [9, _], empty: [_, _] };
    expect(compute("SORT(REMOVE_EMPTY(METRICS()), SUM, DESC)", inputs)).toEqual([
      [5, 5],
      [9, _],
      [1, 1],
    ]);
    expect(compute("SORT(METRICS(), MAX, DESC, 1)", inputs)).toEqual([[9, _]]);
    expect(compute("FIRST(SORT(METRICS(), MAX, DESC))", inputs)).toEqual([9, _]);
    expect(compute("LAST(SORT(REMOVE_EMPTY(METRICS()), AVG, DESC))", inputs)).toEqual([1, 1]);
    expect(compute("SLICE(METRICS(), 1, 2)", inputs)).toEqual([[1, 1]]);
    expect(compute("SLICE(METRICS(), 2)", inputs)).toEqual([
      [9, _],
      [_, _],
    ]);
  });
});

describe("what CloudWatch refuses", () => {
  test.each([
    "",
    "m1 +",
    "m1 m1",
    "(m1",
    "[m1",
    "m1 % 2",
    "unknown + 1",
    "sum(m1)",
    "SUM()",
    "SUM(m1, m1)",
    "ABS(1)",
    "[m1] + [m1]",
    "METRIC_COUNT(m1)",
    "FILL(m1)",
    "IF(m1)",
    "SORT(METRICS(), MEDIAN, ASC)",
    "PERIOD(m1 + 1)",
    "toString(m1)",
    "constructor",
  ])("%s", (expression) => {
    expect(() => compute(expression, { m1: [1] })).toThrow(MathError);
  });

  test("nesting that would exhaust the stack", () => {
    for (const bomb of ["(", "-", "[", "ABS("]) expect(() => compute(`${bomb.repeat(400)}m1`, { m1: [1] })).toThrow(/nested too deeply/);
    expect(() => compute("m1 + ".repeat(500), { m1: [1] })).toThrow(/longer than 2048/);
  });

  test("functions that this cloud does not have are named", () => {
    expect(() => compute("ANOMALY_DETECTION_BAND(m1)", { m1: [1] })).toThrow(NotSupported);
    expect(() => compute(`SEARCH('{AWS/EC2} CPU', 'Average')`, { m1: [1] })).toThrow(/SEARCH/);
  });
});

test("the watchdog's own kind of expression: bytes per second into the container, less what came from EFS", () => {
  const inputs = { traffic: [60_000, 120_000, _], efs: [_, 60_000, 6000], dns: [_, _, 1] };
  expect(compute("(FILL(traffic, 0) - FILL(efs, 0)) / PERIOD(traffic)", inputs)).toEqual([1000, 1000, -100]);
  expect(compute("IF(FILL(dns, 0) > 0, 999999, FILL(traffic, 0))", inputs)).toEqual([60_000, 120_000, 999_999]);
});
