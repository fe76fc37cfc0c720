import { AwsError } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Store } from "../../../core/store.ts";
import { DEFAULT_GROUP, groupNamed, scheduleKey, schedules, type GroupRow, type ScheduleRow } from "../state.ts";

/** Checks and readings that several operations share. */

export const invalid = (message: string): AwsError => new AwsError("ValidationException", message);

export const conflict = (message: string): AwsError => new AwsError("ConflictException", message, { status: 409 });

const notFound = (message: string): AwsError => new AwsError("ResourceNotFoundException", message, { status: 404 });

/** The sentence that AWS's generated validation writes for one member. */
const constraint = (member: string, value: unknown, rule: string): AwsError =>
  invalid(`1 validation error detected: Value '${String(value)}' at '${member}' failed to satisfy constraint: ${rule}`);

/** @throws AwsError unless it is the name of a schedule or a group (botocore: Name, ScheduleGroupName) */
export function named(member: string, value: string | undefined): string {
  if (value === undefined || value === "") throw constraint(member, value ?? "", "Member must have length greater than or equal to 1");
  if (value.length > 64) throw constraint(member, value, "Member must have length less than or equal to 64");
  if (!/^[0-9a-zA-Z-_.]+$/.test(value)) throw constraint(member, value, "Member must satisfy regular expression pattern: ^[0-9a-zA-Z-_.]+$");
  return value;
}

/** @throws AwsError unless it is a number from `low` to `high`, or not there */
export function between(member: string, value: number | undefined, low: number, high: number): void {
  if (value === undefined) return;
  if (value < low) throw constraint(member, value, `Member must have value greater than or equal to ${low}`);
  if (value > high) throw constraint(member, value, `Member must have value less than or equal to ${high}`);
}

/** @throws AwsError ResourceNotFoundException */
export function groupOf(store: Store, call: Scope, name: string | undefined): GroupRow {
  const group = groupNamed(store, call, named("groupName", name ?? DEFAULT_GROUP));
  if (!group) throw notFound(`Schedule group ${name} does not exist.`);
  return group;
}

/** @throws AwsError ResourceNotFoundException */
export function scheduleOf(store: Store, call: Scope, group: string | undefined, name: string | undefined): ScheduleRow {
  const row = schedules(store, call).get(scheduleKey(groupOf(store, call, group).name, named("name", name)));
  if (!row) throw notFound(`Schedule ${name} does not exist.`);
  return row;
}

/** One page of `rows`, in the order of their keys; the token is the last key of the page before. */
export function page<T>(
  rows: readonly T[],
  key: (row: T) => string,
  input: { NextToken?: string; MaxResults?: number },
): { rows: T[]; NextToken?: string } {
  between("maxResults", input.MaxResults, 1, 100);
  const sorted = rows.map((row): [string, T] => [key(row), row]).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const after = input.NextToken === undefined ? undefined : Buffer.from(input.NextToken, "base64url").toString("utf8");
  const rest = after === undefined ? sorted : sorted.filter(([name]) => name > after);
  const shown = rest.slice(0, input.MaxResults ?? 100);
  const more = rest.length > shown.length;
  return { rows: shown.map(([, row]) => row), ...(more ? { NextToken: Buffer.from(shown.at(-1)![0], "utf8").toString("base64url") } : {}) };
}
