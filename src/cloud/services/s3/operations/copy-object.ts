import type { CopyObjectOutput, CopyObjectRequest } from "@aws-sdk/client-s3";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { invalidArgument, preconditionFailed } from "../errors.ts";
import type { S3Parts } from "../index.ts";
import { addVersion, bucketOf, shownVersion, versionOf } from "../objects.ts";
import { headersOf, refuseOptions, tagsOfHeader } from "../put.ts";
import type { VersionRow } from "../state.ts";
import { checkKey, checkWrite, unquoted } from "./put-object.ts";

type Deps = Pick<S3Parts, "store" | "clock" | "ids" | "files">;

/** `bucket/key?versionId=…`, percent-encoded, with or without a slash before it. @throws AwsError InvalidArgument */
export function copySource(text: string | undefined): { Bucket: string; Key: string; VersionId?: string } {
  const match = /^\/?([^/]+)\/(.+?)(?:\?versionId=(.+))?$/.exec(text ?? "");
  if (!match)
    throw invalidArgument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey", { ArgumentName: "x-amz-copy-source" });
  return { Bucket: match[1]!, Key: decodeURIComponent(match[2]!), ...(match[3] === undefined ? {} : { VersionId: match[3] }) };
}

/** @throws AwsError PreconditionFailed */
export function checkSource(input: object, version: VersionRow): void {
  const given = input as Record<string, unknown>;
  const [match, noneMatch] = [given["CopySourceIfMatch"], given["CopySourceIfNoneMatch"]] as (string | undefined)[];
  const [since, unmodified] = [given["CopySourceIfModifiedSince"], given["CopySourceIfUnmodifiedSince"]] as (Date | undefined)[];
  if (match !== undefined && unquoted(match) !== version.etag) throw preconditionFailed("x-amz-copy-source-If-Match");
  if (noneMatch !== undefined && unquoted(noneMatch) === version.etag) throw preconditionFailed("x-amz-copy-source-If-None-Match");
  if (since && version.modified <= since.getTime()) throw preconditionFailed("x-amz-copy-source-If-Modified-Since");
  if (unmodified && version.modified > unmodified.getTime()) throw preconditionFailed("x-amz-copy-source-If-Unmodified-Since");
}

export async function CopyObject(deps: Deps, input: CopyObjectRequest, call: Call): Promise<CopyObjectOutput> {
  refuseOptions("CopyObject", input);
  const source = copySource(input.CopySource);
  const from = bucketOf(
    deps.store,
    { Bucket: source.Bucket, ...(input.ExpectedSourceBucketOwner ? { ExpectedBucketOwner: input.ExpectedSourceBucketOwner } : {}) },
    call,
  );
  const to = bucketOf(deps.store, input, call);
  const original = versionOf(deps.store, from.name, source.Key, source.VersionId);
  const key = input.Key!;
  checkKey(key);
  checkSource(input, original);
  checkWrite(deps, to.name, key, input);
  const replace = input.MetadataDirective === "REPLACE";
  if (from.name === to.name && source.Key === key && source.VersionId === undefined && !replace && !input.StorageClass && !input.ServerSideEncryption)
    throw new AwsError(
      "InvalidRequest",
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  // Encryption and storage class are never copied ("CopyObject", S3 API Reference).
  const { ServerSideEncryption: _, SSEKMSKeyId: __, BucketKeyEnabled: ___, StorageClass: ____, ...copied } = original.headers;
  const algorithms = [
    ...Object.keys(original.checksums).map((name) => name.replace("Checksum", "")),
    ...(input.ChecksumAlgorithm ? [input.ChecksumAlgorithm] : []),
  ];
  const written = await deps.clock.during(deps.files.write(deps.files.read(original.file), algorithms));
  const version = addVersion(deps, to, key, {
    file: written.file,
    size: written.size,
    checksums: written.checksums,
    etag: written.md5.toString("hex"),
    modified: deps.clock.now(),
    headers: replace ? headersOf(input, to) : { ...headersOf({ ...input, ...copied }, to) },
    metadata: replace ? (input.Metadata ?? {}) : original.metadata,
    tags: input.TaggingDirective === "REPLACE" ? tagsOfHeader(input.Tagging) : original.tags,
    ...(algorithms.length > 0 ? { checksumType: "FULL_OBJECT" as const } : {}),
  });
  return {
    CopyObjectResult: { ETag: `"${version.etag}"`, LastModified: new Date(version.modified), ...version.checksums },
    CopySourceVersionId: shownVersion(from, original),
    VersionId: shownVersion(to, version),
    ServerSideEncryption: version.headers.ServerSideEncryption as CopyObjectOutput["ServerSideEncryption"],
    SSEKMSKeyId: version.headers.SSEKMSKeyId,
  };
}
