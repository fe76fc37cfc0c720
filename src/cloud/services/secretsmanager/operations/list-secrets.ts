import type { ListSecretsRequest, ListSecretsResponse } from "@aws-sdk/client-secrets-manager";
import type { Call } from "../../../core/service.ts";
import { matches } from "../filters.ts";
import type { SecretsManagerParts } from "../index.ts";
import { page } from "../shared.ts";
import { secrets, type SecretRow } from "../state.ts";
import { labelled, summary } from "./describe-secret.ts";

const BY: Record<string, (row: SecretRow) => number | string> = {
  "created-date": (row) => row.created,
  "last-accessed-date": (row) => row.accessed ?? 0,
  "last-changed-date": (row) => row.changed,
  name: (row) => row.name,
};

/** The secrets of the region, by the date of their creation unless told. @throws AwsError InvalidNextTokenException */
export function ListSecrets({ store }: Pick<SecretsManagerParts, "store">, input: ListSecretsRequest, call: Call): ListSecretsResponse {
  const by = BY[input.SortBy ?? "created-date"] ?? BY["created-date"]!;
  const found = secrets(store, call)
    .filter((row) => (input.IncludePlannedDeletion === true || row.deletesAt === undefined) && matches(row, call.region, input.Filters ?? []))
    .sort((a, b) => (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : 0));
  const { items, NextToken } = page(input.SortOrder === "desc" ? found.toReversed() : found, input);
  const SecretList = items.map((row) => ({ ...summary(row), ...(row.versions.length > 0 ? { SecretVersionsToStages: labelled(row) } : {}) }));
  return { SecretList, ...(NextToken === undefined ? {} : { NextToken }) };
}
