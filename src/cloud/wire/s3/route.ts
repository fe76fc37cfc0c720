import type { WireRequest } from "../protocol.ts";
import type { OperationSchema } from "../schema.ts";
import { s3Address } from "./address.ts";

/**
 * What tells operations of the same method and path apart besides the literals of their templates (each operation's
 * request syntax in the S3 API Reference). `x-id` in a template is the JavaScript SDK's own and proves nothing.
 */
const NEEDS: Record<string, { query?: string; header?: string }[]> = {
  CopyObject: [{ header: "x-amz-copy-source" }],
  UploadPart: [{ query: "uploadId" }],
  UploadPartCopy: [{ query: "uploadId" }, { header: "x-amz-copy-source" }],
  CompleteMultipartUpload: [{ query: "uploadId" }],
  AbortMultipartUpload: [{ query: "uploadId" }],
  ListParts: [{ query: "uploadId" }],
  // One configuration by its id, or all of them.
  ...Object.fromEntries(
    ["Analytics", "IntelligentTiering", "Inventory", "Metrics"].map((kind) => [`GetBucket${kind}Configuration`, [{ query: "id" }]]),
  ),
  GetObjectAnnotation: [{ query: "annotationName" }],
};

/** Reached at hosts of their own, so never here. */
const ELSEWHERE = new Set(["ListDirectoryBuckets", "WriteGetObjectResponse", "CreateSession"]);

/** The operation that a request means; undefined where S3 has none for it. */
export function routeS3(operations: Iterable<OperationSchema>, request: WireRequest): OperationSchema | undefined {
  const { bucket, key } = s3Address(request);
  let best: { operation: OperationSchema; literals: number } | undefined;
  for (const operation of operations) {
    if (operation.http?.method !== request.method || ELSEWHERE.has(operation.name)) continue;
    if ((operation.name === "ListBuckets") !== (bucket === undefined)) continue;
    const [path, query] = operation.http.uri.split("?");
    if ((path === "/") !== (key === undefined)) continue;
    const literals = [...new URLSearchParams(query ?? "")].filter(([name]) => name !== "x-id");
    const needs = NEEDS[operation.name] ?? [];
    const fits =
      literals.every(([name, value]) => request.query.has(name) && (value === "" || request.query.get(name) === value)) &&
      needs.every((need) => (need.query === undefined ? request.headers[need.header!] !== undefined : request.query.has(need.query)));
    if (!fits) continue;
    const score = literals.length + needs.length;
    if (!best || score > best.literals) best = { operation, literals: score };
  }
  return best?.operation;
}
