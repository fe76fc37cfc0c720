import { AwsError } from "../../core/errors.ts";
import { gone, properties, tagList } from "./helpers.ts";
import { PropertyTypeError } from "./mapping.ts";
import { finishing } from "./partly-created.ts";
import type { Properties, ResourceContext, ResourceProvider } from "./provider.ts";

const S3 = "s3";

/** Members of a property that are known; any other one would change what the bucket does. @throws PropertyTypeError */
function only(value: Properties, path: string, known: string): void {
  const names = new Set(known.split(" "));
  for (const name of Object.keys(value)) if (!names.has(name)) throw new PropertyTypeError(`${path}.${name}`, "left out: it is not supported");
}

const listOf = (value: unknown): Properties[] => (value as Properties[] | undefined) ?? [];
const isTrue = (value: unknown): boolean => String(value) === "true";

/** The property's form of the rules, and the API's. */
function encryptionOf(value: Properties): object {
  only(value, "BucketEncryption", "ServerSideEncryptionConfiguration");
  return {
    Rules: listOf(value["ServerSideEncryptionConfiguration"]).map((rule) => {
      only(rule, "BucketEncryption.ServerSideEncryptionConfiguration", "BucketKeyEnabled ServerSideEncryptionByDefault");
      return {
        ApplyServerSideEncryptionByDefault: rule["ServerSideEncryptionByDefault"] as object | undefined,
        BucketKeyEnabled: isTrue(rule["BucketKeyEnabled"]),
      };
    }),
  };
}

const LIFECYCLE = "Id Status Prefix TagFilters ExpirationInDays ExpirationDate NoncurrentVersionExpiration AbortIncompleteMultipartUpload";

/** AWS::S3::Bucket Rule to LifecycleRule: the same things, flatter. */
function lifecycleRule(rule: Properties): object {
  only(rule, "LifecycleConfiguration.Rules", LIFECYCLE);
  const prefix = rule["Prefix"] as string | undefined;
  const tags = listOf(rule["TagFilters"]);
  const days = rule["ExpirationInDays"] as string | number | undefined;
  const noncurrent = rule["NoncurrentVersionExpiration"] as Properties | undefined;
  const abort = rule["AbortIncompleteMultipartUpload"] as Properties | undefined;
  const filter = tags.length > 0 ? { And: { Tags: tags, ...(prefix === undefined ? {} : { Prefix: prefix }) } } : { Prefix: prefix ?? "" };
  return {
    ...(rule["Id"] === undefined ? {} : { ID: String(rule["Id"]) }),
    Status: rule["Status"] as string,
    Filter: filter,
    ...(days === undefined ? {} : { Expiration: { Days: Number(days) } }),
    ...(rule["ExpirationDate"] === undefined ? {} : { Expiration: { Date: new Date(String(rule["ExpirationDate"])) } }),
    ...(noncurrent ? { NoncurrentVersionExpiration: numbers(noncurrent) } : {}),
    ...(abort ? { AbortIncompleteMultipartUpload: numbers(abort) } : {}),
  };
}

const numbers = (value: Properties): object => Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, Number(inner)]));
const booleans = (value: Properties): object => Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, isTrue(inner)]));

/** How a property is set, and how it is taken away. */
interface Setting {
  put: (value: Properties) => [operation: string, input: object];
  /** Absent where it cannot be taken away. */
  delete?: string;
}

const SETTINGS: Record<string, Setting> = {
  BucketEncryption: {
    put: (value) => ["PutBucketEncryption", { ServerSideEncryptionConfiguration: encryptionOf(value) }],
    delete: "DeleteBucketEncryption",
  },
  PublicAccessBlockConfiguration: {
    put: (value) => ["PutPublicAccessBlock", { PublicAccessBlockConfiguration: booleans(value) }],
    delete: "DeletePublicAccessBlock",
  },
  OwnershipControls: { put: (value) => ["PutBucketOwnershipControls", { OwnershipControls: value }], delete: "DeleteBucketOwnershipControls" },
  LifecycleConfiguration: {
    put: (value) => {
      only(value, "LifecycleConfiguration", "Rules");
      return ["PutBucketLifecycleConfiguration", { LifecycleConfiguration: { Rules: listOf(value["Rules"]).map(lifecycleRule) } }];
    },
    delete: "DeleteBucketLifecycle",
  },
  VersioningConfiguration: { put: (value) => ["PutBucketVersioning", { VersioningConfiguration: { Status: value["Status"] as string } }] },
};

