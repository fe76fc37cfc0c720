import { isService, type Call } from "../../../core/service.ts";
import type { CreateAutoScalingGroupType, LaunchTemplateSpecification, Tag, UpdateAutoScalingGroupType } from "@aws-sdk/client-auto-scaling";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import { itself } from "../engine/launch.ts";
import { validationError } from "../errors.ts";
import type { AutoScalingPorts } from "../index.ts";
import type { GroupRow, GroupTag, SubnetRef, TemplateRef } from "../state.ts";

type Input = CreateAutoScalingGroupType & UpdateAutoScalingGroupType;
type Deps = Pick<AutoScalingPorts, "api">;

/** Members that would change how a group works and that this cloud does not have. */
const ABSENT = [
  "LaunchConfigurationName",
  "MixedInstancesPolicy",
  "InstanceId",
  "AvailabilityZoneIds",
  "LoadBalancerNames",
  "TargetGroupARNs",
  "TrafficSources",
  "PlacementGroup",
  "MaxInstanceLifetime",
  "CapacityRebalance",
  "DeletionProtection",
  "InstanceMaintenancePolicy",
  "AvailabilityZoneImpairmentPolicy",
  "CapacityReservationSpecification",
  "InstanceLifecyclePolicy",
  "Operator",
] as const;

/** What these say when they are at their default, which is how this cloud works anyway. */
const HARMLESS: Partial<Record<(typeof ABSENT)[number], unknown>> = {
  CapacityRebalance: false,
  MaxInstanceLifetime: 0,
  DeletionProtection: "none",
  PlacementGroup: "",
};

export function refuseAbsent(operation: string, input: Partial<Input>): void {
  for (const member of ABSENT) {
    const value = input[member];
    if (value === undefined || value === HARMLESS[member] || (Array.isArray(value) && value.length === 0)) continue;
    throw new NotSupported("autoscaling", operation, member);
  }
  if (input.HealthCheckType !== undefined && input.HealthCheckType !== "EC2")
    throw new NotSupported("autoscaling", operation, `the health check type ${input.HealthCheckType}`);
  if (input.DesiredCapacityType !== undefined && input.DesiredCapacityType !== "units")
    throw new NotSupported("autoscaling", operation, "DesiredCapacityType");
  const strategy = input.AvailabilityZoneDistribution?.CapacityDistributionStrategy;
  if (strategy !== undefined && strategy !== "balanced-best-effort") throw new NotSupported("autoscaling", operation, "AvailabilityZoneDistribution");
}

export function validateName(name: string | undefined): string {
  if (!name || name.length > 255 || name.includes(":")) {
    throw validationError(
      `1 validation error detected: Value '${name ?? ""}' at 'autoScalingGroupName' failed to satisfy constraint: Member must have length between 1 and 255 and must not contain a colon`,
    );
  }
  return name;
}

/** @throws AwsError (ValidationError) in Auto Scaling's words */
export function validateSizes({ min, max, desired }: { min: number; max: number; desired: number }): void {
  if (min < 0)
    throw validationError(
      `1 validation error detected: Value '${min}' at 'minSize' failed to satisfy constraint: Member must have value greater than or equal to 0`,
    );
  if (max < min) throw validationError(`Max bound, ${max}, must be greater than or equal to min bound, ${min}`);
  if (desired < min || desired > max)
    throw validationError(`Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`);
}

const POLICIES = new Set([
  "Default",
  "OldestInstance",
  "NewestInstance",
  "OldestLaunchTemplate",
  "OldestLaunchConfiguration",
  "ClosestToNextInstanceHour",
  "AllocationStrategy",
]);

export function terminationPolicies(operation: string, policies: string[] | undefined): string[] | undefined {
  for (const policy of policies ?? []) {
    if (policy.startsWith("arn:")) throw new NotSupported("autoscaling", operation, "termination policies that are functions");
    if (!POLICIES.has(policy)) throw validationError(`Invalid termination policy: ${policy}`);
  }
  return policies?.length ? policies : undefined;
}

