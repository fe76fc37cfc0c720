import * as sdk from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import type { WireRequest } from "../protocol.ts";
import { readServiceSchema } from "../schema.ts";
import { s3Address } from "./address.ts";
import { routeS3 } from "./route.ts";

const at = (host: string, path: string) => s3Address({ headers: { host }, path });

test("buckets are found in the host or in the path", () => {
  expect(at("127.0.0.1:4590", "/bucket/a/b")).toEqual({ bucket: "bucket", key: "a/b" });
  expect(at("bucket.127.0.0.1:4590", "/a/")).toEqual({ bucket: "bucket", key: "a/" });
  expect(at("bucket.localhost:4590", "/")).toEqual({ bucket: "bucket" });
  expect(at("my.bucket.s3.us-west-2.amazonaws.com", "/a%20b+c")).toEqual({ bucket: "my.bucket", key: "a b+c" });
  expect(at("s3.us-west-2.amazonaws.com", "/bucket/k")).toEqual({ bucket: "bucket", key: "k" });
  expect(at("s3.amazonaws.com", "/")).toEqual({});
});

const { operations } = readServiceSchema(sdk);
const route = (method: string, path: string, headers: Record<string, string> = {}): string | undefined => {
  const [bare, query] = path.split("?");
  const request = { method, path: bare!, query: new URLSearchParams(query ?? ""), headers: { host: "localhost", ...headers }, body: Buffer.alloc(0) };
  return routeS3(operations.values(), request satisfies WireRequest)?.name;
};

test("operations are told apart without the SDK's x-id", () => {
  expect(route("GET", "/")).toBe("ListBuckets");
  expect(route("GET", "/b")).toBe("ListObjects");
  expect(route("GET", "/b?list-type=2&prefix=x")).toBe("ListObjectsV2");
  expect(route("GET", "/b?policy")).toBe("GetBucketPolicy");
  expect(route("GET", "/b?analytics")).toBe("ListBucketAnalyticsConfigurations");
  expect(route("PUT", "/b")).toBe("CreateBucket");
  expect(route("PUT", "/b/k")).toBe("PutObject");
  expect(route("PUT", "/b/k?partNumber=1&uploadId=u")).toBe("UploadPart");
  expect(route("PUT", "/b/k", { "x-amz-copy-source": "b/x" })).toBe("CopyObject");
  expect(route("PUT", "/b/k?partNumber=1&uploadId=u", { "x-amz-copy-source": "b/x" })).toBe("UploadPartCopy");
  expect(route("POST", "/b/k?uploads")).toBe("CreateMultipartUpload");
  expect(route("POST", "/b/k?uploadId=u")).toBe("CompleteMultipartUpload");
  expect(route("DELETE", "/b/k?uploadId=u")).toBe("AbortMultipartUpload");
  expect(route("DELETE", "/b/k?tagging")).toBe("DeleteObjectTagging");
  expect(route("HEAD", "/b/k")).toBe("HeadObject");
  expect(route("POST", "/b?delete")).toBe("DeleteObjects");
});
