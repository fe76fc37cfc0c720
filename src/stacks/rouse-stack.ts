import { ArnFormat, CfnResource, Fn, Stack, type StackProps, Tags, Validations } from "aws-cdk-lib";
import type { Construct, IConstruct } from "constructs";
import type { Leaf, Project } from "../config/schema.ts";
import { TAGS } from "../functions/shared/names.ts";
import { isBuilt, LeafSynthesizer } from "./leaf-synthesizer.ts";
import { KIND_METADATA, LOCAL, LOCAL_ACCOUNT, stackNames } from "./names.ts";

/** AppRegistry's own (AWS Service Catalog AppRegistry administrator guide, "Using tags"). */
const APPLICATION_TAG = "awsApplication";

export interface RouseStackProps extends StackProps {
  readonly project: Project;
  readonly region: string;
  readonly leaf?: Leaf;
}

/** A stack of the application: account, region and tags from the project; nothing looked up. */
export class RouseStack extends Stack {
  readonly #tagKeys: string[];

  constructor(scope: Construct, name: string, { project, region, leaf, ...props }: RouseStackProps) {
    const synthesizer = leaf && isBuilt(leaf) ? { synthesizer: new LeafSynthesizer(project, leaf) } : {};
    super(scope, name, { stackName: name, env: { account: accountOf(project), region }, ...synthesizer, ...props });
    Tags.of(this).add(TAGS.application, project.base.name);
    Tags.of(this).add(TAGS.environment, project.environment.name);
    if (leaf) Tags.of(this).add(TAGS.leaf, leaf.name);
    // A deployment looks at it to see that something else wakes the leaf from now on (src/deployment/plan.ts).
    if (leaf && name === stackNames.leaf(project, leaf)) this.templateOptions.metadata = { [KIND_METADATA]: leaf.kind };
    for (const [key, value] of Object.entries(project.base.tags)) Tags.of(this).add(key, value);
    this.#tagKeys = [...Object.values(TAGS), ...Object.keys(project.base.tags)];
    // CDK makes the functions that carry cross-region references in the last moment before this hook.
    this.node.addValidation({ validate: () => (this.finishProviders(), []) });
  }

  /**
   * Tags the stack's resources as parts of an AppRegistry application.
   * @param value of the tag, which AppRegistry makes up
   */
  belongTo(value: string): void {
    // Not the stack itself: its tags are known before anything is deployed.
    Tags.of(this).add(APPLICATION_TAG, value, { excludeResourceTypes: ["aws:cdk:stack"] });
    this.#tagKeys.push(APPLICATION_TAG);
  }

  /** Keys of the tags on every resource. */
  get tagKeys(): readonly string[] {
    return this.#tagKeys;
  }

  /** What CDK's own provider functions need to pass the checks that ours pass. */
  private finishProviders(): void {
    for (const provider of this.node.children.filter(({ node }) => node.id.endsWith("CustomResourceProvider"))) {
      const [role, handler] = ["Role", "Handler"].map((id) => provider.node.tryFindChild(id));
      // The reference to the role's ARN implies it (cfn-lint W3005).
      if (CfnResource.isCfnResource(role) && CfnResource.isCfnResource(handler)) handler.removeResourceDependency(role);
    }
  }

  /** By index, so that a synthesis needs neither credentials nor cdk.context.json. Six is the most that a base may ask for. */
  override get availabilityZones(): string[] {
    return Array.from({ length: 6 }, (_, index) => Fn.select(index, Fn.getAzs()));
  }
}

const accountOf = ({ environment }: Project): string | undefined =>
  environment.account ?? (environment.name === LOCAL ? LOCAL_ACCOUNT : process.env["CDK_DEFAULT_ACCOUNT"]);

/** Acknowledges a finding of cdk-nag, with the reason why it is right here. */
export function acknowledge(construct: IConstruct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id, reason });
}

/** Leaves the stack's tags off a resource of a type for which the schema that cfn-lint checks against knows none. */
export function untagged<T extends IConstruct>(construct: T): T {
  const stack = construct.node.scopes.find((scope): scope is RouseStack => scope instanceof RouseStack);
  for (const tag of [...(stack?.tagKeys ?? Object.values(TAGS)), APPLICATION_TAG]) Tags.of(construct).remove(tag);
  return construct;
}

/** Why a role of a function has wildcards. The statements' own comments say which. */
export const NO_NARROWER = "AWS has no narrower resource for the action, or makes up a part of its name.";

/** ARN of an Auto Scaling group of this name. Auto Scaling puts an identifier that it makes up in the middle. */
export const groupArn = (stack: Stack, region: string, group: string): string =>
  stack.formatArn({
    service: "autoscaling",
    region,
    resource: "autoScalingGroup",
    resourceName: `*:autoScalingGroupName/${group}`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

/** Acknowledges that a role may do something on each of these resources with a wildcard, and on no other. */
export function acknowledgeWildcards(role: IConstruct, resources: readonly string[], reason: string): void {
  for (const resource of resources) acknowledge(role, `AwsSolutions-IAM5[Resource::${nagText(role, resource)}]`, reason);
}

/** A text as cdk-nag writes it: a reference in angle brackets. */
export function nagText(scope: IConstruct, text: string): string {
  const resolved: unknown = Stack.of(scope).resolve(text);
  if (typeof resolved === "string") return resolved;
  const parts = (resolved as { "Fn::Join": [string, (string | { Ref: string })[]] })["Fn::Join"][1];
  return parts.map((part) => (typeof part === "string" ? part : `<${part.Ref}>`)).join("");
}
