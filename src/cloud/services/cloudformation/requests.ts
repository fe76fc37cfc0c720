import type { Capability, DeploymentConfig, Parameter, Tag } from "@aws-sdk/client-cloudformation";
import { AwsError, NotSupported } from "../../core/errors.ts";
import type { Deployer, StackRequest } from "../../deploy/index.ts";
import type { RoleOptions } from "../../deploy/engine/requests.ts";
import { readTemplate } from "../../deploy/engine/template-url.ts";
import type { SuppliedParameters } from "../../deploy/template/parameters.ts";
import type { Template } from "../../deploy/template/types.ts";

const validation = (message: string): AwsError => new AwsError("ValidationError", message);

/** The template's text, from the request or from an asset. @throws AwsError ValidationError */
export function templateText(deployer: Deployer, input: { TemplateBody?: string; TemplateURL?: string }): string {
  if (input.TemplateBody !== undefined && input.TemplateURL !== undefined)
    throw validation("Only one of TemplateURL and TemplateBody must be specified.");
  if (input.TemplateBody !== undefined) return input.TemplateBody;
  if (input.TemplateURL !== undefined) return readTemplate(deployer.engine.assets, input.TemplateURL);
  throw validation("Either Template URL or Template Body must be specified.");
}

/** Parameters as the deployer takes them. */
export function suppliedParameters(parameters: Parameter[] | undefined): SuppliedParameters {
  return Object.fromEntries(
    (parameters ?? []).map((parameter) => [
      parameter.ParameterKey ?? "",
      parameter.UsePreviousValue ? { usePrevious: true as const } : (parameter.ParameterValue ?? ""),
    ]),
  );
}

export const tagsOf = (tags: Tag[] | undefined): { Key: string; Value: string }[] =>
  (tags ?? []).map((tag) => ({ Key: tag.Key ?? "", Value: tag.Value ?? "" }));

/** Input members that would change what happens and that this cloud does not have. */
export function refuse(operation: string, input: object, members: string[]): void {
  for (const member of members) {
    const value = (input as Record<string, unknown>)[member];
    if (value !== undefined && !(Array.isArray(value) && value.length === 0) && value !== false)
      throw new NotSupported("cloudformation", operation, member);
  }
}

/** A roll-back that alarms set off is not there. */
export function refuseTriggers(operation: string, input: { RollbackConfiguration?: { RollbackTriggers?: unknown[] } }): void {
  if (input.RollbackConfiguration?.RollbackTriggers?.length)
    throw new NotSupported("cloudformation", operation, "RollbackConfiguration.RollbackTriggers");
}

/** Operations that end before their resources are ready (mode EXPRESS) are not there. */
export function refuseDeploymentConfig(operation: string, input: { DeploymentConfig?: DeploymentConfig }): void {
  const { Mode, DisableRollback } = input.DeploymentConfig ?? {};
  if (Mode !== undefined && Mode !== "STANDARD") throw new NotSupported("cloudformation", operation, `DeploymentConfig.Mode ${Mode}`);
  if (DisableRollback) throw new NotSupported("cloudformation", operation, "DeploymentConfig.DisableRollback");
}

export const roleOptions = (input: { RoleARN?: string; ClientRequestToken?: string }): RoleOptions => ({
  ...(input.RoleARN === undefined ? {} : { roleArn: input.RoleARN }),
  ...(input.ClientRequestToken === undefined ? {} : { clientRequestToken: input.ClientRequestToken }),
});

/** Everything of a request but its template that creates and updates share. */
export function stackRequest(
  input: { Parameters?: Parameter[]; Tags?: Tag[]; Capabilities?: Capability[]; NotificationARNs?: string[]; RoleARN?: string },
  templateBody: string,
): Omit<StackRequest, "stackName"> {
  return {
    templateBody,
    parameters: suppliedParameters(input.Parameters),
    tags: tagsOf(input.Tags),
    capabilities: input.Capabilities ?? [],
    notificationArns: input.NotificationARNs ?? [],
    ...(input.RoleARN === undefined ? {} : { roleArn: input.RoleARN }),
  };
}

const IAM_TYPES = new Set([
  "AWS::IAM::AccessKey",
  "AWS::IAM::Group",
  "AWS::IAM::InstanceProfile",
  "AWS::IAM::ManagedPolicy",
  "AWS::IAM::Policy",
  "AWS::IAM::Role",
  "AWS::IAM::RolePolicy",
  "AWS::IAM::User",
]);
const NAMES = ["RoleName", "ManagedPolicyName", "InstanceProfileName", "UserName", "GroupName"];

/** The capabilities that a template needs ("Acknowledging IAM resources in CloudFormation templates"), and why. */
export function neededCapabilities(template: Template): { capabilities: Capability[]; reason?: string } {
  const iam = Object.values(template.Resources).filter((resource) => IAM_TYPES.has(resource.Type));
  if (iam.length === 0) return { capabilities: [] };
  const named = iam.some((resource) => resource.Type !== "AWS::IAM::RolePolicy" && NAMES.some((name) => resource.Properties?.[name] !== undefined));
  const types = [...new Set(iam.map((resource) => resource.Type))].join(", ");
  return { capabilities: [named ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM"], reason: `The following resource(s) require capabilities: [${types}]` };
}

/** @throws AwsError InsufficientCapabilitiesException */
export function checkCapabilities(template: Template, given: Capability[] | undefined): void {
  const [needed] = neededCapabilities(template).capabilities;
  if (needed === undefined || given?.includes("CAPABILITY_NAMED_IAM") || (needed === "CAPABILITY_IAM" && given?.includes("CAPABILITY_IAM"))) return;
  throw new AwsError("InsufficientCapabilitiesException", `Requires capabilities : [${needed}]`);
}
