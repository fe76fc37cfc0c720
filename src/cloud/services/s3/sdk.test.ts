import { createHash, randomBytes } from "node:crypto";
import { request } from "node:http";
import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutBucketWebsiteCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withCloud, type TestCloud } from "../../testing/with-cloud.ts";

let cloud: TestCloud;
let s3: S3Client;
let number = 0;

beforeAll(async () => {
  cloud = await withCloud();
  s3 = cloud.client(S3Client);
});
afterAll(async () => {
  s3.destroy();
  await cloud.end();
});

async function bucket(): Promise<string> {
  const Bucket = `bucket-${++number}`;
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "us-west-2" } }));
  return Bucket;
}

const text = async (Bucket: string, Key: string, more: object = {}): Promise<string> =>
  (await s3.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body!.transformToString();

test("buckets are made, found and deleted", async () => {
  const Bucket = await bucket();
  expect(await s3.send(new HeadBucketCommand({ Bucket }))).toMatchObject({ BucketRegion: "us-west-2" });
  expect((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBe("us-west-2");
  expect((await s3.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name)).toContain(Bucket);
  await s3.send(new DeleteBucketCommand({ Bucket }));
  await expect(s3.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({ name: "NotFound" });
  await expect(s3.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject({ name: "NoSuchBucket", $metadata: { httpStatusCode: 404 } });
});

test("an object keeps its bytes, type and metadata", async () => {
  const Bucket = await bucket();
  const put = await s3.send(
    new PutObjectCommand({ Bucket, Key: "a folder/ä+b.json", Body: "hello", ContentType: "application/json", Metadata: { owner: "me" } }),
  );
  expect(put.ETag).toBe(`"${createHash("md5").update("hello").digest("hex")}"`);
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: "a folder/ä+b.json" }));
  expect(await got.Body!.transformToString()).toBe("hello");
  expect(got).toMatchObject({ ContentType: "application/json", Metadata: { owner: "me" }, ContentLength: 5, ServerSideEncryption: "AES256" });
  expect(await s3.send(new HeadObjectCommand({ Bucket, Key: "a folder/ä+b.json" }))).toMatchObject({ ContentLength: 5, ETag: put.ETag });
  await expect(s3.send(new GetObjectCommand({ Bucket, Key: "none" }))).rejects.toMatchObject({ name: "NoSuchKey" });
  await expect(s3.send(new HeadObjectCommand({ Bucket, Key: "none" }))).rejects.toMatchObject({ name: "NotFound" });
});

test("a stream of unknown trailers and of several megabytes arrives whole", async () => {
  const Bucket = await bucket();
  const bytes = randomBytes(9_000_000);
  const Body = Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
    })(),
  );
  await s3.send(new PutObjectCommand({ Bucket, Key: "large", Body, ContentLength: bytes.length }));
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: "large" }));
  expect(Buffer.compare(Buffer.from(await got.Body!.transformToByteArray()), bytes)).toBe(0);
});

test.each(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const)(
  "%s is what the SDK works out, in header and trailer",
  async (ChecksumAlgorithm) => {
    const Bucket = await bucket();
    await s3.send(new PutObjectCommand({ Bucket, Key: "plain", Body: "123456789", ChecksumAlgorithm }));
    await s3.send(new PutObjectCommand({ Bucket, Key: "stream", Body: Readable.from(["1234", "56789"]), ContentLength: 9, ChecksumAlgorithm }));
    const head = async (Key: string) =>
      (await s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" })))[`Checksum${ChecksumAlgorithm}`];
    expect(await head("plain")).toMatch(/=$/);
    expect(await head("stream")).toBe(await head("plain"));
  },
);

test("what is not what it says it is, is refused", async () => {
  const Bucket = await bucket();
  await expect(s3.send(new PutObjectCommand({ Bucket, Key: "a", Body: "a", ChecksumCRC32: "AAAAAA==" }))).rejects.toMatchObject({
    name: "BadDigest",
  });
  await expect(s3.send(new PutObjectCommand({ Bucket, Key: "a", Body: "a", ContentMD5: "1B2M2Y8AsgTpgAmY7PhCfg==" }))).rejects.toMatchObject({
    name: "BadDigest",
  });
  await expect(text(Bucket, "a")).rejects.toMatchObject({ name: "NoSuchKey" });
});

test("ranges and conditions", async () => {
  const Bucket = await bucket();
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "0123456789" }));
  const part = await s3.send(new GetObjectCommand({ Bucket, Key: "k", Range: "bytes=2-4" }));
  expect(part).toMatchObject({ ContentRange: "bytes 2-4/10", ContentLength: 3, $metadata: { httpStatusCode: 206 } });
  expect(await part.Body!.transformToString()).toBe("234");
  expect(await text(Bucket, "k", { Range: "bytes=-3" })).toBe("789");
  await expect(text(Bucket, "k", { Range: "bytes=10-" })).rejects.toMatchObject({ name: "InvalidRange" });
  await expect(text(Bucket, "k", { IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
  await expect(text(Bucket, "k", { IfMatch: '"other"' })).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
  await expect(s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x", IfNoneMatch: "*" }))).rejects.toMatchObject({
    name: "PreconditionFailed",
  });
  await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "y", IfMatch: ETag! }));
  expect(await text(Bucket, "k")).toBe("y");
});

