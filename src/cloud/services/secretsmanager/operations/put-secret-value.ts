import type { PutSecretValueRequest, PutSecretValueResponse } from "@aws-sdk/client-secrets-manager";
import { NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { SecretsManagerParts } from "../index.ts";
import { invalidRequest, liveSecretOf } from "../shared.ts";
import { secrets } from "../state.ts";
import { checkValue, CURRENT, stagesOf, withVersion } from "../versions.ts";

/** A new version: the current one unless the request gives it other labels. @throws AwsError */
export function PutSecretValue(
  { store, clock, ids }: Pick<SecretsManagerParts, "store" | "clock" | "ids">,
  input: PutSecretValueRequest,
  call: Call,
): PutSecretValueResponse {
  if (input.RotationToken) throw new NotSupported("secretsmanager", "PutSecretValue", "RotationToken: there is no rotation");
  const row = liveSecretOf(store, call, input.SecretId, "PutSecretValue");
  if (!checkValue(input)) throw invalidRequest("You must provide either SecretString or SecretBinary.");
  const id = input.ClientRequestToken ?? ids.uuid();
  const changed = withVersion(row, id, input, input.VersionStages ?? [CURRENT], clock.now());
  secrets(store, call).set(row.name, changed);
  return { ARN: row.arn, Name: row.name, VersionId: id, VersionStages: stagesOf(changed, id) };
}
