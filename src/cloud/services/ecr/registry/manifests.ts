import type { WireResponse } from "../../../wire/protocol.ts";
import { findImage, imagesAt, putImage } from "../content/images.ts";
import { DIGEST } from "../content/layers.ts";
import { answered, failure } from "./answers.ts";
import type { Exchange } from "./index.ts";

/** "Registries … MAY … limit" the size; 4 MiB is what the distribution specification asks every registry to take. */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
/** A tag, by the distribution specification. */
const TAG = /^\w[\w.-]{0,127}$/;

/** An image's manifest by tag or digest. Fetching it is what counts as pulling the image. */
export function getManifest({ parts, request, at, reference, authorize }: Exchange): WireResponse {
  authorize("BatchGetImage");
  const id = DIGEST.test(reference) ? { imageDigest: reference } : { imageTag: reference };
  const row = findImage(imagesAt(parts, at).values(), id);
  if (!row) return failure(404, "MANIFEST_UNKNOWN", "Requested image not found");
  if (row.inEngine !== undefined)
    return failure(
      404,
      "MANIFEST_UNKNOWN",
      `Requested image not found: it was built into the container engine, as ${row.inEngine}, and never pushed`,
    );
  const length = String(Buffer.byteLength(row.manifest));
  const headers = { "content-type": row.mediaType, "content-length": length, "docker-content-digest": row.digest };
  if (request.method === "HEAD") return answered(200, headers);
  imagesAt(parts, at).set(row.digest, { ...row, pulled: parts.clock.now() });
  return answered(200, headers, row.manifest);
}

/** Ends a push: what the manifest names is there already. */
export async function putManifest(exchange: Exchange): Promise<WireResponse> {
  const { parts, request, at, reference, base, authorize } = exchange;
  authorize("PutImage");
  const byDigest = DIGEST.test(reference);
  if (!byDigest && !TAG.test(reference)) return failure(400, "TAG_INVALID", `manifest tag '${reference}' is not valid`);
  const manifest = await read(request.stream ?? [request.body]);
  if (manifest === undefined) return failure(413, "MANIFEST_INVALID", `the manifest is larger than ${MAX_MANIFEST_BYTES} bytes`);
  const mediaType = request.headers["content-type"]?.split(";")[0]?.trim();
  const row = putImage(parts, at, {
    manifest,
    ...(mediaType ? { mediaType } : {}),
    ...(byDigest ? { digest: reference } : { tag: reference }),
  });
  const headers = { location: `${base}/manifests/${row.digest}`, "docker-content-digest": row.digest };
  return answered(201, row.subject === undefined ? headers : { ...headers, "oci-subject": row.subject });
}

async function read(body: AsyncIterable<Uint8Array> | Uint8Array[]): Promise<string | undefined> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    if (size > MAX_MANIFEST_BYTES) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}
