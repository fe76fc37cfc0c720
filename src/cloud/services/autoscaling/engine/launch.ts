import type { LaunchTemplateVersion, RunInstancesRequest } from "@aws-sdk/client-ec2";
import type { Scope } from "../../../core/scope.ts";
import type { Principal } from "../../../core/service.ts";
import type { AutoScalingPorts } from "../index.ts";
import type { GroupRow, InstanceRow, SubnetRef, TemplateRef } from "../state.ts";

export const GROUP_TAG = "aws:autoscaling:groupName";

/** Auto Scaling acts through its service-linked role, which is allowed all of this; tags that begin with `aws:` need the service itself. */
export const itself = (scope: Scope): Principal => ({ kind: "service", arn: "autoscaling.amazonaws.com", account: scope.account });

type Deps = Pick<AutoScalingPorts, "api" | "clock">;
export type Launched = Omit<InstanceRow, "activity" | "state" | "health" | "isProtected">;

/** The version that a group's template stands for now. @throws AwsError as EC2 answers */
export async function resolveTemplate(deps: Deps, scope: Scope, template: TemplateRef): Promise<LaunchTemplateVersion> {
  const input = { LaunchTemplateId: template.id, Versions: [template.version] };
  const { LaunchTemplateVersions } = await deps.api.call<{ LaunchTemplateVersions?: LaunchTemplateVersion[] }>(
    "ec2",
    "DescribeLaunchTemplateVersions",
    input,
    scope,
    itself(scope),
  );
  const version = LaunchTemplateVersions?.[0];
  if (!version) throw new Error(`The launch template ${template.id} has no version ${template.version}`);
  return version;
}

/**
 * Starts one instance of a group.
 * @param token makes a repeated call give the same instance
 * @returns what is known of it at once; its state is "Pending"
 * @throws AwsError as EC2 answers
 */
export async function launchInstance(
  deps: Deps,
  scope: Scope,
  group: GroupRow,
  { subnet, token }: { subnet: SubnetRef; token: string },
): Promise<Launched> {
  const version = await resolveTemplate(deps, scope, group.template);
  const number = String(version.VersionNumber);
  // A request must not name a subnet beside network interfaces; the template's first one is put into the subnet instead.
  const [face, ...others] = version.LaunchTemplateData?.NetworkInterfaces ?? [];
  const place = face ? { NetworkInterfaces: [{ ...face, SubnetId: subnet.id }, ...others] } : { SubnetId: subnet.id };
  const request: RunInstancesRequest = {
    LaunchTemplate: { LaunchTemplateId: group.template.id, Version: number },
    MinCount: 1,
    MaxCount: 1,
    ClientToken: token,
    ...(place as Partial<RunInstancesRequest>),
    TagSpecifications: [{ ResourceType: "instance", Tags: tagsFor(group, number) }],
  };
  const { Instances } = await deps.api.call<{ Instances?: { InstanceId?: string; InstanceType?: string; ImageId?: string }[] }>(
    "ec2",
    "RunInstances",
    request,
    scope,
    itself(scope),
  );
  const instance = Instances?.[0];
  if (!instance?.InstanceId) throw new Error("RunInstances gave no instance");
  return {
    id: instance.InstanceId,
    group: group.name,
    subnet,
    type: instance.InstanceType ?? "",
    imageId: instance.ImageId,
    template: { ...group.template, version: number },
    launchedAt: deps.clock.now(),
  };
}

function tagsFor(group: GroupRow, version: string): { Key: string; Value: string }[] {
  const own = [
    { Key: GROUP_TAG, Value: group.name },
    { Key: "aws:ec2launchtemplate:id", Value: group.template.id },
    { Key: "aws:ec2launchtemplate:version", Value: version },
  ];
  return [...group.tags.filter((tag) => tag.propagate).map((tag) => ({ Key: tag.key, Value: tag.value })), ...own];
}
