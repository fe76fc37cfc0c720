import type {
  CreateSubnetRequest,
  CreateSubnetResult,
  DeleteSubnetRequest,
  DescribeSubnetsRequest,
  DescribeSubnetsResult,
  ModifySubnetAttributeRequest,
  Subnet,
} from "@aws-sdk/client-ec2";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import { arn, type Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { Store } from "../../../core/store.ts";
import { zonesOf } from "../catalog/zones.ts";
import { formatCidr, overlap, parseCidr, within, type Cidr } from "../cidr.ts";
import { ensureDefaultVpc } from "../defaults.ts";
import { hasDependencies, invalidValue, notFound } from "../faults.ts";
import type { Ec2Deps } from "../index.ts";
import { interfacesIn } from "../interfaces.ts";
import { applyFilters, chosen, newId, page, tagList, tagNew, tagsOf, type FilterFields } from "../shared.ts";
import { routeTables, subnets, tags, type SubnetRow } from "../state.ts";
import { requireVpc } from "./vpcs.ts";

type Deps = Pick<Ec2Deps, "store" | "clock" | "ids">;

/** @throws AwsError InvalidSubnetID.NotFound */
export function requireSubnet(deps: Deps, scope: Scope, id: string): SubnetRow {
  ensureDefaultVpc(deps, scope);
  const subnet = subnets(deps.store, scope).get(id);
  if (!subnet) throw notFound("subnet", id);
  return subnet;
}

const occupants = (store: Store, scope: Scope, subnetId: string): number => interfacesIn(store, scope, subnetId).length;

const describeSubnet = (store: Store, call: Call, subnet: SubnetRow): Subnet => ({
  SubnetId: subnet.id,
  SubnetArn: arn("ec2", call, `subnet/${subnet.id}`),
  VpcId: subnet.vpcId,
  OwnerId: call.account,
  State: "available",
  CidrBlock: subnet.cidr,
  AvailabilityZone: subnet.availabilityZone,
  AvailabilityZoneId: zonesOf(call.region).find(({ name }) => name === subnet.availabilityZone)?.id,
  // Five addresses of a subnet are AWS's own (VPC User Guide, "Subnet CIDR blocks").
  AvailableIpAddressCount: parseCidr(subnet.cidr)!.size - 5 - occupants(store, call, subnet.id),
  DefaultForAz: subnet.defaultForAz,
  MapPublicIpOnLaunch: subnet.mapPublicIpOnLaunch,
  AssignIpv6AddressOnCreation: false,
  Ipv6CidrBlockAssociationSet: [],
  EnableDns64: false,
  Ipv6Native: false,
  MapCustomerOwnedIpOnLaunch: false,
  PrivateDnsNameOptionsOnLaunch: { HostnameType: "ip-name", EnableResourceNameDnsARecord: false, EnableResourceNameDnsAAAARecord: false },
  Tags: tagList(store, call, subnet.id),
});

export function CreateSubnet(deps: Deps, input: CreateSubnetRequest, call: Call): CreateSubnetResult {
  for (const member of ["Ipv6CidrBlock", "Ipv6Native", "OutpostArn", "Ipv4IpamPoolId"] as const) {
    if (input[member]) throw new NotSupported("ec2", "CreateSubnet", member);
  }
  const vpc = requireVpc(deps, call, input.VpcId!);
  const cidr = checkCidr(deps, call, input, parseCidr(vpc.cidr)!);
  const zones = zonesOf(call.region);
  const zone = input.AvailabilityZoneId
    ? zones.find(({ id }) => id === input.AvailabilityZoneId)
    : zones.find(({ name }) => name === (input.AvailabilityZone ?? zones[0]!.name));
  if (!zone) {
    const known = zones.map(({ name }) => name).join(", ");
    const value = input.AvailabilityZone ?? input.AvailabilityZoneId;
    throw invalidValue(
      `Value (${value}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ${known}.`,
    );
  }
  const id = newId(deps.ids, "subnet");
  tagNew(deps.store, call, id, "subnet", input.TagSpecifications);
  const subnet = subnets(deps.store, call).set(id, {
    id,
    vpcId: vpc.id,
    cidr: formatCidr(cidr),
    availabilityZone: zone.name,
    mapPublicIpOnLaunch: false,
    defaultForAz: false,
  });
  return { Subnet: describeSubnet(deps.store, call, subnet) };
}

function checkCidr({ store }: Deps, scope: Scope, input: CreateSubnetRequest, vpc: Cidr): Cidr {
  const cidr = parseCidr(input.CidrBlock ?? "");
  if (!cidr) throw invalidValue(`Value (${input.CidrBlock}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`);
  if (cidr.bits < 16 || cidr.bits > 28 || !within(cidr, vpc)) throw new AwsError("InvalidSubnet.Range", `The CIDR '${input.CidrBlock}' is invalid.`);
  const taken = subnets(store, scope).find((other) => other.vpcId === input.VpcId && overlap(parseCidr(other.cidr)!, cidr));
  if (taken) throw new AwsError("InvalidSubnet.Conflict", `The CIDR '${input.CidrBlock}' conflicts with another subnet`);
  return cidr;
}

export function DeleteSubnet(deps: Deps, input: DeleteSubnetRequest, call: Call): object {
  const { store } = deps;
  const subnet = requireSubnet(deps, call, input.SubnetId!);
  if (occupants(store, call, subnet.id) > 0) throw hasDependencies("subnet", subnet.id);
  // Its association with a route table goes with it.
  for (const table of routeTables(store, call).filter(({ associations }) => associations.some(({ subnetId }) => subnetId === subnet.id))) {
    routeTables(store, call).update(table.id, { associations: table.associations.filter(({ subnetId }) => subnetId !== subnet.id) });
  }
  subnets(store, call).delete(subnet.id);
  tags(store, call).delete(subnet.id);
  return {};
}

const FILTERS: FilterFields<SubnetRow> = {
  "subnet-id": (subnet) => subnet.id,
  "vpc-id": (subnet) => subnet.vpcId,
  "availability-zone": (subnet) => subnet.availabilityZone,
  availabilityZone: (subnet) => subnet.availabilityZone,
  "cidr-block": (subnet) => subnet.cidr,
  cidr: (subnet) => subnet.cidr,
  "default-for-az": (subnet) => String(subnet.defaultForAz),
  defaultForAz: (subnet) => String(subnet.defaultForAz),
  "map-public-ip-on-launch": (subnet) => String(subnet.mapPublicIpOnLaunch),
  state: () => "available",
};

export function DescribeSubnets(deps: Deps, input: DescribeSubnetsRequest, call: Call): DescribeSubnetsResult {
  ensureDefaultVpc(deps, call);
  const { store } = deps;
  const found = applyFilters(
    chosen(subnets(store, call), input.SubnetIds, (id) => notFound("subnet", id)),
    input.Filters,
    { ...FILTERS, "owner-id": () => call.account },
    (subnet) => tagsOf(store, call, subnet.id),
  );
  const { items, ...rest } = page(found, input);
  return { Subnets: items.map((subnet) => describeSubnet(store, call, subnet)), ...rest };
}

/** What can be changed here; everything else changes something that this cloud does not have. */
export function ModifySubnetAttribute(deps: Deps, input: ModifySubnetAttributeRequest, call: Call): object {
  const subnet = requireSubnet(deps, call, input.SubnetId!);
  const { SubnetId: _id, MapPublicIpOnLaunch, ...others } = input;
  for (const [name, value] of Object.entries(others)) {
    if (value === undefined || (typeof value === "object" && value.Value === false)) continue;
    throw new NotSupported("ec2", "ModifySubnetAttribute", name);
  }
  if (MapPublicIpOnLaunch?.Value !== undefined) subnets(deps.store, call).update(subnet.id, { mapPublicIpOnLaunch: MapPublicIpOnLaunch.Value });
  return {};
}
