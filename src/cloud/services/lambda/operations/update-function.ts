import type { FunctionConfiguration, UpdateFunctionCodeRequest, UpdateFunctionConfigurationRequest } from "@aws-sdk/client-lambda";
import type { Call } from "../../../core/service.ts";
import { latestOf, parseName, type Named } from "../names.ts";
import type { LambdaParts } from "../parts.ts";
import { functions, type FunctionRow } from "../state.ts";
import { storeCode } from "./code.ts";
import { checkAccount, checkRole, checkSettings, lastModified, loggingOf, refuseUnsupported, settingsOf, toConfiguration } from "./configuration.ts";
import { checkRevision } from "./revision.ts";
import { publish } from "./versions.ts";

type Deps = Pick<LambdaParts, "store" | "clock" | "ids" | "iam" | "assets" | "packages" | "pool" | "invoker">;

/** New code. Invocations that run go on with the old one. */
export function UpdateFunctionCode(deps: Deps, input: UpdateFunctionCodeRequest, call: Call): FunctionConfiguration {
  const named = parseName(input.FunctionName!, call);
  const row = latestOf(deps.store, named);
  checkRevision(row.revisionId, input.RevisionId);
  const code = storeCode(deps, "UpdateFunctionCode", input);
  const changed = { ...row, code, ...(input.Architectures ? { architectures: input.Architectures } : {}) };
  if (input.DryRun) return toConfiguration(changed);
  const updated = change(deps, named, row, changed);
  if (!input.Publish) return toConfiguration(updated);
  const version = publish(deps, named.scope, updated);
  return toConfiguration(version, version.version);
}

export function UpdateFunctionConfiguration(deps: Deps, input: UpdateFunctionConfigurationRequest, call: Call): FunctionConfiguration {
  refuseUnsupported("UpdateFunctionConfiguration", input);
  const named = parseName(input.FunctionName!, call);
  const row = latestOf(deps.store, named);
  checkRevision(row.revisionId, input.RevisionId);
  checkSettings(input);
  if (input.Role !== undefined) {
    checkAccount(input.Role, named.scope.account);
    checkRole(deps.iam, input.Role);
  }
  const logging = loggingOf(row.name, input.LoggingConfig, row.logging);
  return toConfiguration(change(deps, named, row, { ...row, ...settingsOf(input), logging }));
}

function change(deps: Deps, named: Named, before: FunctionRow, after: FunctionRow): FunctionRow {
  const row = { ...after, lastModified: lastModified(deps.clock.now()), revisionId: deps.ids.uuid() };
  functions(deps.store, named.scope).set(named.name, row);
  deps.invoker.dropEnvironments(before);
  deps.packages.prepare(row.code, row.handler);
  deps.pool.expect(row.memoryMb);
  deps.pool.refill();
  return row;
}
