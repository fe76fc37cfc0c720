import { AwsError } from "../../core/errors.ts";
import type { Call } from "../../core/service.ts";
import { groups } from "./state.ts";
import type { GroupRow } from "./state.ts";
import type { Store } from "../../core/store.ts";
import type { Scope } from "../../core/scope.ts";

export const validationError = (message: string): AwsError => new AwsError("ValidationError", message);

/** @throws AwsError (ValidationError) in Auto Scaling's words, when there is no such group. */
export function requireGroup(store: Store, scope: Scope, name: string | undefined): GroupRow {
  const group = groups(store, scope).get(name ?? "");
  if (!group) throw validationError(`AutoScalingGroup name not found - AutoScalingGroup ${name} not found`);
  return group;
}

/** The same, for changes: a group that is being deleted takes none. */
export function requireLivingGroup(store: Store, call: Call, name: string | undefined): GroupRow {
  const group = requireGroup(store, call, name);
  if (group.deleting) throw new AwsError("ScalingActivityInProgressFault", `AutoScalingGroup '${name}' is pending delete`);
  return group;
}

/** One page of a list; tokens are positions. */
export function page<T>(all: T[], token: string | undefined, size: number): { items: T[]; NextToken?: string } {
  const from = token === undefined ? 0 : Number(Buffer.from(token, "base64url").toString());
  if (!Number.isInteger(from) || from < 0 || (token !== undefined && from >= all.length)) {
    throw new AwsError("InvalidNextToken", "The NextToken value is not valid.");
  }
  const items = all.slice(from, from + size);
  return from + size < all.length ? { items, NextToken: Buffer.from(String(from + size)).toString("base64url") } : { items };
}
