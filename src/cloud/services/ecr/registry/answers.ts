import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { WireResponse } from "../../../wire/protocol.ts";

const VERSION = { "docker-distribution-api-version": "registry/2.0" };

export const answered = (status: number, headers: Record<string, string> = {}, body: WireResponse["body"] = ""): WireResponse => ({
  status,
  headers: { ...VERSION, ...headers },
  body,
});

/** An error as the distribution specification writes it ("Error Codes"). */
export const failure = (status: number, code: string, message: string): WireResponse =>
  answered(status, { "content-type": "application/json; charset=utf-8" }, JSON.stringify({ errors: [{ code, message }] }));

/** "no basic auth credentials", as Docker calls it. The challenge is ECR's. */
export const challenge = (endpoint: string): WireResponse =>
  answered(
    401,
    { "www-authenticate": `Basic realm="${endpoint}/",service="ecr.amazonaws.com"`, "content-type": "text/plain; charset=utf-8" },
    "Not Authorized\n",
  );

/**
 * The specification's code and status for an error of ECR's own API. TAG_INVALID, NAME_UNKNOWN and DENIED are what ECR
 * answers (aws/containers-roadmap 862, kaniko 204 and others show them); the rest is the specification's.
 */
const CODES: Record<string, [status: number, code: string]> = {
  RepositoryNotFoundException: [404, "NAME_UNKNOWN"],
  ImageNotFoundException: [404, "MANIFEST_UNKNOWN"],
  ImageTagAlreadyExistsException: [400, "TAG_INVALID"],
  ImageDigestDoesNotMatchException: [400, "DIGEST_INVALID"],
  InvalidParameterException: [400, "MANIFEST_INVALID"],
  LayersNotFoundException: [404, "MANIFEST_BLOB_UNKNOWN"],
  ReferencedImagesNotFoundException: [404, "MANIFEST_BLOB_UNKNOWN"],
  UploadNotFoundException: [404, "BLOB_UPLOAD_UNKNOWN"],
  EmptyUploadException: [400, "BLOB_UPLOAD_INVALID"],
  InvalidLayerException: [400, "DIGEST_INVALID"],
  AccessDenied: [403, "DENIED"],
};

/** What is answered for anything that was thrown; undefined for a mistake of this cloud. */
export function asFailure(thrown: unknown): WireResponse | undefined {
  if (thrown instanceof NotSupported) return failure(501, "UNSUPPORTED", thrown.message);
  if (!(thrown instanceof AwsError)) return undefined;
  const [status, code] = CODES[thrown.code] ?? [thrown.status, thrown.code];
  return failure(status, code, thrown.message);
}
