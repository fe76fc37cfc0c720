import type { AssumeRoleRequest, AssumeRoleResponse } from "@aws-sdk/client-sts";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { StsDeps } from "../index.ts";
import { describeCredentials } from "../shared.ts";

/** Members that would change what the session may do and are not read. */
const UNREAD = ["SerialNumber", "TokenCode", "SourceIdentity", "TransitiveTagKeys", "ProvidedContexts"] as const;

export function AssumeRole({ sessions }: Pick<StsDeps, "sessions">, input: AssumeRoleRequest, call: Call): AssumeRoleResponse {
  for (const member of UNREAD) if (input[member] !== undefined) throw new NotSupported("sts", "AssumeRole", member);
  const sessionName = input.RoleSessionName!;
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
    throw new AwsError(
      "ValidationError",
      `1 validation error detected: Value '${sessionName}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
    );
  }
  const duration = input.DurationSeconds;
  if (duration !== undefined && (duration < 900 || duration > 43_200)) {
    throw new AwsError(
      "ValidationError",
      `1 validation error detected: Value '${duration}' at 'durationSeconds' failed to satisfy constraint: Member must have value between 900 and 43200`,
    );
  }
  const session = sessions.assumeRole(call.principal, {
    roleArn: input.RoleArn!,
    sessionName,
    ...(duration === undefined ? {} : { duration }),
    ...(input.Policy === undefined ? {} : { policy: input.Policy }),
    ...(input.PolicyArns ? { policyArns: input.PolicyArns.map(({ arn }) => arn ?? "") } : {}),
    ...(input.Tags ? { tags: Object.fromEntries(input.Tags.map(({ Key, Value }) => [Key ?? "", Value ?? ""])) } : {}),
    ...(input.ExternalId === undefined ? {} : { externalId: input.ExternalId }),
  });
  return { Credentials: describeCredentials(session), AssumedRoleUser: { AssumedRoleId: session.userId, Arn: session.arn } };
}
