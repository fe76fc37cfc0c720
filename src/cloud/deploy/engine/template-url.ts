import { readFileSync } from "node:fs";
import type { AssetsPort } from "../../core/ports.ts";
import { templateError } from "../template/parse.ts";

/**
 * Bucket and key of an S3 address: virtual-hosted (`bucket.s3.region.amazonaws.com/key`), path style
 * (`s3.region.amazonaws.com/bucket/key`) or `s3://bucket/key` ("Methods for accessing a bucket", S3 User Guide).
 */
export function parseS3Url(url: string): { bucket: string; key: string } | undefined {
  const s3 = /^s3:\/\/([^/]+)\/(.+)$/.exec(url);
  if (s3) return { bucket: s3[1]!, key: s3[2]! };
  if (!URL.canParse(url)) return undefined;
  const { hostname, pathname } = new URL(url);
  const path = decodeURIComponent(pathname.slice(1));
  const hosted = /^(.+)\.s3[.-]/.exec(hostname);
  if (hosted) return { bucket: hosted[1]!, key: path };
  const slash = path.indexOf("/");
  if (slash < 1) return undefined;
  return { bucket: path.slice(0, slash), key: path.slice(slash + 1) };
}

/** The text of a template that was handed over as an asset. @throws AwsError ValidationError */
export function readTemplate(assets: AssetsPort, url: string): string {
  const address = parseS3Url(url);
  if (!address) throw templateError("TemplateURL must be a supported URL.");
  const path = assets.get(address.bucket, address.key);
  if (path === undefined) throw templateError("S3 error: The specified key does not exist.");
  return readFileSync(path, "utf8");
}
