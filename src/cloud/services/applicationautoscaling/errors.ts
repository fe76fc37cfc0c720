import { AwsError, NotSupported } from "../../core/errors.ts";
import type { Scope } from "../../core/scope.ts";
import type { Store } from "../../core/store.ts";
import { DIMENSION, NAMESPACE, targets, type TargetRow } from "./state.ts";

/** Checks and readings that several operations share. */

export const invalid = (message: string): AwsError => new AwsError("ValidationException", message);
export const notFound = (message: string): AwsError => new AwsError("ObjectNotFoundException", message);

/** The sentence that AWS's generated validation writes for one member. */
export const constraint = (member: string, value: unknown, rule: string): AwsError =>
  invalid(`1 validation error detected: Value '${String(value)}' at '${member}' failed to satisfy constraint: ${rule}`);

/** @throws AwsError unless it is a number of at least `low` and at most `high`, or not there */
export function between(member: string, value: number | undefined, low: number, high = Number.MAX_SAFE_INTEGER): void {
  if (value === undefined) return;
  if (value < low) throw constraint(member, value, `Member must have value greater than or equal to ${low}`);
  if (value > high) throw constraint(member, value, `Member must have value less than or equal to ${high}`);
}

/** The other namespaces of botocore's enumeration ServiceNamespace. */
const NAMESPACES =
  "appstream cassandra comprehend custom-resource dynamodb ec2 ecs elasticache elasticmapreduce kafka lambda neptune rds sagemaker workspaces".split(
    " ",
  );

interface Named {
  ServiceNamespace?: string;
  ResourceId?: string;
  ScalableDimension?: string;
}

/** @throws NotSupported for the namespaces of AWS that this cloud does not have */
export function checkNamespace(operation: string, namespace: string | undefined): void {
  if (namespace === NAMESPACE) return;
  if (NAMESPACES.includes(namespace ?? "")) throw new NotSupported("application-autoscaling", operation, `the service namespace ${namespace}`);
  throw constraint("serviceNamespace", namespace, `Member must satisfy enum value set: [${NAMESPACES.join(", ")}]`);
}

// "Unsupported service namespace, resource type or scalable dimension" is recorded in moto (applicationautoscaling/models.py).
const UNSUPPORTED = "Unsupported service namespace, resource type or scalable dimension";

/** @returns the resource ID of an ECS service's desired count @throws AwsError (ValidationException) for anything else */
export function resourceOf(operation: string, input: Named): string {
  checkNamespace(operation, input.ServiceNamespace);
  if (input.ScalableDimension !== DIMENSION || !/^service\/[^/]+\/[^/]+$/.test(input.ResourceId ?? "")) throw invalid(UNSUPPORTED);
  return input.ResourceId!;
}

/** What a list is narrowed down to. "If you specify a scalable dimension, you must also specify a resource ID." */
export function filterOf(
  operation: string,
  input: { ServiceNamespace?: string; ScalableDimension?: string },
  ids: string[],
): (id: string) => boolean {
  checkNamespace(operation, input.ServiceNamespace);
  if (input.ScalableDimension !== undefined) {
    if (input.ScalableDimension !== DIMENSION) throw invalid(UNSUPPORTED);
    if (ids.length === 0) throw invalid("Resource ID must be specified when scalable dimension is specified.");
  }
  return ids.length === 0 ? () => true : (id) => ids.includes(id);
}

/** `service namespace: …, resource ID: …, scalable dimension: …`, as in the messages of ObjectNotFoundException. */
export const identified = (resourceId: string): string =>
  `service namespace: ${NAMESPACE}, resource ID: ${resourceId}, scalable dimension: ${DIMENSION}`;

/** @throws AwsError ObjectNotFoundException (its text is recorded in github.com/hashicorp/terraform/issues/10737) */
export function targetOf(store: Store, scope: Scope, resourceId: string): TargetRow {
  const target = targets(store, scope).get(resourceId);
  if (!target) throw notFound(`No scalable target registered for ${identified(resourceId)}`);
  return target;
}

/** One page of `rows`; the token is a position. @throws AwsError InvalidNextTokenException */
export function page<T>(rows: readonly T[], input: { NextToken?: string; MaxResults?: number }): { rows: T[]; NextToken?: string } {
  between("maxResults", input.MaxResults, 1, 50);
  const from = input.NextToken === undefined ? 0 : Number(Buffer.from(input.NextToken, "base64url").toString());
  if (!Number.isInteger(from) || from < 0 || (input.NextToken !== undefined && from >= rows.length))
    throw new AwsError("InvalidNextTokenException", "The next token supplied was invalid.");
  const end = from + (input.MaxResults ?? 50);
  return { rows: rows.slice(from, end), ...(end < rows.length ? { NextToken: Buffer.from(String(end)).toString("base64url") } : {}) };
}
