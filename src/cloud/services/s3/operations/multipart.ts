import type {
  AbortMultipartUploadRequest,
  CompleteMultipartUploadOutput,
  CompleteMultipartUploadRequest,
  CompletedPart,
  CreateMultipartUploadOutput,
  CreateMultipartUploadRequest,
  UploadPartCopyOutput,
  UploadPartCopyRequest,
  UploadPartOutput,
  UploadPartRequest,
} from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { checksum, memberOf } from "../checksums.ts";
import { badDigest, invalidArgument, malformedXml, noSuchUpload } from "../errors.ts";
import type { Written } from "../files.ts";
import type { S3Parts } from "../index.ts";
import { addVersion, bucketOf, shownVersion, versionOf } from "../objects.ts";
import { headersOf, receive, refuseOptions, tagsOfHeader } from "../put.ts";
import { uploads, type PartRow, type UploadRow } from "../state.ts";
import { checkSource, copySource } from "./copy-object.ts";
import { checkKey, checkWrite, unquoted } from "./put-object.ts";

type Deps = Pick<S3Parts, "store" | "clock" | "ids" | "files">;

/** "Amazon S3 multipart upload limits": every part but the last. */
const SMALLEST_PART = 5 * 1024 * 1024;

export function CreateMultipartUpload(deps: Deps, input: CreateMultipartUploadRequest, call: Call): CreateMultipartUploadOutput {
  refuseOptions("CreateMultipartUpload", input);
  const bucket = bucketOf(deps.store, input, call);
  checkKey(input.Key!);
  const algorithm = input.ChecksumAlgorithm;
  // "Checking object integrity": CRC64NVME is of full objects only, SHA of parts only, the other CRCs of parts unless asked.
  const type = algorithm === "CRC64NVME" ? "FULL_OBJECT" : (input.ChecksumType ?? "COMPOSITE");
  if (type === "FULL_OBJECT" && algorithm !== undefined && !algorithm.startsWith("CRC"))
    throw new AwsError("InvalidRequest", `The FULL_OBJECT checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`);
  const row: UploadRow = {
    uploadId: deps.ids.hex(64),
    bucket: bucket.name,
    key: input.Key!,
    initiated: deps.clock.now(),
    headers: headersOf(input, bucket),
    metadata: input.Metadata ?? {},
    tags: tagsOfHeader(input.Tagging),
    parts: {},
    ...(algorithm === undefined ? {} : { algorithm, checksumType: type }),
  };
  uploads(deps.store).set(row.uploadId, row);
  return {
    Bucket: row.bucket,
    Key: row.key,
    UploadId: row.uploadId,
    ChecksumAlgorithm: input.ChecksumAlgorithm,
    ChecksumType: row.checksumType,
    ServerSideEncryption: row.headers.ServerSideEncryption as CreateMultipartUploadOutput["ServerSideEncryption"],
    SSEKMSKeyId: row.headers.SSEKMSKeyId,
  };
}

/** The upload of a request. @throws AwsError NoSuchUpload */
export function uploadOf({ store }: Pick<Deps, "store">, input: { Bucket?: string; Key?: string; UploadId?: string }): UploadRow {
  const row = uploads(store).get(input.UploadId ?? "");
  if (!row || row.bucket !== input.Bucket || row.key !== input.Key) throw noSuchUpload(input.UploadId ?? "");
  return row;
}

function addPart(deps: Deps, uploadId: string, number: number, written: Written): PartRow {
  const row = uploads(deps.store).get(uploadId);
  if (!row) {
    // The upload was ended while its part was on its way.
    deps.files.remove([written.file]);
    throw noSuchUpload(uploadId);
  }
  deps.files.remove([row.parts[number]?.file]);
  const { file, size, checksums } = written;
  const part = { number, file, size, checksums, etag: written.md5.toString("hex"), modified: deps.clock.now() };
  uploads(deps.store).set(uploadId, { ...row, parts: { ...row.parts, [number]: part } });
  return part;
}

function partNumber(number: number | undefined): number {
  if (number === undefined || !Number.isInteger(number) || number < 1 || number > 10_000)
    throw invalidArgument("Part number must be an integer between 1 and 10000, inclusive", { ArgumentName: "partNumber" });
  return number;
}

const algorithmsOf = (row: UploadRow): string[] => (row.algorithm === undefined ? [] : [row.algorithm]);

export async function UploadPart(deps: Deps, input: UploadPartRequest, call: Call): Promise<UploadPartOutput> {
  refuseOptions("UploadPart", input);
  bucketOf(deps.store, input, call);
  const upload = uploadOf(deps, input);
  const number = partNumber(input.PartNumber);
  const part = addPart(deps, upload.uploadId, number, await deps.clock.during(receive(deps.files, input, algorithmsOf(upload))));
  return {
    ETag: `"${part.etag}"`,
    ServerSideEncryption: upload.headers.ServerSideEncryption as UploadPartOutput["ServerSideEncryption"],
    ...part.checksums,
  };
}

