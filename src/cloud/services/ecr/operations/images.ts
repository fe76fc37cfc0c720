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
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { digestOf, findImage, putImage } from "../content/images.ts";
import type { EcrParts } from "../index.ts";
import { ownRegistry, page, repositoryOf } from "../shared.ts";
import { images, type ImageRow, type RepositoryRow } from "../state.ts";

type Deps = Pick<EcrParts, "store" | "clock" | "housekeeping">;

const toImage = (repository: RepositoryRow, row: ImageRow, call: Call, imageTag = row.tags[0]): Image => ({
  registryId: call.account,
  repositoryName: repository.name,
  imageId: { imageDigest: row.digest, ...(imageTag === undefined ? {} : { imageTag }) },
  imageManifest: row.manifest,
  imageManifestMediaType: row.mediaType,
});

/** Keeps a manifest under its digest and tag. Its layers have to be there. */
export function PutImage(parts: Deps, input: PutImageRequest, call: Call): PutImageResponse {
  ownRegistry("PutImage", input.registryId, call);
  const repository = repositoryOf(parts.store, call, input.repositoryName);
  const { imageManifest, imageManifestMediaType, imageTag, imageDigest } = input;
  const existing = images(parts.store, call, repository.name).get(digestOf(imageManifest!));
  if (existing && (imageTag === undefined || existing.tags.includes(imageTag)))
    throw new AwsError(
      "ImageAlreadyExistsException",
      `Image with digest '${existing.digest}' and tag '${imageTag ?? ""}' already exists in the repository with name '${repository.name}' in registry with id '${call.account}'`,
    );
  const { account, region } = call;
  const row = putImage(
    parts,
    { account, region, repository: repository.name },
    {
      manifest: imageManifest!,
      ...(imageManifestMediaType === undefined ? {} : { mediaType: imageManifestMediaType }),
      ...(imageTag === undefined ? {} : { tag: imageTag }),
      ...(imageDigest === undefined ? {} : { digest: imageDigest }),
    },
  );
  return { image: toImage(repository, row, call, imageTag) };
}

export function DescribeImages({ store }: Pick<Deps, "store">, input: DescribeImagesRequest, call: Call): DescribeImagesResponse {
  ownRegistry("DescribeImages", input.registryId, call);
  const repository = repositoryOf(store, call, input.repositoryName);
  const all = images(store, call, repository.name).values();
  const wanted = input.imageIds?.map((id) => {
    const found = findImage(all, id);
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
      ...(row.artifactType === undefined ? {} : { artifactMediaType: row.artifactType }),
      ...(row.subject === undefined ? {} : { subjectManifestDigest: row.subject }),
      ...(row.pulled === undefined ? {} : { lastRecordedPullTime: new Date(row.pulled) }),
      imageStatus: "ACTIVE",
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

/** Images that were only handed to the container engine have no manifest: they count as not found. */
export function BatchGetImage({ store }: Pick<Deps, "store">, input: BatchGetImageRequest, call: Call): BatchGetImageResponse {
  ownRegistry("BatchGetImage", input.registryId, call);
  const repository = repositoryOf(store, call, input.repositoryName);
  const all = images(store, call, repository.name).values();
  const found = (input.imageIds ?? [])
    .map((id) => ({ id, row: findImage(all, id) }))
    .map(({ id, row }) => ({ id, row: row?.inEngine ? undefined : row }));
  return {
    images: found.flatMap(({ id, row }) => (row ? [toImage(repository, row, call, id.imageTag)] : [])),
    failures: found.filter(({ row }) => !row).map(({ id }) => notThere(id)),
  };
}

const referred = (imageId: ImageIdentifier, by: ImageRow): ImageFailure => ({
  imageId,
  failureCode: "ImageReferencedByManifestList",
  failureReason: `Requested image referenced by manifest list: [${by.digest}]`,
});

/** By digest an image goes with its tags; by tag only the tag, and the image with its last one. What only it named goes with it. */
export function BatchDeleteImage(
  { store, housekeeping }: Pick<Deps, "store" | "housekeeping">,
  input: BatchDeleteImageRequest,
  call: Call,
): BatchDeleteImageResponse {
  ownRegistry("BatchDeleteImage", input.registryId, call);
  const repository = repositoryOf(store, call, input.repositoryName);
  const table = images(store, call, repository.name);
  const deleted: ImageRow[] = [];
  const imageIds: ImageIdentifier[] = [];
  const failures: ImageFailure[] = [];
  for (const id of input.imageIds ?? []) {
    const row = findImage(table.values(), id);
    if (!row) {
      failures.push(notThere(id));
      continue;
    }
    const left = id.imageTag === undefined ? [] : row.tags.filter((tag) => tag !== id.imageTag);
    const index = left.length === 0 ? table.find(({ manifests }) => manifests.includes(row.digest)) : undefined;
    if (index) {
      failures.push(referred(id, index));
      continue;
    }
    if (left.length > 0) table.set(row.digest, { ...row, tags: left });
    else {
      table.delete(row.digest);
      deleted.push(row);
    }
    const gone = id.imageTag === undefined ? row.tags : [id.imageTag];
    imageIds.push(...(gone.length === 0 ? [{ imageDigest: row.digest }] : gone.map((imageTag) => ({ imageDigest: row.digest, imageTag }))));
  }
  housekeeping.removed({ account: call.account, region: call.region, repository: repository.name }, deleted);
  return { imageIds, failures };
}
