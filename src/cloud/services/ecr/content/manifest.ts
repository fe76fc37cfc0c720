import { invalid } from "../shared.ts";
import type { ImageRow } from "../state.ts";

interface Descriptor {
  mediaType?: string;
  digest?: string;
  size?: number;
  urls?: string[];
}

interface Manifest {
  schemaVersion?: number;
  mediaType?: string;
  artifactType?: string;
  config?: Descriptor;
  layers?: Descriptor[];
  manifests?: Descriptor[];
  subject?: Descriptor;
}

const DOCKER_IMAGE = "application/vnd.docker.distribution.manifest.v2+json";
const OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json";
const INDEXES = ["application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.oci.image.index.v1+json"];
/** "Container image manifest format support in Amazon ECR", without the first schema, which Docker itself has given up. */
const KNOWN = [DOCKER_IMAGE, OCI_IMAGE, ...INDEXES];

/** What a manifest says. @param given the media type that the request names. @throws AwsError InvalidParameterException */
export function readManifest(
  text: string,
  given: string | undefined,
): Pick<ImageRow, "mediaType" | "size" | "blobs" | "manifests" | "artifactType" | "subject"> {
  const manifest = parse(text);
  const mediaType = given ?? manifest.mediaType ?? DOCKER_IMAGE;
  if (!KNOWN.includes(mediaType)) throw broken(`unsupported manifest media type '${mediaType}'`);
  if (manifest.mediaType !== undefined && manifest.mediaType !== mediaType) throw broken("media type does not match that of the manifest");
  const index = INDEXES.includes(mediaType);
  if (index ? !Array.isArray(manifest.manifests) : !manifest.config || !Array.isArray(manifest.layers)) throw broken("invalid manifest");
  // Layers with addresses of their own are not uploaded (image specification, "non-distributable layers").
  const content = [manifest.config, ...(manifest.layers ?? [])].filter((each) => each !== undefined).filter(({ urls }) => !urls?.length);
  const artifactType = manifest.artifactType ?? manifest.config?.mediaType;
  return {
    mediaType,
    size: content.reduce((sum, { size }) => sum + (size ?? 0), 0),
    blobs: digestsOf(content),
    manifests: index ? digestsOf(manifest.manifests!) : [],
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(manifest.subject?.digest === undefined ? {} : { subject: manifest.subject.digest }),
  };
}

function parse(text: string): Manifest {
  let manifest: Manifest | null;
  try {
    manifest = JSON.parse(text) as Manifest | null;
  } catch {
    throw broken("Invalid JSON syntax");
  }
  if (manifest?.schemaVersion !== 2) throw broken("invalid manifest schema");
  return manifest;
}

function digestsOf(descriptors: readonly Descriptor[]): string[] {
  const digests = descriptors.map(({ digest }) => digest);
  if (digests.some((digest) => digest === undefined)) throw broken("invalid manifest: a descriptor has no digest");
  return [...new Set(digests as string[])];
}

const broken = (what: string) => invalid(`Invalid parameter at 'ImageManifest' failed to satisfy constraint: '${what}'`);
