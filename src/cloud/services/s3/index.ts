import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { AssetsPort } from "../../core/ports.ts";
import { bind, type Service } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { createAccess } from "./access.ts";
import { Files } from "./files.ts";
import { DeleteBucketPolicy, GetBucketPolicy, GetBucketPolicyStatus, PutBucketPolicy } from "./operations/bucket-policy.ts";
import { GetBucketVersioning, PutBucketVersioning, settingOperations } from "./operations/bucket-settings.ts";
import { CreateBucket, DeleteBucket, GetBucketAcl, GetBucketLocation, HeadBucket, ListBuckets } from "./operations/buckets.ts";
import { CopyObject } from "./operations/copy-object.ts";
import { DeleteObject, DeleteObjects } from "./operations/delete-objects.ts";
import { GetObject, GetObjectAttributes, HeadObject } from "./operations/get-object.ts";
import { ListObjectVersions, ListObjects, ListObjectsV2 } from "./operations/list-objects.ts";
import { ListMultipartUploads, ListParts } from "./operations/list-uploads.ts";
import { AbortMultipartUpload, CompleteMultipartUpload, CreateMultipartUpload, UploadPart, UploadPartCopy } from "./operations/multipart.ts";
import { DeleteObjectTagging, GetObjectAcl, GetObjectTagging, PutObjectTagging } from "./operations/object-tagging.ts";
import { PutObject } from "./operations/put-object.ts";
import { buckets, objects, uploads } from "./state.ts";

export interface S3Deps {
  store: Store;
  clock: Clock;
  ids: Ids;
  /** Objects are in `<dataDir>/s3/`. */
  dataDir: string;
  /** What is wrong with a resource policy, in IAM's words; undefined for nothing. */
  checkPolicy: (policy: string) => string | undefined;
}

/** What the operations need, made once. */
export interface S3Parts extends S3Deps {
  files: Files;
}

const OPERATIONS = {
  ...settingOperations,
  AbortMultipartUpload,
  CompleteMultipartUpload,
  CopyObject,
  CreateBucket,
  CreateMultipartUpload,
  DeleteBucket,
  DeleteBucketPolicy,
  DeleteObject,
  DeleteObjectTagging,
  DeleteObjects,
  GetBucketAcl,
  GetBucketLocation,
  GetBucketPolicy,
  GetBucketPolicyStatus,
  GetBucketVersioning,
  GetObject,
  GetObjectAcl,
  GetObjectAttributes,
  GetObjectTagging,
  HeadBucket,
  HeadObject,
  ListBuckets,
  ListMultipartUploads,
  ListObjectVersions,
  ListObjects,
  ListObjectsV2,
  ListParts,
  PutBucketPolicy,
  PutBucketVersioning,
  PutObject,
  PutObjectTagging,
  UploadPart,
  UploadPartCopy,
};

/** Amazon S3: buckets, and objects that are files of this machine. */
export function createS3(deps: S3Deps): Service & { assets: AssetsPort } {
  const files = new Files(deps.dataDir, deps.ids);
  const parts: S3Parts = { ...deps, files };
  return {
    name: "s3",
    signingNames: ["s3"],
    sdk: () => import("@aws-sdk/client-s3"),
    loadLate: true,
    protocols: ["restXmlS3"],
    xmlNamespace: "http://s3.amazonaws.com/doc/2006-03-01/",
    apiVersion: "2006-03-01",
    operations: bind(parts, OPERATIONS),
    access: createAccess(deps.store),
    assets: assetsOf(parts),
    start: () => files.keepOnly(filesInUse(deps.store)),
    reset: () => files.clear(),
  };
}

/** Files that a deployment inside the process hands over stay where they are; otherwise it is the object that counts. */
function assetsOf({ store, files }: S3Parts): AssetsPort {
  const handedOver = new Map<string, string>();
  return {
    put: (bucket, key, path) => void handedOver.set(`${bucket}/${key}`, path),
    get(bucket, key) {
      const file = buckets(store).has(bucket) ? objects(store, bucket).get(key)?.versions[0]?.file : undefined;
      return file === undefined ? handedOver.get(`${bucket}/${key}`) : files.path(file);
    },
  };
}

function filesInUse(store: Store): Set<string> {
  const used = new Set<string>();
  for (const { name } of buckets(store).values())
    for (const row of objects(store, name).values()) for (const version of row.versions) if (version.file) used.add(version.file);
  for (const upload of uploads(store).values()) for (const part of Object.values(upload.parts)) used.add(part.file);
  return used;
}
