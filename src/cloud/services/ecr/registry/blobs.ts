import type { WireResponse } from "../../../wire/protocol.ts";
import { askFor, blobsAt } from "../content/layers.ts";
import type { BlobRow } from "../state.ts";
import { answered, failure } from "./answers.ts";
import type { Exchange } from "./index.ts";

const headersOf = ({ digest, size }: BlobRow): Record<string, string> => ({
  "content-type": "application/octet-stream",
  "content-length": String(size),
  "docker-content-digest": digest,
});

const unknown = (): WireResponse => failure(404, "BLOB_UNKNOWN", "blob unknown to registry");

/** Whether a layer need not be pushed. */
export function headBlob({ parts, at, reference, authorize }: Exchange): WireResponse {
  authorize("BatchCheckLayerAvailability");
  const row = askFor(parts, at, reference);
  return row ? answered(200, headersOf(row)) : unknown();
}

/** A layer, or one range of its bytes. ECR sends clients on to S3 for it; here it comes at once. */
export function getBlob({ parts, request, at, reference, authorize }: Exchange): WireResponse {
  authorize("GetDownloadUrlForLayer");
  const row = blobsAt(parts, at).get(reference);
  if (!row) return unknown();
  const match = /^bytes=(\d+)-(\d*)$/.exec(request.headers["range"] ?? "");
  if (!match) return answered(200, headersOf(row), parts.files.read(row.digest));
  const start = Number(match[1]);
  const end = Math.min(match[2] ? Number(match[2]) : row.size - 1, row.size - 1);
  if (start > end) return failure(416, "SIZE_INVALID", "the range is not in the blob");
  const headers = { ...headersOf(row), "content-length": String(end - start + 1), "content-range": `bytes ${start}-${end}/${row.size}` };
  return answered(206, headers, parts.files.read(row.digest, { start, end }));
}
