import { AwsError } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import type { EcrParts } from "../index.ts";
import { blobs, settings, uploads, type BlobRow, type UploadRow } from "../state.ts";
import type { Body } from "./files.ts";

type Parts = Pick<EcrParts, "store" | "clock" | "ids" | "files">;

/** `sha256:` and 64 hexadecimal digits; ECR takes no other algorithm (API Reference, `LayerDigest`). */
export const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Where something is: a repository of an account and region. */
export interface At extends Scope {
  repository: string;
}

export const blobsAt = ({ store }: Pick<Parts, "store">, at: At) => blobs(store, at, at.repository);

/** A blob of a repository that somebody who pushes asks for: he counts on its staying. */
export function askFor(parts: Parts, at: At, digest: string): BlobRow | undefined {
  const table = blobsAt(parts, at);
  return table.has(digest) ? table.update(digest, { touched: parts.clock.now() }) : undefined;
}

export function startUpload({ store, clock, ids }: Parts, at: At): UploadRow {
  const id = ids.uuid();
  const { account, region, repository } = at;
  return uploads(store).set(id, { id, account, region, repository, started: clock.now(), received: 0 });
}

/** @throws AwsError UploadNotFoundException */
export function uploadOf({ store }: Pick<Parts, "store">, at: At, id: string | undefined): UploadRow {
  const row = uploads(store).get(id ?? "");
  if (row?.account === at.account && row.region === at.region && row.repository === at.repository) return row;
  throw new AwsError(
    "UploadNotFoundException",
    `The specified upload '${id ?? ""}' in the repository with name '${at.repository}' in registry with id '${at.account}' does not exist`,
    { status: 404 },
  );
}

/** Adds to an upload. The count of bytes that it has received in all. */
export async function addToUpload({ store, files }: Parts, upload: UploadRow, body: Body): Promise<number> {
  try {
    await files.append(upload.id, body);
  } finally {
    // Whoever's body broke off may ask how much came, and go on from there.
    if (uploads(store).has(upload.id)) uploads(store).update(upload.id, { received: files.size(upload.id) });
  }
  return files.size(upload.id);
}

/** Ends an upload: what came is a blob of its repository from now on. @throws AwsError EmptyUploadException, InvalidLayerException */
export async function completeUpload(parts: Parts, upload: UploadRow, digest: string): Promise<BlobRow> {
  const { store, files, clock } = parts;
  const size = files.size(upload.id);
  if (size === 0) throw new AwsError("EmptyUploadException", `The specified layer upload does not contain any layer parts.`);
  const actual = await files.digest(upload.id);
  if (actual !== digest)
    throw new AwsError("InvalidLayerException", `Digest validation failed: the uploaded layer has the digest '${actual}', not '${digest}'`);
  files.complete(upload.id, digest);
  uploads(store).delete(upload.id);
  return blobs(store, upload, upload.repository).set(digest, { digest, size, touched: clock.now() });
}

export function cancelUpload({ store, files }: Pick<Parts, "store" | "files">, upload: UploadRow): void {
  files.remove(upload.id);
  uploads(store).delete(upload.id);
}

/** Layers are shared within a registry, and only where the account has said so ("Blob mounting in Amazon ECR"). */
export function mountBlob(parts: Parts, from: At, to: At, digest: string): BlobRow | undefined {
  if (from.account !== to.account || from.region !== to.region || settings(parts.store, to).get("BLOB_MOUNTING") !== "ENABLED") return undefined;
  const source = blobsAt(parts, from).get(digest);
  return source && blobsAt(parts, to).set(digest, { ...source, touched: parts.clock.now() });
}
