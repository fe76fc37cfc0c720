import type { WireResponse } from "../../../wire/protocol.ts";
import { imagesAt } from "../content/images.ts";
import { registryAddress } from "../../../core/image-address.ts";
import { answered } from "./answers.ts";
import type { Exchange } from "./index.ts";

/** A page is what ECR's own ListImages gives unless told. */
const PAGE = 100;

/** The tags in order, from the one after `last`, `n` at most; the header Link leads to the rest. */
export function listTags({ parts, request, at, base, authorize }: Exchange): WireResponse {
  authorize("ListImages");
  const n = Number.parseInt(request.query.get("n") ?? String(PAGE), 10);
  const last = request.query.get("last");
  const all = imagesAt(parts, at)
    .values()
    .flatMap(({ tags }) => tags)
    .sort();
  const rest = last === null ? all : all.filter((tag) => tag > last);
  const tags = rest.slice(0, Number.isNaN(n) ? PAGE : n);
  const next = tags.length > 0 && tags.length < rest.length;
  const link: Record<string, string> = next ? { link: `<${base}/tags/list?last=${encodeURIComponent(tags.at(-1)!)}&n=${n}>; rel="next"` } : {};
  const name = `${registryAddress(at)}/${at.repository}`;
  return answered(200, { "content-type": "application/json", ...link }, JSON.stringify({ name, tags }));
}

/** What says something about an image: signatures, bills of material. */
export function listReferrers({ parts, request, at, reference, authorize }: Exchange): WireResponse {
  authorize("BatchGetImage");
  const wanted = request.query.get("artifactType");
  const manifests = imagesAt(parts, at)
    .filter(({ subject, artifactType }) => subject === reference && (wanted === null || artifactType === wanted))
    .map(({ mediaType, digest, manifest, artifactType }) => ({
      mediaType,
      digest,
      size: Buffer.byteLength(manifest),
      ...(artifactType === undefined ? {} : { artifactType }),
    }));
  const mediaType = "application/vnd.oci.image.index.v1+json";
  const headers = { "content-type": mediaType, ...(wanted === null ? {} : { "oci-filters-applied": "artifactType" }) };
  return answered(200, headers, JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
}
