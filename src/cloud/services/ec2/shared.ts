import type { Filter, ResourceType, Tag, TagSpecification } from "@aws-sdk/client-ec2";
import type { Ids } from "../../core/ids.ts";
import type { Scope } from "../../core/scope.ts";
import type { Store } from "../../core/store.ts";
import { globToRegExp } from "./glob.ts";
import { invalidValue } from "./faults.ts";
import { tags } from "./state.ts";

/** Such as `vpc-0123456789abcdef0`. */
export const newId = (ids: Pick<Ids, "hex">, prefix: string): string => `${prefix}-0${ids.hex(16)}`;

/** Locally administered, as EC2's are. */
export const macAddress = (ids: Pick<Ids, "hex">): string => `02:${ids.hex(10).match(/../g)!.join(":")}`;

export const toTags = (values: Record<string, string> | undefined): Tag[] => Object.entries(values ?? {}).map(([Key, Value]) => ({ Key, Value }));

/** Tags of a resource. */
export const tagsOf = (store: Store, scope: Scope, id: string): Record<string, string> => tags(store, scope).get(id) ?? {};

export const tagList = (store: Store, scope: Scope, id: string): Tag[] => toTags(tagsOf(store, scope, id));

/** @throws AwsError for keys and values that EC2 refuses (EC2 User Guide, "Tag restrictions"). */
export function checkTags(values: readonly Tag[]): Record<string, string> {
  for (const { Key = "", Value = "" } of values) {
    if (Key === "" || Key.length > 127) throw invalidValue("Tag keys must be between 1 and 127 characters in length.");
    if (Value.length > 255) throw invalidValue("Tag values cannot be more than 255 characters in length.");
  }
  if (values.length > 50) throw invalidValue("More than 50 tags are specified.");
  return Object.fromEntries(values.map(({ Key = "", Value = "" }) => [Key, Value]));
}

/** The tags that a request to create a resource has for its type. @throws AwsError for tags of other types, or bad ones. */
export function newTags(type: ResourceType, specifications: readonly TagSpecification[] | undefined): Record<string, string> {
  const wanted = (specifications ?? []).filter((specification) => specification.ResourceType === type).flatMap(({ Tags }) => Tags ?? []);
  const unexpected = (specifications ?? []).find((specification) => specification.ResourceType !== type);
  if (unexpected) throw invalidValue(`'${unexpected.ResourceType}' is not a valid taggable resource type for this operation.`);
  return checkTags(wanted);
}

/** Sets the tags of a new resource. To be called before its row is set, so that bad tags leave nothing behind. */
export function tagNew(store: Store, scope: Scope, id: string, type: ResourceType, specifications: readonly TagSpecification[] | undefined): void {
  const wanted = newTags(type, specifications);
  if (Object.keys(wanted).length > 0) tags(store, scope).set(id, wanted);
}

/** What filters may read of a row, by filter name. */
export type FilterFields<T> = Record<string, (row: T) => string | readonly string[] | undefined>;

/**
 * Rows that every filter lets through; a filter's values are joined by OR and may have `*` and `?`. `tag:<key>` and
 * `tag-key` work on every resource.
 * @throws AwsError InvalidParameterValue for a filter that the operation does not have.
 */
export function applyFilters<T>(
  rows: readonly T[],
  filters: readonly Filter[] | undefined,
  fields: FilterFields<T>,
  tagsOfRow: (row: T) => Record<string, string>,
): T[] {
  const tests = (filters ?? []).map(({ Name = "", Values = [] }) => {
    const read = readerOf(Name, fields, tagsOfRow);
    const patterns = Values.map(globToRegExp);
    return (row: T): boolean => {
      const actual = read(row);
      const list = actual === undefined ? [] : typeof actual === "string" ? [actual] : actual;
      return list.some((value) => patterns.some((pattern) => pattern.test(value)));
    };
  });
  return rows.filter((row) => tests.every((test) => test(row)));
}

function readerOf<T>(name: string, fields: FilterFields<T>, tagsOfRow: (row: T) => Record<string, string>): FilterFields<T>[string] {
  if (name.startsWith("tag:")) return (row) => tagsOfRow(row)[name.slice("tag:".length)];
  if (name === "tag-key") return (row) => Object.keys(tagsOfRow(row));
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!field) throw invalidValue(`The filter '${name}' is invalid`);
  return field;
}

/** One page; `MaxResults` all unless told. The token is opaque. */
export function page<T>(items: readonly T[], input: { NextToken?: string; MaxResults?: number }): { items: T[]; NextToken?: string } {
  const from = input.NextToken === undefined ? 0 : Number.parseInt(input.NextToken, 36);
  if (Number.isNaN(from)) throw invalidValue(`Unable to parse token '${input.NextToken}'`);
  const to = input.MaxResults === undefined ? items.length : from + input.MaxResults;
  return { items: items.slice(from, to), ...(to < items.length ? { NextToken: to.toString(36) } : {}) };
}

/** Rows by identifiers, in their order; all rows where none are given. @throws what `fault` makes of one that is not there. */
export function chosen<T>(
  table: { get(id: string): T | undefined; values(): T[] },
  ids: readonly string[] | undefined,
  fault: (id: string) => Error,
): T[] {
  if (!ids || ids.length === 0) return table.values();
  return ids.map((id) => {
    const row = table.get(id);
    if (row === undefined) throw fault(id);
    return row;
  });
}