async function apply(context: ResourceContext, Bucket: string, props: Properties, names: readonly string[]): Promise<void> {
  for (const [name, setting] of Object.entries(SETTINGS)) {
    if (!names.includes(name)) continue;
    const value = props[name] as Properties | undefined;
    if (value !== undefined) {
      const [operation, input] = setting.put(value);
      await context.call(S3, operation, { Bucket, ...input });
    } else if (setting.delete !== undefined) await context.call(S3, setting.delete, { Bucket });
    else await context.call(S3, "PutBucketVersioning", { Bucket, VersioningConfiguration: { Status: "Suspended" } });
  }
  const TagSet = tagList(props["Tags"]);
  // Keys that begin with aws: are CloudFormation's own: the API of S3 takes them from nobody else, and so they are set here.
  if (names.includes("Tags")) await context.call(S3, "PutBucketTagging", { Bucket, Tagging: { TagSet } });
}

const CONFIGURABLE = [...Object.keys(SETTINGS), "Tags"];

const bucket: ResourceProvider = {
  type: "AWS::S3::Bucket",
  properties: properties({ replace: "BucketName", update: `AccessControl ${CONFIGURABLE.join(" ")}` }),
  attributes: ["Arn", "DomainName", "DualStackDomainName", "RegionalDomainName"],
  tags: { property: "Tags", form: "list" },
  nameProperty: "BucketName",
  async create(context, props) {
    const Bucket = String(props["BucketName"] ?? context.physicalName(63).toLowerCase());
    const { region } = context.scope;
    const location = region === "us-east-1" ? {} : { CreateBucketConfiguration: { LocationConstraint: region } };
    await refuseExisting(context, Bucket);
    await context.call(S3, "CreateBucket", { Bucket, ACL: cannedAcl(props), ...location });
    const attributes = {
      Arn: `arn:aws:s3:::${Bucket}`,
      DomainName: `${Bucket}.s3.amazonaws.com`,
      DualStackDomainName: `${Bucket}.s3.dualstack.${region}.amazonaws.com`,
      RegionalDomainName: `${Bucket}.s3.${region}.amazonaws.com`,
    };
    return finishing({ physicalId: Bucket, attributes }, () =>
      apply(
        context,
        Bucket,
        props,
        CONFIGURABLE.filter((name) => props[name] !== undefined),
      ),
    );
  },
  async update(context, props, existing, changed) {
    cannedAcl(props);
    await apply(context, existing.physicalId, props, changed);
  },
  delete: (context, existing) => gone(context.call(S3, "DeleteBucket", { Bucket: existing.physicalId })),
};

/** In us-east-1 creating one's own bucket again succeeds; for CloudFormation it is somebody else's resource all the same. */
async function refuseExisting(context: ResourceContext, Bucket: string): Promise<void> {
  const exists = await context.call(S3, "HeadBucket", { Bucket }).then(
    () => true,
    (error: unknown) => {
      if (error instanceof AwsError && error.code === "NoSuchBucket") return false;
      throw error;
    },
  );
  if (exists) throw new AwsError("AlreadyExists", `${Bucket} already exists`, { status: 409 });
}

/** `Private` is the ACL `private`. @throws PropertyTypeError */
function cannedAcl(props: Properties): string | undefined {
  const acl = props["AccessControl"] as string | undefined;
  if (acl !== undefined && acl !== "Private") throw new PropertyTypeError("AccessControl", "Private: this cloud has no ACLs");
  return acl === undefined ? undefined : "private";
}

const putPolicy = async (context: ResourceContext, props: Properties): Promise<void> => {
  const document = props["PolicyDocument"] as unknown;
  const Policy = typeof document === "string" ? document : JSON.stringify(document);
  await context.call(S3, "PutBucketPolicy", { Bucket: props["Bucket"] as string, Policy });
};

const bucketPolicy: ResourceProvider = {
  type: "AWS::S3::BucketPolicy",
  properties: properties({ replace: "Bucket", update: "PolicyDocument" }),
  required: ["Bucket", "PolicyDocument"],
  async create(context, props) {
    await putPolicy(context, props);
    return { physicalId: String(props["Bucket"]), attributes: {} };
  },
  update: (context, props) => putPolicy(context, props),
  delete: (context, existing) => gone(context.call(S3, "DeleteBucketPolicy", { Bucket: existing.physicalId })),
};

export const s3Providers: ResourceProvider[] = [bucket, bucketPolicy];
