import { gone, pick, properties, tagChanges } from "./helpers.ts";
import { finishing } from "./partly-created.ts";
import type { Properties, ResourceContext, ResourceProvider } from "./provider.ts";

const ECR = "ecr";
const CREATE = ["EncryptionConfiguration", "ImageScanningConfiguration", "ImageTagMutability", "ImageTagMutabilityExclusionFilters", "Tags"];

async function setPolicies(context: ResourceContext, repositoryName: string, props: Properties, changed: readonly string[]): Promise<void> {
  if (changed.includes("LifecyclePolicy")) {
    const lifecyclePolicyText = (props["LifecyclePolicy"] as { LifecyclePolicyText?: string } | undefined)?.LifecyclePolicyText;
    if (lifecyclePolicyText === undefined) await gone(context.call(ECR, "DeleteLifecyclePolicy", { repositoryName }));
    else await context.call(ECR, "PutLifecyclePolicy", { repositoryName, lifecyclePolicyText });
  }
  if (!changed.includes("RepositoryPolicyText")) return;
  const policy = props["RepositoryPolicyText"] as unknown;
  if (policy === undefined) await gone(context.call(ECR, "DeleteRepositoryPolicy", { repositoryName }));
  else await context.call(ECR, "SetRepositoryPolicy", { repositoryName, policyText: typeof policy === "string" ? policy : JSON.stringify(policy) });
}

const repository: ResourceProvider = {
  type: "AWS::ECR::Repository",
  properties: properties({
    replace: "RepositoryName EncryptionConfiguration",
    update:
      "EmptyOnDelete ImageScanningConfiguration ImageTagMutability ImageTagMutabilityExclusionFilters LifecyclePolicy RepositoryPolicyText Tags",
  }),
  attributes: ["Arn", "RepositoryUri"],
  schema: { service: ECR, operation: "CreateRepository", own: ["EmptyOnDelete", "LifecyclePolicy", "RepositoryPolicyText"] },
  tags: { property: "Tags", form: "list" },
  nameProperty: "RepositoryName",
  async create(context, props) {
    const RepositoryName = String(props["RepositoryName"] ?? context.physicalName(256).toLowerCase());
    const made = await context.call(ECR, "CreateRepository", context.input(ECR, "CreateRepository", { ...pick(props, CREATE), RepositoryName }));
    const attributes = { Arn: made.repository.repositoryArn as string, RepositoryUri: made.repository.repositoryUri as string };
    return finishing({ physicalId: RepositoryName, attributes }, () =>
      setPolicies(
        context,
        RepositoryName,
        props,
        ["LifecyclePolicy", "RepositoryPolicyText"].filter((name) => props[name] !== undefined),
      ),
    );
  },
  async update(context, props, existing, changed) {
    const repositoryName = existing.physicalId;
    const input = context.input(ECR, "CreateRepository", { ...pick(props, CREATE), RepositoryName: repositoryName }) as {
      imageTagMutability?: string;
      imageTagMutabilityExclusionFilters?: object[];
      imageScanningConfiguration?: object;
    };
    if (changed.includes("ImageTagMutability") || changed.includes("ImageTagMutabilityExclusionFilters"))
      await context.call(ECR, "PutImageTagMutability", {
        repositoryName,
        imageTagMutability: input.imageTagMutability ?? "MUTABLE",
        imageTagMutabilityExclusionFilters: input.imageTagMutabilityExclusionFilters,
      });
    if (changed.includes("ImageScanningConfiguration"))
      await context.call(ECR, "PutImageScanningConfiguration", {
        repositoryName,
        imageScanningConfiguration: input.imageScanningConfiguration ?? { scanOnPush: false },
      });
    await setPolicies(context, repositoryName, props, changed);
    const { set, remove } = tagChanges(existing.properties["Tags"], props["Tags"]);
    const resourceArn = existing.attributes["Arn"];
    if (remove.length > 0) await context.call(ECR, "UntagResource", { resourceArn, tagKeys: remove });
    if (set.length > 0) await context.call(ECR, "TagResource", { resourceArn, tags: set });
  },
  delete: (context, existing) =>
    gone(
      context.call(ECR, "DeleteRepository", {
        repositoryName: existing.physicalId,
        force: String(existing.properties["EmptyOnDelete"]) === "true",
      }),
    ),
};

export const ecrProviders: ResourceProvider[] = [repository];
