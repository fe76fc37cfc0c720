import { AwsError } from "../../../core/errors.ts";
import { ecrRepositoryPath } from "../../../core/image-address.ts";
import type { Principal } from "../../../core/service.ts";
import type { WireRequest, WireResponse } from "../../../wire/protocol.ts";
import { repositoryNeed } from "../access.ts";
import type { At } from "../content/layers.ts";
import type { EcrParts } from "../index.ts";
import { repositoryOf } from "../shared.ts";
import { answered, asFailure, challenge, failure } from "./answers.ts";
import { getBlob, headBlob } from "./blobs.ts";
import { download } from "./downloads.ts";
import { getManifest, putManifest } from "./manifests.ts";
import { listReferrers, listTags } from "./lists.ts";
import { principalOf } from "./tokens.ts";
import { cancel, patchUpload, putUpload, start, uploadStatus } from "./uploads.ts";

/** A request to one repository, from somebody who is known. */
export interface Exchange {
  parts: EcrParts;
  request: WireRequest;
  at: At;
  /** What the path names: a tag, a digest, the id of an upload. */
  reference: string;
  /** The repository's path, for addresses in answers: `/v2/<registry>/<name>`. */
  base: string;
  /** @throws AwsError AccessDenied @param repository another one than that of the path */
  authorize: (action: string, repository?: At) => void;
}

type Route = (exchange: Exchange) => WireResponse | Promise<WireResponse>;

/** What comes after a repository's name, and what does it ("OCI Distribution Specification", Endpoints). */
const ROUTES: [tail: RegExp, methods: Record<string, Route>][] = [
  [/^tags\/list$/, { GET: listTags }],
  [/^referrers\/([^/]+)$/, { GET: listReferrers }],
  [/^manifests\/([^/]+)$/, { GET: getManifest, HEAD: getManifest, PUT: putManifest }],
  [/^blobs\/uploads\/?$/, { POST: start }],
  [/^blobs\/uploads\/([^/]+)$/, { GET: uploadStatus, PATCH: patchUpload, PUT: putUpload, DELETE: cancel }],
  [/^blobs\/([^/]+)$/, { GET: getBlob, HEAD: headBlob }],
];

const PATH = /^\/v2\/(.+)\/((?:tags\/list|referrers\/[^/]+|manifests\/[^/]+|blobs\/uploads\/?|blobs\/uploads\/[^/]+|blobs\/[^/]+))$/;

/** Docker's requests carry no signature; those of services whose paths also begin with `/v2/` do. */
export const isForRegistry = ({ path, headers, query }: WireRequest): boolean =>
  /^\/v2(?:\/|$)/.test(path) && !headers["authorization"]?.startsWith("AWS4-") && !query.has("X-Amz-Credential");

/** The Docker Registry HTTP API, version 2: what `docker push` and `docker pull` speak. */
export function createRegistry(parts: EcrParts): (request: WireRequest) => Promise<WireResponse> {
  return async (request) => {
    try {
      return download(parts, request) ?? (await serve(parts, request));
    } catch (error) {
      const told = asFailure(error);
      if (told) return told;
      parts.log(`rouse: a mistake in ecr: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      return failure(500, "UNKNOWN", "Rouse's embedded cloud made a mistake; its log has the details.");
    }
  };
}

function serve(parts: EcrParts, request: WireRequest): WireResponse | Promise<WireResponse> {
  const principal = principalOf(parts, request.headers["authorization"]);
  if (!principal) return challenge(parts.endpoint());
  if (/^\/v2\/?$/.test(request.path)) return answered(200, { "content-type": "application/json" }, "{}");
  const match = PATH.exec(decoded(request.path));
  const repository = ecrRepositoryPath(match?.[1] ?? "");
  if (!match || !repository)
    return failure(404, "NAME_UNKNOWN", `a repository's path here is /v2/<account>.dkr.ecr.<region>.amazonaws.com/<name>; '${request.path}' is none`);
  const at: At = { account: repository.account, region: repository.region, repository: repository.name };
  const [tail, methods] = ROUTES.find(([pattern]) => pattern.test(match[2]!))!;
  const route = methods[request.method];
  if (!route) return failure(405, "UNSUPPORTED", "The operation is unsupported.");
  const exchange: Exchange = {
    parts,
    request,
    at,
    reference: tail.exec(match[2]!)![1] ?? "",
    base: `/v2/${match[1]}`,
    authorize: (action, other = at) => authorize(parts, principal, action, other),
  };
  return route(exchange);
}

/** A path that is not encoded well names nothing. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return "";
  }
}

/** @throws AwsError AccessDenied; RepositoryNotFoundException, which only those get to know who may do the action */
function authorize(parts: EcrParts, principal: Principal, action: string, at: At): void {
  const need = { ...repositoryNeed(parts.store, at, action, at.repository), resourceAccount: at.account };
  parts.iam.authorize(principal, [need], { "aws:RequestedRegion": at.region });
  if (principal.kind === "root" && principal.account !== at.account)
    throw new AwsError("AccessDenied", `User: ${principal.arn} is not authorized to perform: ecr:${action} on resource: ${need.resources[0]}`, {
      status: 403,
    });
  repositoryOf(parts.store, at, at.repository);
}
