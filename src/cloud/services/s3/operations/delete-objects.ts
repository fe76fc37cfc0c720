import type { DeleteObjectOutput, DeleteObjectRequest, DeleteObjectsOutput, DeleteObjectsRequest } from "@aws-sdk/client-s3";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { malformedXml, preconditionFailed } from "../errors.ts";
import type { S3Parts } from "../index.ts";
import { addVersion, bucketOf, removeVersion } from "../objects.ts";
import { objects, type BucketRow } from "../state.ts";
import { unquoted } from "./put-object.ts";

type Deps = Pick<S3Parts, "store" | "clock" | "ids" | "files">;

interface Deleted {
  versionId?: string;
  deleteMarker?: true;
}

/** Deletes an object, or one version of it; nothing to delete is a success. */
export function DeleteObject(deps: Deps, input: DeleteObjectRequest, call: Call): DeleteObjectOutput {
  if (input.MFA !== undefined) throw new NotSupported("s3", "DeleteObject", "MFA");
  const bucket = bucketOf(deps.store, input, call);
  const done = remove(deps, bucket, input.Key!, input.VersionId, input.IfMatch);
  return { VersionId: done.versionId, DeleteMarker: done.deleteMarker };
}

/** With versioning a delete without a version puts a marker on top ("Deleting object versions from a versioning-enabled bucket"). */
function remove(deps: Deps, bucket: BucketRow, key: string, versionId: string | undefined, ifMatch?: string): Deleted {
  const versions = objects(deps.store, bucket.name).get(key)?.versions ?? [];
  if (ifMatch !== undefined && (versions[0] === undefined || (ifMatch !== "*" && unquoted(ifMatch) !== versions[0].etag)))
    throw preconditionFailed("If-Match");
  if (versionId !== undefined) {
    const found = versions.find((version) => version.versionId === versionId);
    if (found) removeVersion(deps, bucket.name, key, found);
    return { versionId, ...(found?.deleteMarker ? { deleteMarker: true as const } : {}) };
  }
  if (bucket.versioning === undefined) {
    for (const version of versions) removeVersion(deps, bucket.name, key, version);
    return {};
  }
  const marker = { deleteMarker: true as const, modified: deps.clock.now(), size: 0, etag: "", headers: {}, metadata: {}, tags: {}, checksums: {} };
  return { versionId: addVersion(deps, bucket, key, marker).versionId, deleteMarker: true };
}

/** At most 1,000 at once. */
export function DeleteObjects(deps: Deps, input: DeleteObjectsRequest, call: Call): DeleteObjectsOutput {
  if (input.MFA !== undefined) throw new NotSupported("s3", "DeleteObjects", "MFA");
  const bucket = bucketOf(deps.store, input, call);
  const wanted = input.Delete?.Objects ?? [];
  if (wanted.length === 0 || wanted.length > 1000) throw malformedXml();
  const Deleted: DeleteObjectsOutput["Deleted"] = [];
  const Errors: DeleteObjectsOutput["Errors"] = [];
  for (const { Key, VersionId, ETag } of wanted) {
    try {
      const done = remove(deps, bucket, Key ?? "", VersionId, ETag);
      const marker = done.deleteMarker ? { DeleteMarker: true, DeleteMarkerVersionId: done.versionId } : {};
      Deleted.push({ Key, ...(VersionId === undefined ? {} : { VersionId }), ...marker });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Errors.push({ Key, VersionId, Code: error.code, Message: error.message });
    }
  }
  return { Deleted: input.Delete?.Quiet ? [] : Deleted, Errors };
}
