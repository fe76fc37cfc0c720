import type {
  SetIpAddressTypeInput,
  SetIpAddressTypeOutput,
  SetSecurityGroupsInput,
  SetSecurityGroupsOutput,
  SetSubnetsInput,
  SetSubnetsOutput,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Call } from "../../../core/service.ts";
import type { ElbDeps } from "../deps.ts";
import { notSupported, refuse, requireLoadBalancer, validationError } from "../errors.ts";
import { loadBalancers } from "../state.ts";
import { checkSecurityGroups, checkSubnets } from "./placement.ts";
import { describeZones } from "./views.ts";

type Deps = Pick<ElbDeps, "store" | "api" | "engine">;

export async function SetSecurityGroups(deps: Deps, input: SetSecurityGroupsInput, call: Call): Promise<SetSecurityGroupsOutput> {
  const { arn, vpcId } = requireLoadBalancer(deps.store, call, input.LoadBalancerArn);
  refuse("SetSecurityGroups", input, ["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"]);
  if (!input.SecurityGroups?.length) throw validationError("At least one security group must be specified");
  const securityGroups = await checkSecurityGroups(deps, call, input.SecurityGroups, vpcId);
  loadBalancers(deps.store, call).update(arn, { securityGroups });
  await deps.engine.loadBalancerChanged(call, arn);
  return { SecurityGroupIds: securityGroups };
}

export async function SetSubnets(deps: Deps, input: SetSubnetsInput, call: Call): Promise<SetSubnetsOutput> {
  const { arn, scheme } = requireLoadBalancer(deps.store, call, input.LoadBalancerArn);
  refuse("SetSubnets", input, ["EnablePrefixForIpv6SourceNat"]);
  if (input.IpAddressType !== undefined && input.IpAddressType !== "ipv4") throw notSupported("SetSubnets", `the type ${input.IpAddressType}`);
  const { subnets } = await checkSubnets(deps, call, input, "SetSubnets", scheme);
  loadBalancers(deps.store, call).update(arn, { subnets });
  await deps.engine.loadBalancerChanged(call, arn);
  return { AvailabilityZones: describeZones(subnets), IpAddressType: "ipv4" };
}

export function SetIpAddressType(deps: Deps, input: SetIpAddressTypeInput, call: Call): SetIpAddressTypeOutput {
  requireLoadBalancer(deps.store, call, input.LoadBalancerArn);
  if (input.IpAddressType !== "ipv4") throw notSupported("SetIpAddressType", `the IP address type ${input.IpAddressType}`);
  return { IpAddressType: "ipv4" };
}
