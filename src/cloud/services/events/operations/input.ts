import { AwsError, NotSupported } from "../../../core/errors.ts";
import { parseArn, type Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { Store } from "../../../core/store.ts";
import { busNamed, DEFAULT_BUS, ruleKey, rules, type BusRow, type RuleRow } from "../state.ts";

/** Checks and readings that several operations share. */

export const invalid = (message: string): AwsError => new AwsError("ValidationException", message);

/** The sentence that AWS's generated validation writes for one member. */
export const constraint = (member: string, value: unknown, rule: string): AwsError =>
  invalid(`1 validation error detected: Value '${String(value)}' at '${member}' failed to satisfy constraint: ${rule}`);

export const notFound = (message: string): AwsError => new AwsError("ResourceNotFoundException", message);

export const limitExceeded = (): AwsError => new AwsError("LimitExceededException", "The requested resource exceeds the maximum number allowed.");

/** @throws AwsError unless it is a rule's or a target's name (botocore: RuleName, TargetId) */
export function named(member: string, value: string | undefined, longest = 64, pattern = /^[.\-_A-Za-z0-9]+$/): string {
  if (value === undefined || value === "") throw constraint(member, value ?? "", "Member must have length greater than or equal to 1");
  if (value.length > longest) throw constraint(member, value, `Member must have length less than or equal to ${longest}`);
  if (!pattern.test(value)) throw constraint(member, value, `Member must satisfy regular expression pattern: ${pattern.source.slice(1, -1)}`);
  return value;
}

/**
 * The bus of a request, by name or ARN; the default one unless told.
 * @throws AwsError ResourceNotFoundException
 */
export function busOf(store: Store, call: Scope, nameOrArn: string | undefined): BusRow {
  const name = busName(nameOrArn);
  const bus = busNamed(store, call, name);
  if (!bus) throw notFound(`Event bus ${name} does not exist.`);
  return bus;
}

/** `default` of `default` and of `arn:aws:events:…:event-bus/default`. */
export function busName(nameOrArn: string | undefined): string {
  if (nameOrArn === undefined || nameOrArn === "") return DEFAULT_BUS;
  const resource = parseArn(nameOrArn)?.resource;
  return resource ? resource.replace(/^event-bus\//, "") : nameOrArn;
}

/** @throws AwsError ResourceNotFoundException */
export function ruleOf(store: Store, call: Call, name: string | undefined, bus: string | undefined): RuleRow {
  const { name: onBus } = busOf(store, call, bus);
  const row = rules(store, call).get(ruleKey(onBus, named("name", name)));
  if (!row) throw notFound(`Rule ${name} does not exist on EventBus ${onBus}.`);
  return row;
}

/** @throws NotSupported for members that are set and that would change behaviour */
export function refuse(operation: string, input: object, members: readonly string[]): void {
  for (const member of members) {
    const value = (input as Record<string, unknown>)[member];
    if (value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0)) {
      throw new NotSupported("events", operation, `the member ${member}`);
    }
  }
}

/** One page of `rows`, sorted by `name`; the token is the last name of the page before. "Limit" is at most 100 (botocore). */
export function page<T>(
  rows: readonly T[],
  name: (row: T) => string,
  token: string | undefined,
  limit: number | undefined,
): { rows: T[]; NextToken?: string } {
  const size = limit ?? 100;
  if (size < 1 || size > 100)
    throw constraint("limit", size, `Member must have value ${size < 1 ? "greater than or equal to 1" : "less than or equal to 100"}`);
  const sorted = [...rows].sort((a, b) => byText(name(a), name(b)));
  const after = token === undefined ? undefined : Buffer.from(token, "base64url").toString("utf8");
  const rest = after === undefined ? sorted : sorted.filter((row) => byText(name(row), after) > 0);
  const shown = rest.slice(0, size);
  return { rows: shown, ...(rest.length > size ? { NextToken: Buffer.from(name(shown.at(-1)!), "utf8").toString("base64url") } : {}) };
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
