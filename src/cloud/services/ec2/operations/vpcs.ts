import type {
  AttributeBooleanValue,
  CreateDefaultVpcRequest,
  CreateDefaultVpcResult,
  CreateVpcRequest,
  CreateVpcResult,
  DeleteVpcRequest,
  DescribeNetworkAclsRequest,
  DescribeNetworkAclsResult,
  DescribeVpcAttributeRequest,
  DescribeVpcAttributeResult,
  DescribeVpcsRequest,
  DescribeVpcsResult,
  ModifyVpcAttributeRequest,
  Vpc,
} from "@aws-sdk/client-ec2";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { Store } from "../../../core/store.ts";
import { formatCidr, parseCidr } from "../cidr.ts";
import { ensureDefaultVpc, makeDefaultVpc, makeVpc } from "../defaults.ts";
import { hasDependencies, invalidCombination, invalidValue, missing, notFound } from "../faults.ts";
import type { Ec2Deps } from "../index.ts";
import { applyFilters, chosen, newTags, page, tagList, tagNew, tagsOf, type FilterFields } from "../shared.ts";
import { internetGateways, routeTables, securityGroups, subnets, tags, vpcs, type VpcRow } from "../state.ts";

type Deps = Pick<Ec2Deps, "store" | "clock" | "ids">;

/** @throws AwsError InvalidVpcID.NotFound */
export function requireVpc(deps: Deps, scope: Scope, id: string): VpcRow {
  ensureDefaultVpc(deps, scope);
  const vpc = vpcs(deps.store, scope).get(id);
  if (!vpc) throw notFound("vpc", id);
  return vpc;
}

const describeVpc = (store: Store, call: Call, vpc: VpcRow): Vpc => ({
  VpcId: vpc.id,
  OwnerId: call.account,
  State: "available",
  CidrBlock: vpc.cidr,
  CidrBlockAssociationSet: [
    { AssociationId: vpc.id.replace("vpc-", "vpc-cidr-assoc-"), CidrBlock: vpc.cidr, CidrBlockState: { State: "associated" } },
  ],
  Ipv6CidrBlockAssociationSet: [],
  DhcpOptionsId: "default",
  InstanceTenancy: vpc.tenancy,
  IsDefault: vpc.isDefault,
  Tags: tagList(store, call, vpc.id),
});

const UNREAD = ["AmazonProvidedIpv6CidrBlock", "Ipv6CidrBlock", "Ipv6Pool", "Ipv4IpamPoolId", "Ipv6IpamPoolId"] as const;

export function CreateVpc(deps: Deps, input: CreateVpcRequest, call: Call): CreateVpcResult {
  ensureDefaultVpc(deps, call);
  for (const member of UNREAD) if (input[member]) throw new NotSupported("ec2", "CreateVpc", member);
  const cidr = parseCidr(input.CidrBlock ?? "");
  if (!cidr) throw invalidValue(`Value (${input.CidrBlock}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`);
  if (cidr.bits < 16 || cidr.bits > 28) throw new AwsError("InvalidVpc.Range", `The CIDR '${input.CidrBlock}' is invalid.`);
  newTags("vpc", input.TagSpecifications);
  const vpc = makeVpc(deps, call, formatCidr(cidr), { isDefault: false, tenancy: input.InstanceTenancy === "dedicated" ? "dedicated" : "default" });
  tagNew(deps.store, call, vpc.id, "vpc", input.TagSpecifications);
  return { Vpc: { ...describeVpc(deps.store, call, vpc), State: "pending" } };
}

export function CreateDefaultVpc(deps: Deps, _input: CreateDefaultVpcRequest, call: Call): CreateDefaultVpcResult {
  ensureDefaultVpc(deps, call);
  if (vpcs(deps.store, call).find(({ isDefault }) => isDefault)) {
    throw new AwsError("DefaultVpcAlreadyExists", "A Default VPC already exists for this account in this region.");
  }
  return { Vpc: describeVpc(deps.store, call, makeDefaultVpc(deps, call)) };
}

export function DeleteVpc(deps: Deps, input: DeleteVpcRequest, call: Call): object {
  const { store } = deps;
  const vpc = requireVpc(deps, call, input.VpcId!);
  const inVpc = ({ vpcId }: { vpcId?: string }): boolean => vpcId === vpc.id;
  const groups = securityGroups(store, call).filter((group) => inVpc(group) && group.id !== vpc.defaultGroupId);
  const tables = routeTables(store, call).filter((table) => inVpc(table) && table.id !== vpc.mainRouteTableId);
  if (groups.length > 0 || tables.length > 0 || subnets(store, call).find(inVpc) || internetGateways(store, call).find(inVpc)) {
    throw hasDependencies("vpc", vpc.id);
  }
  securityGroups(store, call).delete(vpc.defaultGroupId);
  routeTables(store, call).delete(vpc.mainRouteTableId);
  vpcs(store, call).delete(vpc.id);
  for (const id of [vpc.id, vpc.defaultGroupId, vpc.mainRouteTableId, vpc.networkAclId]) tags(store, call).delete(id);
  return {};
}

