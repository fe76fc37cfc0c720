import type {
  FunctionConfiguration,
  ListVersionsByFunctionRequest,
  ListVersionsByFunctionResponse,
  PublishVersionRequest,
} from "@aws-sdk/client-lambda";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { latestOf, parseName } from "../names.ts";
import type { LambdaParts } from "../parts.ts";
import { versions, type FunctionRow } from "../state.ts";
import { invalid, toConfiguration } from "./configuration.ts";
import { page } from "./page.ts";
import { checkRevision } from "./revision.ts";

type Deps = Pick<LambdaParts, "store" | "ids">;

const numberOf = (row: FunctionRow): number => Number(row.version);

const published = (deps: Pick<LambdaParts, "store">, scope: Scope, name: string): FunctionRow[] =>
  versions(deps.store, scope)
    .filter((row) => row.name === name)
    .sort((a, b) => numberOf(a) - numberOf(b));

/** A version of the function as it is. Where nothing has changed since the last one, that one. */
export function publish(deps: Deps, scope: Scope, latest: FunctionRow, description?: string): FunctionRow {
  const last = published(deps, scope, latest.name).at(-1);
  const content = ({ version: _v, revisionId: _r, lastModified: _l, tags: _t, description: _d, ...rest }: FunctionRow): string =>
    JSON.stringify(rest);
  if (last && content(last) === content(latest)) return last;
  const row = {
    ...latest,
    version: String((last ? numberOf(last) : 0) + 1),
    revisionId: deps.ids.uuid(),
    tags: {},
    ...(description === undefined ? {} : { description }),
  };
  return versions(deps.store, scope).set(`${row.name}:${row.version}`, row);
}

export function PublishVersion(deps: Deps, input: PublishVersionRequest, call: Call): FunctionConfiguration {
  const named = parseName(input.FunctionName!, call);
  const latest = latestOf(deps.store, named);
  checkRevision(latest.revisionId, input.RevisionId);
  if (input.CodeSha256 && input.CodeSha256 !== latest.code.sha256)
    throw invalid(
      `CodeSHA256 (${input.CodeSha256}) is different from current CodeSHA256 in $LATEST (${latest.code.sha256}). Please try again with the CodeSHA256 in $LATEST.`,
    );
  const row = publish(deps, named.scope, latest, input.Description);
  return toConfiguration(row, row.version);
}

export function ListVersionsByFunction(deps: Deps, input: ListVersionsByFunctionRequest, call: Call): ListVersionsByFunctionResponse {
  const named = parseName(input.FunctionName!, call);
  const all = [latestOf(deps.store, named), ...published(deps, named.scope, named.name)];
  const { items, next } = page(all, input.Marker, input.MaxItems ?? 50);
  return { Versions: items.map((row) => toConfiguration(row, row.version)), ...(next ? { NextMarker: next } : {}) };
}
