import type {
  CreateBucketOutput,
  CreateBucketRequest,
  DeleteBucketRequest,
  GetBucketAclRequest,
  GetBucketLocationOutput,
  GetBucketLocationRequest,
  HeadBucketOutput,
  HeadBucketRequest,
  ListBucketsOutput,
  ListBucketsRequest,
} from "@aws-sdk/client-s3";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { inOrder } from "../listing.ts";
import type { S3Parts } from "../index.ts";
import { bucketArn, checkBucketName } from "../names.ts";
import { bucketOf } from "../objects.ts";
import { checkedTags, refuseOptions } from "../put.ts";
import { buckets, objects, uploads, type BucketRow } from "../state.ts";

type Deps = Pick<S3Parts, "store" | "clock" | "files">;

/** What a new bucket has: "Default settings for new S3 buckets FAQ" (April 2023), and SSE-S3. */
const defaults = (): BucketRow["settings"] => ({
  encryption: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" }, BucketKeyEnabled: false }] },
  publicAccessBlock: { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true },
  ownership: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
});

/** Its region is the one that the request was signed for, which must be the constraint if there is one. */
export function CreateBucket({ store, clock }: Deps, input: CreateBucketRequest, call: Call): CreateBucketOutput {
  refuseOptions("CreateBucket", input);
  if (input.ObjectLockEnabledForBucket) throw new NotSupported("s3", "CreateBucket", "ObjectLockEnabledForBucket");
  if (input.CreateBucketConfiguration?.Location ?? input.CreateBucketConfiguration?.Bucket)
    throw new NotSupported("s3", "CreateBucket", "directory buckets");
  const name = input.Bucket!;
  checkBucketName(name);
  const region = regionOf(input, call);
  const existing = buckets(store).get(name);
  if (existing && existing.account !== call.account)
    throw new AwsError(
      "BucketAlreadyExists",
      "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
      { status: 409, fields: { BucketName: name } },
    );
  // "In us-east-1, recreating a bucket that you own succeeds" (CreateBucket, BucketAlreadyOwnedByYou).
  if (existing && region !== "us-east-1")
    throw new AwsError("BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.", {
      status: 409,
      fields: { BucketName: name },
    });
  if (!existing) {
    const tags = checkedTags(input.CreateBucketConfiguration?.Tags ?? [], 50);
    const ownership = input.ObjectOwnership === undefined ? {} : { ownership: { Rules: [{ ObjectOwnership: input.ObjectOwnership }] } };
    buckets(store).set(name, {
      name,
      region,
      account: call.account,
      created: clock.now(),
      settings: {
        ...defaults(),
        ...ownership,
        ...(Object.keys(tags).length > 0 ? { tagging: { TagSet: input.CreateBucketConfiguration!.Tags } } : {}),
      },
    });
  }
  return { Location: `/${name}`, BucketArn: bucketArn(name) };
}

function regionOf(input: CreateBucketRequest, call: Call): string {
  const asked = input.CreateBucketConfiguration?.LocationConstraint as string | undefined;
  if (asked === "EU") return "eu-west-1";
  if (asked === undefined || asked === "") {
    if (call.region === "us-east-1") return call.region;
    throw new AwsError(
      "IllegalLocationConstraintException",
      "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.",
    );
  }
  if (asked !== call.region && call.region !== "us-east-1")
    throw new AwsError(
      "IllegalLocationConstraintException",
      `The ${asked} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    );
  return asked;
}

export function DeleteBucket({ store, files }: Deps, input: DeleteBucketRequest, call: Call): object {
  const { name } = bucketOf(store, input, call);
  if (objects(store, name).size > 0)
    throw new AwsError("BucketNotEmpty", "The bucket you tried to delete is not empty", { status: 409, fields: { BucketName: name } });
  for (const upload of uploads(store).filter((row) => row.bucket === name)) {
    files.remove(Object.values(upload.parts).map((part) => part.file));
    uploads(store).delete(upload.uploadId);
  }
  buckets(store).delete(name);
  return {};
}

export function HeadBucket({ store }: Deps, input: HeadBucketRequest, call: Call): HeadBucketOutput {
  const row = bucketOf(store, input, call);
  return { BucketRegion: row.region, BucketArn: bucketArn(row.name), AccessPointAlias: false };
}

export function ListBuckets({ store }: Deps, input: ListBucketsRequest, call: Call): ListBucketsOutput {
  const own = buckets(store).filter(
    (row) =>
      row.account === call.account &&
      row.name.startsWith(input.Prefix ?? "") &&
      (input.BucketRegion === undefined || row.region === input.BucketRegion) &&
      (input.ContinuationToken === undefined || row.name > input.ContinuationToken),
  );
  const all = inOrder(own.map((row) => ({ key: row.name, row })));
  const shown = all.slice(0, input.MaxBuckets ?? 10_000);
  return {
    Buckets: shown.map(({ row }) => ({
      Name: row.name,
      CreationDate: new Date(row.created),
      BucketRegion: row.region,
      BucketArn: bucketArn(row.name),
    })),
    Owner: { ID: call.account },
    Prefix: input.Prefix,
    ContinuationToken: shown.length < all.length ? shown.at(-1)?.key : undefined,
  };
}

/** us-east-1 is told by nothing ("GetBucketLocation"). */
export function GetBucketLocation({ store }: Deps, input: GetBucketLocationRequest, call: Call): GetBucketLocationOutput {
  const { region } = bucketOf(store, input, call);
  return region === "us-east-1" ? {} : { LocationConstraint: region as NonNullable<GetBucketLocationOutput["LocationConstraint"]> };
}

/** Where the bucket's owner owns every object there is but one grant. */
export const ownersAcl = (bucket: BucketRow): object => ({
  Owner: { ID: bucket.account },
  Grants: [{ Grantee: { ID: bucket.account, Type: "CanonicalUser" }, Permission: "FULL_CONTROL" }],
});

export const GetBucketAcl = ({ store }: Deps, input: GetBucketAclRequest, call: Call): object => ownersAcl(bucketOf(store, input, call));