const FILTERS: FilterFields<VpcRow> = {
  "vpc-id": (vpc) => vpc.id,
  cidr: (vpc) => vpc.cidr,
  "cidr-block-association.cidr-block": (vpc) => vpc.cidr,
  "is-default": (vpc) => String(vpc.isDefault),
  isDefault: (vpc) => String(vpc.isDefault),
  state: () => "available",
};

export function DescribeVpcs(deps: Deps, input: DescribeVpcsRequest, call: Call): DescribeVpcsResult {
  ensureDefaultVpc(deps, call);
  const { store } = deps;
  const fields = { ...FILTERS, "owner-id": () => call.account };
  const found = applyFilters(
    chosen(vpcs(store, call), input.VpcIds, (id) => notFound("vpc", id)),
    input.Filters,
    fields,
    (vpc) => tagsOf(store, call, vpc.id),
  );
  const { items, ...rest } = page(found, input);
  return { Vpcs: items.map((vpc) => describeVpc(store, call, vpc)), ...rest };
}

export function ModifyVpcAttribute(deps: Deps, input: ModifyVpcAttributeRequest, call: Call): object {
  const vpc = requireVpc(deps, call, input.VpcId!);
  if (input.EnableNetworkAddressUsageMetrics?.Value) throw new NotSupported("ec2", "ModifyVpcAttribute", "EnableNetworkAddressUsageMetrics");
  const support = input.EnableDnsSupport?.Value;
  const hostnames = input.EnableDnsHostnames?.Value;
  if (support !== undefined && hostnames !== undefined) throw invalidCombination("Fields for multiple attribute types specified");
  if (support === undefined && hostnames === undefined) throw missing("attribute");
  vpcs(deps.store, call).update(vpc.id, {
    ...(support === undefined ? {} : { enableDnsSupport: support }),
    ...(hostnames === undefined ? {} : { enableDnsHostnames: hostnames }),
  });
  return {};
}

export function DescribeVpcAttribute(deps: Deps, input: DescribeVpcAttributeRequest, call: Call): DescribeVpcAttributeResult {
  const vpc = requireVpc(deps, call, input.VpcId!);
  const values: Record<string, [string, boolean]> = {
    enableDnsSupport: ["EnableDnsSupport", vpc.enableDnsSupport],
    enableDnsHostnames: ["EnableDnsHostnames", vpc.enableDnsHostnames],
    enableNetworkAddressUsageMetrics: ["EnableNetworkAddressUsageMetrics", false],
  };
  const attribute = values[input.Attribute ?? ""];
  if (!attribute) throw invalidValue(`Value (${input.Attribute}) for parameter attribute is invalid. Unknown VPC attribute.`);
  const value: AttributeBooleanValue = { Value: attribute[1] };
  return { VpcId: vpc.id, [attribute[0]]: value };
}

/** Only the default network ACL of each VPC, which lets everything pass; there are no operations to change it. */
export function DescribeNetworkAcls(deps: Deps, input: DescribeNetworkAclsRequest, call: Call): DescribeNetworkAclsResult {
  ensureDefaultVpc(deps, call);
  const { store } = deps;
  const rows = chosen(
    { get: (id: string) => vpcs(store, call).find((vpc) => vpc.networkAclId === id), values: () => vpcs(store, call).values() },
    input.NetworkAclIds,
    (id) => new AwsError("InvalidNetworkAclID.NotFound", `The networkAcl ID '${id}' does not exist`),
  );
  const fields: FilterFields<VpcRow> = { "vpc-id": (vpc) => vpc.id, "network-acl-id": (vpc) => vpc.networkAclId, default: () => "true" };
  const found = applyFilters(rows, input.Filters, fields, (vpc) => tagsOf(store, call, vpc.networkAclId));
  const { items, ...rest } = page(found, input);
  const open = { Protocol: "-1", CidrBlock: "0.0.0.0/0" };
  return {
    NetworkAcls: items.map((vpc) => ({
      NetworkAclId: vpc.networkAclId,
      VpcId: vpc.id,
      OwnerId: call.account,
      IsDefault: true,
      Associations: subnets(store, call)
        .filter((subnet) => subnet.vpcId === vpc.id)
        .map((subnet) => ({
          NetworkAclAssociationId: subnet.id.replace("subnet-", "aclassoc-"),
          NetworkAclId: vpc.networkAclId,
          SubnetId: subnet.id,
        })),
      Entries: [false, true].flatMap((Egress) => [
        { ...open, Egress, RuleAction: "allow" as const, RuleNumber: 100 },
        { ...open, Egress, RuleAction: "deny" as const, RuleNumber: 32767 },
      ]),
      Tags: tagList(store, call, vpc.networkAclId),
    })),
    ...rest,
  };
}
