import { ecrRepositoryPath } from "../../../core/image-address.ts";
import type { WireResponse } from "../../../wire/protocol.ts";
import { addToUpload, cancelUpload, completeUpload, DIGEST, mountBlob, startUpload, uploadOf } from "../content/layers.ts";
import type { UploadRow } from "../state.ts";
import { answered, failure } from "./answers.ts";
import type { Exchange } from "./index.ts";

const bodyOf = ({ request }: Exchange): AsyncIterable<Uint8Array> | Uint8Array[] => request.stream ?? [request.body];

/** Where an upload goes on, and how much it has; of an empty one the specification's own example says `0-0`. */
const progress = (status: number, { base }: Exchange, { id }: UploadRow, received: number): WireResponse =>
  answered(status, { location: `${base}/blobs/uploads/${id}`, range: `0-${Math.max(0, received - 1)}`, "docker-upload-uuid": id });

const created = ({ base }: Exchange, digest: string): WireResponse =>
  answered(201, { location: `${base}/blobs/${digest}`, "docker-content-digest": digest });

const badDigest = (): WireResponse => failure(400, "DIGEST_INVALID", "provided digest did not match uploaded content");

/** Begins an upload. With `digest` the body is all of it; with `mount` and `from` a layer of another repository is taken if that is allowed. */
export async function start(exchange: Exchange): Promise<WireResponse> {
  const { parts, request, at, authorize } = exchange;
  authorize("InitiateLayerUpload");
  const [mount, from, digest] = ["mount", "from", "digest"].map((name) => request.query.get(name));
  const source = ecrRepositoryPath(from ?? "");
  if (mount && source) {
    const other = { account: source.account, region: source.region, repository: source.name };
    if (mayRead(exchange, other) && mountBlob(parts, other, at, mount)) return created(exchange, mount);
  }
  const upload = startUpload(parts, at);
  return digest ? finish(exchange, upload, digest) : progress(202, exchange, upload, 0);
}

/** "Users need ecr:GetDownloadUrlForLayer IAM permission on a repository to mount layers from it." Without it the layer is uploaded. */
function mayRead({ authorize }: Exchange, other: Exchange["at"]): boolean {
  try {
    authorize("GetDownloadUrlForLayer", other);
    return true;
  } catch {
    return false;
  }
}

export function uploadStatus(exchange: Exchange): WireResponse {
  exchange.authorize("UploadLayerPart");
  const upload = uploadOf(exchange.parts, exchange.at, exchange.reference);
  return progress(204, exchange, upload, upload.received);
}

/** A piece of an upload, or all of it as it comes. A piece that says where it belongs has to follow what is there. */
export async function patchUpload(exchange: Exchange): Promise<WireResponse> {
  const { parts, at, reference, request, authorize } = exchange;
  authorize("UploadLayerPart");
  const upload = uploadOf(parts, at, reference);
  const range = /^(?:bytes )?(\d+)-(\d+)/.exec(request.headers["content-range"] ?? "");
  if (range && Number(range[1]) !== upload.received) return progress(416, exchange, upload, upload.received);
  return progress(202, exchange, upload, await addToUpload(parts, upload, bodyOf(exchange)));
}

/** Ends an upload, with its last piece or without. */
export function putUpload(exchange: Exchange): WireResponse | Promise<WireResponse> {
  const { parts, at, reference, request } = exchange;
  exchange.authorize("CompleteLayerUpload");
  const upload = uploadOf(parts, at, reference);
  const range = /^(?:bytes )?(\d+)-(\d+)/.exec(request.headers["content-range"] ?? "");
  if (range && Number(range[1]) !== upload.received) return progress(416, exchange, upload, upload.received);
  return finish(exchange, upload, request.query.get("digest") ?? "");
}

async function finish(exchange: Exchange, upload: UploadRow, digest: string): Promise<WireResponse> {
  const { parts, authorize } = exchange;
  if (!DIGEST.test(digest)) return badDigest();
  authorize("UploadLayerPart");
  authorize("CompleteLayerUpload");
  await addToUpload(parts, upload, bodyOf(exchange));
  try {
    await completeUpload(parts, upload, digest);
  } catch (error) {
    // What does not have the digest that it should have is of no use to anybody.
    cancelUpload(parts, upload);
    throw error;
  }
  return created(exchange, digest);
}

export function cancel({ parts, at, reference, authorize }: Exchange): WireResponse {
  authorize("UploadLayerPart");
  cancelUpload(parts, uploadOf(parts, at, reference));
  return answered(204);
}
