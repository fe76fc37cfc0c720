import { NotSupported } from "../../../core/errors.ts";
import { FUNCTIONS } from "./functions.ts";
import { MathError } from "./parse.ts";
import type { BinaryOperator, Node } from "./parse.ts";
import { array, asScalar, grid, mapPoints, mapSeries, ordered, scalar, seriesOf, single, union, withPoints } from "./series.ts";
import type { MathScope, Series, Value } from "./series.ts";

/** Functions that CloudWatch has and this cloud has not: they search, predict, or read other services. */
const ABSENT = new Set(["SEARCH", "ANOMALY_DETECTION_BAND", "INSIGHT_RULE_METRIC", "SERVICE_QUOTA", "DB_PERF_INSIGHTS", "LAMBDA"]);

const truth = (condition: boolean): number => (condition ? 1 : 0);

const OPERATORS: Record<BinaryOperator, (a: number, b: number) => number> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "^": (a, b) => a ** b,
  "<": (a, b) => truth(a < b),
  "<=": (a, b) => truth(a <= b),
  ">": (a, b) => truth(a > b),
  ">=": (a, b) => truth(a >= b),
  "==": (a, b) => truth(a === b),
  "!=": (a, b) => truth(a !== b),
  AND: (a, b) => truth(a !== 0 && b !== 0),
  OR: (a, b) => truth(a !== 0 || b !== 0),
};

/**
 * The value of an expression.
 * @throws MathError where CloudWatch would refuse it; NotSupported for functions that this cloud does not have.
 */
export function evaluateMath(node: Node, scope: MathScope): Value {
  switch (node.kind) {
    case "number":
      return scalar(node.value);
    case "string":
      throw new MathError(`Unexpected string "${node.value}"`);
    case "name":
      return resolve(node.name, scope);
    case "list":
      return array(node.items.flatMap((item) => seriesOf(evaluateMath(item, scope), "Each element of an array")));
    case "negate":
      return binary("*", scalar(-1), evaluateMath(node.operand, scope));
    case "binary":
      return binary(node.operator, evaluateMath(node.left, scope), evaluateMath(node.right, scope));
    case "call":
      return call(node.name, node.args, scope);
  }
}

function resolve(name: string, scope: MathScope): Value {
  const value = scope.resolve(name);
  if (!value) throw new MathError(`Unknown identifier '${name}'`);
  return value;
}

/**
 * "Missing values in a time series are treated as 0. If the value of a data point causes a function to attempt to divide by
 * zero, the data point is dropped." Missing here is: the other series has a point at that timestamp, and this one has not.
 * Comparisons say the same of themselves.
 */
function binary(operator: BinaryOperator, left: Value, right: Value): Value {
  const apply = OPERATORS[operator];
  if (left.kind === "scalar" && right.kind === "scalar") return scalar(apply(left.value, right.value));
  if (left.kind === "array" && right.kind === "array") throw new MathError(`Unsupported operand types for ${operator}: two arrays of time series`);
  if (left.kind === "array") return array(left.list.map((series) => pair(operator, single(series), right)));
  if (right.kind === "array") return array(right.list.map((series) => pair(operator, left, single(series))));
  return single(pair(operator, left, right));
}

function pair(operator: BinaryOperator, left: Value, right: Value): Series {
  const apply = OPERATORS[operator];
  if (left.kind === "series" && right.kind === "scalar") return mapPoints(left.series, (value) => apply(value, right.value));
  if (left.kind === "scalar" && right.kind === "series") return mapPoints(right.series, (value) => apply(left.value, value));
  const [a, b] = [seriesOf(left, "An operand")[0]!, seriesOf(right, "An operand")[0]!];
  return withPoints(
    a,
    union([a, b]).map((at) => [at, apply(a.points.get(at) ?? 0, b.points.get(at) ?? 0)] as const),
  );
}

function call(name: string, args: Node[], scope: MathScope): Value {
  if (ABSENT.has(name)) throw new NotSupported("cloudwatch", "GetMetricData", `the metric math function ${name}`);
  switch (name) {
    case "METRICS":
      return metrics(args, scope);
    case "PERIOD":
      return period(args, scope);
    case "FILL":
      return fill(args, scope);
    case "IF":
      return conditional(args, scope);
    case "SORT":
      return sort(args, scope);
  }
  const found = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!found) throw new MathError(`Unknown function '${name}'`);
  requireCount(name, args, ...found.args);
  return found.call(
    args.map((arg) => evaluateMath(arg, scope)),
    scope,
    name,
  );
}

function requireCount(name: string, args: Node[], least: number, most: number): void {
  if (args.length >= least && args.length <= most) return;
  throw new MathError(`${name} takes ${least === most ? least : `${least} to ${most}`} argument${most === 1 ? "" : "s"}, not ${args.length}`);
}