test("lists by prefix and delimiter, page by page", async () => {
  const Bucket = await bucket();
  for (const Key of ["a/1", "a/2", "b", "c/d/e", "z"]) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  const top = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: "/" }));
  expect(top.Contents?.map(({ Key }) => Key)).toEqual(["b", "z"]);
  expect(top.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(["a/", "c/"]);
  const keys: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page: { Contents?: { Key?: string }[]; CommonPrefixes?: { Prefix?: string }[]; NextContinuationToken?: string } = await s3.send(
      new ListObjectsV2Command({ Bucket, Delimiter: "/", MaxKeys: 1, ContinuationToken }),
    );
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key!), ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  expect(keys).toEqual(["a/", "b", "c/", "z"]);
  const old = await s3.send(new ListObjectsCommand({ Bucket, Prefix: "a/", MaxKeys: 1 }));
  expect(old).toMatchObject({ IsTruncated: true, Contents: [{ Key: "a/1", Size: 3 }] });
  expect((await s3.send(new ListObjectsCommand({ Bucket, Marker: "a/1", Prefix: "a/" }))).Contents?.map(({ Key }) => Key)).toEqual(["a/2"]);
  const gone = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "a/1" }, { Key: "never there" }] } }));
  expect(gone.Deleted?.map(({ Key }) => Key)).toEqual(["a/1", "never there"]);
  await expect(s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({ name: "BucketNotEmpty" });
});

test("versions: a delete hides, and can be undone", async () => {
  const Bucket = await bucket();
  await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "before versioning" }));
  expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  const second = await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "second" }));
  const gone = await s3.send(new DeleteObjectCommand({ Bucket, Key: "k" }));
  expect(gone.DeleteMarker).toBe(true);
  await expect(text(Bucket, "k")).rejects.toMatchObject({ name: "NoSuchKey" });
  expect(await text(Bucket, "k", { VersionId: "null" })).toBe("before versioning");
  const all = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  expect(all.Versions?.map(({ VersionId }) => VersionId)).toEqual([second.VersionId, "null"]);
  expect(all.DeleteMarkers).toMatchObject([{ VersionId: gone.VersionId, IsLatest: true }]);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: "k", VersionId: gone.VersionId! }));
  expect(await text(Bucket, "k")).toBe("second");
});

test("parts become one object", async () => {
  const Bucket = await bucket();
  const first = randomBytes(5 * 1024 * 1024);
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "k", ContentType: "x/y", ChecksumAlgorithm: "CRC32" }));
  const one = await s3.send(new UploadPartCommand({ Bucket, Key: "k", UploadId: UploadId!, PartNumber: 1, Body: first, ChecksumAlgorithm: "CRC32" }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "source", Body: "0123456789" }));
  const two = await s3.send(
    new UploadPartCopyCommand({ Bucket, Key: "k", UploadId: UploadId!, PartNumber: 2, CopySource: `${Bucket}/source`, CopySourceRange: "bytes=3-5" }),
  );
  expect((await s3.send(new ListPartsCommand({ Bucket, Key: "k", UploadId: UploadId! }))).Parts?.map(({ Size }) => Size)).toEqual([5242880, 3]);
  const Parts = [
    { PartNumber: 1, ETag: one.ETag, ChecksumCRC32: one.ChecksumCRC32 },
    { PartNumber: 2, ETag: two.CopyPartResult?.ETag, ChecksumCRC32: two.CopyPartResult?.ChecksumCRC32 },
  ];
  const done = await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key: "k", UploadId: UploadId!, MultipartUpload: { Parts } }));
  expect(done.ETag).toMatch(/-2"$/);
  expect(done.ChecksumCRC32).toMatch(/-2$/);
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: "k" }));
  expect(got.ContentType).toBe("x/y");
  expect(Buffer.from(await got.Body!.transformToByteArray()).equals(Buffer.concat([first, Buffer.from("345")]))).toBe(true);
  const other = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "k" }));
  await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: "k", UploadId: other.UploadId! }));
  await expect(s3.send(new ListPartsCommand({ Bucket, Key: "k", UploadId: other.UploadId! }))).rejects.toMatchObject({ name: "NoSuchUpload" });
});

