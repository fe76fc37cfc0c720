import type { Scope } from "../../../core/scope.ts";
import type { FunctionRow } from "../state.ts";

/** The variables that a function may not set itself (Lambda Developer Guide, "Defined runtime environment variables"). */
const RESERVED = new Set([
  "_HANDLER",
  "_X_AMZN_TRACE_ID",
  "AWS_DEFAULT_REGION",
  "AWS_REGION",
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_INITIALIZATION_TYPE",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_LAMBDA_RUNTIME_API",
  "LAMBDA_TASK_ROOT",
  "LAMBDA_RUNTIME_DIR",
]);

/** Those of `names` that are reserved. */
export const reservedNames = (names: readonly string[]): string[] => names.filter((name) => RESERVED.has(name));

/**
 * The whole environment of a function: what Lambda sets (same page), this cloud's address, and the function's own
 * variables. Nothing of this process's environment is in it.
 */
export function environmentVariables(
  row: FunctionRow,
  scope: Scope,
  given: {
    credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string };
    names: { group: string; stream: string };
    endpoint: string;
    taskRoot: string;
  },
): Record<string, string> {
  return {
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    PATH: "/usr/local/bin:/usr/bin/:/bin",
    AWS_ENDPOINT_URL: given.endpoint,
    // There is no instance to ask for credentials or a region; without this the SDK waits for one to answer.
    AWS_EC2_METADATA_DISABLED: "true",
    // The function would run on the Node.js of its runtime; that this machine's is older is not its concern.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    ...row.environment,
    _HANDLER: row.handler,
    AWS_REGION: scope.region,
    AWS_DEFAULT_REGION: scope.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${row.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: row.name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(row.memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: row.version,
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: given.names.group,
    AWS_LAMBDA_LOG_STREAM_NAME: given.names.stream,
    AWS_ACCESS_KEY_ID: given.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: given.credentials.secretAccessKey,
    AWS_SESSION_TOKEN: given.credentials.sessionToken,
    LAMBDA_TASK_ROOT: given.taskRoot,
    LAMBDA_RUNTIME_DIR: "/var/runtime",
  };
}
