import { AwsError } from "../../core/errors.ts";

/** The errors of CloudWatch, by the names of their shapes; the wire turns them into each protocol's codes. */
export const validationError = (message: string): AwsError => new AwsError("ValidationError", message);
export const invalidValue = (message: string): AwsError => new AwsError("InvalidParameterValueException", message);
export const invalidCombination = (message: string): AwsError => new AwsError("InvalidParameterCombinationException", message);
export const missingParameter = (name: string): AwsError => new AwsError("MissingRequiredParameterException", `The parameter ${name} is required.`);
export const notFound = (message: string): AwsError => new AwsError("ResourceNotFound", message, { status: 404 });
export const invalidToken = (): AwsError => new AwsError("InvalidNextToken", "The next token specified is invalid.");

/** One page of a list; tokens are positions. */
export function page<T>(all: T[], token: string | undefined, size: number): { items: T[]; NextToken?: string } {
  const from = token === undefined ? 0 : Number(Buffer.from(token, "base64url").toString());
  if (!Number.isInteger(from) || from < 0 || (token !== undefined && from >= all.length)) throw invalidToken();
  const items = all.slice(from, from + size);
  return from + size < all.length ? { items, NextToken: Buffer.from(String(from + size)).toString("base64url") } : { items };
}
