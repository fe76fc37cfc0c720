import type { DeleteObjectsRequest } from "@aws-sdk/client-s3";
import type { Access, AccessNeed } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { bucketArn, objectArn } from "./names.ts";
import { copySource } from "./operations/copy-object.ts";
import { buckets } from "./state.ts";

interface Named {
  Bucket?: string;
  Key?: string;
  VersionId?: string;
  Prefix?: string;
  Delimiter?: string;
  MaxKeys?: number;
  ACL?: string;
  Tagging?: unknown;
  CopySource?: string;
}

/** Actions on buckets whose names are not their operations' ("Required permissions for Amazon S3 API operations"). */
const BUCKET_ACTIONS: Record<string, string> = {
  HeadBucket: "ListBucket",
  ListObjects: "ListBucket",
  ListObjectsV2: "ListBucket",
  ListObjectVersions: "ListBucketVersions",
  ListMultipartUploads: "ListBucketMultipartUploads",
  PutBucketEncryption: "PutEncryptionConfiguration",
  GetBucketEncryption: "GetEncryptionConfiguration",
  DeleteBucketEncryption: "PutEncryptionConfiguration",
  PutBucketLifecycleConfiguration: "PutLifecycleConfiguration",
  GetBucketLifecycleConfiguration: "GetLifecycleConfiguration",
  DeleteBucketLifecycle: "PutLifecycleConfiguration",
  PutPublicAccessBlock: "PutBucketPublicAccessBlock",
  GetPublicAccessBlock: "GetBucketPublicAccessBlock",
  DeletePublicAccessBlock: "PutBucketPublicAccessBlock",
  DeleteBucketOwnershipControls: "PutBucketOwnershipControls",
  DeleteBucketTagging: "PutBucketTagging",
  PutBucketCors: "PutBucketCORS",
  GetBucketCors: "GetBucketCORS",
  DeleteBucketCors: "PutBucketCORS",
};

const ON_BUCKETS = `CreateBucket DeleteBucket GetBucketLocation GetBucketAcl GetBucketVersioning PutBucketVersioning GetBucketPolicy PutBucketPolicy
  DeleteBucketPolicy GetBucketPolicyStatus GetBucketOwnershipControls PutBucketOwnershipControls GetBucketTagging PutBucketTagging`.split(/\s+/);

/** Actions on objects; with a version where the request names one. */
const OBJECT_ACTIONS: Record<string, [action: string, withVersion?: string][]> = {
  GetObject: [["GetObject", "GetObjectVersion"]],
  HeadObject: [["GetObject", "GetObjectVersion"]],
  GetObjectAttributes: [
    ["GetObject", "GetObjectVersion"],
    ["GetObjectAttributes", "GetObjectVersionAttributes"],
  ],
  GetObjectAcl: [["GetObjectAcl", "GetObjectVersionAcl"]],
  GetObjectTagging: [["GetObjectTagging", "GetObjectVersionTagging"]],
  PutObjectTagging: [["PutObjectTagging", "PutObjectVersionTagging"]],
  DeleteObjectTagging: [["DeleteObjectTagging", "DeleteObjectVersionTagging"]],
  DeleteObject: [["DeleteObject", "DeleteObjectVersion"]],
  UploadPart: [["PutObject"]],
  CompleteMultipartUpload: [["PutObject"]],
  AbortMultipartUpload: [["AbortMultipartUpload"]],
  ListParts: [["ListMultipartUploadParts"]],
};

/** What each operation needs, with the bucket's policy ("Actions, resources, and condition keys for Amazon S3"). */
export function createAccess(store: Store): Record<string, Access> {
  const need = (action: string, bucket: string, key: string | undefined, context: AccessNeed["context"] = {}): AccessNeed => {
    const row = buckets(store).get(bucket);
    return {
      action: `s3:${action}`,
      resources: [key === undefined ? bucketArn(bucket) : objectArn(bucket, key)],
      context: row ? { ...context, "s3:ResourceAccount": row.account } : context,
      ...(row ? { resourceAccount: row.account } : {}),
      ...(row?.policy === undefined ? {} : { resourcePolicies: [row.policy] }),
    };
  };
  const onBucket =
    (action: string): Access =>
    (input: Named) => [need(action, input.Bucket ?? "*", undefined, listContext(input))];
  const onObject =
    (actions: [string, string?][]): Access =>
    (input: Named) =>
      actions.map(([plain, versioned]) => {
        const version = input.VersionId !== undefined && versioned !== undefined;
        return need(version ? versioned : plain, input.Bucket ?? "*", input.Key ?? "*", version ? { "s3:VersionId": input.VersionId! } : {});
      });
  const put: Access = (input: Named) => [
    need("PutObject", input.Bucket ?? "*", input.Key ?? "*", input.ACL === undefined ? {} : { "s3:x-amz-acl": input.ACL }),
    ...(input.ACL === undefined ? [] : [need("PutObjectAcl", input.Bucket ?? "*", input.Key ?? "*")]),
    ...(input.Tagging === undefined ? [] : [need("PutObjectTagging", input.Bucket ?? "*", input.Key ?? "*")]),
  ];
  const copy: Access = (input: Named, call) => {
    const { Bucket, Key, VersionId } = copySource(input.CopySource);
    return [need(VersionId === undefined ? "GetObject" : "GetObjectVersion", Bucket, Key), ...put(input, call)];
  };
  return {
    ...Object.fromEntries(ON_BUCKETS.map((operation) => [operation, onBucket(operation)])),
    ...Object.fromEntries(Object.entries(BUCKET_ACTIONS).map(([operation, action]) => [operation, onBucket(action)])),
    ...Object.fromEntries(Object.entries(OBJECT_ACTIONS).map(([operation, actions]) => [operation, onObject(actions)])),
    ListBuckets: () => [{ action: "s3:ListAllMyBuckets", resources: ["*"] }],
    PutObject: put,
    CreateMultipartUpload: put,
    CopyObject: copy,
    UploadPartCopy: copy,
    DeleteObjects: (input: DeleteObjectsRequest) =>
      (input.Delete?.Objects ?? []).map(({ Key, VersionId }) =>
        need(VersionId === undefined ? "DeleteObject" : "DeleteObjectVersion", input.Bucket ?? "*", Key ?? "*"),
      ),
  };
}

const listContext = ({ Prefix, Delimiter, MaxKeys }: Named): Record<string, string> => ({
  ...(Prefix === undefined ? {} : { "s3:prefix": Prefix }),
  ...(Delimiter === undefined ? {} : { "s3:delimiter": Delimiter }),
  ...(MaxKeys === undefined ? {} : { "s3:max-keys": String(MaxKeys) }),
});
