import type { DeleteSecretRequest, DeleteSecretResponse, RestoreSecretRequest, RestoreSecretResponse } from "@aws-sdk/client-secrets-manager";
import type { Call } from "../../../core/service.ts";
import type { SecretsManagerParts } from "../index.ts";
import { findSecret, invalidParameter, invalidRequest, newArn, notFound, secretOf } from "../shared.ts";
import { secrets } from "../state.ts";

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;

type Deps = Pick<SecretsManagerParts, "store" | "clock" | "ids" | "deletions">;

/**
 * Marks a secret for deletion after 7 to 30 days, or deletes it at once. By force, a secret that is not there is no error
 * (API_DeleteSecret, "ForceDeleteWithoutRecovery"). @throws AwsError
 */
export function DeleteSecret({ store, clock, ids, deletions }: Deps, input: DeleteSecretRequest, call: Call): DeleteSecretResponse {
  const { RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force } = input;
  if (force && days !== undefined) throw invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
  if (days !== undefined && (days < 7 || days > 30))
    throw invalidParameter("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).");
  const row = findSecret(store, call, input.SecretId, "DeleteSecret");
  const now = clock.now();
  if (force) {
    if (row) {
      secrets(store, call).delete(row.name);
      deletions.forget(row.arn);
    }
    const name = row?.name ?? input.SecretId ?? "";
    return { ARN: row?.arn ?? (name.startsWith("arn:") ? name : newArn(ids, call, name)), Name: name, DeletionDate: new Date(now) };
  }
  if (!row) throw notFound();
  if (row.deletesAt !== undefined)
    throw invalidRequest("You can't perform this operation on the secret because it was already scheduled for deletion.");
  const deletesAt = now + (days ?? DEFAULT_DAYS) * DAY_MS;
  secrets(store, call).update(row.name, { deletesAt });
  deletions.sync(call, row.name);
  return { ARN: row.arn, Name: row.name, DeletionDate: new Date(deletesAt) };
}

/** Takes the mark away; a secret without one stays as it is. @throws AwsError ResourceNotFoundException */
export function RestoreSecret(
  { store, deletions }: Pick<Deps, "store" | "deletions">,
  input: RestoreSecretRequest,
  call: Call,
): RestoreSecretResponse {
  const { deletesAt: _, ...row } = secretOf(store, call, input.SecretId, "RestoreSecret");
  secrets(store, call).set(row.name, row);
  deletions.sync(call, row.name);
  return { ARN: row.arn, Name: row.name };
}
