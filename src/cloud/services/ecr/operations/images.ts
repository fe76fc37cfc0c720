import { createHash } from "node:crypto";
import type {
  BatchDeleteImageRequest,
  BatchDeleteImageResponse,
  BatchGetImageRequest,
  BatchGetImageResponse,
  DescribeImagesRequest,
  DescribeImagesResponse,
  Image,
  ImageFailure,
  ImageIdentifier,
  ListImagesRequest,
  ListImagesResponse,
  PutImageRequest,
  PutImageResponse,
} from "@aws-sdk/client-ecr";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { EcrDeps } from "../index.ts";
import { invalid, ownRegistry, page, repositoryOf } from "../shared.ts";
import { images, type ImageRow, type RepositoryRow } from "../state.ts";

type Deps = Pick<EcrDeps, "store" | "clock">;

/** What an image is found by: its digest, its tag, or both. */
const find = (rows: readonly ImageRow[], id: ImageIdentifier): ImageRow | undefined =>
  rows.find(
    (row) =>
      (id.imageDigest !== undefined || id.imageTag !== undefined) &&
      (id.imageDigest === undefined || row.digest === id.imageDigest) &&
      (id.imageTag === undefined || row.tags.includes(id.imageTag)),
  );

const toImage = (repository: RepositoryRow, row: ImageRow, call: Call, imageTag = row.tags[0]): Image => ({
  registryId: call.account,
  repositoryName: repository.name,
  imageId: { imageDigest: row.digest, ...(imageTag === undefined ? {} : { imageTag }) },
  imageManifest: row.manifest,
  imageManifestMediaType: row.mediaType,
});

interface Manifest {
  mediaType?: string;
  config?: { size?: number };
  layers?: { size?: number }[];
}

/** Keeps a manifest under its digest and tag. Its layers are not looked for: there is no registry here that would hold them. */
export function PutImage({ store, clock }: Deps, input: PutImageRequest, call: Call): PutImageResponse {
  ownRegistry("PutImage", input.registryId, call);
  const repository = repositoryOf(store, call, input.repositoryName);
  const text = input.imageManifest!;
  let manifest: Manifest;
  try {
    manifest = JSON.parse(text) as Manifest;
  } catch {
    throw invalid("Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'");
  }
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  if (input.imageDigest !== undefined && input.imageDigest !== digest)
    throw new AwsError(
      "ImageDigestDoesNotMatchException",
      "The specified image digest does not match the digest that Amazon ECR calculated for the image.",
    );
  const table = images(store, call, repository.name);
  const existing = table.get(digest);
  if (existing && (input.imageTag === undefined || existing.tags.includes(input.imageTag)))
    throw new AwsError(
      "ImageAlreadyExistsException",
      `Image with digest '${digest}' and tag '${input.imageTag ?? ""}' already exists in the repository with name '${repository.name}' in registry with id '${call.account}'`,
    );
  if (input.imageTag !== undefined) moveTag(store, call, repository, input.imageTag);
  const row = table.set(digest, {
    digest,
    manifest: text,
    mediaType: input.imageManifestMediaType ?? manifest.mediaType ?? "application/vnd.docker.distribution.manifest.v2+json",
    pushed: clock.now(),
    size: [manifest.config, ...(manifest.layers ?? [])].reduce((sum, each) => sum + (each?.size ?? 0), 0),
    tags: [...(existing?.tags ?? []), ...(input.imageTag === undefined ? [] : [input.imageTag])],
  });
  return { image: toImage(repository, row, call, input.imageTag) };
}

/** Takes a tag off the image that has it. @throws AwsError ImageTagAlreadyExistsException where tags do not move */
function moveTag(store: Deps["store"], call: Call, repository: RepositoryRow, tag: string): void {
  const table = images(store, call, repository.name);
  const holder = table.find((row) => row.tags.includes(tag));
  if (!holder) return;
  const excluded = repository.exclusions.some(({ filter }) => wildcard(filter ?? "").test(tag));
  if (repository.mutability.startsWith("IMMUTABLE") !== excluded)
    throw new AwsError(
      "ImageTagAlreadyExistsException",
      `The image tag '${tag}' already exists in the '${repository.name}' repository and cannot be overwritten because the tag is immutable.`,
    );
  table.set(holder.digest, { ...holder, tags: holder.tags.filter((each) => each !== tag) });
}

const wildcard = (filter: string): RegExp => new RegExp(`^${filter.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll("*", ".*")}$`);