test("copies, and tags of objects", async () => {
  const Bucket = await bucket();
  await s3.send(new PutObjectCommand({ Bucket, Key: "a b", Body: "x", Metadata: { m: "1" }, Tagging: "t=1" }));
  await s3.send(new CopyObjectCommand({ Bucket, Key: "c", CopySource: encodeURI(`${Bucket}/a b`) }));
  expect(await s3.send(new HeadObjectCommand({ Bucket, Key: "c" }))).toMatchObject({ Metadata: { m: "1" } });
  await s3.send(new PutObjectTaggingCommand({ Bucket, Key: "a b", Tagging: { TagSet: [{ Key: "t", Value: "2" }] } }));
  expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key: "a b" }))).TagSet).toEqual([{ Key: "t", Value: "2" }]);
  expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key: "c" }))).TagSet).toEqual([{ Key: "t", Value: "1" }]);
});

test("a bucket's settings are kept and given back", async () => {
  const Bucket = await bucket();
  expect((await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration?.BlockPublicAcls).toBe(true);
  const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" as const, KMSMasterKeyID: "key" } };
  await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules: [rule] } }));
  expect((await s3.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules).toMatchObject([rule]);
  expect(await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "" }))).toMatchObject({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: "key" });
  await expect(s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).rejects.toMatchObject({ name: "NoSuchLifecycleConfiguration" });
  const Rules = [{ ID: "r", Status: "Enabled" as const, Filter: { Prefix: "" }, NoncurrentVersionExpiration: { NoncurrentDays: 30 } }];
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
  expect((await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules).toMatchObject([
    { ID: "r", Status: "Enabled", NoncurrentVersionExpiration: { NoncurrentDays: 30 } },
  ]);
  await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: "a", Value: "b" }] } }));
  expect((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual([{ Key: "a", Value: "b" }]);
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*" }] });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  expect((await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy).toBe(Policy);
  await expect(s3.send(new PutBucketPolicyCommand({ Bucket, Policy: "{" }))).rejects.toMatchObject({ name: "MalformedPolicy" });
  await expect(s3.send(new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration: {} }))).rejects.toMatchObject({ name: "NotImplemented" });
});

test("buckets have names of their own below localhost", async () => {
  const Bucket = await bucket();
  const client = new S3Client({
    region: "us-west-2",
    endpoint: cloud.url.replace("127.0.0.1", "localhost"),
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  await client.send(new PutObjectCommand({ Bucket, Key: "folder/", Body: "hosted" })).catch((error: { code?: string }) => {
    // Where the resolver does not know names below localhost, the address is in the unit test of address.ts only.
    if (error.code !== "ENOTFOUND" && error.code !== "EAI_AGAIN") throw error;
  });
  client.destroy();
});

test("keys may look like the paths of the cloud itself and of its HTTP APIs", async () => {
  const Bucket = await bucket();
  const authorization = "AWS4-HMAC-SHA256 Credential=test/20261130/us-west-2/s3/aws4_request, SignedHeaders=host, Signature=0";
  for (const Key of ["_cloud/time", "_aws/execute-api/abc/start"]) {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { authorization, host: `${Bucket}.s3.us-west-2.amazonaws.com` };
      const sent = request(`${cloud.url}/${Key}`, { method: "PUT", headers }, (response) => resolve(response.resume().statusCode));
      sent.once("error", reject).end("kept");
    });
    expect(status).toBe(200);
    expect(await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString()).toBe("kept");
  }
});
