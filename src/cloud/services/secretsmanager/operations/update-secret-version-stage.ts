import type { UpdateSecretVersionStageRequest, UpdateSecretVersionStageResponse } from "@aws-sdk/client-secrets-manager";
import type { Call } from "../../../core/service.ts";
import type { SecretsManagerParts } from "../index.ts";
import { invalidParameter, liveSecretOf, notFound } from "../shared.ts";
import { secrets, type SecretRow } from "../state.ts";
import { CURRENT, withoutStage, withStage } from "../versions.ts";

/** Moves a label, or takes it away. Who moves a label has to say where it is (API_UpdateSecretVersionStage). @throws AwsError */
export function UpdateSecretVersionStage(
  { store, clock }: Pick<SecretsManagerParts, "store" | "clock">,
  input: UpdateSecretVersionStageRequest,
  call: Call,
): UpdateSecretVersionStageResponse {
  const row = liveSecretOf(store, call, input.SecretId, "UpdateSecretVersionStage");
  check(row, input);
  const stage = input.VersionStage!;
  const changed = input.MoveToVersionId === undefined ? withoutStage(row, stage) : withStage(row, stage, input.MoveToVersionId);
  secrets(store, call).set(row.name, { ...changed, changed: clock.now() });
  return { ARN: row.arn, Name: row.name };
}

function check(row: SecretRow, { VersionStage, MoveToVersionId, RemoveFromVersionId }: UpdateSecretVersionStageRequest): void {
  const attached = row.stages[VersionStage!];
  for (const id of [MoveToVersionId, RemoveFromVersionId])
    if (id !== undefined && !row.versions.some((version) => version.id === id))
      throw notFound(`Secrets Manager can't find the specified secret value for VersionId: ${id}`);
  if (MoveToVersionId === undefined && RemoveFromVersionId === undefined)
    throw invalidParameter("You must specify MoveToVersionId, RemoveFromVersionId, or both.");
  if (MoveToVersionId === undefined && VersionStage === CURRENT)
    throw invalidParameter(`You can only move staging label ${CURRENT} to a different secret version. It can't be completely removed.`);
  if (attached === undefined || attached === MoveToVersionId || attached === RemoveFromVersionId) return;
  const where = `Staging label ${VersionStage} is currently attached to version ${attached}, so you must explicitly reference that version in RemoveFromVersionId.`;
  throw invalidParameter(
    RemoveFromVersionId === undefined
      ? `The parameter RemoveFromVersionId can't be empty. ${where}`
      : `The parameter RemoveFromVersionId is wrong. ${where}`,
  );
}
