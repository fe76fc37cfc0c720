import { AwsError } from "../../core/errors.ts";

/** One page of `all`; the token is the place where the next one begins. CloudFormation answers up to 100 items. */
export function paginate<T>(all: readonly T[], token: string | undefined, size = 100): { items: T[]; NextToken?: string } {
  const start = token === undefined ? 0 : Number(token);
  if (!Number.isInteger(start) || start < 0) throw new AwsError("ValidationError", "Invalid pagination token");
  const end = start + size;
  return { items: all.slice(start, end), ...(end < all.length ? { NextToken: String(end) } : {}) };
}
