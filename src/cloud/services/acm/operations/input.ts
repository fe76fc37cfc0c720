import type { Tag } from "@aws-sdk/client-acm";
import { AwsError } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Store } from "../../../core/store.ts";
import { certificates, type CertificateRow } from "../state.ts";

export const invalid = (message: string): AwsError => new AwsError("ValidationException", message);

/** @throws AwsError ResourceNotFoundException */
export function certificateOf(store: Store, scope: Scope, arn: string | undefined): CertificateRow {
  if (!/^arn:aws:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/.test(arn ?? "")) {
    throw new AwsError("InvalidArnException", `The arn: ${arn} is not valid.`);
  }
  const row = certificates(store, scope).get(arn!);
  if (!row) throw new AwsError("ResourceNotFoundException", `Could not find certificate ${arn}.`);
  return row;
}

export const tagRecord = (tags: readonly Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key!, Value ?? ""]));
