import { AwsError, NotSupported } from "../../../core/errors.ts";

/** Checks and readings that several operations share. */

export const invalidParameter = (message: string): AwsError => new AwsError("InvalidParameterException", message);

/** The sentence that AWS's generated validation writes for one member. */
export const constraint = (member: string, value: unknown, rule: string): AwsError =>
  invalidParameter(`1 validation error detected: Value '${String(value)}' at '${member}' failed to satisfy constraint: ${rule}`);

/** @throws AwsError InvalidParameterException unless it is a log group's name (botocore: LogGroupName). */
export function groupName(value: string | undefined): string {
  return named("logGroupName", value, /^[.\-_/#A-Za-z0-9]+$/, String.raw`[\.\-_/#A-Za-z0-9]+`);
}

/** @throws AwsError unless it is a stream's or a filter's name (botocore: LogStreamName, FilterName). */
export const plainName = (member: string, value: string | undefined): string => named(member, value, /^[^:*]+$/, "[^:*]*");

function named(member: string, value: string | undefined, pattern: RegExp, text: string): string {
  if (value === undefined || value === "") throw constraint(member, value ?? "", "Member must have length greater than or equal to 1");
  if (value.length > 512) throw constraint(member, value, "Member must have length less than or equal to 512");
  if (!pattern.test(value)) throw constraint(member, value, `Member must satisfy regular expression pattern: ${text}`);
  return value;
}

/** A group by name or by ARN, with or without `:*`: `logGroupName` or `logGroupIdentifier`, exactly one. */
export function groupOrIdentifier(input: { logGroupName?: string; logGroupIdentifier?: string }): string {
  if ((input.logGroupName === undefined) === (input.logGroupIdentifier === undefined)) {
    throw invalidParameter("Exactly one of logGroupName and logGroupIdentifier is required.");
  }
  return groupName(input.logGroupName ?? nameFromArn(input.logGroupIdentifier!));
}

/** The group's name in `arn:aws:logs:region:account:log-group:NAME`, or the text itself where it is no ARN. */
export function nameFromArn(text: string): string {
  const [, name] = /^arn:[^:]*:logs:[^:]*:[^:]*:log-group:([^:]+)(?::\*)?$/.exec(text) ?? [];
  return name ?? text;
}

/** @throws NotSupported for members that are set and that would change behaviour */
export function refuse(operation: string, input: object, members: readonly string[]): void {
  for (const member of members) {
    const value = (input as Record<string, unknown>)[member];
    if (value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0))
      throw new NotSupported("logs", operation, `the member ${member}`);
  }
}

/** One page of `rows`, which are sorted by `name`; the token is the last name of the page before. */
export function page<T>(
  rows: readonly T[],
  name: (row: T) => string,
  token: string | undefined,
  limit: number | undefined,
): { rows: T[]; nextToken?: string } {
  const size = limit ?? 50;
  if (size < 1 || size > 50) throw constraint("limit", size, "Member must have value between 1 and 50");
  const after = token === undefined ? undefined : Buffer.from(token, "base64url").toString("utf8");
  const start = after === undefined ? 0 : rows.findIndex((row) => name(row) > after);
  const rest = start < 0 ? [] : rows.slice(start);
  const shown = rest.slice(0, size);
  return { rows: shown, ...(rest.length > size ? { nextToken: Buffer.from(name(shown.at(-1)!), "utf8").toString("base64url") } : {}) };
}

/** Plain code point order, as AWS lists. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
