import { AwsError } from "../../core/errors.ts";
import type { Call } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { noSuchBucket, noSuchKey, noSuchVersion } from "./errors.ts";
import type { S3Parts } from "./index.ts";
import { buckets, objects, type BucketRow, type VersionRow } from "./state.ts";

/** The bucket of a request. @throws AwsError NoSuchBucket; AccessDenied where it is somebody else's than the caller says */
export function bucketOf(store: Store, input: { Bucket?: string; ExpectedBucketOwner?: string }, call: Call): BucketRow {
  const row = buckets(store).get(input.Bucket ?? "");
  if (!row) throw noSuchBucket(input.Bucket ?? "");
  const foreign = call.principal.kind === "root" && row.account !== call.account;
  if (foreign || (input.ExpectedBucketOwner !== undefined && input.ExpectedBucketOwner !== row.account))
    throw new AwsError("AccessDenied", "Access Denied", { status: 403 });
  return row;
}

/** The version that a request means. @throws AwsError NoSuchKey, NoSuchVersion; MethodNotAllowed for a delete marker by its id */
export function versionOf(store: Store, bucket: string, key: string, versionId: string | undefined): VersionRow & { file: string } {
  const row = objects(store, bucket).get(key);
  if (versionId === undefined) {
    const latest = row?.versions[0];
    if (latest?.file === undefined) throw noSuchKey(key);
    return { ...latest, file: latest.file };
  }
  const found = row?.versions.find((version) => version.versionId === versionId);
  if (!found) throw noSuchVersion(key, versionId);
  if (found.file === undefined) {
    const fields = { Method: "GET", ResourceType: "DeleteMarker" };
    throw new AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", { status: 405, fields });
  }
  return { ...found, file: found.file };
}

/** The id under which a new version is told to clients: none in a bucket that never had versioning. */
export const shownVersion = (bucket: BucketRow, version: Pick<VersionRow, "versionId">): string | undefined =>
  bucket.versioning === undefined ? undefined : version.versionId;

/**
 * Puts a version on top. Without versioning, or while it is suspended, it takes the place of the version `null`
 * ("How S3 Versioning works", S3 User Guide).
 */
export function addVersion(
  { store, ids, files }: Pick<S3Parts, "store" | "ids" | "files">,
  bucket: BucketRow,
  key: string,
  version: Omit<VersionRow, "versionId">,
): VersionRow {
  const table = objects(store, bucket.name);
  const versions = table.get(key)?.versions ?? [];
  const versionId = bucket.versioning === "Enabled" ? ids.hex(32) : "null";
  const replaced = versionId === "null" ? versions.filter((each) => each.versionId === "null") : [];
  const made = { ...version, versionId };
  table.set(key, { key, versions: [made, ...versions.filter((each) => !replaced.includes(each))] });
  files.remove(replaced.map((each) => each.file));
  return made;
}

/** Takes one version away for good; the object with its last one. */
export function removeVersion({ store, files }: Pick<S3Parts, "store" | "files">, bucket: string, key: string, version: VersionRow): void {
  const table = objects(store, bucket);
  const left = (table.get(key)?.versions ?? []).filter((each) => each.versionId !== version.versionId);
  if (left.length === 0) table.delete(key);
  else table.set(key, { key, versions: left });
  files.remove([version.file]);
}

/** Changes a version where it is. */
export function changeVersion(store: Store, bucket: string, key: string, versionId: string, change: Partial<VersionRow>): void {
  const table = objects(store, bucket);
  const row = table.get(key)!;
  table.set(key, { key, versions: row.versions.map((each) => (each.versionId === versionId ? { ...each, ...change } : each)) });
}
