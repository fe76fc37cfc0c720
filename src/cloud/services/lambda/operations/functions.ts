import type {
  DeleteFunctionRequest,
  DeleteFunctionResponse,
  FunctionConfiguration,
  GetFunctionConfigurationRequest,
  GetFunctionRequest,
  GetFunctionResponse,
  ListFunctionsRequest,
  ListFunctionsResponse,
} from "@aws-sdk/client-lambda";
import { pathToFileURL } from "node:url";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { latestOf, notFound, parseName, resolveFunction } from "../names.ts";
import type { LambdaParts } from "../parts.ts";
import { aliases, concurrency, events, functions, invokeConfigs, policies, versions } from "../state.ts";
import { toConfiguration } from "./configuration.ts";
import { page } from "./page.ts";

export function GetFunction(deps: Pick<LambdaParts, "store" | "packages">, input: GetFunctionRequest, call: Call): GetFunctionResponse {
  const named = parseName(input.FunctionName!, call, input.Qualifier);
  const row = resolveFunction(deps.store, named);
  const reserved = concurrency(deps.store, named.scope).get(named.name);
  const tags = latestOf(deps.store, named).tags;
  return {
    Configuration: toConfiguration(row, named.qualifier),
    // On AWS an address to download the package from; here its files are on this machine.
    Code: { RepositoryType: "S3", Location: pathToFileURL(deps.packages.folder(row.code)).href },
    ...(Object.keys(tags).length > 0 ? { Tags: tags } : {}),
    ...(reserved ? { Concurrency: { ReservedConcurrentExecutions: reserved.reserved } } : {}),
  };
}

export function GetFunctionConfiguration(
  deps: Pick<LambdaParts, "store">,
  input: GetFunctionConfigurationRequest,
  call: Call,
): FunctionConfiguration {
  const named = parseName(input.FunctionName!, call, input.Qualifier);
  return toConfiguration(resolveFunction(deps.store, named), named.qualifier);
}

export function ListFunctions(deps: Pick<LambdaParts, "store">, input: ListFunctionsRequest, call: Call): ListFunctionsResponse {
  const latest = functions(deps.store, call)
    .values()
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const all =
    input.FunctionVersion === "ALL" ? latest.flatMap((row) => [row, ...versions(deps.store, call).filter(({ name }) => name === row.name)]) : latest;
  const { items, next } = page(all, input.Marker, input.MaxItems ?? 50);
  return {
    Functions: items.map((row) => toConfiguration(row, input.FunctionVersion === "ALL" ? row.version : undefined)),
    ...(next ? { NextMarker: next } : {}),
  };
}

/** Deletes a function with its versions, aliases, policies and waiting events, or one version of it. */
export function DeleteFunction(deps: Pick<LambdaParts, "store" | "invoker">, input: DeleteFunctionRequest, call: Call): DeleteFunctionResponse {
  const { store, invoker } = deps;
  const named = parseName(input.FunctionName!, call, input.Qualifier);
  const row = latestOf(store, named);
  if (named.qualifier) return deleteVersion(deps, named.scope, named.name, named.qualifier);
  const isOf = (key: string): boolean => key === named.name || key.startsWith(`${named.name}:`);
  for (const version of versions(store, named.scope).filter(({ name }) => name === named.name)) invoker.dropEnvironments(version);
  invoker.dropEnvironments(row);
  for (const table of [functions, versions, aliases, policies, invokeConfigs, concurrency]) {
    const rows = table(store, named.scope);
    for (const [key] of rows.entries()) if (isOf(key)) rows.delete(key);
  }
  for (const event of events(store, named.scope).filter(({ functionName }) => functionName === named.name))
    events(store, named.scope).delete(event.id);
  return { StatusCode: 204 };
}

function deleteVersion(
  { store, invoker }: Pick<LambdaParts, "store" | "invoker">,
  scope: Call | { account: string; region: string },
  name: string,
  version: string,
): DeleteFunctionResponse {
  const invalid = (message: string): AwsError => new AwsError("InvalidParameterValueException", message, { fields: { Type: "User" } });
  if (version === "$LATEST") throw invalid("$LATEST version cannot be deleted without deleting the function.");
  const row = versions(store, scope).get(`${name}:${version}`);
  if (!row) throw notFound({ scope: { account: scope.account, region: scope.region }, name, qualifier: version });
  const used = aliases(store, scope).find((alias) => alias.functionName === name && alias.functionVersion === version);
  if (used)
    throw new AwsError("ResourceConflictException", `Version ${version} is referenced by the alias ${used.name}.`, {
      status: 409,
      fields: { Type: "User" },
    });
  invoker.dropEnvironments(row);
  versions(store, scope).delete(`${name}:${version}`);
  return { StatusCode: 204 };
}
