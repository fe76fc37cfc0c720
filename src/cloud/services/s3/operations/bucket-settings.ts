import type {
  BucketLifecycleConfiguration,
  GetBucketVersioningOutput,
  GetBucketVersioningRequest,
  PutBucketVersioningRequest,
  Tagging,
} from "@aws-sdk/client-s3";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { invalidArgument, malformedXml } from "../errors.ts";
import type { S3Parts } from "../index.ts";
import { bucketOf } from "../objects.ts";
import { checkedTags } from "../put.ts";
import { buckets, type BucketRow } from "../state.ts";

type Deps = Pick<S3Parts, "store">;
type Input = { Bucket?: string; ExpectedBucketOwner?: string } & Record<string, unknown>;

/** A setting that is kept and given back. */
interface Setting {
  /** Its name in the bucket's row. */
  name: string;
  /** Names of its operations; an operation that S3 does not have is left out. */
  put: string;
  get: string;
  delete: string;
  /** The member of the request that holds it. */
  member: string;
  /** The answer with it. */
  answer: (value: unknown) => object;
  /** What S3 answers where there is none ("List of error codes"). */
  missing: [code: string, message: string];
  check?: (value: unknown) => void;
  /** What is there after a delete. */
  after?: unknown;
}

const under = (member: string) => (value: unknown) => ({ [member]: value });
const itself = (value: unknown): object => value as object;

const SETTINGS: Setting[] = [
  {
    name: "encryption",
    put: "PutBucketEncryption",
    get: "GetBucketEncryption",
    delete: "DeleteBucketEncryption",
    member: "ServerSideEncryptionConfiguration",
    answer: under("ServerSideEncryptionConfiguration"),
    missing: ["ServerSideEncryptionConfigurationNotFoundError", "The server side encryption configuration was not found"],
    // "Deletes the default encryption … resets it to SSE-S3" (DeleteBucketEncryption).
    after: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" }, BucketKeyEnabled: false }] },
  },
  {
    name: "publicAccessBlock",
    put: "PutPublicAccessBlock",
    get: "GetPublicAccessBlock",
    delete: "DeletePublicAccessBlock",
    member: "PublicAccessBlockConfiguration",
    answer: under("PublicAccessBlockConfiguration"),
    missing: ["NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"],
  },
  {
    name: "ownership",
    put: "PutBucketOwnershipControls",
    get: "GetBucketOwnershipControls",
    delete: "DeleteBucketOwnershipControls",
    member: "OwnershipControls",
    answer: under("OwnershipControls"),
    missing: ["OwnershipControlsNotFoundError", "The bucket ownership controls were not found"],
  },
  {
    name: "lifecycle",
    put: "PutBucketLifecycleConfiguration",
    get: "GetBucketLifecycleConfiguration",
    delete: "DeleteBucketLifecycle",
    member: "LifecycleConfiguration",
    answer: itself,
    missing: ["NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"],
    check: (value) => {
      for (const rule of (value as BucketLifecycleConfiguration).Rules ?? []) if (!rule.Status) throw malformedXml();
    },
  },
  {
    name: "tagging",
    put: "PutBucketTagging",
    get: "GetBucketTagging",
    delete: "DeleteBucketTagging",
    member: "Tagging",
    answer: itself,
    missing: ["NoSuchTagSet", "The TagSet does not exist"],
    check: (value) => void checkedTags((value as Tagging).TagSet ?? [], 50),
  },
  {
    name: "cors",
    put: "PutBucketCors",
    get: "GetBucketCors",
    delete: "DeleteBucketCors",
    member: "CORSConfiguration",
    answer: itself,
    missing: ["NoSuchCORSConfiguration", "The CORS configuration does not exist"],
  },
];

const keep = (store: Deps["store"], bucket: BucketRow, name: string, value: unknown): void =>
  void buckets(store).update(bucket.name, { settings: { ...bucket.settings, [name]: value } });

type SettingHandler = (deps: Deps, input: Input, call: Call) => object;

function operationsOf(setting: Setting): [string, SettingHandler][] {
  return [
    [
      setting.put,
      ({ store }, input, call) => {
        const bucket = bucketOf(store, input, call);
        const value = input[setting.member];
        if (value === undefined) throw malformedXml();
        setting.check?.(value);
        keep(store, bucket, setting.name, value);
        return {};
      },
    ],
    [
      setting.get,
      ({ store }, input, call) => {
        const bucket = bucketOf(store, input, call);
        const value = bucket.settings[setting.name];
        const [code, message] = setting.missing;
        if (value === undefined) throw new AwsError(code, message, { status: 404, fields: { BucketName: bucket.name } });
        return setting.answer(value);
      },
    ],
    [
      setting.delete,
      ({ store }, input, call) => {
        keep(store, bucketOf(store, input, call), setting.name, setting.after);
        return {};
      },
    ],
  ];
}

/** PutBucketEncryption, GetBucketEncryption, … of every setting. */
export const settingOperations: Record<string, SettingHandler> = Object.fromEntries(SETTINGS.flatMap(operationsOf));

export function GetBucketVersioning({ store }: Deps, input: GetBucketVersioningRequest, call: Call): GetBucketVersioningOutput {
  return { Status: bucketOf(store, input, call).versioning };
}

/** Once enabled, it can only be suspended. */
export function PutBucketVersioning({ store }: Deps, input: PutBucketVersioningRequest, call: Call): object {
  const bucket = bucketOf(store, input, call);
  const { Status, MFADelete } = input.VersioningConfiguration ?? {};
  if (MFADelete === "Enabled") throw new NotSupported("s3", "PutBucketVersioning", "MFADelete");
  if (Status !== "Enabled" && Status !== "Suspended") throw invalidArgument("The versioning state must be Enabled or Suspended");
  buckets(store).update(bucket.name, { versioning: Status });
  return {};
}
