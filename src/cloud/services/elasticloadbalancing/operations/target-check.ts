import { isIPv4 } from "node:net";
import type { DescribeSubnetsResult, DescribeVpcsResult } from "@aws-sdk/client-ec2";
import type { TargetDescription } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { GetPolicyResponse } from "@aws-sdk/client-lambda";
import { AwsError } from "../../../core/errors.ts";
import { parseArn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { ElbDeps } from "../deps.ts";
import { inRange, notSupported, validationError } from "../errors.ts";
import type { TargetGroupRow, TargetRow } from "../state.ts";

type Deps = Pick<ElbDeps, "api" | "instances" | "policyAllows">;
export type CheckedTarget = Pick<TargetRow, "id" | "port" | "zone">;

const invalid = (message: string): AwsError => new AwsError("InvalidTarget", message);

const toNumber = (address: string): number => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

export function within(address: string, cidr: string): boolean {
  const [base = "", bits = "32"] = cidr.split("/");
  const size = 2 ** (32 - Number(bits));
  return Math.floor(toNumber(address) / size) === Math.floor(toNumber(base) / size);
}

/** Besides the VPC's own: RFC 1918 and RFC 6598 (RegisterTargets' guide, "You can't specify publicly routable IP addresses"). */
const ALLOWED_RANGES = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

/** A target as it is registered. @throws AwsError InvalidTarget, ValidationError, AccessDenied */
export async function checkTarget(deps: Deps, call: Call, group: TargetGroupRow, given: TargetDescription): Promise<CheckedTarget> {
  if (!given.Id) throw validationError("A target ID must be specified");
  if (given.QuicServerId !== undefined) throw notSupported("RegisterTargets", "QuicServerId");
  inRange(given.Port, "port", 1, 65_535);
  if (group.targetType === "lambda") return checkFunction(deps, call, group, given);
  const port = given.Port ?? group.port!;
  if (group.targetType === "ip") return { id: given.Id, port, zone: await checkAddress(deps, call, group, given) };
  if (given.AvailabilityZone !== undefined)
    throw validationError("An Availability Zone cannot be specified for target groups with target type 'instance'");
  const instance = deps.instances.get(call, given.Id);
  if (!instance) throw invalid(`The following targets are not valid instances: '${given.Id}'`);
  if (instance.state !== "running") throw invalid(`The following targets are not in a running state and cannot be registered: '${given.Id}'`);
  if (instance.vpcId !== group.vpcId) throw invalid(`The following targets are not in the target group VPC '${group.vpcId}': '${given.Id}'`);
  return { id: given.Id, port, zone: instance.availabilityZone };
}

/** @returns the zone: detected for an address of the VPC's subnets; `all` for one outside. */
async function checkAddress({ api }: Deps, call: Call, group: TargetGroupRow, given: TargetDescription): Promise<string> {
  const address = given.Id!;
  if (!isIPv4(address)) throw validationError(`The IP address '${address}' is not a valid IPv4 address`);
  const Filters = [{ Name: "vpc-id", Values: [group.vpcId!] }];
  const { Subnets = [] } = await api.call<DescribeSubnetsResult>("ec2", "DescribeSubnets", { Filters }, call);
  const subnet = Subnets.find(({ CidrBlock }) => CidrBlock && within(address, CidrBlock));
  if (subnet) return subnet.AvailabilityZone!;
  const { Vpcs = [] } = await api.call<DescribeVpcsResult>("ec2", "DescribeVpcs", { VpcIds: [group.vpcId] }, call);
  const own = Vpcs.flatMap((vpc) => [vpc.CidrBlock, ...(vpc.CidrBlockAssociationSet ?? []).map(({ CidrBlock }) => CidrBlock)]);
  if (own.some((cidr) => cidr && within(address, cidr)))
    throw validationError(`The IP address '${address}' is not within any subnet of the VPC '${group.vpcId}'`);
  if (!ALLOWED_RANGES.some((cidr) => within(address, cidr)))
    throw invalid(`The IP address '${address}' is not in the VPC '${group.vpcId}', nor in one of ${ALLOWED_RANGES.join(", ")}`);
  // "If the IP address is outside the VPC, this parameter is required."
  if (given.AvailabilityZone !== "all")
    throw validationError(`The Availability Zone 'all' must be specified for the IP address '${address}' outside the VPC`);
  return "all";
}

/** "If the target type is lambda … the only supported value is all." The function's policy must let Elastic Load Balancing in. */
async function checkFunction({ api, policyAllows }: Deps, call: Call, group: TargetGroupRow, given: TargetDescription): Promise<CheckedTarget> {
  const id = given.Id!;
  const parts = parseArn(id);
  if (given.Port !== undefined) throw validationError("A port cannot be specified for target groups with target type 'lambda'");
  if (given.AvailabilityZone !== undefined && given.AvailabilityZone !== "all")
    throw validationError("The Availability Zone of a Lambda function must be 'all'");
  if (parts?.service !== "lambda" || !parts.resource.startsWith("function:")) throw validationError(`'${id}' is not a valid Lambda function ARN`);
  if (parts.region !== call.region) throw invalid(`The function '${id}' must be in the region of the target group`);
  const scope = { account: parts.account, region: parts.region };
  const [, name = "", qualifier] = parts.resource.split(":");
  const named = { FunctionName: name, ...(qualifier === undefined ? {} : { Qualifier: qualifier }) };
  await api.call("lambda", "GetFunctionConfiguration", named, scope).catch((error: unknown) => {
    throw error instanceof AwsError ? invalid(`The function '${id}' does not exist`) : error;
  });
  const { Policy } = await api.call<GetPolicyResponse>("lambda", "GetPolicy", named, scope).catch((error: unknown): GetPolicyResponse => {
    if (error instanceof AwsError) return {};
    throw error;
  });
  const context = { "aws:SourceArn": group.arn, "aws:SourceAccount": call.account };
  const request = { service: "elasticloadbalancing.amazonaws.com", action: "lambda:InvokeFunction", resource: id, context };
  if (!Policy || !policyAllows(Policy, request)) {
    const message = `elasticloadbalancing principal does not have permission to invoke ${id} from target group ${group.arn}`;
    throw new AwsError("AccessDenied", message, { status: 403 });
  }
  return { id };
}
