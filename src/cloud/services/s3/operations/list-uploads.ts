import type { ListMultipartUploadsOutput, ListMultipartUploadsRequest, ListPartsOutput, ListPartsRequest } from "@aws-sdk/client-s3";
import type { Call } from "../../../core/service.ts";
import type { S3Parts } from "../index.ts";
import { encoder, inOrder, page } from "../listing.ts";
import { bucketOf } from "../objects.ts";
import { uploads } from "../state.ts";
import { uploadOf } from "./multipart.ts";

type Deps = Pick<S3Parts, "store">;

/** Pages end between keys. */
export function ListMultipartUploads({ store }: Deps, input: ListMultipartUploadsRequest, call: Call): ListMultipartUploadsOutput {
  const bucket = bucketOf(store, input, call);
  const encode = encoder(input.EncodingType);
  const max = Math.min(input.MaxUploads ?? 1000, 1000);
  const rows = inOrder(uploads(store).filter((row) => row.bucket === bucket.name));
  const { items, prefixes, last } = page(rows, {
    max,
    ...(input.Prefix === undefined ? {} : { prefix: input.Prefix }),
    ...(input.Delimiter === undefined ? {} : { delimiter: input.Delimiter }),
    ...(input.KeyMarker === undefined ? {} : { after: input.KeyMarker }),
  });
  return {
    Bucket: bucket.name,
    KeyMarker: input.KeyMarker ?? "",
    UploadIdMarker: input.UploadIdMarker ?? "",
    MaxUploads: max,
    IsTruncated: last !== undefined,
    NextKeyMarker: last === undefined ? undefined : encode(last),
    Prefix: input.Prefix,
    Delimiter: input.Delimiter,
    EncodingType: input.EncodingType,
    Uploads: items.map((row) => ({
      UploadId: row.uploadId,
      Key: encode(row.key),
      Initiated: new Date(row.initiated),
      StorageClass: (row.headers.StorageClass ?? "STANDARD") as "STANDARD",
      Owner: { ID: bucket.account },
      Initiator: { ID: bucket.account },
    })),
    CommonPrefixes: prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}

export function ListParts({ store }: Deps, input: ListPartsRequest, call: Call): ListPartsOutput {
  const bucket = bucketOf(store, input, call);
  const upload = uploadOf({ store }, input);
  const max = Math.min(input.MaxParts ?? 1000, 1000);
  const after = Number(input.PartNumberMarker ?? 0);
  const left = Object.values(upload.parts)
    .filter((part) => part.number > after)
    .sort((a, b) => a.number - b.number);
  const shown = left.slice(0, max);
  return {
    Bucket: bucket.name,
    Key: upload.key,
    UploadId: upload.uploadId,
    PartNumberMarker: String(after),
    NextPartNumberMarker: left.length > shown.length ? String(shown.at(-1)?.number ?? after) : undefined,
    MaxParts: max,
    IsTruncated: left.length > shown.length,
    StorageClass: (upload.headers.StorageClass ?? "STANDARD") as "STANDARD",
    Owner: { ID: bucket.account },
    Initiator: { ID: bucket.account },
    Parts: shown.map((part) => ({
      PartNumber: part.number,
      ETag: `"${part.etag}"`,
      Size: part.size,
      LastModified: new Date(part.modified),
      ...part.checksums,
    })),
  };
}
