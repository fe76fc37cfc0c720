import { AwsError } from "../../core/errors.ts";
import { invalidParameter } from "./shared.ts";
import type { SecretRow, VersionRow } from "./state.ts";

export const CURRENT = "AWSCURRENT";
export const PREVIOUS = "AWSPREVIOUS";

/** "You can store up to 100 versions": those without a label go first (User Guide, "Secret versions"). */
const MOST_VERSIONS = 100;
const MOST_BYTES = 65_536;
const MOST_STAGES = 20;

/** What a request brings as a secret's value. */
export interface GivenValue {
  ClientRequestToken?: string;
  SecretString?: string;
  SecretBinary?: Uint8Array;
}

export const stagesOf = (row: SecretRow, versionId: string): string[] =>
  Object.entries(row.stages)
    .filter(([, id]) => id === versionId)
    .map(([stage]) => stage);

/** Whether a request brings a value at all. @throws AwsError InvalidParameterException for one that cannot be */
export function checkValue({ ClientRequestToken, SecretString, SecretBinary }: GivenValue): boolean {
  if (SecretString !== undefined && SecretBinary !== undefined)
    throw invalidParameter("You can't specify both a binary secret value and a string secret value in the same secret.");
  if (ClientRequestToken !== undefined && (ClientRequestToken.length < 32 || ClientRequestToken.length > 64))
    throw invalidParameter("ClientRequestToken must be 32-64 characters long.");
  const bytes = SecretBinary?.byteLength ?? (SecretString === undefined ? undefined : Buffer.byteLength(SecretString));
  if (bytes !== undefined && (bytes < 1 || bytes > MOST_BYTES)) throw invalidParameter(`The secret value must have 1 to ${MOST_BYTES} bytes.`);
  return bytes !== undefined;
}

export const sameValue = (version: VersionRow, { SecretString, SecretBinary }: GivenValue): boolean =>
  version.text === SecretString && Buffer.compare(version.binary ?? new Uint8Array(), SecretBinary ?? new Uint8Array()) === 0;

/**
 * The secret with one more version, or as it was where the token has made the same version before (API_PutSecretValue,
 * "ClientRequestToken"). A first version is the current one, whatever its labels.
 * @throws AwsError ResourceExistsException where the token stands for another value
 */
export function withVersion(row: SecretRow, id: string, value: GivenValue, stages: readonly string[], now: number): SecretRow {
  const existing = row.versions.find((version) => version.id === id);
  if (existing) {
    if (sameValue(existing, value)) return row;
    throw new AwsError(
      "ResourceExistsException",
      `You can't use ClientRequestToken ${id} because that value is already in use for a version of secret ${row.arn}.`,
    );
  }
  if (stages.length > MOST_STAGES) throw new AwsError("LimitExceededException", `A version can have at most ${MOST_STAGES} staging labels.`);
  const made: VersionRow = {
    id,
    created: now,
    ...(value.SecretString === undefined ? {} : { text: value.SecretString }),
    ...(value.SecretBinary === undefined ? {} : { binary: value.SecretBinary }),
  };
  const labels = row.versions.length === 0 ? new Set([...stages, CURRENT]) : new Set(stages);
  const labelled = [...labels].reduce((kept, stage) => withStage(kept, stage, id), { ...row, changed: now });
  const versions = [...row.versions, made];
  const surplus = versions.length - MOST_VERSIONS;
  const unlabelled = versions.filter((version) => stagesOf(labelled, version.id).length === 0).slice(0, Math.max(0, surplus));
  return { ...labelled, versions: versions.filter((version) => !unlabelled.includes(version)) };
}

/** A label on another version. The version that was current becomes the previous one ("Secret versions"). */
export function withStage(row: SecretRow, stage: string, versionId: string): SecretRow {
  const before = row.stages[CURRENT];
  const stages = { ...row.stages, [stage]: versionId };
  if (stage !== CURRENT || before === undefined || before === versionId) return { ...row, stages };
  return { ...row, stages: { ...stages, [PREVIOUS]: before } };
}

export function withoutStage(row: SecretRow, stage: string): SecretRow {
  const { [stage]: _, ...stages } = row.stages;
  return { ...row, stages };
}