/** The template by both its names, checked to exist. */
export async function templateOf(deps: Deps, scope: Scope, spec: LaunchTemplateSpecification): Promise<TemplateRef> {
  if ((spec.LaunchTemplateId === undefined) === (spec.LaunchTemplateName === undefined)) {
    throw validationError("Valid requests must contain either launchTemplateId or LaunchTemplateName");
  }
  const version = spec.Version ?? "$Default";
  const by = spec.LaunchTemplateId === undefined ? { LaunchTemplateName: spec.LaunchTemplateName } : { LaunchTemplateId: spec.LaunchTemplateId };
  try {
    interface Found {
      LaunchTemplateVersions?: { LaunchTemplateId?: string; LaunchTemplateName?: string }[];
    }
    const { LaunchTemplateVersions } = await deps.api.call<Found>(
      "ec2",
      "DescribeLaunchTemplateVersions",
      { ...by, Versions: [version] },
      scope,
      itself(scope),
    );
    const found = LaunchTemplateVersions?.[0];
    if (!found) throw new AwsError("InvalidLaunchTemplateId.VersionNotFound", `Could not find launch template version ${version}`);
    return { id: found.LaunchTemplateId!, name: found.LaunchTemplateName!, version };
  } catch (error) {
    // EC2's own error, in the words of Auto Scaling.
    if (error instanceof AwsError) throw validationError(`You must use a valid fully-formed launch template. ${error.message}`);
    throw error;
  }
}

/** The subnets of a VPCZoneIdentifier (a list with commas), or the default subnets of Availability Zones. */
export async function subnetsOf(deps: Deps, scope: Scope, input: Pick<Input, "VPCZoneIdentifier" | "AvailabilityZones">): Promise<SubnetRef[]> {
  interface Found {
    Subnets?: { SubnetId?: string; AvailabilityZone?: string }[];
  }
  const describe = async (request: object): Promise<SubnetRef[]> => {
    const { Subnets } = await deps.api.call<Found>("ec2", "DescribeSubnets", request, scope, itself(scope));
    return (Subnets ?? []).map(({ SubnetId, AvailabilityZone }) => ({ id: SubnetId!, zone: AvailabilityZone! }));
  };
  const ids = (input.VPCZoneIdentifier ?? "")
    .split(",")
    .map((id) => id.trim())
    .filter(Boolean);
  if (ids.length === 0) {
    if (!input.AvailabilityZones?.length) throw validationError("At least one Availability Zone or VPC Subnet is required.");
    const Filters = [
      { Name: "availability-zone", Values: input.AvailabilityZones },
      { Name: "default-for-az", Values: ["true"] },
    ];
    const found = await describe({ Filters });
    if (found.length === 0) throw validationError("No default subnet for the Availability Zones was found.");
    return found;
  }
  try {
    const found = await describe({ SubnetIds: ids });
    const kept = found.filter(({ zone }) => !input.AvailabilityZones?.length || input.AvailabilityZones.includes(zone));
    if (kept.length === 0) throw validationError("The Availability Zones of the specified subnets and the Auto Scaling group do not match");
    return kept;
  } catch (error) {
    if (error instanceof AwsError && error.code.startsWith("InvalidSubnet"))
      throw validationError(`The subnet ID '${ids.join(", ")}' does not exist`);
    throw error;
  }
}

/** @param caller services of AWS (CloudFormation) may set tags that begin with `aws:`, nobody else may */
export function tagsOf(tags: Tag[] | undefined, caller: Call["principal"]): GroupTag[] {
  return (tags ?? []).map(({ Key, Value, PropagateAtLaunch }) => {
    if (!Key || (Key.startsWith("aws:") && !isService(caller))) throw validationError(`Tag keys must not be empty or begin with aws: '${Key ?? ""}'`);
    return { key: Key, value: Value ?? "", propagate: PropagateAtLaunch ?? false };
  });
}

/** The members that CreateAutoScalingGroup and UpdateAutoScalingGroup have in common; undefined ones are left out. */
export function plainMembers(operation: string, input: Partial<Input>): Partial<GroupRow> {
  const found: Partial<GroupRow> = {
    defaultCooldown: input.DefaultCooldown,
    healthCheckGracePeriod: input.HealthCheckGracePeriod,
    terminationPolicies: terminationPolicies(operation, input.TerminationPolicies),
    protectNew: input.NewInstancesProtectedFromScaleIn,
    serviceLinkedRoleArn: input.ServiceLinkedRoleARN,
    context: input.Context,
  };
  // -1 takes the warm-up away again.
  const warmup =
    input.DefaultInstanceWarmup === undefined
      ? {}
      : { defaultInstanceWarmup: input.DefaultInstanceWarmup < 0 ? undefined : input.DefaultInstanceWarmup };
  return { ...Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)), ...warmup };
}
