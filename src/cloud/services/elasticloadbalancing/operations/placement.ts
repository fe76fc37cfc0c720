import type { DescribeInternetGatewaysResult, DescribeSecurityGroupsResult, DescribeSubnetsResult } from "@aws-sdk/client-ec2";
import type { SubnetMapping } from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { ElbDeps } from "../deps.ts";
import { invalidConfiguration, refuse, validationError } from "../errors.ts";
import type { LoadBalancerRow, SubnetRef } from "../state.ts";

type Deps = Pick<ElbDeps, "api">;

interface Placement {
  Subnets?: string[] | undefined;
  SubnetMappings?: SubnetMapping[] | undefined;
}

function subnetIds(input: Placement, operation: string): string[] {
  if (input.Subnets && input.SubnetMappings) throw validationError("Subnets and SubnetMappings cannot be specified at the same time");
  for (const mapping of input.SubnetMappings ?? [])
    refuse(operation, mapping, ["AllocationId", "PrivateIPv4Address", "IPv6Address", "SourceNatIpv6Prefix"]);
  return input.Subnets ?? (input.SubnetMappings ?? []).map(({ SubnetId }) => SubnetId ?? "");
}

/** EC2's answer, or `code` where it says that something is not there. */
async function asked<T>(question: Promise<T>, code: string): Promise<T> {
  try {
    return await question;
  } catch (error) {
    if (error instanceof AwsError) throw new AwsError(code, error.message);
    throw error;
  }
}

/**
 * The subnets: two at least, one for each zone, all of one VPC, which has an internet gateway where the load balancer faces it.
 * @throws AwsError SubnetNotFound, InvalidSubnet, ValidationError, InvalidConfigurationRequest
 */
export async function checkSubnets(
  { api }: Deps,
  call: Call,
  input: Placement,
  operation: string,
  scheme: LoadBalancerRow["scheme"],
): Promise<{ vpcId: string; subnets: SubnetRef[] }> {
  const ids = subnetIds(input, operation);
  if (new Set(ids).size < 2) throw validationError("At least two subnets in two different Availability Zones must be specified");
  const { Subnets = [] } = await asked(api.call<DescribeSubnetsResult>("ec2", "DescribeSubnets", { SubnetIds: ids }, call), "SubnetNotFound");
  const subnets = Subnets.map(({ SubnetId, AvailabilityZone }) => ({ id: SubnetId!, zone: AvailabilityZone! }));
  if (new Set(subnets.map(({ zone }) => zone)).size < subnets.length)
    throw invalidConfiguration("A load balancer cannot be attached to multiple subnets in the same Availability Zone");
  const vpcs = new Set(Subnets.map(({ VpcId }) => VpcId!));
  const [vpcId] = vpcs;
  if (vpcs.size !== 1 || !vpcId) throw invalidConfiguration("All subnets must belong to the same VPC");
  if (scheme === "internet-facing") await checkGateway(api, call, vpcId);
  return { vpcId, subnets };
}

async function checkGateway(api: Deps["api"], call: Call, vpcId: string): Promise<void> {
  const Filters = [{ Name: "attachment.vpc-id", Values: [vpcId] }];
  const { InternetGateways = [] } = await api.call<DescribeInternetGatewaysResult>("ec2", "DescribeInternetGateways", { Filters }, call);
  if (InternetGateways.length === 0) throw new AwsError("InvalidSubnet", `VPC ${vpcId} has no internet gateway`);
}

/** The security groups, which must be the VPC's; its default group where none is named. @throws AwsError InvalidSecurityGroup */
export async function checkSecurityGroups({ api }: Deps, call: Call, given: string[] | undefined, vpcId: string): Promise<string[]> {
  const named = given && given.length > 0;
  const Filters = [
    { Name: "vpc-id", Values: [vpcId] },
    { Name: "group-name", Values: ["default"] },
  ];
  const question = api.call<DescribeSecurityGroupsResult>("ec2", "DescribeSecurityGroups", named ? { GroupIds: given } : { Filters }, call);
  const { SecurityGroups = [] } = await asked(question, "InvalidSecurityGroup");
  const foreign = SecurityGroups.find(({ VpcId }) => VpcId !== vpcId);
  if (foreign) throw invalidConfiguration(`The security group '${foreign.GroupId}' does not belong to VPC '${vpcId}'`);
  return SecurityGroups.map(({ GroupId }) => GroupId!);
}
