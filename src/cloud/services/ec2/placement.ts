import { AwsError } from "../../core/errors.ts";
import type { Scope } from "../../core/scope.ts";
import { formatIpv4, parseCidr, parseIpv4 } from "./cidr.ts";
import { ensureDefaultVpc } from "./defaults.ts";
import { groupNotFound, invalidValue } from "./faults.ts";
import type { Ec2Deps } from "./index.ts";
import { interfacesIn } from "./interfaces.ts";
import type { LaunchRequest } from "./launch-request.ts";
import { requireGroup } from "./operations/security-groups.ts";
import { requireSubnet } from "./operations/subnets.ts";
import { securityGroups, subnets, vpcs, type SubnetRow } from "./state.ts";

type Deps = Pick<Ec2Deps, "store" | "clock" | "ids">;

/** Where an instance goes: its subnet, its security groups, whether it gets a public address. */
export interface Placement {
  subnet: SubnetRow;
  groupIds: string[];
  publicIp: boolean;
  privateIp?: string;
}

export function placementOf(deps: Deps, scope: Scope, request: LaunchRequest): Placement {
  ensureDefaultVpc(deps, scope);
  const face = request.NetworkInterfaces?.[0];
  const subnetId = face?.SubnetId ?? request.SubnetId;
  const zone = request.Placement?.AvailabilityZone;
  const subnet = subnetId ? requireSubnet(deps, scope, subnetId) : defaultSubnet(deps, scope, zone);
  if (zone && subnet.availabilityZone !== zone) {
    throw invalidValue(`The availability zone '${zone}' does not match the zone of subnet '${subnet.id}', ${subnet.availabilityZone}.`);
  }
  return {
    subnet,
    groupIds: groupsOf(deps, scope, request, subnet),
    publicIp: face?.AssociatePublicIpAddress ?? subnet.mapPublicIpOnLaunch,
    ...((face?.PrivateIpAddress ?? request.PrivateIpAddress) ? { privateIp: face?.PrivateIpAddress ?? request.PrivateIpAddress } : {}),
  };
}

function defaultSubnet({ store }: Deps, scope: Scope, zone: string | undefined): SubnetRow {
  const subnet = subnets(store, scope).find((candidate) => candidate.defaultForAz && (zone === undefined || candidate.availabilityZone === zone));
  if (!subnet) {
    throw new AwsError(
      zone ? "InvalidInput" : "VPCIdNotSpecified",
      zone
        ? `No default subnet for availability zone: '${zone}'.`
        : "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.",
    );
  }
  return subnet;
}

function groupsOf(deps: Deps, scope: Scope, request: LaunchRequest, subnet: SubnetRow): string[] {
  const ids = request.NetworkInterfaces?.[0]?.Groups ?? request.SecurityGroupIds ?? [];
  const byName = (request.SecurityGroups ?? []).map((name) => {
    const group = securityGroups(deps.store, scope).find((candidate) => candidate.vpcId === subnet.vpcId && candidate.name === name);
    if (!group) throw groupNotFound(name);
    return group.id;
  });
  return groupsIn(deps, scope, subnet, [...ids, ...byName]);
}

/** Security groups for an interface in a subnet: the VPC's default one where none are given. @throws AwsError for groups of other VPCs */
export function groupsIn(deps: Deps, scope: Scope, subnet: SubnetRow, ids: readonly string[]): string[] {
  for (const id of ids) {
    if (requireGroup(deps, scope, id).vpcId !== subnet.vpcId) {
      throw new AwsError("InvalidParameter", `Security group ${id} and subnet ${subnet.id} belong to different networks.`);
    }
  }
  const all = [...new Set(ids)];
  return all.length > 0 ? all : [vpcs(deps.store, scope).get(subnet.vpcId)!.defaultGroupId];
}

/** A free private address of the subnet; the first four and the last are AWS's own (VPC User Guide, "Subnet CIDR blocks"). */
export function privateAddress({ store }: Deps, scope: Scope, subnet: SubnetRow, wanted?: string): string {
  const { base, size } = parseCidr(subnet.cidr)!;
  const used = new Set(interfacesIn(store, scope, subnet.id).map(({ privateIp }) => privateIp));
  if (wanted !== undefined) {
    const value = parseIpv4(wanted);
    if (value === undefined || value < base + 4 || value > base + size - 2)
      throw invalidValue(`Address ${wanted} does not fall within the subnet's address range`);
    if (used.has(wanted)) throw new AwsError("InvalidIPAddress.InUse", `Address ${wanted} is in use.`);
    return wanted;
  }
  for (let host = 4; host < size - 1; host++) {
    const address = formatIpv4(base + host);
    if (!used.has(address)) return address;
  }
  throw new AwsError("InsufficientFreeAddressesInSubnet", `The specified subnet does not have enough free addresses to satisfy the request.`);
}
