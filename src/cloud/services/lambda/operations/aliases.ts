import type {
  AliasConfiguration,
  CreateAliasRequest,
  DeleteAliasRequest,
  GetAliasRequest,
  ListAliasesRequest,
  ListAliasesResponse,
  UpdateAliasRequest,
} from "@aws-sdk/client-lambda";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { functionArn, latestOf, notFound, parseName, type Named } from "../names.ts";
import type { LambdaParts } from "../parts.ts";
import { aliases, versions, type AliasRow } from "../state.ts";
import { page } from "./page.ts";
import { checkRevision } from "./revision.ts";

type Deps = Pick<LambdaParts, "store" | "ids">;

const toAlias = (named: Named, row: AliasRow): AliasConfiguration => ({
  AliasArn: functionArn({ scope: named.scope, name: named.name, qualifier: row.name }),
  Name: row.name,
  FunctionVersion: row.functionVersion,
  Description: row.description,
  RevisionId: row.revisionId,
});

function checkInput(deps: Deps, operation: string, named: Named, input: CreateAliasRequest | UpdateAliasRequest): void {
  if (Object.keys(input.RoutingConfig?.AdditionalVersionWeights ?? {}).length > 0) {
    throw new NotSupported("lambda", operation, "weighted aliases (RoutingConfig)");
  }
  const version = input.FunctionVersion;
  if (version !== undefined && version !== "$LATEST" && !versions(deps.store, named.scope).has(`${named.name}:${version}`)) {
    throw notFound({ scope: named.scope, name: named.name, qualifier: version });
  }
}

export function CreateAlias(deps: Deps, input: CreateAliasRequest, call: Call): AliasConfiguration {
  const named = parseName(input.FunctionName!, call);
  latestOf(deps.store, named);
  checkInput(deps, "CreateAlias", named, input);
  const table = aliases(deps.store, named.scope);
  if (table.has(`${named.name}:${input.Name}`)) {
    const message = `Alias already exists: ${functionArn({ ...named, qualifier: input.Name! })}`;
    throw new AwsError("ResourceConflictException", message, { status: 409, fields: { Type: "User" } });
  }
  const row = {
    name: input.Name!,
    functionName: named.name,
    functionVersion: input.FunctionVersion!,
    description: input.Description ?? "",
    revisionId: deps.ids.uuid(),
  };
  return toAlias(named, table.set(`${named.name}:${input.Name}`, row));
}

function requireAlias(deps: Deps, named: Named, name: string): AliasRow {
  latestOf(deps.store, named);
  const row = aliases(deps.store, named.scope).get(`${named.name}:${name}`);
  if (row) return row;
  const message = `Cannot find alias arn: ${functionArn({ scope: named.scope, name: named.name, qualifier: name })}`;
  throw new AwsError("ResourceNotFoundException", message, { status: 404, fields: { Type: "User" } });
}

export function GetAlias(deps: Deps, input: GetAliasRequest, call: Call): AliasConfiguration {
  const named = parseName(input.FunctionName!, call);
  return toAlias(named, requireAlias(deps, named, input.Name!));
}

export function UpdateAlias(deps: Deps, input: UpdateAliasRequest, call: Call): AliasConfiguration {
  const named = parseName(input.FunctionName!, call);
  const row = requireAlias(deps, named, input.Name!);
  checkRevision(row.revisionId, input.RevisionId);
  checkInput(deps, "UpdateAlias", named, input);
  const changed = {
    ...row,
    functionVersion: input.FunctionVersion ?? row.functionVersion,
    description: input.Description ?? row.description,
    revisionId: deps.ids.uuid(),
  };
  return toAlias(named, aliases(deps.store, named.scope).set(`${named.name}:${row.name}`, changed));
}

/** Answers the same where there is no such alias, as Lambda does. */
export function DeleteAlias(deps: Deps, input: DeleteAliasRequest, call: Call): object {
  const named = parseName(input.FunctionName!, call);
  aliases(deps.store, named.scope).delete(`${named.name}:${input.Name}`);
  return {};
}

export function ListAliases(deps: Deps, input: ListAliasesRequest, call: Call): ListAliasesResponse {
  const named = parseName(input.FunctionName!, call);
  latestOf(deps.store, named);
  const all = aliases(deps.store, named.scope).filter(
    (row) => row.functionName === named.name && (input.FunctionVersion === undefined || row.functionVersion === input.FunctionVersion),
  );
  const { items, next } = page(all, input.Marker, input.MaxItems ?? 50);
  return { Aliases: items.map((row) => toAlias(named, row)), ...(next ? { NextMarker: next } : {}) };
}
