import type { UpdateSecretRequest, UpdateSecretResponse } from "@aws-sdk/client-secrets-manager";
import { NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { SecretsManagerParts } from "../index.ts";
import { liveSecretOf } from "../shared.ts";
import { secrets } from "../state.ts";
import { checkValue, CURRENT, withVersion } from "../versions.ts";
import { described } from "./create-secret.ts";

/** Changes description and key; a value is a new current version. @throws AwsError */
export function UpdateSecret(
  { store, clock, ids }: Pick<SecretsManagerParts, "store" | "clock" | "ids">,
  input: UpdateSecretRequest,
  call: Call,
): UpdateSecretResponse {
  if (input.Type) throw new NotSupported("secretsmanager", "UpdateSecret", "secrets that other parties hold (Type)");
  const row = liveSecretOf(store, call, input.SecretId, "UpdateSecret");
  const hasValue = checkValue(input);
  const now = clock.now();
  const changed = { ...row, ...described(input), changed: now };
  if (!hasValue) {
    secrets(store, call).set(row.name, changed);
    return { ARN: row.arn, Name: row.name };
  }
  const VersionId = input.ClientRequestToken ?? ids.uuid();
  secrets(store, call).set(row.name, withVersion(changed, VersionId, input, [CURRENT], now));
  return { ARN: row.arn, Name: row.name, VersionId };
}
