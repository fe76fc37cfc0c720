import type { WireRequest, WireResponse } from "../../../wire/protocol.ts";
import type { EcrParts } from "../index.ts";
import { downloads } from "../state.ts";
import { failure } from "./answers.ts";

const PREFIX = "/v2/_layers/";
const VALID_MS = 3_600_000;

/** A path under which anybody gets a layer; on AWS it is a presigned address of S3. */
export function downloadPath({ store, clock, ids }: Pick<EcrParts, "store" | "clock" | "ids">, digest: string): string {
  const secret = ids.hex(48);
  downloads(store).set(secret, { digest, expires: clock.now() + VALID_MS });
  return PREFIX + secret;
}

/** The layer behind such a path; undefined for every other path. */
export function download(
  { store, clock, files }: Pick<EcrParts, "store" | "clock" | "files">,
  { path, method }: WireRequest,
): WireResponse | undefined {
  if (!path.startsWith(PREFIX)) return undefined;
  const row = downloads(store).get(path.slice(PREFIX.length));
  const size = row && row.expires > clock.now() ? files.size(row.digest) : 0;
  if (size === 0) return failure(403, "DENIED", "the address has expired");
  const headers = { "content-type": "application/octet-stream", "content-length": String(size) };
  return { status: 200, headers, body: method === "HEAD" ? "" : files.read(row!.digest) };
}