function metrics(args: Node[], scope: MathScope): Value {
  requireCount("METRICS", args, 0, 1);
  const [filter] = args;
  if (!filter) return array(scope.metrics);
  if (filter.kind !== "string") throw new MathError("The argument of METRICS must be a string");
  return array(scope.metrics.filter((metric) => metric.id.includes(filter.value)));
}

/** "Valid input is metrics, not the results of other expressions." */
function period(args: Node[], scope: MathScope): Value {
  requireCount("PERIOD", args, 1, 1);
  const [arg] = args;
  const metric = arg?.kind === "name" ? scope.metrics.find((candidate) => candidate.id === arg.name) : undefined;
  if (!metric) throw new MathError("The argument of PERIOD must be a metric");
  return scalar(metric.period);
}

function fill(args: Node[], scope: MathScope): Value {
  requireCount("FILL", args, 2, 2);
  const value = evaluateMath(args[0]!, scope);
  const filler = args[1]!;
  const name = filler.kind === "name" ? filler.name : undefined;
  if (name === "REPEAT") return mapSeries(value, "The first argument of FILL", (series) => fillGaps(series, scope, repeat));
  if (name === "LINEAR") return mapSeries(value, "The first argument of FILL", (series) => fillGaps(series, scope, linear));
  const by = evaluateMath(filler, scope);
  if (by.kind === "array") throw new MathError("The second argument of FILL must be a scalar, a time series, REPEAT or LINEAR");
  const at = (time: number): number => (by.kind === "scalar" ? by.value : (by.series.points.get(time) ?? Number.NaN));
  return mapSeries(value, "The first argument of FILL", (series) => fillGaps(series, scope, (_before, _after, time) => at(time)));
}

type Point = readonly [at: number, value: number] | undefined;
type Filler = (before: Point, after: Point, at: number) => number;

/** The most recent actual value before the gap; a gap at the start stays. */
const repeat: Filler = (before) => before?.[1] ?? Number.NaN;

/** Between the values at both ends of the gap; gaps at the start and the end stay. */
const linear: Filler = (before, after, at) =>
  before && after ? before[1] + ((after[1] - before[1]) * (at - before[0])) / (after[0] - before[0]) : Number.NaN;

function fillGaps(series: Series, scope: MathScope, filler: Filler): Series {
  const points = ordered(series);
  let next = 0;
  const filled = grid(scope, series.period).map((at): readonly [number, number] => {
    while (next < points.length && points[next]![0] < at) next++;
    const here = points[next];
    return here?.[0] === at ? here : [at, filler(points[next - 1], here, at)];
  });
  return withPoints(series, [...filled, ...points]);
}

/**
 * IF(condition, trueValue, falseValue). Any number but 0 is true. Where the condition is true and `trueValue` is a series
 * without that point the result is 0; where it is false and `falseValue` has no such point, or is left out, it is dropped
 * ("Using IF expressions").
 */
function conditional(args: Node[], scope: MathScope): Value {
  requireCount("IF", args, 2, 3);
  const [condition, yes, no] = args.map((arg) => evaluateMath(arg, scope));
  const branches = [yes!, ...(no ? [no] : [])];
  if (condition!.kind === "array" || branches.some((branch) => branch.kind === "array"))
    throw new MathError("IF does not take arrays of time series");
  if (condition!.kind === "scalar") {
    if (condition!.value !== 0) return yes!;
    return no ?? single({ id: "", label: "IF", period: scope.period, points: new Map() });
  }
  const pick = (value: Value | undefined, at: number, missing: number): number => {
    if (!value) return Number.NaN;
    return value.kind === "scalar" ? value.value : (seriesOf(value, "IF")[0]!.points.get(at) ?? missing);
  };
  const { series } = condition as { series: Series };
  return single(mapPoints(series, (value, at) => (value !== 0 ? pick(yes, at, 0) : pick(no, at, Number.NaN))));
}

const SORTERS = new Set(["AVG", "MIN", "MAX", "SUM"]);

function sort(args: Node[], scope: MathScope): Value {
  requireCount("SORT", args, 3, 4);
  const list = seriesOf(evaluateMath(args[0]!, scope), "The first argument of SORT");
  const [by, order] = args.slice(1, 3).map((arg) => (arg.kind === "name" ? arg.name : ""));
  if (!SORTERS.has(by!)) throw new MathError("The second argument of SORT must be AVG, MIN, MAX or SUM");
  if (order !== "ASC" && order !== "DESC") throw new MathError("The third argument of SORT must be ASC or DESC");
  const limit = args[3] ? asScalar(evaluateMath(args[3], scope), "The limit of SORT") : list.length;
  const weight = (series: Series): number => {
    const value = asScalar(FUNCTIONS[by!]!.call([single(series)], scope, by!), by!);
    return Number.isNaN(value) ? -Infinity : value;
  };
  const weighed = list.map((series) => ({ series, weight: weight(series) }));
  weighed.sort((a, b) => (order === "ASC" ? a.weight - b.weight : b.weight - a.weight) || 0);
  return array(weighed.slice(0, limit).map(({ series }) => series));
}