export function DescribeImages({ store }: Pick<Deps, "store">, input: DescribeImagesRequest, call: Call): DescribeImagesResponse {
  ownRegistry("DescribeImages", input.registryId, call);
  const repository = repositoryOf(store, call, input.repositoryName);
  const all = images(store, call, repository.name).values();
  const wanted = input.imageIds?.map((id) => {
    const found = find(all, id);
    if (found) return found;
    throw new AwsError(
      "ImageNotFoundException",
      `The image with imageId {imageDigest:'${id.imageDigest ?? "null"}', imageTag:'${id.imageTag ?? "null"}'} does not exist within the repository with name '${repository.name}' in the registry with id '${call.account}'`,
    );
  });
  const rows = (wanted ?? all).filter((row) => hasTagStatus(row, input.filter));
  const { items, nextToken } = page(rows, input);
  return {
    imageDetails: items.map((row) => ({
      registryId: call.account,
      repositoryName: repository.name,
      imageDigest: row.digest,
      ...(row.tags.length > 0 ? { imageTags: row.tags } : {}),
      imageSizeInBytes: row.size,
      imagePushedAt: new Date(row.pushed),
      imageManifestMediaType: row.mediaType,
    })),
    nextToken,
  };
}

function hasTagStatus(row: ImageRow, filter: { tagStatus?: string } | undefined): boolean {
  if (filter?.tagStatus === undefined || filter.tagStatus === "ANY") return true;
  return (filter.tagStatus === "TAGGED") === row.tags.length > 0;
}

/** One identifier for each tag, or one for an image without any. */
export function ListImages({ store }: Pick<Deps, "store">, input: ListImagesRequest, call: Call): ListImagesResponse {
  ownRegistry("ListImages", input.registryId, call);
  const repository = repositoryOf(store, call, input.repositoryName);
  const rows = images(store, call, repository.name).filter((row) => hasTagStatus(row, input.filter));
  const all = rows.flatMap(({ digest, tags }): ImageIdentifier[] =>
    tags.length === 0 ? [{ imageDigest: digest }] : tags.map((imageTag) => ({ imageDigest: digest, imageTag })),
  );
  const { items, nextToken } = page(all, input);
  return { imageIds: items, nextToken };
}

const notThere = (imageId: ImageIdentifier): ImageFailure => ({ imageId, failureCode: "ImageNotFound", failureReason: "Requested image not found" });

export function BatchGetImage({ store }: Pick<Deps, "store">, input: BatchGetImageRequest, call: Call): BatchGetImageResponse {
  ownRegistry("BatchGetImage", input.registryId, call);
  const repository = repositoryOf(store, call, input.repositoryName);
  const all = images(store, call, repository.name).values();
  const found = (input.imageIds ?? []).map((id) => ({ id, row: find(all, id) }));
  return {
    images: found.flatMap(({ id, row }) => (row ? [toImage(repository, row, call, id.imageTag)] : [])),
    failures: found.filter(({ row }) => !row).map(({ id }) => notThere(id)),
  };
}

/** By digest an image goes with its tags; by tag only the tag, and the image with its last one. */
export function BatchDeleteImage({ store }: Pick<Deps, "store">, input: BatchDeleteImageRequest, call: Call): BatchDeleteImageResponse {
  ownRegistry("BatchDeleteImage", input.registryId, call);
  const repository = repositoryOf(store, call, input.repositoryName);
  const table = images(store, call, repository.name);
  const imageIds: ImageIdentifier[] = [];
  const failures: ImageFailure[] = [];
  for (const id of input.imageIds ?? []) {
    const row = find(table.values(), id);
    if (!row) {
      failures.push(notThere(id));
      continue;
    }
    const left = id.imageTag === undefined ? [] : row.tags.filter((tag) => tag !== id.imageTag);
    if (left.length === 0) table.delete(row.digest);
    else table.set(row.digest, { ...row, tags: left });
    const gone = id.imageTag === undefined ? row.tags : [id.imageTag];
    imageIds.push(...(gone.length === 0 ? [{ imageDigest: row.digest }] : gone.map((imageTag) => ({ imageDigest: row.digest, imageTag }))));
  }
  return { imageIds, failures };
}

/** Layers would have to be uploaded to a registry, and there is none. */
export function InitiateLayerUpload(): never {
  throw new NotSupported("ecr", "InitiateLayerUpload", "pushing images; a deployment through `rouse` builds them in the container engine instead");
}
