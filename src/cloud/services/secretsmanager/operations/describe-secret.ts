import type { DescribeSecretRequest, DescribeSecretResponse, SecretListEntry } from "@aws-sdk/client-secrets-manager";
import type { Call } from "../../../core/service.ts";
import type { SecretsManagerParts } from "../index.ts";
import { secretOf, toTags } from "../shared.ts";
import type { SecretRow } from "../state.ts";
import { stagesOf } from "../versions.ts";

/** What is known of a secret besides its values; of a deleted one, too. @throws AwsError ResourceNotFoundException */
export function DescribeSecret({ store }: Pick<SecretsManagerParts, "store">, input: DescribeSecretRequest, call: Call): DescribeSecretResponse {
  const row = secretOf(store, call, input.SecretId, "DescribeSecret");
  return { ...summary(row), ...(row.versions.length > 0 ? { VersionIdsToStages: labelled(row) } : {}) };
}

/** What DescribeSecret and ListSecrets have in common. */
export const summary = (row: SecretRow): Omit<SecretListEntry, "SecretVersionsToStages"> => ({
  ARN: row.arn,
  Name: row.name,
  Description: row.description,
  KmsKeyId: row.kmsKeyId,
  LastChangedDate: new Date(row.changed),
  LastAccessedDate: row.accessed === undefined ? undefined : new Date(row.accessed),
  DeletedDate: row.deletesAt === undefined ? undefined : new Date(row.deletesAt),
  CreatedDate: new Date(row.created),
  Tags: toTags(row.tags),
});

/** The versions that have labels; the others count as deprecated. */
export const labelled = (row: SecretRow): Record<string, string[]> =>
  Object.fromEntries(row.versions.map(({ id }): [string, string[]] => [id, stagesOf(row, id)]).filter(([, stages]) => stages.length > 0));
