import { AwsError } from "../../core/errors.ts";
import type { LambdaPort } from "../../core/ports.ts";
import { parseArn } from "../../core/scope.ts";
import { functionArn, parseName, resolveFunction, type Named } from "./names.ts";
import { policyOf } from "./operations/permissions.ts";
import { readPayload } from "./operations/invoke.ts";
import type { LambdaParts } from "./parts.ts";

type Source = Parameters<LambdaPort["invokeAsync"]>[2];

/**
 * CloudFormation invokes custom resources with the permissions of whoever deploys, not as a service
 * (CloudFormation User Guide, "Custom resources": no resource policy is needed).
 */
const FOR_ITS_CALLER = "cloudformation.amazonaws.com";

/** Invocations by the cloud's other services; the function's resource policy has to let them in. */
export function createPort(parts: LambdaParts): LambdaPort {
  return {
    // Lambda's internal queue has taken the event when this resolves; the function runs later.
    invokeAsync: async (arn, payload, source) => {
      const named = admit(parts, arn, source);
      parts.queue.add(named, readPayload(encode(payload), 1_048_576));
    },
    invokeSync: async (arn, payload, source) => {
      const named = admit(parts, arn, source);
      const row = resolveFunction(parts.store, named);
      const request = {
        id: parts.ids.uuid(),
        arn: functionArn(named),
        payload: readPayload(encode(payload), 6_291_456),
        rare: source.principal === FOR_ITS_CALLER,
      };
      const answer = await parts.invoker.invoke(row, request);
      return { payload: JSON.parse(answer.json) as unknown, ...(answer.failed ? { error: "Unhandled" } : {}) };
    },
  };
}

const encode = (payload: unknown): Buffer => Buffer.from(JSON.stringify(payload ?? {}));

/** @throws AwsError ResourceNotFoundException, AccessDeniedException */
function admit(parts: LambdaParts, arn: string, source: Source): Named {
  const { account = "", region = "" } = parseArn(arn) ?? {};
  const named = parseName(arn, { account, region });
  resolveFunction(parts.store, named);
  if (source.principal === FOR_ITS_CALLER) return named;
  const policy = policyOf(parts.store, named);
  const sourceAccount = source.arn ? parseArn(source.arn)?.account : undefined;
  const context = { ...(source.arn ? { "aws:SourceArn": source.arn } : {}), ...(sourceAccount ? { "aws:SourceAccount": sourceAccount } : {}) };
  const target = functionArn(named);
  if (policy && parts.iam.allowsService(policy, source.principal, "lambda:InvokeFunction", target, context)) return named;
  throw new AwsError(
    "AccessDeniedException",
    `User: ${source.principal} is not authorized to perform: lambda:InvokeFunction on resource: ${target} because no resource-based policy allows the lambda:InvokeFunction action${source.arn ? ` (source ${source.arn})` : ""}`,
    { status: 403 },
  );
}
