import type {
  GetObjectAttributesOutput,
  GetObjectAttributesRequest,
  GetObjectOutput,
  GetObjectRequest,
  HeadObjectOutput,
  HeadObjectRequest,
} from "@aws-sdk/client-s3";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { preconditionFailed } from "../errors.ts";
import type { S3Parts } from "../index.ts";
import { bucketOf, shownVersion, versionOf } from "../objects.ts";
import { refuseOptions } from "../put.ts";
import type { BucketRow, VersionRow } from "../state.ts";
import { unquoted } from "./put-object.ts";

type Deps = Pick<S3Parts, "store" | "files">;

/** The answer's body is a stream of this machine's file; in calls within the process, too. */
export function GetObject({ store, files }: Deps, input: GetObjectRequest, call: Call): Omit<GetObjectOutput, "Body"> & { Body: unknown } {
  const { bucket, version } = find("GetObject", store, input, call);
  const range = rangeOf(input, version);
  return { ...describe(bucket, version, input, range), Body: files.read(version.file, range) };
}

export function HeadObject({ store }: Pick<Deps, "store">, input: HeadObjectRequest, call: Call): HeadObjectOutput {
  const { bucket, version } = find("HeadObject", store, input, call);
  return describe(bucket, version, input, rangeOf(input, version));
}

function find(
  operation: string,
  store: Deps["store"],
  input: GetObjectRequest | HeadObjectRequest,
  call: Call,
): { bucket: BucketRow; version: VersionRow & { file: string } } {
  refuseOptions(operation, input);
  if (input.PartNumber !== undefined) throw new NotSupported("s3", operation, "PartNumber");
  const bucket = bucketOf(store, input, call);
  const version = versionOf(store, bucket.name, input.Key!, input.VersionId);
  checkConditions(input, version);
  return { bucket, version };
}

/** In the order of RFC 9110, 13.2.2. @throws AwsError PreconditionFailed (412), NotModified (304) */
function checkConditions(input: GetObjectRequest | HeadObjectRequest, version: VersionRow): void {
  const modified = Math.floor(version.modified / 1000) * 1000;
  const matches = (header: string): boolean => header.split(",").some((each) => each.trim() === "*" || unquoted(each.trim()) === version.etag);
  if (input.IfMatch !== undefined) {
    if (!matches(input.IfMatch)) throw preconditionFailed("If-Match");
  } else if (input.IfUnmodifiedSince !== undefined && modified > input.IfUnmodifiedSince.getTime()) throw preconditionFailed("If-Unmodified-Since");
  const notModified =
    input.IfNoneMatch === undefined ? input.IfModifiedSince !== undefined && modified <= input.IfModifiedSince.getTime() : matches(input.IfNoneMatch);
  if (notModified) throw new AwsError("NotModified", "Not Modified", { status: 304 });
}

interface Range {
  start: number;
  end: number;
}

/** One range of bytes; several, and what cannot be read, mean the whole object. @throws AwsError InvalidRange (416) */
function rangeOf({ Range }: { Range?: string }, { size }: VersionRow): Range | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(Range ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  const [first, last] = [match[1]!, match[2]!];
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(size - 1, Number(last));
  if (first !== "" && last !== "" && Number(last) < start) return undefined;
  if (start >= size || (first === "" && Number(last) === 0))
    throw new AwsError("InvalidRange", "The requested range is not satisfiable", {
      status: 416,
      fields: { ActualObjectSize: size, RangeRequested: Range },
    });
  return { start, end };
}

function describe(bucket: BucketRow, version: VersionRow, input: GetObjectRequest | HeadObjectRequest, range: Range | undefined): HeadObjectOutput {
  const { headers } = version;
  const tags = Object.keys(version.tags).length;
  const expires = headers.Expires === undefined ? Number.NaN : Date.parse(headers.Expires);
  return {
    AcceptRanges: "bytes",
    LastModified: new Date(version.modified),
    ContentLength: range ? range.end - range.start + 1 : version.size,
    ...(range ? { ContentRange: `bytes ${range.start}-${range.end}/${version.size}` } : {}),
    ETag: `"${version.etag}"`,
    VersionId: shownVersion(bucket, version),
    CacheControl: input.ResponseCacheControl ?? headers.CacheControl,
    ContentDisposition: input.ResponseContentDisposition ?? headers.ContentDisposition,
    ContentEncoding: input.ResponseContentEncoding ?? headers.ContentEncoding,
    ContentLanguage: input.ResponseContentLanguage ?? headers.ContentLanguage,
    ContentType: input.ResponseContentType ?? headers.ContentType,
    Expires: input.ResponseExpires ?? (Number.isNaN(expires) ? undefined : new Date(expires)),
    WebsiteRedirectLocation: headers.WebsiteRedirectLocation,
    ServerSideEncryption: headers.ServerSideEncryption as HeadObjectOutput["ServerSideEncryption"],
    SSEKMSKeyId: headers.SSEKMSKeyId,
    BucketKeyEnabled: headers.BucketKeyEnabled,
    // "Amazon S3 returns this header for all objects except for S3 Standard storage class objects" (HeadObject).
    StorageClass: (headers.StorageClass === "STANDARD" ? undefined : headers.StorageClass) as HeadObjectOutput["StorageClass"],
    Metadata: version.metadata,
    TagCount: tags === 0 ? undefined : tags,
    // A checksum is that of the whole object; it is told when it was asked for.
    ...(input.ChecksumMode === "ENABLED" && !range ? { ...version.checksums, ChecksumType: version.checksumType } : {}),
  };
}

export function GetObjectAttributes({ store }: Pick<Deps, "store">, input: GetObjectAttributesRequest, call: Call): GetObjectAttributesOutput {
  refuseOptions("GetObjectAttributes", input);
  const bucket = bucketOf(store, input, call);
  const version = versionOf(store, bucket.name, input.Key!, input.VersionId);
  const wanted = new Set<string>(input.ObjectAttributes ?? []);
  return {
    LastModified: new Date(version.modified),
    VersionId: shownVersion(bucket, version),
    ...(wanted.has("ETag") ? { ETag: version.etag } : {}),
    ...(wanted.has("ObjectSize") ? { ObjectSize: version.size } : {}),
    ...(wanted.has("StorageClass")
      ? { StorageClass: (version.headers.StorageClass ?? "STANDARD") as GetObjectAttributesOutput["StorageClass"] }
      : {}),
    ...(wanted.has("Checksum") && version.checksumType ? { Checksum: { ...version.checksums, ChecksumType: version.checksumType } } : {}),
    ...(wanted.has("ObjectParts") && version.parts ? { ObjectParts: { TotalPartsCount: version.parts.length } } : {}),
  };
}
