import { AwsError } from "../../core/errors.ts";
import { gone, omit, pick, properties, tagChanges } from "./helpers.ts";
import type { Properties, ResourceContext, ResourceProvider } from "./provider.ts";

const SERVICE = "secretsmanager";
const DESCRIBED = ["Description", "KmsKeyId"];

/** Members of GenerateSecretString that GetRandomPassword does not have. */
const OF_TEMPLATE = ["GenerateStringKey", "SecretStringTemplate"];

const invalid = (message: string): AwsError => new AwsError("InvalidRequestException", message);

/** The value that the template gives, or that GenerateSecretString makes; undefined for a secret without one. */
async function valueOf(context: ResourceContext, props: Properties): Promise<string | undefined> {
  const generate = props["GenerateSecretString"] as Properties | undefined;
  if (generate === undefined) return props["SecretString"] === undefined ? undefined : String(props["SecretString"]);
  if (props["SecretString"] !== undefined) throw invalid("You can't specify both SecretString and GenerateSecretString.");
  const wanted = context.input(SERVICE, "GetRandomPassword", omit(generate, ...OF_TEMPLATE));
  const { RandomPassword } = await context.call(SERVICE, "GetRandomPassword", wanted);
  return intoTemplate(generate, RandomPassword);
}

/** The password alone, or as one member of the JSON that SecretStringTemplate is. */
function intoTemplate(generate: Properties, password: string): string {
  const { GenerateStringKey: key, SecretStringTemplate: template } = generate as Record<string, string | undefined>;
  if (key === undefined && template === undefined) return password;
  if (key === undefined || template === undefined) throw invalid("You must specify both SecretStringTemplate and GenerateStringKey, or neither.");
  let value: unknown;
  try {
    value = JSON.parse(template);
  } catch {
    value = undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid("SecretStringTemplate must be the JSON of an object.");
  return JSON.stringify({ ...value, [key]: password });
}

const secret: ResourceProvider = {
  type: "AWS::SecretsManager::Secret",
  properties: properties({ replace: "Name", update: "Description GenerateSecretString KmsKeyId SecretString Tags" }),
  attributes: ["Id"],
  schema: { service: SERVICE, operation: "CreateSecret", own: ["GenerateSecretString"] },
  tags: { property: "Tags", form: "list" },
  nameProperty: "Name",
  async create(context, props) {
    // Such as MySecret-uTxCVwQcqvDE: CloudFormation leaves the stack's name out of a secret's.
    const Name = String(props["Name"] ?? `${context.logicalId}-${context.ids.upper(12)}`);
    const input = context.input(SERVICE, "CreateSecret", { ...pick(props, [...DESCRIBED, "Tags"]), Name });
    const { ARN } = await context.call(SERVICE, "CreateSecret", { ...input, SecretString: await valueOf(context, props) });
    return { physicalId: ARN, attributes: { Id: ARN } };
  },
  async update(context, props, existing, changed) {
    const SecretId = existing.physicalId;
    // A template that no longer has a value, or no longer tells how to make one, leaves the secret its value.
    const isNew = changed.includes("SecretString") || changed.includes("GenerateSecretString");
    const SecretString = isNew ? await valueOf(context, props) : undefined;
    const described = context.input(SERVICE, "CreateSecret", pick(props, DESCRIBED));
    // UpdateSecret leaves alone what it is not given; an empty text takes the description away.
    const Description = changed.includes("Description") ? (described["Description"] ?? "") : undefined;
    if (isNew || changed.some((name) => DESCRIBED.includes(name)))
      await context.call(SERVICE, "UpdateSecret", { SecretId, ...described, Description, SecretString });
    const { set, remove } = tagChanges(existing.properties["Tags"], props["Tags"]);
    if (remove.length > 0) await context.call(SERVICE, "UntagResource", { SecretId, TagKeys: remove });
    if (set.length > 0) await context.call(SERVICE, "TagResource", { SecretId, Tags: set });
  },
  // CloudFormation deletes at once (aws-cloudformation/cloudformation-coverage-roadmap #1999).
  delete: (context, existing) => gone(context.call(SERVICE, "DeleteSecret", { SecretId: existing.physicalId, ForceDeleteWithoutRecovery: true })),
};

async function putPolicy(context: ResourceContext, props: Properties): Promise<string> {
  const policy = props["ResourcePolicy"] as unknown;
  const { ARN } = await context.call(SERVICE, "PutResourcePolicy", {
    SecretId: String(props["SecretId"]),
    ResourcePolicy: typeof policy === "string" ? policy : JSON.stringify(policy),
    BlockPublicPolicy: String(props["BlockPublicPolicy"]) === "true",
  });
  return ARN as string;
}

const resourcePolicy: ResourceProvider = {
  type: "AWS::SecretsManager::ResourcePolicy",
  properties: properties({ replace: "SecretId", update: "BlockPublicPolicy ResourcePolicy" }),
  required: ["ResourcePolicy", "SecretId"],
  attributes: ["Id"],
  async create(context, props) {
    const arn = await putPolicy(context, props);
    return { physicalId: arn, attributes: { Id: arn } };
  },
  update: async (context, props) => void (await putPolicy(context, props)),
  delete: (context, existing) => gone(context.call(SERVICE, "DeleteResourcePolicy", { SecretId: existing.physicalId })),
};

export const secretsManagerProviders: ResourceProvider[] = [secret, resourcePolicy];
