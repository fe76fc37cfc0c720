import type { GetSecretValueRequest, GetSecretValueResponse } from "@aws-sdk/client-secrets-manager";
import type { Call } from "../../../core/service.ts";
import type { SecretsManagerParts } from "../index.ts";
import { invalidRequest, liveSecretOf, notFound } from "../shared.ts";
import { secrets, type SecretRow, type VersionRow } from "../state.ts";
import { CURRENT, stagesOf } from "../versions.ts";

const DAY_MS = 86_400_000;

/** The value of a version: the current one unless the request names another. @throws AwsError */
export function GetSecretValue(
  { store, clock }: Pick<SecretsManagerParts, "store" | "clock">,
  input: GetSecretValueRequest,
  call: Call,
): GetSecretValueResponse {
  const row = liveSecretOf(store, call, input.SecretId, "GetSecretValue");
  const version = versionOf(row, input);
  // "The date that the secret was last accessed … truncated": only the day is told, so only a new day is written.
  const accessed = Math.floor(clock.now() / DAY_MS) * DAY_MS;
  if (version.accessed !== accessed) {
    const versions = row.versions.map((each) => (each.id === version.id ? { ...each, accessed } : each));
    secrets(store, call).update(row.name, { accessed, versions });
  }
  return {
    ARN: row.arn,
    Name: row.name,
    VersionId: version.id,
    SecretString: version.text,
    SecretBinary: version.binary,
    VersionStages: stagesOf(row, version.id),
    CreatedDate: new Date(version.created),
  };
}

function versionOf(row: SecretRow, { VersionId, VersionStage }: GetSecretValueRequest): VersionRow {
  const stage = VersionStage ?? CURRENT;
  const found = row.versions.find(({ id }) => id === (VersionId ?? row.stages[stage]));
  if (!found) {
    const which = VersionId === undefined ? `staging label: ${stage}` : `VersionId: ${VersionId}`;
    throw notFound(`Secrets Manager can't find the specified secret value for ${which}`);
  }
  if (VersionId !== undefined && VersionStage !== undefined && row.stages[VersionStage] !== VersionId)
    throw invalidRequest("You provided a VersionStage that is not associated to the provided VersionId.");
  return found;
}
