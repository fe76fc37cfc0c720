import type { WireRequest } from "../protocol.ts";

/** What a request's host and path name: nothing, a bucket, or an object. */
export interface S3Address {
  bucket?: string;
  key?: string;
}

/**
 * Hosts below which buckets have names of their own ("Virtual hosting of buckets", S3 User Guide). This cloud is reached
 * at a loopback address or `localhost`: SDKs put a bucket's name before `localhost`, and into the path for an address.
 */
const ENDPOINTS = [
  String.raw`s3[.-](?:[\w-]+\.)*amazonaws\.com(?:\.cn)?`,
  String.raw`(?:s3\.)?localhost(?:\.localdomain)?`,
  String.raw`127(?:\.\d+){3}`,
];
const HOSTED = new RegExp(`^(?:(.+)\\.)?(?:${ENDPOINTS.join("|")})$`);

/** Bucket and key of a request, in either style. */
export function s3Address({ headers, path }: Pick<WireRequest, "headers" | "path">): S3Address {
  const host = (headers["host"] ?? "").replace(/:\d+$/, "").toLowerCase();
  const hosted = HOSTED.exec(host)?.[1];
  const rest = path.replace(/^\//, "");
  if (hosted !== undefined) return { bucket: hosted, ...(rest === "" ? {} : { key: decode(rest) }) };
  const slash = rest.indexOf("/");
  const bucket = slash < 0 ? rest : rest.slice(0, slash);
  const key = slash < 0 ? "" : rest.slice(slash + 1);
  return { ...(bucket === "" ? {} : { bucket: decode(bucket) }), ...(key === "" ? {} : { key: decode(key) }) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
