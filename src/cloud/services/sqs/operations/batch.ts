import type { BatchResultErrorEntry } from "@aws-sdk/client-sqs";
import { AwsError } from "../../../core/errors.ts";

/** The entries of a batch: one to ten, with distinct identifiers. @throws AwsError */
export function checkBatch<T extends { Id?: string | undefined }>(entries: readonly T[] | undefined): readonly T[] {
  if (!entries?.length) throw new AwsError("EmptyBatchRequest", "There should be at least one entry in the request.");
  if (entries.length > 10)
    throw new AwsError("TooManyEntriesInBatchRequest", `Maximum number of entries per request are 10. You have sent ${entries.length}.`);
  const seen = new Set<string>();
  for (const { Id = "" } of entries) {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(Id))
      throw new AwsError(
        "InvalidBatchEntryId",
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
      );
    if (seen.has(Id)) throw new AwsError("BatchEntryIdsNotDistinct", `Id ${Id} repeated.`);
    seen.add(Id);
  }
  return entries;
}

/** Does each entry on its own: what AWS would refuse is that entry's failure. */
export function each<T extends { Id?: string | undefined }, R>(
  entries: readonly T[],
  work: (entry: T) => R,
): { Successful: R[]; Failed: BatchResultErrorEntry[] } {
  const Successful: R[] = [];
  const Failed: BatchResultErrorEntry[] = [];
  for (const entry of entries) {
    try {
      Successful.push(work(entry));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id: entry.Id, Code: error.code, Message: error.message, SenderFault: true });
    }
  }
  return { Successful, Failed };
}
