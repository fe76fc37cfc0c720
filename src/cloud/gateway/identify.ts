import { AwsError } from "../core/errors.ts";
import type { WireRequest } from "../wire/protocol.ts";

/** What the signature says: who signs, and for which region and service. */
export interface CredentialScope {
  accessKeyId: string;
  region: string;
  signingName: string;
  sessionToken?: string;
}

const CREDENTIAL = /Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/([^/,\s]+)\/aws4_request/;

/**
 * Reads the credential scope of a Signature Version 4 request, from the header or a presigned query
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html). The signature itself is
 * not checked: the cloud listens on loopback only, and any local user may act as its owner.
 */
export function identify(request: WireRequest): CredentialScope {
  const match = credentialOf(request);
  if (!match) {
    throw new AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", { status: 403 });
  }
  const sessionToken = request.headers["x-amz-security-token"] ?? request.query.get("X-Amz-Security-Token") ?? undefined;
  return { accessKeyId: match[1]!, region: match[2]!, signingName: match[3]!, ...(sessionToken ? { sessionToken } : {}) };
}

function credentialOf(request: WireRequest): RegExpExecArray | null {
  return (
    CREDENTIAL.exec(request.headers.authorization ?? "") ??
    (request.query.size > 0 ? CREDENTIAL.exec(`Credential=${request.query.get("X-Amz-Credential") ?? ""}`) : null)
  );
}

/** The name under which a request's signature knows its service; undefined where it has none. */
export const signingName = (request: WireRequest): string | undefined => credentialOf(request)?.[3];
