import { join } from "node:path";
import type { LambdaPort } from "../../core/ports.ts";
import { bind, type Service } from "../../core/service.ts";
import { createAccess } from "./access.ts";
import { Packages } from "./code/packages.ts";
import { AsyncQueue } from "./engine/async-queue.ts";
import { defaultRuntimeDir } from "./engine/environment.ts";
import { Invoker } from "./engine/invoker.ts";
import { Pool } from "./engine/pool.ts";
import * as aliasOperations from "./operations/aliases.ts";
import * as concurrencyOperations from "./operations/concurrency.ts";
import { CreateFunction } from "./operations/create-function.ts";
import { DeleteFunction, GetFunction, GetFunctionConfiguration, ListFunctions } from "./operations/functions.ts";
import { Invoke } from "./operations/invoke.ts";
import * as invokeConfigOperations from "./operations/invoke-configs.ts";
import { AddPermission, GetPolicy, RemovePermission } from "./operations/permissions.ts";
import * as tagOperations from "./operations/tags.ts";
import { UpdateFunctionCode, UpdateFunctionConfiguration } from "./operations/update-function.ts";
import { ListVersionsByFunction, PublishVersion } from "./operations/versions.ts";
import type { LambdaDeps, LambdaParts } from "./parts.ts";
import { createPort } from "./port.ts";
import { functions, versions } from "./state.ts";

export type { LambdaDeps } from "./parts.ts";
export type { LambdaIam } from "./engine/role.ts";
export { inlinePackage } from "./code/inline.ts";

const handlers = {
  CreateFunction,
  UpdateFunctionCode,
  UpdateFunctionConfiguration,
  GetFunction,
  GetFunctionConfiguration,
  ListFunctions,
  DeleteFunction,
  Invoke,
  AddPermission,
  RemovePermission,
  GetPolicy,
  PublishVersion,
  ListVersionsByFunction,
  ...concurrencyOperations,
  ...invokeConfigOperations,
  ...aliasOperations,
  ...tagOperations,
};

/** Lambda: functions in workers of this process, and the way in for the cloud's other services. */
export function createLambda(deps: LambdaDeps): Service & LambdaPort {
  const packages = new Packages(join(deps.dataDir, "lambda"), deps.ids);
  const pool = new Pool({
    clock: deps.clock,
    runtimeDir: deps.runtimeDir ?? defaultRuntimeDir(),
    blanks: deps.blanks ?? (deps.inline ? 0 : 2),
    warm: deps.warm ?? (deps.inline ? 1000 : 4),
    // Nobody waits for memory in a simulation, and the times of cold starts are none of its own.
    idleMs: deps.idleMs ?? (deps.inline ? 1e12 : 600_000),
  });
  const invoker = new Invoker(deps, packages, pool);
  const queue = new AsyncQueue(deps, invoker);
  const parts: LambdaParts = { ...deps, packages, pool, invoker, queue };
  return {
    name: "lambda",
    signingNames: ["lambda"],
    sdk: () => import("@aws-sdk/client-lambda"),
    protocols: ["restJson1"],
    apiVersion: "2015-03-31",
    operations: bind(parts, handlers),
    access: createAccess(deps.store),
    ...createPort(parts),
    start: () => start(parts),
    stop: async () => {
      queue.pause();
      await pool.close();
    },
    reset: () => packages.keepOnly(new Set()),
  };
}

/** Goes on with waiting events, and gets blank environments ready where there are functions to run in them. */
function start({ store, packages, pool, queue }: LambdaParts): void {
  pool.open();
  const rows = [functions, versions].flatMap((table, i) =>
    store.scopes(i === 0 ? "lambda.functions" : "lambda.versions").flatMap((scope) => table(store, scope).values()),
  );
  packages.keepOnly(new Set(rows.map((row) => row.code.folder)));
  for (const row of rows) {
    packages.prepare(row.code, row.handler);
    pool.expect(row.memoryMb);
  }
  if (rows.length > 0) pool.refill();
  queue.resume();
}
