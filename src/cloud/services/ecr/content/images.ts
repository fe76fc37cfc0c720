import { createHash } from "node:crypto";
import type { ImageIdentifier } from "@aws-sdk/client-ecr";
import { AwsError } from "../../../core/errors.ts";
import type { EcrParts } from "../index.ts";
import { images, type ImageRow, type RepositoryRow, repositories } from "../state.ts";
import { type At, blobsAt } from "./layers.ts";
import { readManifest } from "./manifest.ts";

type Parts = Pick<EcrParts, "store" | "clock" | "housekeeping">;

/** What an image is found by: its digest, its tag, or both. */
export const findImage = (rows: readonly ImageRow[], id: ImageIdentifier): ImageRow | undefined =>
  rows.find(
    (row) =>
      (id.imageDigest !== undefined || id.imageTag !== undefined) &&
      (id.imageDigest === undefined || row.digest === id.imageDigest) &&
      (id.imageTag === undefined || row.tags.includes(id.imageTag)),
  );

export const imagesAt = ({ store }: Pick<Parts, "store">, at: At) => images(store, at, at.repository);

export const digestOf = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;

export interface Put {
  manifest: string;
  mediaType?: string;
  tag?: string;
  /** Under which the client knows it. */
  digest?: string;
}

/**
 * Keeps a manifest whose content is there, under its digest and a tag, which moves here.
 * @throws AwsError LayersNotFoundException, ReferencedImagesNotFoundException, ImageTagAlreadyExistsException,
 * ImageDigestDoesNotMatchException, InvalidParameterException
 */
export function putImage(parts: Parts, at: At, put: Put): ImageRow {
  const repository = repositories(parts.store, at).get(at.repository)!;
  const digest = digestOf(put.manifest);
  if (put.digest !== undefined && put.digest !== digest)
    throw new AwsError(
      "ImageDigestDoesNotMatchException",
      "The specified image digest does not match the digest that Amazon ECR calculated for the image.",
    );
  const read = readManifest(put.manifest, put.mediaType);
  checkContent(parts, at, read);
  const table = imagesAt(parts, at);
  if (put.tag !== undefined) takeTag(parts, at, repository, put.tag);
  const before = table.get(digest);
  const tags = [...(before?.tags ?? []), ...(put.tag === undefined ? [] : [put.tag])];
  const row = table.set(digest, {
    ...(before?.pulled === undefined ? {} : { pulled: before.pulled }),
    ...read,
    digest,
    manifest: put.manifest,
    tags,
    pushed: parts.clock.now(),
  });
  parts.housekeeping.pushed(at);
  return row;
}

/** What a manifest names has to be in its repository. */
function checkContent(parts: Parts, at: At, { blobs, manifests }: Pick<ImageRow, "blobs" | "manifests">): void {
  const where = `in the repository with name '${at.repository}' in registry with id '${at.account}'`;
  const missing = blobs.filter((digest) => !blobsAt(parts, at).has(digest));
  if (missing.length > 0)
    throw new AwsError("LayersNotFoundException", `Layers with digests '[${missing.join(", ")}]' required for pushing image do not exist ${where}`);
  const unknown = manifests.filter((digest) => !imagesAt(parts, at).has(digest));
  if (unknown.length > 0)
    throw new AwsError(
      "ReferencedImagesNotFoundException",
      `Images with digests '[${unknown.join(", ")}]' required for pushing image into repository do not exist ${where}`,
    );
}

/** Takes a tag off the image that has it. @throws AwsError ImageTagAlreadyExistsException where tags do not move */
function takeTag(parts: Parts, at: At, repository: RepositoryRow, tag: string): void {
  const holder = imagesAt(parts, at).find((row) => row.tags.includes(tag));
  if (!holder) return;
  if (isImmutable(repository, tag))
    throw new AwsError(
      "ImageTagAlreadyExistsException",
      `The image tag '${tag}' already exists in the '${at.repository}' repository and cannot be overwritten because the tag is immutable.`,
    );
  dropTag(parts, at, tag);
}

export function dropTag(parts: Pick<Parts, "store">, at: At, tag: string): void {
  const table = imagesAt(parts, at);
  const holder = table.find((row) => row.tags.includes(tag));
  if (holder) table.set(holder.digest, { ...holder, tags: holder.tags.filter((each) => each !== tag) });
}

/** Exclusions turn the setting around for the tags that match them ("Preventing image tags from being overwritten"). */
export const isImmutable = ({ mutability, exclusions }: RepositoryRow, tag: string): boolean =>
  mutability.startsWith("IMMUTABLE") !== exclusions.some(({ filter }) => wildcard(filter ?? "").test(tag));

/** `*` stands for any number of characters. */
export const wildcard = (filter: string): RegExp => new RegExp(`^${filter.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll("*", ".*")}$`);
