import type { Tag } from "@aws-sdk/client-secrets-manager";
import type { Ids } from "../../core/ids.ts";
import { AwsError, NotSupported } from "../../core/errors.ts";
import { arn, parseArn, type Scope } from "../../core/scope.ts";
import type { Store } from "../../core/store.ts";
import { secrets, type SecretRow } from "./state.ts";

export const invalidParameter = (message: string): AwsError => new AwsError("InvalidParameterException", message);
export const invalidRequest = (message: string): AwsError => new AwsError("InvalidRequestException", message);
export const notFound = (message = "Secrets Manager can't find the specified secret."): AwsError =>
  new AwsError("ResourceNotFoundException", message);

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** `arn:aws:secretsmanager:<region>:<account>:secret:<name>-<six random characters>` (API_CreateSecret, "ARN"). */
export function newArn(ids: Pick<Ids, "fraction">, scope: Scope, name: string): string {
  const suffix = Array.from({ length: 6 }, () => LETTERS[Math.floor(ids.fraction() * LETTERS.length)]).join("");
  return arn("secretsmanager", scope, `secret:${name}-${suffix}`);
}

/**
 * The secret that a name, a whole ARN or an ARN without the six characters at its end means.
 * @throws NotSupported for a secret of another account
 */
export function findSecret(store: Store, scope: Scope, id: string | undefined, operation = "*"): SecretRow | undefined {
  const table = secrets(store, scope);
  const parts = parseArn(id ?? "");
  if (!parts) return table.get(id ?? "");
  if (parts.account !== scope.account) throw new NotSupported("secretsmanager", operation, "secrets of other accounts");
  if (parts.service !== "secretsmanager" || parts.region !== scope.region || !parts.resource.startsWith("secret:")) return undefined;
  const resource = parts.resource.slice("secret:".length);
  return table.find((row) => row.arn === id) ?? table.get(resource);
}

/** @throws AwsError ResourceNotFoundException */
export function secretOf(store: Store, scope: Scope, id: string | undefined, operation: string): SecretRow {
  const row = findSecret(store, scope, id, operation);
  if (!row) throw notFound();
  return row;
}

/** A secret that nobody has deleted. @throws AwsError ResourceNotFoundException, InvalidRequestException */
export function liveSecretOf(store: Store, scope: Scope, id: string | undefined, operation: string): SecretRow {
  const row = secretOf(store, scope, id, operation);
  if (row.deletesAt !== undefined) throw invalidRequest("You can't perform this operation on the secret because it was marked for deletion.");
  return row;
}

export const toTags = (tags: Record<string, string>): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** @throws AwsError InvalidParameterException where there are more than 50 (API_TagResource). */
export function withTags(before: Record<string, string>, tags: readonly Tag[] | undefined): Record<string, string> {
  const all = { ...before, ...Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""])) };
  if (Object.keys(all).length > 50) throw invalidParameter("A secret can have at most 50 tags.");
  return all;
}

/** One page of a list; the token is opaque. 100 items where the request does not say. */
export function page<T>(items: readonly T[], input: { NextToken?: string; MaxResults?: number }, most = 100): { items: T[]; NextToken?: string } {
  const from = input.NextToken === undefined ? 0 : Number.parseInt(input.NextToken, 36);
  if (Number.isNaN(from)) throw new AwsError("InvalidNextTokenException", "The token is invalid.");
  const to = from + (input.MaxResults ?? most);
  return { items: items.slice(from, to), ...(to < items.length ? { NextToken: to.toString(36) } : {}) };
}
