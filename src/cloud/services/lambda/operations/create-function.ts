import type { CreateFunctionRequest, FunctionConfiguration } from "@aws-sdk/client-lambda";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { LambdaParts } from "../parts.ts";
import { functionArn, parseName } from "../names.ts";
import { functions, type FunctionRow } from "../state.ts";
import { storeCode } from "./code.ts";
import {
  checkAccount,
  checkRole,
  checkSettings,
  invalid,
  lastModified,
  loggingOf,
  refuseUnsupported,
  settingsOf,
  toConfiguration,
} from "./configuration.ts";
import { publish } from "./versions.ts";

type Deps = Pick<LambdaParts, "store" | "clock" | "ids" | "iam" | "assets" | "packages" | "pool">;

/** Creates a function. It is Active at once: there is nothing to wait for. */
export function CreateFunction(deps: Deps, input: CreateFunctionRequest, call: Call): FunctionConfiguration {
  refuseUnsupported("CreateFunction", input);
  const named = parseName(input.FunctionName!, call);
  if (named.name.length > 64) throw invalid(`Function name ${named.name} is longer than 64 characters`);
  if (!input.Runtime || !input.Handler) throw invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.");
  checkSettings(input);
  checkAccount(input.Role!, named.scope.account);
  if (functions(deps.store, named.scope).has(named.name)) {
    throw new AwsError("ResourceConflictException", `Function already exist: ${named.name}`, { status: 409, fields: { Type: "User" } });
  }
  checkRole(deps.iam, input.Role!);
  const row: FunctionRow = {
    description: "",
    timeout: 3,
    memoryMb: 128,
    environment: {},
    ephemeralMb: 512,
    ...(settingsOf(input) as Pick<FunctionRow, "role" | "runtime" | "handler">),
    name: named.name,
    arn: functionArn({ scope: named.scope, name: named.name }),
    version: "$LATEST",
    code: storeCode(deps, "CreateFunction", input.Code ?? {}),
    logging: loggingOf(named.name, input.LoggingConfig),
    architectures: input.Architectures ?? ["x86_64"],
    lastModified: lastModified(deps.clock.now()),
    revisionId: deps.ids.uuid(),
    tags: { ...input.Tags },
  };
  functions(deps.store, named.scope).set(named.name, row);
  deps.packages.prepare(row.code, row.handler);
  deps.pool.expect(row.memoryMb);
  deps.pool.refill();
  if (!input.Publish) return toConfiguration(row);
  const version = publish(deps, named.scope, row);
  return toConfiguration(version, version.version);
}
