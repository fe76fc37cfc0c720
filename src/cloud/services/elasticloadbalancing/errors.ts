import { AwsError, NotSupported } from "../../core/errors.ts";
import type { Scope } from "../../core/scope.ts";
import type { Store } from "../../core/store.ts";
import { SERVICE } from "./names.ts";
import { listeners, loadBalancers, rules, targetGroups, type ListenerRow, type LoadBalancerRow, type RuleRow, type TargetGroupRow } from "./state.ts";

/*
 * Codes are those of the API's model. Messages are AWS's where threads, the AWS CLI's examples or moto's recorded ones have
 * them; others say the same in our words.
 */

export const validationError = (message: string): AwsError => new AwsError("ValidationError", message);
export const invalidConfiguration = (message: string): AwsError => new AwsError("InvalidConfigurationRequest", message);
export const notSupported = (operation: string, what: string): NotSupported => new NotSupported(SERVICE, operation, what);

/** `1 validation error detected: …`, as the API's own checks of a member put it. */
export const constraint = (value: unknown, at: string, must: string): AwsError =>
  validationError(`1 validation error detected: Value '${String(value)}' at '${at}' failed to satisfy constraint: Member must ${must}`);

/** @throws AwsError where a number is out of its range. */
export function inRange(value: number | undefined, at: string, least: number, most: number): void {
  if (value === undefined) return;
  if (value < least) throw constraint(value, at, `have value greater than or equal to ${least}`);
  if (value > most) throw constraint(value, at, `have value less than or equal to ${most}`);
}

/** Members of an input that this cloud has nothing for. @throws NotSupported naming the first that is there */
export function refuse<T extends object>(operation: string, input: T, members: readonly (keyof T & string)[]): void {
  for (const member of members) if (input[member] !== undefined) throw notSupported(operation, member);
}

export function requireLoadBalancer(store: Store, scope: Scope, arn: string | undefined): LoadBalancerRow {
  if (arn !== undefined && !/^arn:[^:]*:elasticloadbalancing:[^:]*:[^:]*:loadbalancer\//.test(arn))
    throw validationError(`'${arn}' is not a valid load balancer ARN`);
  const row = loadBalancers(store, scope).get(arn ?? "");
  if (!row) throw new AwsError("LoadBalancerNotFound", `Load balancer '${arn}' not found`);
  return row;
}

export function requireListener(store: Store, scope: Scope, arn: string | undefined): ListenerRow {
  const row = listeners(store, scope).get(arn ?? "");
  if (!row) throw new AwsError("ListenerNotFound", `Listener '${arn}' not found`);
  return row;
}

export function requireRule(store: Store, scope: Scope, arn: string | undefined): RuleRow {
  const row = rules(store, scope).get(arn ?? "");
  if (!row) throw new AwsError("RuleNotFound", `Rule '${arn}' not found`);
  return row;
}

export function requireTargetGroup(store: Store, scope: Scope, arn: string | undefined): TargetGroupRow {
  const row = targetGroups(store, scope).get(arn ?? "");
  if (!row) throw new AwsError("TargetGroupNotFound", `Target groups '${arn}' not found`);
  return row;
}

/** One page of a list; markers are positions. */
export function page<T>(all: T[], input: { Marker?: string | undefined; PageSize?: number | undefined }): { items: T[]; NextMarker?: string } {
  inRange(input.PageSize, "pageSize", 1, 400);
  const from = input.Marker === undefined ? 0 : Number(Buffer.from(input.Marker, "base64url").toString());
  if (!Number.isInteger(from) || from < 0) throw validationError(`Invalid marker '${input.Marker}'`);
  const size = input.PageSize ?? 400;
  const items = all.slice(from, from + size);
  return from + size < all.length ? { items, NextMarker: Buffer.from(String(from + size)).toString("base64url") } : { items };
}

/** Names of load balancers and target groups. @throws AwsError ValidationError */
export function checkName(name: string | undefined, what: "Load balancer" | "Target group"): string {
  if (!name) throw validationError(`${what} name cannot be empty`);
  if (name.length > 32) throw validationError(`${what} name '${name}' cannot be longer than '32' characters`);
  if (!/^[a-zA-Z0-9-]+$/.test(name))
    throw validationError(`${what} name '${name}' can only contain characters that are alphanumeric characters and hyphens(-)`);
  if (name.startsWith("-") || name.endsWith("-")) throw validationError(`${what} name '${name}' cannot begin or end with '-'`);
  if (what === "Load balancer" && name.startsWith("internal-")) throw validationError(`${what} name '${name}' cannot begin with 'internal-'`);
  return name;
}
