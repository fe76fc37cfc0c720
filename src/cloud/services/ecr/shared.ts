import { AwsError, NotSupported } from "../../core/errors.ts";
import { arn, type Scope } from "../../core/scope.ts";
import type { Store } from "../../core/store.ts";
import { repositories, type RepositoryRow } from "./state.ts";

export const invalid = (message: string): AwsError => new AwsError("InvalidParameterException", message);

const notFound = (name: string, account: string): AwsError =>
  new AwsError("RepositoryNotFoundException", `The repository with name '${name}' does not exist in the registry with id '${account}'`);

export const repositoryArn = (scope: Scope, name: string): string => arn("ecr", scope, `repository/${name}`);

/** Registries of other accounts are not reached. */
export function ownRegistry(operation: string, registryId: string | undefined, scope: Scope): void {
  if (registryId !== undefined && registryId !== scope.account) throw new NotSupported("ecr", operation, "registries of other accounts");
}

/** The repository of a request. @throws AwsError RepositoryNotFoundException */
export function repositoryOf(store: Store, scope: Scope, name: string | undefined): RepositoryRow {
  const row = repositories(store, scope).get(name ?? "");
  if (!row) throw notFound(name ?? "", scope.account);
  return row;
}

/** The repository of an ARN. @throws AwsError */
export function repositoryByArn(store: Store, scope: Scope, resourceArn: string | undefined): RepositoryRow {
  const name = /:repository\/(.+)$/.exec(resourceArn ?? "")?.[1];
  if (name === undefined) throw invalid(`Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'`);
  return repositoryOf(store, scope, name);
}

/** One page of a list; the token is opaque. 100 items where the request does not say. */
export function page<T>(items: readonly T[], input: { nextToken?: string; maxResults?: number }): { items: T[]; nextToken?: string } {
  const from = input.nextToken === undefined ? 0 : Number.parseInt(input.nextToken, 36);
  if (Number.isNaN(from)) throw invalid("Invalid parameter at 'nextToken' failed to satisfy constraint: 'Invalid token'");
  const to = from + (input.maxResults ?? 100);
  return { items: items.slice(from, to), ...(to < items.length ? { nextToken: to.toString(36) } : {}) };
}
