import type {
  DeleteFunctionEventInvokeConfigRequest,
  FunctionEventInvokeConfig,
  GetFunctionEventInvokeConfigRequest,
  ListFunctionEventInvokeConfigsRequest,
  ListFunctionEventInvokeConfigsResponse,
  PutFunctionEventInvokeConfigRequest,
  UpdateFunctionEventInvokeConfigRequest,
} from "@aws-sdk/client-lambda";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { destinationKind } from "../engine/destinations.ts";
import { functionArn, latestOf, parseName, resolveFunction, type Named } from "../names.ts";
import type { LambdaParts } from "../parts.ts";
import { invokeConfigs, type InvokeConfigRow } from "../state.ts";
import { invalid } from "./configuration.ts";
import { page } from "./page.ts";

type Deps = Pick<LambdaParts, "store" | "clock">;

const keyOf = ({ name, qualifier }: Named): string => `${name}:${qualifier ?? "$LATEST"}`;

export function PutFunctionEventInvokeConfig(deps: Deps, input: PutFunctionEventInvokeConfigRequest, call: Call): FunctionEventInvokeConfig {
  const named = parseName(input.FunctionName!, call, input.Qualifier);
  resolveFunction(deps.store, named);
  const row = rowOf("PutFunctionEventInvokeConfig", input, deps.clock.now());
  return toConfig(named, invokeConfigs(deps.store, named.scope).set(keyOf(named), row));
}

export function UpdateFunctionEventInvokeConfig(deps: Deps, input: UpdateFunctionEventInvokeConfigRequest, call: Call): FunctionEventInvokeConfig {
  const named = parseName(input.FunctionName!, call, input.Qualifier);
  const before = require(deps, named);
  const row = { ...before, ...rowOf("UpdateFunctionEventInvokeConfig", input, deps.clock.now()) };
  return toConfig(named, invokeConfigs(deps.store, named.scope).set(keyOf(named), row));
}

export function GetFunctionEventInvokeConfig(deps: Deps, input: GetFunctionEventInvokeConfigRequest, call: Call): FunctionEventInvokeConfig {
  const named = parseName(input.FunctionName!, call, input.Qualifier);
  return toConfig(named, require(deps, named));
}

export function DeleteFunctionEventInvokeConfig(deps: Deps, input: DeleteFunctionEventInvokeConfigRequest, call: Call): object {
  const named = parseName(input.FunctionName!, call, input.Qualifier);
  require(deps, named);
  invokeConfigs(deps.store, named.scope).delete(keyOf(named));
  return {};
}

export function ListFunctionEventInvokeConfigs(
  deps: Deps,
  input: ListFunctionEventInvokeConfigsRequest,
  call: Call,
): ListFunctionEventInvokeConfigsResponse {
  const named = parseName(input.FunctionName!, call);
  latestOf(deps.store, named);
  const all = invokeConfigs(deps.store, named.scope)
    .entries()
    .filter(([key]) => key.startsWith(`${named.name}:`))
    .map(([key, row]) => toConfig({ ...named, qualifier: key.slice(named.name.length + 1) }, row));
  const { items, next } = page(all, input.Marker, input.MaxItems ?? 50);
  return { FunctionEventInvokeConfigs: items, ...(next ? { NextMarker: next } : {}) };
}

function require(deps: Deps, named: Named): InvokeConfigRow {
  const row = invokeConfigs(deps.store, named.scope).get(keyOf(named));
  if (row) return row;
  const message = `The function ${functionArn({ ...named, qualifier: named.qualifier ?? "$LATEST" })} doesn't have an EventInvokeConfig`;
  throw new AwsError("ResourceNotFoundException", message, { status: 404, fields: { Type: "User" } });
}

function rowOf(operation: string, input: PutFunctionEventInvokeConfigRequest, now: number): InvokeConfigRow {
  const { MaximumRetryAttempts: retries, MaximumEventAgeInSeconds: age, DestinationConfig: destinations } = input;
  if (retries !== undefined && (retries < 0 || retries > 2)) throw invalid("MaximumRetryAttempts must be from 0 to 2.");
  if (age !== undefined && (age < 60 || age > 21_600)) throw invalid("MaximumEventAgeInSeconds must be from 60 to 21600.");
  const onSuccess = destinations?.OnSuccess?.Destination;
  const onFailure = destinations?.OnFailure?.Destination;
  for (const destination of [onSuccess, onFailure]) if (destination) destinationKind(destination, operation);
  return {
    lastModified: now,
    ...(retries === undefined ? {} : { maximumRetryAttempts: retries }),
    ...(age === undefined ? {} : { maximumEventAge: age }),
    ...(onSuccess ? { onSuccess } : {}),
    ...(onFailure ? { onFailure } : {}),
  };
}

const toConfig = (named: Named, row: InvokeConfigRow): FunctionEventInvokeConfig => ({
  LastModified: new Date(row.lastModified),
  FunctionArn: functionArn({ ...named, qualifier: named.qualifier ?? "$LATEST" }),
  ...(row.maximumRetryAttempts === undefined ? {} : { MaximumRetryAttempts: row.maximumRetryAttempts }),
  ...(row.maximumEventAge === undefined ? {} : { MaximumEventAgeInSeconds: row.maximumEventAge }),
  DestinationConfig: {
    OnSuccess: row.onSuccess ? { Destination: row.onSuccess } : {},
    OnFailure: row.onFailure ? { Destination: row.onFailure } : {},
  },
});
