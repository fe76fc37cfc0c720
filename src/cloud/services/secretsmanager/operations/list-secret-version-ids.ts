import type { ListSecretVersionIdsRequest, ListSecretVersionIdsResponse } from "@aws-sdk/client-secrets-manager";
import type { Call } from "../../../core/service.ts";
import type { SecretsManagerParts } from "../index.ts";
import { page, secretOf } from "../shared.ts";
import { stagesOf } from "../versions.ts";

/** The versions with labels; with `IncludeDeprecated` the others, too. @throws AwsError */
export function ListSecretVersionIds(
  { store }: Pick<SecretsManagerParts, "store">,
  input: ListSecretVersionIdsRequest,
  call: Call,
): ListSecretVersionIdsResponse {
  const row = secretOf(store, call, input.SecretId, "ListSecretVersionIds");
  const shown = row.versions.filter(({ id }) => input.IncludeDeprecated === true || stagesOf(row, id).length > 0);
  const { items, NextToken } = page(shown, input);
  const Versions = items.map(({ id, created, accessed }) => {
    const VersionStages = stagesOf(row, id);
    return {
      VersionId: id,
      ...(VersionStages.length > 0 ? { VersionStages } : {}),
      CreatedDate: new Date(created),
      ...(accessed === undefined ? {} : { LastAccessedDate: new Date(accessed) }),
    };
  });
  return { ARN: row.arn, Name: row.name, Versions, ...(NextToken === undefined ? {} : { NextToken }) };
}
