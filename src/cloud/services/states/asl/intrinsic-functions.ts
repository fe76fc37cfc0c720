import { createHash } from "node:crypto";
import type { Chance } from "./scope.ts";
import { isObject, textOf, type Json } from "./types.ts";

type Intrinsic = (parameters: Json[], chance: Chance) => Json;

const list = (value: Json | undefined): Json[] => {
  if (!Array.isArray(value)) throw new Error(`${JSON.stringify(value)} is not an array`);
  return value;
};
const text = (value: Json | undefined): string => {
  if (typeof value !== "string") throw new Error(`${JSON.stringify(value)} is not a string`);
  return value;
};
/** "If you specify a non-integer value, Step Functions will round it off to the nearest integer" (Intrinsic functions). */
const integer = (value: Json | undefined): number => {
  if (typeof value !== "number") throw new Error(`${JSON.stringify(value)} is not a number`);
  return Math.round(value);
};
const same = (a: Json, b: Json): boolean => JSON.stringify(a) === JSON.stringify(b);

const ALGORITHMS: Record<string, string> = { MD5: "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512" };

/** `$hash` of JSONata has the same algorithms. */
export function hash(value: Json | undefined, algorithm: Json | undefined): string {
  const known = ALGORITHMS[textOf(algorithm)];
  if (known === undefined) throw new Error(`there is no hash algorithm ${textOf(algorithm)}`);
  return createHash(known).update(textOf(value)).digest("hex");
}

/** At most 1,000 items. @param last is in the range */
export function range(first: Json | undefined, last: Json | undefined, delta: Json | undefined): number[] {
  const [from, to, by] = [integer(first), integer(last), integer(delta)];
  if (by === 0) throw new Error("the increment is 0");
  const length = Math.max(0, Math.floor((to - from) / by) + 1);
  if (length > 1000) throw new Error("the range has more than 1000 items");
  return Array.from({ length }, (_, index) => from + index * by);
}

export function partition(items: Json | undefined, size: Json | undefined): Json[] {
  const [all, length] = [list(items), integer(size)];
  if (length < 1) throw new Error("the size of a chunk must be positive");
  return Array.from({ length: Math.ceil(all.length / length) }, (_, index) => all.slice(index * length, (index + 1) * length));
}

function format([template, ...values]: Json[]): string {
  let used = 0;
  const out = text(template).replaceAll(/\\(.)|\{\}|[{}]/gs, (found, escaped: string | undefined) => {
    if (escaped !== undefined) return escaped;
    if (found !== "{}") throw new Error("matching '}' not found for '{', or the other way round");
    const value = values[used++];
    if (value === undefined) throw new Error("there are fewer arguments than places for them");
    return textOf(value);
  });
  if (used !== values.length) throw new Error("number of arguments do not match the occurrences of {}");
  return out;
}

/** Developer Guide, "Intrinsic functions for JSONPath states". */
export const INTRINSICS: Record<string, Intrinsic> = {
  Format: format,
  StringToJson: ([value]) => (text(value).trim() === "" ? null : (JSON.parse(text(value)) as Json)),
  JsonToString: ([value]) => JSON.stringify(value),
  Array: (values) => values,
  ArrayPartition: ([items, size]) => partition(items, size),
  ArrayContains: ([items, value]) => list(items).some((item) => same(item, value!)),
  ArrayRange: ([first, last, delta]) => range(first, last, delta),
  ArrayGetItem([items, index]) {
    const found = list(items)[integer(index)];
    if (found === undefined) throw new Error(`there is no item ${integer(index)}`);
    return found;
  },
  ArrayLength: ([items]) => list(items).length,
  ArrayUnique: ([items]) => list(items).filter((item, index, all) => all.findIndex((other) => same(item, other)) === index),
  Base64Encode: ([value]) => Buffer.from(text(value)).toString("base64"),
  Base64Decode: ([value]) => Buffer.from(text(value), "base64").toString(),
  Hash: ([value, algorithm]) => hash(value, algorithm),
  JsonMerge([one, other, deep]) {
    if (deep !== false) throw new Error("only the shallow merge (false) is supported");
    if (!isObject(one) || !isObject(other)) throw new Error("only objects can be merged");
    return { ...one, ...other };
  },
  MathRandom([from, to], chance) {
    const [low, high] = [integer(from), integer(to)];
    if (high <= low) throw new Error("the end must be greater than the start");
    return low + Math.floor(chance.fraction() * (high - low));
  },
  MathAdd: ([one, other]) => integer(one) + integer(other),
  StringSplit([value, delimiters]) {
    const separators = new Set(text(delimiters));
    const parts = [""];
    for (const letter of text(value)) {
      if (separators.has(letter)) parts.push("");
      else parts[parts.length - 1] += letter;
    }
    return parts.filter((part) => part !== "");
  },
  UUID: (_, chance) => chance.uuid(),
};
