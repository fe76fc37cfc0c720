import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Store } from "../../../core/store.ts";
import { apis, partsOf, type ApiRow, type DeploymentRow, type IntegrationRow, type RouteRow, type StageRow } from "../state.ts";

/** Checks and readings that several operations share. */

export const invalid = (message: string): AwsError => new AwsError("BadRequestException", message);

export const conflict = (message: string): AwsError => new AwsError("ConflictException", message, { status: 409 });

const notFound = (what: string, id: string | undefined): AwsError =>
  new AwsError("NotFoundException", `Invalid ${what} identifier specified ${id}`, { status: 404 });

/** @throws AwsError NotFoundException */
export function apiOf(store: Store, scope: Scope, apiId: string | undefined): ApiRow {
  const row = apis(store, scope).get(apiId ?? "");
  if (!row) throw notFound("API", apiId);
  return row;
}

/** @throws AwsError NotFoundException, as the next ones */
export function routeOf(store: Store, scope: Scope, apiId: string | undefined, routeId: string | undefined): RouteRow {
  const row = partsOf(store, scope, apiOf(store, scope, apiId).apiId, "routes").get(routeId ?? "");
  if (!row) throw notFound("Route", routeId);
  return row;
}

export function integrationOf(store: Store, scope: Scope, apiId: string | undefined, integrationId: string | undefined): IntegrationRow {
  const row = partsOf(store, scope, apiOf(store, scope, apiId).apiId, "integrations").get(integrationId ?? "");
  if (!row) throw notFound("Integration", integrationId);
  return row;
}

export function stageOf(store: Store, scope: Scope, apiId: string | undefined, stageName: string | undefined): StageRow {
  const row = partsOf(store, scope, apiOf(store, scope, apiId).apiId, "stages").get(stageName ?? "");
  if (!row) throw notFound("Stage", stageName);
  return row;
}

export function deploymentOf(store: Store, scope: Scope, apiId: string | undefined, deploymentId: string | undefined): DeploymentRow {
  const row = partsOf(store, scope, apiOf(store, scope, apiId).apiId, "deployments").get(deploymentId ?? "");
  if (!row) throw notFound("Deployment", deploymentId);
  return row;
}

/** @throws NotSupported for members that are set and that would change behaviour */
export function refuse(operation: string, input: object, members: readonly string[]): void {
  for (const member of members) {
    const value = (input as Record<string, unknown>)[member];
    if (value === undefined || value === false || (typeof value === "object" && value !== null && Object.keys(value).length === 0)) continue;
    throw new NotSupported("apigateway", operation, `the member ${member}`);
  }
}

/** The members of `from` under the names of the row, where they are set: what an update changes. */
export function changes<R>(from: object, names: Readonly<Record<string, keyof R & string>>): Partial<R> {
  const given = Object.entries(names).map(([member, name]): [string, unknown] => [name, (from as Record<string, unknown>)[member]]);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Partial<R>;
}

/** One page; the token is the position that comes next. */
export function page<T>(items: readonly T[], input: { MaxResults?: string; NextToken?: string }): { Items: T[]; NextToken?: string } {
  const size = input.MaxResults === undefined ? 100 : Number(input.MaxResults);
  if (!Number.isInteger(size) || size < 1) throw invalid("Invalid value for maxResults.");
  const start = input.NextToken === undefined ? 0 : Number(input.NextToken);
  if (!Number.isInteger(start)) throw invalid("Invalid nextToken.");
  return { Items: items.slice(start, start + size), ...(start + size < items.length ? { NextToken: String(start + size) } : {}) };
}
