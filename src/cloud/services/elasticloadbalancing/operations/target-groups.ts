import type { DescribeVpcsResult } from "@aws-sdk/client-ec2";
import type {
  CreateTargetGroupInput,
  CreateTargetGroupOutput,
  DeleteTargetGroupInput,
  DescribeTargetGroupsInput,
  DescribeTargetGroupsOutput,
  ModifyTargetGroupInput,
  ModifyTargetGroupOutput,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { ElbDeps } from "../deps.ts";
import { checkName, inRange, notSupported, page, refuse, requireLoadBalancer, requireTargetGroup, validationError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { targetGroupArn } from "../names.ts";
import { tags, targetGroups, targets, targetKey, targetsOf, usersOf, type HealthCheck, type TargetGroupRow } from "../state.ts";
import { isUsed } from "./actions.ts";
import { checkHealthCheck, usualHealthCheck } from "./health-check.ts";
import { checkTags, sameTags, saveTags } from "./tags.ts";
import { describeTargetGroup } from "./views.ts";

type Deps = Pick<ElbDeps, "store" | "ids" | "api" | "engine">;

function checkKind(input: CreateTargetGroupInput): TargetGroupRow["targetType"] {
  const type = input.TargetType ?? "instance";
  if (type === "alb") throw notSupported("CreateTargetGroup", "load balancers as targets");
  if (input.IpAddressType !== undefined && input.IpAddressType !== "ipv4") throw notSupported("CreateTargetGroup", `${input.IpAddressType} targets`);
  if (input.ProtocolVersion !== undefined && input.ProtocolVersion !== "HTTP1")
    throw notSupported("CreateTargetGroup", `the protocol version ${input.ProtocolVersion}`);
  if (input.Protocol !== undefined && input.Protocol !== "HTTP" && input.Protocol !== "HTTPS")
    throw notSupported("CreateTargetGroup", `the protocol ${input.Protocol}`);
  refuse("CreateTargetGroup", input, ["TargetControlPort"]);
  return type;
}

type Network = Pick<TargetGroupRow, "protocol" | "port" | "vpcId">;

async function checkNetwork(
  { api }: Pick<Deps, "api">,
  call: Call,
  input: CreateTargetGroupInput,
  type: TargetGroupRow["targetType"],
): Promise<Network> {
  const { Protocol, Port, VpcId } = input;
  const members = { protocol: Protocol, port: Port, "VPC ID": VpcId };
  for (const [name, value] of Object.entries(members)) {
    const capital = name.charAt(0).toUpperCase() + name.slice(1);
    if (type === "lambda" && value !== undefined) throw validationError(`${capital} cannot be specified for target groups with target type 'lambda'`);
    if (type !== "lambda" && value === undefined) throw validationError(`A ${name} must be specified`);
  }
  if (type === "lambda") return {};
  inRange(Port, "port", 1, 65_535);
  const { Vpcs = [] } = await api
    .call<DescribeVpcsResult>("ec2", "DescribeVpcs", { VpcIds: [VpcId] }, call)
    .catch((error: unknown): DescribeVpcsResult => {
      if (error instanceof AwsError) return {};
      throw error;
    });
  if (Vpcs.length === 0) throw validationError(`The VPC ID '${VpcId}' is not found`);
  return { protocol: Protocol as "HTTP" | "HTTPS", port: Port!, vpcId: VpcId! };
}

/** Idempotent: the same name with the same settings answers with the target group that is there. */
export async function CreateTargetGroup(deps: Deps, input: CreateTargetGroupInput, call: Call): Promise<CreateTargetGroupOutput> {
  const { store } = deps;
  const targetType = checkKind(input);
  const name = checkName(input.Name, "Target group");
  const given = checkTags(input.Tags, call);
  const network = await checkNetwork(deps, call, input, targetType);
  const healthCheck = checkHealthCheck(usualHealthCheck(targetType), input, targetType);
  const table = targetGroups(store, call);
  const existing = table.find((row) => row.name === name);
  if (existing) {
    const settings = (row: Network & { targetType: string; healthCheck: HealthCheck }): string =>
      JSON.stringify([row.targetType, row.protocol, row.port, row.vpcId, Object.values(row.healthCheck)]);
    if (settings(existing) !== settings({ ...network, targetType, healthCheck }) || !sameTags(store, call, existing.arn, given))
      throw new AwsError("DuplicateTargetGroupName", `A target group with the same name '${name}' exists, but with different settings`);
    return { TargetGroups: [describeTargetGroup(existing, usersOf(store, call))] };
  }
  if (table.size >= LIMITS["target-groups"]) throw new AwsError("TooManyTargetGroups", "The maximum number of target groups has been reached");
  const fullName = `targetgroup/${name}/${deps.ids.hex(16)}`;
  const arn = targetGroupArn(call, fullName);
  const row = table.set(arn, { arn, name, fullName, targetType, ...network, healthCheck, attributes: {} });
  saveTags(store, call, arn, given);
  deps.engine.groupChanged(call, arn);
  return { TargetGroups: [describeTargetGroup(row, new Map())] };
}

export function ModifyTargetGroup({ store, engine }: Deps, input: ModifyTargetGroupInput, call: Call): ModifyTargetGroupOutput {
  const row = requireTargetGroup(store, call, input.TargetGroupArn);
  const changed = targetGroups(store, call).update(row.arn, { healthCheck: checkHealthCheck(row.healthCheck, input, row.targetType) });
  engine.checksChanged(call, row.arn);
  return { TargetGroups: [describeTargetGroup(changed, usersOf(store, call))] };
}

/** A group that is not there is gone: the operation has no error for it. @throws AwsError ResourceInUse */
export function DeleteTargetGroup({ store, engine }: Deps, input: DeleteTargetGroupInput, call: Call): Record<string, never> {
  const row = targetGroups(store, call).get(input.TargetGroupArn ?? "");
  if (!row) return {};
  if (isUsed(store, call, row.arn)) throw new AwsError("ResourceInUse", `Target group '${row.arn}' is currently in use by a listener or a rule`);
  for (const target of targetsOf(store, call, row.arn)) targets(store, call).delete(targetKey(target));
  targetGroups(store, call).delete(row.arn);
  tags(store, call).delete(row.arn);
  engine.groupRemoved(call, row.arn);
  return {};
}

export function DescribeTargetGroups({ store }: Deps, input: DescribeTargetGroupsInput, call: Call): DescribeTargetGroupsOutput {
  const { LoadBalancerArn, TargetGroupArns: arns, Names: names } = input;
  if ([LoadBalancerArn, arns?.length ? arns : undefined, names?.length ? names : undefined].filter((one) => one !== undefined).length > 1)
    throw validationError("Target group names, target group ARNs, and a load balancer ARN cannot be specified at the same time");
  const table = targetGroups(store, call);
  const users = usersOf(store, call);
  let found = table.values();
  if (LoadBalancerArn !== undefined) {
    const { arn } = requireLoadBalancer(store, call, LoadBalancerArn);
    found = found.filter((row) => users.get(row.arn) === arn);
  } else if (arns?.length) found = arns.map((arn) => requireTargetGroup(store, call, arn));
  else if (names?.length) {
    found = names.map((name) => {
      const row = table.find((one) => one.name === name);
      if (!row) throw new AwsError("TargetGroupNotFound", "One or more target groups not found");
      return row;
    });
  }
  const { items, NextMarker } = page(found, input);
  return { TargetGroups: items.map((row) => describeTargetGroup(row, users)), NextMarker };
}