/** A part from an object that is there, or from a range of one. */
export async function UploadPartCopy(deps: Deps, input: UploadPartCopyRequest, call: Call): Promise<UploadPartCopyOutput> {
  refuseOptions("UploadPartCopy", input);
  bucketOf(deps.store, input, call);
  const upload = uploadOf(deps, input);
  const number = partNumber(input.PartNumber);
  const source = copySource(input.CopySource);
  const from = bucketOf(deps.store, { Bucket: source.Bucket }, call);
  const original = versionOf(deps.store, from.name, source.Key, source.VersionId);
  checkSource(input, original);
  const match = /^bytes=(\d+)-(\d+)$/.exec(input.CopySourceRange ?? "");
  if (input.CopySourceRange !== undefined && (!match || Number(match[2]) >= original.size))
    throw new AwsError("InvalidRange", "The requested range is not satisfiable", { status: 416 });
  const range = match ? { start: Number(match[1]), end: Number(match[2]) } : undefined;
  const written = await deps.clock.during(deps.files.write(deps.files.read(original.file, range), algorithmsOf(upload)));
  const part = addPart(deps, upload.uploadId, number, written);
  return {
    CopyPartResult: { ETag: `"${part.etag}"`, LastModified: new Date(part.modified), ...part.checksums },
    CopySourceVersionId: shownVersion(from, original),
  };
}

/** Makes one object of the parts that the request names. */
export async function CompleteMultipartUpload(deps: Deps, input: CompleteMultipartUploadRequest, call: Call): Promise<CompleteMultipartUploadOutput> {
  refuseOptions("CompleteMultipartUpload", input);
  const bucket = bucketOf(deps.store, input, call);
  const upload = uploadOf(deps, input);
  const parts = chosenParts(upload, input.MultipartUpload?.Parts ?? []);
  checkWrite(deps, bucket.name, upload.key, input);
  const full = upload.checksumType === "FULL_OBJECT" ? algorithmsOf(upload) : [];
  const written = await deps.clock.during(deps.files.write(deps.files.joined(parts.map((part) => part.file)), full));
  const checksums = upload.checksumType === "COMPOSITE" ? compositeOf(upload.algorithm!, parts) : written.checksums;
  try {
    checkComplete(input, checksums, written.size);
    uploadOf(deps, input);
    checkWrite(deps, bucket.name, upload.key, input);
  } catch (error) {
    deps.files.remove([written.file]);
    throw error;
  }
  const md5 = createHash("md5");
  for (const part of parts) md5.update(part.etag, "hex");
  const version = addVersion(deps, bucket, upload.key, {
    checksums,
    file: written.file,
    size: written.size,
    etag: `${md5.digest("hex")}-${parts.length}`,
    modified: deps.clock.now(),
    headers: upload.headers,
    metadata: upload.metadata,
    tags: upload.tags,
    parts: parts.map((part) => part.size),
    ...(upload.checksumType === undefined ? {} : { checksumType: upload.checksumType }),
  });
  end(deps, upload.uploadId);
  return {
    Location: `https://${bucket.name}.s3.${bucket.region}.amazonaws.com/${encodeURI(upload.key)}`,
    Bucket: bucket.name,
    Key: upload.key,
    ETag: `"${version.etag}"`,
    VersionId: shownVersion(bucket, version),
    ChecksumType: version.checksumType,
    ServerSideEncryption: upload.headers.ServerSideEncryption as CompleteMultipartUploadOutput["ServerSideEncryption"],
    SSEKMSKeyId: upload.headers.SSEKMSKeyId,
    ...checksums,
  };
}

/** @throws AwsError InvalidPart, InvalidPartOrder, EntityTooSmall */
function chosenParts(upload: UploadRow, wanted: readonly CompletedPart[]): PartRow[] {
  if (wanted.length === 0) throw malformedXml();
  let before = 0;
  const parts = wanted.map(({ PartNumber = 0, ETag }) => {
    if (PartNumber <= before)
      throw new AwsError(
        "InvalidPartOrder",
        "The list of parts was not in ascending order. The parts list must be specified in order by part number.",
      );
    before = PartNumber;
    const part = upload.parts[PartNumber];
    if (!part || (ETag !== undefined && unquoted(ETag) !== part.etag))
      throw new AwsError(
        "InvalidPart",
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
        { fields: { UploadId: upload.uploadId, PartNumber } },
      );
    return part;
  });
  const small = parts.slice(0, -1).find((part) => part.size < SMALLEST_PART);
  if (small)
    throw new AwsError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", {
      fields: { ProposedSize: small.size, MinSizeAllowed: SMALLEST_PART, PartNumber: small.number },
    });
  return parts;
}

/** The checksum of the parts' checksums, with their number after it. */
function compositeOf(algorithm: string, parts: readonly PartRow[]): Record<string, string> {
  const sum = checksum(algorithm);
  if (!sum) return {};
  for (const part of parts) sum.update(Buffer.from(part.checksums[memberOf(algorithm)] ?? "", "base64"));
  return { [memberOf(algorithm)]: `${sum.digest().toString("base64")}-${parts.length}` };
}

function checkComplete(input: CompleteMultipartUploadRequest, checksums: Record<string, string>, size: number): void {
  const given = input as unknown as Record<string, unknown>;
  for (const [member, value] of Object.entries(checksums)) {
    if (given[member] !== undefined && given[member] !== value) throw badDigest(`The ${member} you specified did not match the calculated checksum.`);
  }
  if (input.MpuObjectSize !== undefined && input.MpuObjectSize !== size)
    throw new AwsError(
      "InvalidRequest",
      `The provided 'x-amz-mp-object-size' header value ${input.MpuObjectSize} does not match what was computed: ${size}`,
    );
}

function end(deps: Pick<Deps, "store" | "files">, uploadId: string): void {
  const row = uploads(deps.store).get(uploadId);
  uploads(deps.store).delete(uploadId);
  deps.files.remove(Object.values(row?.parts ?? {}).map((part) => part.file));
}

export function AbortMultipartUpload(deps: Deps, input: AbortMultipartUploadRequest, call: Call): object {
  bucketOf(deps.store, input, call);
  end(deps, uploadOf(deps, input).uploadId);
  return {};
}
