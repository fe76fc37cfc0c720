import { BlockList, isIP } from "node:net";
import { invalidPattern, isObject, type Json } from "./json.ts";

export type Leaf = string | number | boolean | null;
/** A test of one value; `undefined` is a field without any. */
export type LeafTest = (value: Leaf | undefined) => boolean;

type Operator = (argument: Json, path: string) => LeafTest;

/** One item of a pattern's list: a literal, or an object with one operator. */
export function compileMatcher(item: Json, path: string): LeafTest {
  if (!isObject(item)) {
    if (Array.isArray(item)) throw invalidPattern(`Match value must be String, number, true, false, or null at '${path}'`);
    return (value) => value === item;
  }
  const [name, ...others] = Object.keys(item);
  const operator = name === undefined ? undefined : operators[name];
  if (!operator || others.length > 0)
    throw invalidPattern(
      others.length > 0 ? `Only one key allowed in match expression at '${path}'` : `Unrecognized match type ${name} at '${path}'`,
    );
  return operator(item[name!]!, path);
}

const isText = (value: Leaf | undefined): value is string => typeof value === "string";

function text(argument: Json, operator: string, path: string): string {
  if (typeof argument !== "string") throw invalidPattern(`${operator} match pattern must be a string at '${path}'`);
  return argument;
}

const lower = (value: string): string => value.toLowerCase();

/** A string, or `{"equals-ignore-case": string}`, as `prefix` and `suffix` take it. */
function affix(argument: Json, operator: string, path: string, is: (value: string, part: string) => boolean): LeafTest {
  if (isObject(argument)) {
    if (Object.keys(argument).length !== 1 || !("equals-ignore-case" in argument))
      throw invalidPattern(`Unsupported anything in ${operator} at '${path}'`);
    const part = lower(text(argument["equals-ignore-case"]!, operator, path));
    return (value) => isText(value) && is(lower(value), part);
  }
  const part = text(argument, operator, path);
  return (value) => isText(value) && is(value, part);
}

const startsWith = (value: string, part: string): boolean => value.startsWith(part);
const endsWith = (value: string, part: string): boolean => value.endsWith(part);

const operators: Record<string, Operator> = {
  prefix: (argument, path) => affix(argument, "prefix", path, startsWith),
  suffix: (argument, path) => affix(argument, "suffix", path, endsWith),
  "equals-ignore-case": (argument, path) => {
    const wanted = lower(text(argument, "equals-ignore-case", path));
    return (value) => isText(value) && lower(value) === wanted;
  },
  wildcard: (argument, path) => {
    const expression = wildcard(text(argument, "wildcard", path), path);
    return (value) => isText(value) && expression.test(value);
  },
  exists: (argument, path) => {
    if (typeof argument !== "boolean") throw invalidPattern(`exists match pattern must be either true or false at '${path}'`);
    return (value) => (value !== undefined) === argument;
  },
  cidr,
  numeric,
  "anything-but": anythingBut,
};

/**
 * `*` stands for any characters, also none; a backslash before `*` or a backslash takes its meaning away (User Guide,
 * "Matching using wildcards", "Escape characters").
 */
function wildcard(pattern: string, path: string): RegExp {
  if (/(?<!\\)(?:\\\\)*\*\*/.test(pattern)) throw invalidPattern(`Consecutive wildcard characters at pos ${pattern.indexOf("**")} at '${path}'`);
  let source = "";
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    const next = pattern[i + 1];
    if (char === "*") source += "[\\s\\S]*";
    else if (char === "\\") {
      if (next !== "*" && next !== "\\") throw invalidPattern(`Invalid escape character at pos ${i} at '${path}'`);
      source += `\\${next}`;
      i++;
    } else source += char.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  }
  return new RegExp(`^${source}$`);
}

function cidr(argument: Json, path: string): LeafTest {
  const [address, bits, ...rest] = text(argument, "cidr", path).split("/");
  const version = isIP(address ?? "");
  const length = Number(bits);
  if (version === 0 || rest.length > 0 || !bits || !Number.isInteger(length) || length < 0 || length > (version === 4 ? 32 : 128)) {
    throw invalidPattern(`Malformed CIDR, one '/' required at '${path}'`);
  }
  const list = new BlockList();
  list.addSubnet(address!, length, version === 4 ? "ipv4" : "ipv6");
  return (value) => isText(value) && isIP(value) === version && list.check(value, version === 4 ? "ipv4" : "ipv6");
}

const comparisons: Record<string, (value: number, bound: number) => boolean> = {
  "=": (value, bound) => value === bound,
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
};

/** Numbers from -5.0e9 to 5.0e9, with up to six digits after the point (User Guide, "Numeric matching"). */
const LARGEST_NUMBER = 5_000_000_000;

function numeric(argument: Json, path: string): LeafTest {
  if (!Array.isArray(argument) || argument.length === 0 || argument.length % 2 !== 0 || argument.length > 4) {
    throw invalidPattern(`Value of numeric must be an array of one or two comparisons at '${path}'`);
  }
  const tests: ((value: number) => boolean)[] = [];
  for (let i = 0; i < argument.length; i += 2) {
    const [operator, bound] = [argument[i], argument[i + 1]];
    const compare = typeof operator === "string" && Object.hasOwn(comparisons, operator) ? comparisons[operator] : undefined;
    if (!compare) throw invalidPattern(`Unrecognized numeric range operator: ${String(operator)} at '${path}'`);
    if (typeof bound !== "number" || Math.abs(bound) > LARGEST_NUMBER)
      throw invalidPattern(`Value of ${String(operator)} must be numeric at '${path}'`);
    tests.push((value) => compare(value, bound));
  }
  return (value) => typeof value === "number" && Math.abs(value) <= LARGEST_NUMBER && tests.every((test) => test(value));
}

/** Of a field that is there: none of the values, or of the prefixes, suffixes, wildcards or strings in any case. */
function anythingBut(argument: Json, path: string): LeafTest {
  if (isObject(argument)) {
    const [name, ...others] = Object.keys(argument);
    if (others.length > 0 || !name || !["prefix", "suffix", "wildcard", "equals-ignore-case"].includes(name)) {
      throw invalidPattern(`Unsupported anything-but pattern: ${name} at '${path}'`);
    }
    const value = argument[name]!;
    const items = Array.isArray(value) ? value : [value];
    if (items.length === 0) throw invalidPattern(`Empty arrays are not allowed at '${path}'`);
    const tests = items.map((item) => operators[name]!(text(item, `anything-but ${name}`, path), path));
    return (leaf) => leaf !== undefined && !tests.some((test) => test(leaf));
  }
  const items = Array.isArray(argument) ? argument : [argument];
  const kinds = new Set(items.map((item) => typeof item));
  if (items.length === 0 || kinds.size > 1 || !(kinds.has("string") || kinds.has("number"))) {
    throw invalidPattern(`Inside anything but list, start|null|boolean is not supported; use strings or numbers at '${path}'`);
  }
  const excluded = new Set(items as (string | number)[]);
  return (leaf) => leaf !== undefined && !excluded.has(leaf as string | number);
}
