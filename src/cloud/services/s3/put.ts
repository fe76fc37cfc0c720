import { AwsError, NotSupported } from "../../core/errors.ts";
import { ChunkedBody } from "../../wire/s3/chunked.ts";
import { CHECKSUM_ALGORITHMS, memberOf } from "./checksums.ts";
import { badDigest, invalidArgument } from "./errors.ts";
import type { Body, Files, Written } from "./files.ts";
import type { BucketRow, ObjectHeaders } from "./state.ts";

/** Members of requests that would change what happens and that this cloud does not have. */
const REFUSED = `SSECustomerAlgorithm SSECustomerKey CopySourceSSECustomerAlgorithm ObjectLockMode ObjectLockRetainUntilDate
  ObjectLockLegalHoldStatus ObjectLockEventHold WriteOffsetBytes GrantFullControl GrantRead GrantReadACP GrantWriteACP`.split(/\s+/);

/** Where reading an object takes more than a request. */
const ARCHIVES = new Set(["GLACIER", "DEEP_ARCHIVE"]);
const KEPT = `CacheControl ContentDisposition ContentEncoding ContentLanguage ContentType Expires WebsiteRedirectLocation StorageClass
  ServerSideEncryption SSEKMSKeyId BucketKeyEnabled`.split(/\s+/) as (keyof ObjectHeaders)[];

/** @throws NotSupported; AwsError AccessControlListNotSupported, as a bucket whose owner owns every object answers */
export function refuseOptions(operation: string, input: object): void {
  const given = input as Record<string, unknown>;
  for (const name of REFUSED) if (given[name] !== undefined) throw new NotSupported("s3", operation, name);
  if (ARCHIVES.has(String(given["StorageClass"]))) throw new NotSupported("s3", operation, `the storage class ${String(given["StorageClass"])}`);
  const acl = given["ACL"];
  if (acl !== undefined && acl !== "private" && acl !== "bucket-owner-full-control")
    throw new AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs");
}

/** What of a request is kept with the object; the bucket's default encryption where the request names none. */
export function headersOf(input: object, bucket: BucketRow): ObjectHeaders {
  const given = input as Record<string, unknown>;
  const kept = Object.fromEntries(KEPT.filter((name) => given[name] !== undefined).map((name) => [name, given[name]])) as ObjectHeaders;
  const encryption = kept.ServerSideEncryption === undefined ? defaultEncryption(bucket) : {};
  return { ContentType: "binary/octet-stream", ...encryption, ...kept };
}

interface Encryption {
  Rules?: { ApplyServerSideEncryptionByDefault?: { SSEAlgorithm?: string; KMSMasterKeyID?: string }; BucketKeyEnabled?: boolean }[];
}

/** "Amazon S3 now applies SSE-S3 as the base level of encryption for every bucket" (S3 User Guide, default encryption). */
function defaultEncryption(bucket: BucketRow): ObjectHeaders {
  const rule = (bucket.settings["encryption"] as Encryption | undefined)?.Rules?.[0];
  const { SSEAlgorithm, KMSMasterKeyID } = rule?.ApplyServerSideEncryptionByDefault ?? {};
  return {
    ServerSideEncryption: SSEAlgorithm ?? "AES256",
    ...(KMSMasterKeyID === undefined ? {} : { SSEKMSKeyId: KMSMasterKeyID }),
    ...(rule?.BucketKeyEnabled ? { BucketKeyEnabled: true } : {}),
  };
}

/** `a=1&b=2`, as the header x-amz-tagging has it. @throws AwsError InvalidTag */
export function tagsOfHeader(text: string | undefined): Record<string, string> {
  return checkedTags(
    [...new URLSearchParams(text ?? "")].map(([Key, Value]) => ({ Key, Value })),
    10,
  );
}

/** @param most 10 for an object, 50 for a bucket ("Categorizing your storage using tags"). @throws AwsError */
export function checkedTags(list: readonly { Key?: string; Value?: string }[], most: number): Record<string, string> {
  if (list.length > most) throw new AwsError("BadRequest", `Object tags cannot be greater than ${most}`);
  const tags: Record<string, string> = {};
  for (const { Key, Value } of list) {
    if (Key === undefined || Key === "" || Key.length > 128) throw new AwsError("InvalidTag", "The TagKey you have provided is invalid");
    if ((Value ?? "").length > 256) throw new AwsError("InvalidTag", "The TagValue you have provided is invalid");
    if (Key in tags) throw new AwsError("InvalidTag", "Cannot provide multiple Tags with the same key");
    tags[Key] = Value ?? "";
  }
  return tags;
}

interface Sent {
  Body?: unknown;
  ContentMD5?: string;
  ChecksumAlgorithm?: string;
  ContentLength?: number;
}

/** Writes a request's body and checks it against what the request says of it. @throws AwsError BadDigest, InvalidDigest, IncompleteBody */
export async function receive(files: Files, input: object, algorithms: readonly string[] = []): Promise<Written> {
  const given = input as Sent & Record<string, unknown>;
  const body = given.Body as Body;
  const announced = CHECKSUM_ALGORITHMS.filter((name) => given[memberOf(name)] !== undefined);
  for (const name of Object.keys(given).filter((each) => each.startsWith("ChecksumXX"))) throw new NotSupported("s3", "PutObject", name);
  // A trailer is announced by the algorithm's name; its value comes after the body.
  const wanted = [...new Set([...announced, ...algorithms, ...(given.ChecksumAlgorithm ? [given.ChecksumAlgorithm] : [])])];
  const written = await files.write(body, wanted);
  try {
    check(written, given, body instanceof ChunkedBody ? body.trailers : {}, announced);
    return written;
  } catch (error) {
    files.remove([written.file]);
    throw error;
  }
}

function check(written: Written, given: Sent & Record<string, unknown>, trailers: Record<string, string>, announced: string[]): void {
  if (given.ContentLength !== undefined && given.ContentLength !== written.size)
    throw new AwsError("IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header");
  if (given.ContentMD5 !== undefined) {
    if (Buffer.from(given.ContentMD5, "base64").length !== 16) throw new AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.");
    if (given.ContentMD5 !== written.md5.toString("base64")) throw badDigest("The Content-MD5 you specified did not match what we received.");
  }
  const expected = Object.fromEntries(announced.map((name) => [name, given[memberOf(name)] as string]));
  for (const [header, value] of Object.entries(trailers)) {
    const name = /^x-amz-checksum-(.+)$/.exec(header)?.[1]?.toUpperCase();
    if (name !== undefined) expected[name] = value;
  }
  for (const [name, value] of Object.entries(expected)) {
    const actual = written.checksums[memberOf(name)];
    if (actual === undefined) throw invalidArgument(`The checksum ${name} was not announced by x-amz-sdk-checksum-algorithm.`);
    if (actual !== value) throw badDigest(`The ${name} you specified did not match the calculated checksum.`);
  }
}
