import type { PutObjectOutput, PutObjectRequest } from "@aws-sdk/client-s3";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { noSuchKey, preconditionFailed } from "../errors.ts";
import type { S3Parts } from "../index.ts";
import { addVersion, bucketOf, shownVersion } from "../objects.ts";
import { headersOf, receive, refuseOptions, tagsOfHeader } from "../put.ts";
import { objects } from "../state.ts";

type Deps = Pick<S3Parts, "store" | "clock" | "ids" | "files">;

/** Stores an object. The body is written as it arrives; the object is there once all of it is. */
export async function PutObject(deps: Deps, input: PutObjectRequest, call: Call): Promise<PutObjectOutput> {
  refuseOptions("PutObject", input);
  const bucket = bucketOf(deps.store, input, call);
  const key = input.Key!;
  checkKey(key);
  checkWrite(deps, bucket.name, key, input);
  const headers = headersOf(input, bucket);
  const tags = tagsOfHeader(input.Tagging);
  const written = await deps.clock.during(receive(deps.files, input));
  try {
    // Of two writers at once, the second one's condition does not hold any more.
    checkWrite(deps, bucket.name, key, input);
    bucketOf(deps.store, input, call);
  } catch (error) {
    deps.files.remove([written.file]);
    throw error;
  }
  const { file, size, checksums } = written;
  const version = addVersion(deps, bucket, key, {
    file,
    size,
    checksums,
    tags,
    headers,
    modified: deps.clock.now(),
    etag: written.md5.toString("hex"),
    metadata: input.Metadata ?? {},
    ...(Object.keys(checksums).length > 0 ? { checksumType: "FULL_OBJECT" as const } : {}),
  });
  return {
    ETag: `"${version.etag}"`,
    VersionId: shownVersion(bucket, version),
    ServerSideEncryption: headers.ServerSideEncryption as PutObjectOutput["ServerSideEncryption"],
    SSEKMSKeyId: headers.SSEKMSKeyId,
    BucketKeyEnabled: headers.BucketKeyEnabled,
    ChecksumType: version.checksumType,
    ...checksums,
  };
}

/** "Object key naming guidelines": at most 1,024 bytes of UTF-8. */
export function checkKey(key: string): void {
  if (Buffer.byteLength(key) > 1024)
    throw new AwsError("KeyTooLongError", "Your key is too long", { fields: { Size: Buffer.byteLength(key), MaxSizeAllowed: 1024 } });
}

/** "Add preconditions to S3 operations with conditional requests". @throws AwsError PreconditionFailed, NoSuchKey */
export function checkWrite({ store }: Pick<Deps, "store">, bucket: string, key: string, input: { IfMatch?: string; IfNoneMatch?: string }): void {
  if (input.IfMatch === undefined && input.IfNoneMatch === undefined) return;
  const latest = objects(store, bucket).get(key)?.versions[0];
  const exists = latest !== undefined && !latest.deleteMarker;
  if (input.IfNoneMatch !== undefined && exists && (input.IfNoneMatch === "*" || unquoted(input.IfNoneMatch) === latest.etag))
    throw preconditionFailed("If-None-Match");
  if (input.IfMatch === undefined) return;
  if (!exists) throw noSuchKey(key);
  if (input.IfMatch !== "*" && unquoted(input.IfMatch) !== latest.etag) throw preconditionFailed("If-Match");
}

export const unquoted = (etag: string): string => etag.replace(/^W\//, "").replaceAll('"', "");
