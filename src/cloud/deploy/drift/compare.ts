import { canonical } from "../template/diff.ts";
import { isObject } from "../template/types.ts";

/** One value that is not what the template says (`PropertyDifference`). */
export interface Difference {
  /** `/Environment/Variables/NAME`, `/Targets/0`. */
  path: string;
  /** ADD and REMOVE are told of lists' elements, and REMOVE of a property that is not set any more. */
  type: "ADD" | "REMOVE" | "NOT_EQUAL";
  expected?: unknown;
  actual?: unknown;
}

/**
 * What differs between the properties of a template and the live ones. Only what the template sets is looked at ("CloudFormation
 * only determines drift for property values that are explicitly set", Detect unmanaged configuration changes with drift detection),
 * and of that only what `actual` names: a member that is there and undefined was taken away.
 * The names may differ in their letters' case, as those of templates and of operations do; lists are compared as sets.
 */
export function differencesOf(expected: Record<string, unknown>, actual: Record<string, unknown>): Difference[] {
  return Object.entries(expected).flatMap(([name, value]) => {
    const live = memberOf(actual, name);
    return live ? between(value, live.value, `/${name}`) : [];
  });
}

function memberOf(from: Record<string, unknown>, name: string): { value: unknown } | undefined {
  if (Object.hasOwn(from, name)) return { value: from[name] };
  const key = Object.keys(from).find((each) => each.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : { value: from[key] };
}

function between(expected: unknown, actual: unknown, path: string): Difference[] {
  if (hidden(expected)) return [];
  if (actual === undefined || actual === null) return isEmpty(expected) ? [] : [{ path, type: "REMOVE", expected }];
  const [wanted, found] = alike(expected, actual);
  if (Array.isArray(wanted) && Array.isArray(found)) return betweenLists(wanted, found, path);
  if (isObject(wanted) && isObject(found))
    return Object.entries(wanted).flatMap(([name, value]) => between(value, memberOf(found, name)?.value, `${path}/${name}`));
  return canonical(scalar(wanted)) === canonical(scalar(found)) ? [] : [{ path, type: "NOT_EQUAL", expected: wanted, actual: found }];
}

/** Every element has its like on the other side, in whatever order; what is left over is told one by one. */
function betweenLists(expected: unknown[], actual: unknown[], path: string): Difference[] {
  const left = [...actual];
  const missing = expected.filter((one) => {
    const at = left.findIndex((other) => between(one, other, "").length === 0);
    if (at < 0) return true;
    left.splice(at, 1);
    return false;
  });
  // One that is alone on both sides was changed.
  if (missing.length === 1 && left.length === 1) return between(missing[0], left[0], `${path}/${expected.indexOf(missing[0])}`);
  return [
    ...missing.map((one): Difference => ({ path: `${path}/${expected.indexOf(one)}`, type: "REMOVE", expected: one })),
    ...left.map((one): Difference => ({ path: `${path}/${actual.indexOf(one)}`, type: "ADD", actual: one })),
  ];
}

/** A document is an object in one place and its text in another; a list of one is written without brackets in templates. */
function alike(expected: unknown, actual: unknown): [unknown, unknown] {
  if (isText(expected) && !isText(actual)) return [parsed(expected), actual];
  if (isText(actual) && !isText(expected)) return [expected, parsed(actual)];
  if (isText(expected) && isText(actual) && looksLikeJson(expected)) return [parsed(expected), parsed(actual)];
  if (Array.isArray(actual) && !Array.isArray(expected)) return [[expected], actual];
  return [expected, actual];
}

const isText = (value: unknown): value is string => typeof value === "string";
const looksLikeJson = (text: string): boolean => /^\s*[{[]/.test(text);

function parsed(text: string): unknown {
  if (!looksLikeJson(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** "TTL": "1" and 1 are the same. */
const scalar = (value: unknown): unknown => (typeof value === "number" || typeof value === "boolean" ? String(value) : value);

/** What nobody may see is not compared. */
const hidden = (value: unknown): boolean => typeof value === "string" && value.includes("{{resolve:");

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === "" || value === false || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
