import type {
  DeleteBucketPolicyRequest,
  GetBucketPolicyOutput,
  GetBucketPolicyRequest,
  GetBucketPolicyStatusOutput,
  GetBucketPolicyStatusRequest,
  PutBucketPolicyRequest,
} from "@aws-sdk/client-s3";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { S3Parts } from "../index.ts";
import { bucketOf } from "../objects.ts";
import { buckets, type BucketRow } from "../state.ts";

type Deps = Pick<S3Parts, "store" | "checkPolicy">;

const policyOf = (bucket: BucketRow): string => {
  if (bucket.policy === undefined)
    throw new AwsError("NoSuchBucketPolicy", "The bucket policy does not exist", { status: 404, fields: { BucketName: bucket.name } });
  return bucket.policy;
};

/** @throws AwsError MalformedPolicy */
export function PutBucketPolicy({ store, checkPolicy }: Deps, input: PutBucketPolicyRequest, call: Call): object {
  const bucket = bucketOf(store, input, call);
  const problem = checkPolicy(input.Policy ?? "");
  if (problem !== undefined) throw new AwsError("MalformedPolicy", problem);
  buckets(store).update(bucket.name, { policy: input.Policy! });
  return {};
}

export const GetBucketPolicy = ({ store }: Deps, input: GetBucketPolicyRequest, call: Call): GetBucketPolicyOutput => ({
  Policy: policyOf(bucketOf(store, input, call)),
});

export function DeleteBucketPolicy({ store }: Deps, input: DeleteBucketPolicyRequest, call: Call): object {
  const { policy: _, ...rest } = bucketOf(store, input, call);
  buckets(store).set(rest.name, rest);
  return {};
}

interface Statement {
  Effect?: string;
  Principal?: unknown;
  Condition?: unknown;
}

/** Public: a statement allows everybody something without a condition. Conditions that narrow nothing are not looked through. */
export function GetBucketPolicyStatus({ store }: Deps, input: GetBucketPolicyStatusRequest, call: Call): GetBucketPolicyStatusOutput {
  const { Statement } = JSON.parse(policyOf(bucketOf(store, input, call))) as { Statement: Statement | Statement[] };
  const everybody = (principal: unknown): boolean =>
    principal === "*" || [(principal as { AWS?: unknown } | undefined)?.AWS ?? []].flat().includes("*");
  const open = [Statement].flat().some((one) => one.Effect === "Allow" && everybody(one.Principal) && one.Condition === undefined);
  return { PolicyStatus: { IsPublic: open } };
}
