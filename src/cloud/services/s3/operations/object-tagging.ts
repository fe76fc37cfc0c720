import type {
  DeleteObjectTaggingRequest,
  GetObjectAclRequest,
  GetObjectTaggingOutput,
  GetObjectTaggingRequest,
  PutObjectTaggingRequest,
} from "@aws-sdk/client-s3";
import type { Call } from "../../../core/service.ts";
import type { S3Parts } from "../index.ts";
import { bucketOf, changeVersion, shownVersion, versionOf } from "../objects.ts";
import { checkedTags } from "../put.ts";
import { ownersAcl } from "./buckets.ts";

type Deps = Pick<S3Parts, "store">;

export function GetObjectTagging({ store }: Deps, input: GetObjectTaggingRequest, call: Call): GetObjectTaggingOutput {
  const bucket = bucketOf(store, input, call);
  const version = versionOf(store, bucket.name, input.Key!, input.VersionId);
  return {
    TagSet: Object.entries(version.tags).map(([Key, Value]) => ({ Key, Value })),
    VersionId: shownVersion(bucket, version),
  };
}

export function PutObjectTagging({ store }: Deps, input: PutObjectTaggingRequest, call: Call): object {
  const bucket = bucketOf(store, input, call);
  const version = versionOf(store, bucket.name, input.Key!, input.VersionId);
  changeVersion(store, bucket.name, input.Key!, version.versionId, { tags: checkedTags(input.Tagging?.TagSet ?? [], 10) });
  return { VersionId: shownVersion(bucket, version) };
}

export function DeleteObjectTagging({ store }: Deps, input: DeleteObjectTaggingRequest, call: Call): object {
  const bucket = bucketOf(store, input, call);
  const version = versionOf(store, bucket.name, input.Key!, input.VersionId);
  changeVersion(store, bucket.name, input.Key!, version.versionId, { tags: {} });
  return { VersionId: shownVersion(bucket, version) };
}

export function GetObjectAcl({ store }: Deps, input: GetObjectAclRequest, call: Call): object {
  const bucket = bucketOf(store, input, call);
  versionOf(store, bucket.name, input.Key!, input.VersionId);
  return ownersAcl(bucket);
}
