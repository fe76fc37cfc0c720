import { passRole } from "../../core/access.ts";
import type { Store } from "../../core/store.ts";
import type { Access, AccessNeed, Call } from "../../core/service.ts";
import { functionArn, parseName, type Named } from "./names.ts";
import { policyOf } from "./operations/permissions.ts";

interface NamesFunction {
  FunctionName?: string;
  Qualifier?: string;
  Resource?: string;
  Role?: string;
}

const named = (input: NamesFunction, call: Call): Named => parseName(input.FunctionName ?? input.Resource ?? "", call, input.Qualifier);

/** Actions whose resource is a function (Service Authorization Reference, "Actions, resources, and condition keys for AWS Lambda"). */
const ON_FUNCTIONS =
  "GetFunction GetFunctionConfiguration DeleteFunction UpdateFunctionCode AddPermission RemovePermission GetPolicy PutFunctionConcurrency " +
  "GetFunctionConcurrency DeleteFunctionConcurrency PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig GetFunctionEventInvokeConfig " +
  "DeleteFunctionEventInvokeConfig ListFunctionEventInvokeConfigs PublishVersion ListVersionsByFunction CreateAlias UpdateAlias GetAlias " +
  "DeleteAlias ListAliases TagResource UntagResource ListTags";

/**
 * What each operation needs. A function's resource policy counts too, so that another account, or a role without a policy
 * of its own, may come in by it.
 */
export function createAccess(store: Store): Record<string, Access> {
  const need = (action: string, input: NamesFunction, call: Call): AccessNeed => {
    const function_ = named(input, call);
    const policy = policyOf(store, function_);
    return Object.assign({ action: `lambda:${action}`, resources: [functionArn(function_)] }, policy ? { resourcePolicies: [policy] } : {});
  };
  const on =
    (action: string): Access =>
    (input: NamesFunction, call) => [need(action, input, call)];
  const withRole =
    (action: string): Access =>
    (input: NamesFunction, call) => [need(action, input, call), ...passRole([input.Role], "lambda.amazonaws.com")];
  return {
    ...Object.fromEntries(ON_FUNCTIONS.split(" ").map((operation) => [operation, on(operation)])),
    CreateFunction: withRole("CreateFunction"),
    UpdateFunctionConfiguration: withRole("UpdateFunctionConfiguration"),
    Invoke: on("InvokeFunction"),
  };
}
