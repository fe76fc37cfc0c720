import type {
  ListObjectVersionsOutput,
  ListObjectVersionsRequest,
  ListObjectsOutput,
  ListObjectsRequest,
  ListObjectsV2Output,
  ListObjectsV2Request,
} from "@aws-sdk/client-s3";
import type { Call } from "../../../core/service.ts";
import type { Store } from "../../../core/store.ts";
import { invalidArgument } from "../errors.ts";
import type { S3Parts } from "../index.ts";
import { encoder, inOrder, keyOfToken, page, tokenOf } from "../listing.ts";
import { bucketOf } from "../objects.ts";
import { objects, type BucketRow, type VersionRow } from "../state.ts";

type Deps = Pick<S3Parts, "store">;

interface Listed extends VersionRow {
  key: string;
}

/** The objects of a bucket as they are now, without what a delete marker hides. */
const latest = (store: Store, bucket: string): Listed[] =>
  inOrder(
    objects(store, bucket)
      .values()
      .filter((row) => !row.versions[0]!.deleteMarker)
      .map((row) => ({ key: row.key, ...row.versions[0]! })),
  );

/** "Returns some or all (up to 1,000)". */
function limit(max: number | undefined): number {
  if (max !== undefined && max < 0)
    throw invalidArgument("Argument maxKeys must be an integer between 0 and 2147483647", { ArgumentName: "maxKeys" });
  return Math.min(max ?? 1000, 1000);
}

const ownerOf = (bucket: BucketRow): { ID: string } => ({ ID: bucket.account });

const describe = (row: Listed, encode: (text: string) => string) => ({
  Key: encode(row.key),
  LastModified: new Date(row.modified),
  ETag: `"${row.etag}"`,
  Size: row.size,
  StorageClass: (row.headers.StorageClass ?? "STANDARD") as "STANDARD",
  ...(row.checksumType
    ? { ChecksumAlgorithm: Object.keys(row.checksums).map((name) => name.slice("Checksum".length)) as "CRC32"[], ChecksumType: row.checksumType }
    : {}),
});

export function ListObjectsV2({ store }: Deps, input: ListObjectsV2Request, call: Call): ListObjectsV2Output {
  const bucket = bucketOf(store, input, call);
  const max = limit(input.MaxKeys);
  const encode = encoder(input.EncodingType);
  const after = input.ContinuationToken === undefined ? input.StartAfter : keyOfToken(input.ContinuationToken);
  const { items, prefixes, last } = page(latest(store, bucket.name), pageInput(input, after, max));
  const truncated = last !== undefined && max > 0;
  return {
    Name: bucket.name,
    Prefix: encode(input.Prefix ?? ""),
    Delimiter: input.Delimiter === undefined ? undefined : encode(input.Delimiter),
    MaxKeys: max,
    KeyCount: items.length + prefixes.length,
    EncodingType: input.EncodingType,
    ContinuationToken: input.ContinuationToken,
    StartAfter: input.StartAfter === undefined ? undefined : encode(input.StartAfter),
    IsTruncated: truncated,
    NextContinuationToken: truncated ? tokenOf(last) : undefined,
    Contents: items.map((row) => ({ ...describe(row, encode), ...(input.FetchOwner ? { Owner: ownerOf(bucket) } : {}) })),
    CommonPrefixes: prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}

const pageInput = (input: { Prefix?: string; Delimiter?: string }, after: string | undefined, max: number) => ({
  max,
  ...(input.Prefix === undefined ? {} : { prefix: input.Prefix }),
  ...(input.Delimiter === undefined ? {} : { delimiter: input.Delimiter }),
  ...(after === undefined ? {} : { after }),
});

export function ListObjects({ store }: Deps, input: ListObjectsRequest, call: Call): ListObjectsOutput {
  const bucket = bucketOf(store, input, call);
  const max = limit(input.MaxKeys);
  const encode = encoder(input.EncodingType);
  const { items, prefixes, last } = page(latest(store, bucket.name), pageInput(input, input.Marker, max));
  const truncated = last !== undefined && max > 0;
  return {
    Name: bucket.name,
    Prefix: encode(input.Prefix ?? ""),
    Marker: encode(input.Marker ?? ""),
    Delimiter: input.Delimiter === undefined ? undefined : encode(input.Delimiter),
    MaxKeys: max,
    EncodingType: input.EncodingType,
    IsTruncated: truncated,
    // "This element is returned only if you have the delimiter request parameter specified."
    NextMarker: truncated && input.Delimiter !== undefined ? encode(last) : undefined,
    Contents: items.map((row) => ({ ...describe(row, encode), Owner: ownerOf(bucket) })),
    CommonPrefixes: prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}

/** Every version of every object, and the delete markers; keys in order, the latest version of each first. Pages end between keys. */
export function ListObjectVersions({ store }: Deps, input: ListObjectVersionsRequest, call: Call): ListObjectVersionsOutput {
  const bucket = bucketOf(store, input, call);
  const encode = encoder(input.EncodingType);
  const max = limit(input.MaxKeys);
  const { items, prefixes, last } = page(inOrder(objects(store, bucket.name).values()), pageInput(input, input.KeyMarker, max));
  const all = items.flatMap((row) => row.versions.map((version, index) => ({ ...version, key: row.key, IsLatest: index === 0 })));
  const about = (row: Listed & { IsLatest: boolean }) => ({ IsLatest: row.IsLatest, VersionId: row.versionId, Owner: ownerOf(bucket) });
  return {
    Name: bucket.name,
    Prefix: encode(input.Prefix ?? ""),
    KeyMarker: encode(input.KeyMarker ?? ""),
    VersionIdMarker: input.VersionIdMarker ?? "",
    Delimiter: input.Delimiter === undefined ? undefined : encode(input.Delimiter),
    MaxKeys: max,
    EncodingType: input.EncodingType,
    IsTruncated: last !== undefined,
    NextKeyMarker: last === undefined ? undefined : encode(last),
    Versions: all.filter((row) => !row.deleteMarker).map((row) => ({ ...describe(row, encode), ...about(row) })),
    DeleteMarkers: all
      .filter((row) => row.deleteMarker)
      .map((row) => ({ Key: encode(row.key), LastModified: new Date(row.modified), ...about(row) })),
    CommonPrefixes: prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}
