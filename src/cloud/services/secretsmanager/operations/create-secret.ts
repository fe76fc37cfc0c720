import type { CreateSecretRequest, CreateSecretResponse } from "@aws-sdk/client-secrets-manager";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { SecretsManagerParts } from "../index.ts";
import { invalidParameter, invalidRequest, newArn, withTags } from "../shared.ts";
import { secrets, type SecretRow } from "../state.ts";
import { checkValue, CURRENT, sameValue, withVersion } from "../versions.ts";

type Deps = Pick<SecretsManagerParts, "store" | "clock" | "ids">;

/** A secret, with its first version where the request has a value. @throws AwsError */
export function CreateSecret({ store, clock, ids }: Deps, input: CreateSecretRequest, call: Call): CreateSecretResponse {
  if (input.AddReplicaRegions?.length) throw new NotSupported("secretsmanager", "CreateSecret", "replicas in other regions");
  if (input.Type) throw new NotSupported("secretsmanager", "CreateSecret", "secrets that other parties hold (Type)");
  const name = input.Name ?? "";
  if (!/^[\w/+=.@!-]{1,512}$/.test(name))
    throw new AwsError(
      "ValidationException",
      "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
    );
  const hasValue = checkValue(input);
  const existing = secrets(store, call).get(name);
  if (existing) return again(existing, input);
  const now = clock.now();
  const empty: SecretRow = {
    name,
    arn: newArn(ids, call, name),
    ...described(input),
    tags: withTags({}, input.Tags),
    created: now,
    changed: now,
    versions: [],
    stages: {},
  };
  const row = hasValue ? withVersion(empty, input.ClientRequestToken ?? ids.uuid(), input, [CURRENT], now) : empty;
  secrets(store, call).set(name, row);
  return answer(row);
}

/** Description and key, as CreateSecret and UpdateSecret take them. There is no KMS here: the key is only remembered. */
export function described(input: { Description?: string; KmsKeyId?: string }): Pick<SecretRow, "description" | "kmsKeyId"> {
  if ((input.Description?.length ?? 0) > 2048) throw invalidParameter("The description must have at most 2048 characters.");
  return {
    ...(input.Description === undefined ? {} : { description: input.Description }),
    ...(input.KmsKeyId === undefined ? {} : { kmsKeyId: input.KmsKeyId }),
  };
}

const answer = (row: SecretRow): CreateSecretResponse => ({
  ARN: row.arn,
  Name: row.name,
  ...(row.stages[CURRENT] === undefined ? {} : { VersionId: row.stages[CURRENT] }),
});

/** The same request once more is answered as before (API_CreateSecret, "ClientRequestToken"). */
function again(row: SecretRow, input: CreateSecretRequest): CreateSecretResponse {
  if (row.deletesAt !== undefined)
    throw invalidRequest("You can't create this secret because a secret with this name is already scheduled for deletion.");
  const made = row.versions.find((version) => version.id === input.ClientRequestToken);
  if (made && sameValue(made, input)) return { ...answer(row), VersionId: made.id };
  throw new AwsError("ResourceExistsException", `The operation failed because the secret ${row.name} already exists.`);
}
