import { AwsError } from "../../core/errors.ts";

/** One page of a list; the token is opaque. @param most how many where the request does not say. */
export function page<T>(items: readonly T[], input: { NextToken?: string; MaxResults?: number }, most: number): { items: T[]; NextToken?: string } {
  const from = input.NextToken === undefined ? 0 : Number.parseInt(input.NextToken, 36);
  if (Number.isNaN(from)) throw new AwsError("InvalidNextToken", "The specified token isn't valid.");
  const to = from + (input.MaxResults ?? most);
  return { items: items.slice(from, to), ...(to < items.length ? { NextToken: to.toString(36) } : {}) };
}
