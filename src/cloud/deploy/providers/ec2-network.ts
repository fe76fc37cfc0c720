import { gone, properties, tagChanges } from "./helpers.ts";
import { finishing } from "./partly-created.ts";
import type { ExistingResource, Properties, ResourceContext, ResourceProvider } from "./provider.ts";

/** Tags as EC2's create operations take them. */
export const tagSpecifications = (resourceType: string, props: Properties): object[] =>
  (props["Tags"] as object[] | undefined)?.length ? [{ ResourceType: resourceType, Tags: props["Tags"] as object[] }] : [];

/** Sets and removes an EC2 resource's tags. */
export async function updateEc2Tags(context: ResourceContext, id: string, before: unknown, after: unknown): Promise<void> {
  const { set, remove } = tagChanges(before, after);
  if (remove.length > 0) await context.call("ec2", "DeleteTags", { Resources: [id], Tags: remove.map((Key) => ({ Key })) });
  if (set.length > 0) await context.call("ec2", "CreateTags", { Resources: [id], Tags: set });
}

const TAGS = { property: "Tags", form: "list" } as const;

async function describeVpc(context: ResourceContext, vpcId: string): Promise<Record<string, unknown>> {
  const byVpc = { Filters: [{ Name: "vpc-id", Values: [vpcId] }] };
  const [vpcs, groups, acls] = await Promise.all([
    context.call("ec2", "DescribeVpcs", { VpcIds: [vpcId] }),
    context.call("ec2", "DescribeSecurityGroups", { Filters: [...byVpc.Filters, { Name: "group-name", Values: ["default"] }] }),
    context.call("ec2", "DescribeNetworkAcls", { Filters: [...byVpc.Filters, { Name: "default", Values: ["true"] }] }).catch(() => ({})),
  ]);
  const vpc = vpcs.Vpcs?.[0] ?? {};
  return {
    VpcId: vpcId,
    CidrBlock: vpc.CidrBlock,
    CidrBlockAssociations: (vpc.CidrBlockAssociationSet ?? []).map((one: { AssociationId?: string }) => one.AssociationId),
    DefaultSecurityGroup: groups.SecurityGroups?.[0]?.GroupId,
    DefaultNetworkAcl: acls.NetworkAcls?.[0]?.NetworkAclId,
    Ipv6CidrBlocks: [],
  };
}

async function setVpcAttributes(context: ResourceContext, vpcId: string, props: Properties, names: readonly string[]): Promise<void> {
  const { EnableDnsHostnames, EnableDnsSupport } = context.input("ec2", "ModifyVpcAttribute", {
    EnableDnsHostnames: { Value: props["EnableDnsHostnames"] ?? false },
    EnableDnsSupport: { Value: props["EnableDnsSupport"] ?? true },
  });
  if (names.includes("EnableDnsSupport")) await context.call("ec2", "ModifyVpcAttribute", { VpcId: vpcId, EnableDnsSupport });
  if (names.includes("EnableDnsHostnames")) await context.call("ec2", "ModifyVpcAttribute", { VpcId: vpcId, EnableDnsHostnames });
}

const vpc: ResourceProvider = {
  type: "AWS::EC2::VPC",
  properties: properties({ replace: "CidrBlock InstanceTenancy", update: "EnableDnsHostnames EnableDnsSupport Tags" }),
  required: ["CidrBlock"],
  attributes: ["VpcId", "CidrBlock", "CidrBlockAssociations", "DefaultSecurityGroup", "DefaultNetworkAcl", "Ipv6CidrBlocks"],
  tags: TAGS,
  async create(context, props) {
    const { CidrBlock, InstanceTenancy } = props;
    const made = await context.call("ec2", "CreateVpc", { CidrBlock, InstanceTenancy, TagSpecifications: tagSpecifications("vpc", props) });
    const vpcId: string = made.Vpc.VpcId;
    const resource = { physicalId: vpcId, attributes: await describeVpc(context, vpcId) };
    return finishing(resource, () => setVpcAttributes(context, vpcId, props, Object.keys(props)));
  },
  async update(context, props, existing, changed) {
    await setVpcAttributes(context, existing.physicalId, props, changed);
    await updateEc2Tags(context, existing.physicalId, existing.properties["Tags"], props["Tags"]);
  },
  delete: (context, existing) => gone(context.call("ec2", "DeleteVpc", { VpcId: existing.physicalId })),
};

const setMapPublicIp = async (context: ResourceContext, subnetId: string, props: Properties): Promise<void> => {
  const input = context.input("ec2", "ModifySubnetAttribute", {
    SubnetId: subnetId,
    MapPublicIpOnLaunch: { Value: props["MapPublicIpOnLaunch"] ?? false },
  });
  await context.call("ec2", "ModifySubnetAttribute", input);
};

const subnet: ResourceProvider = {
  type: "AWS::EC2::Subnet",
  properties: properties({ replace: "VpcId CidrBlock AvailabilityZone", update: "MapPublicIpOnLaunch Tags" }),
  required: ["VpcId"],
  attributes: ["SubnetId", "VpcId", "CidrBlock", "AvailabilityZone", "NetworkAclAssociationId"],
  tags: TAGS,
  async create(context, props) {
    const { VpcId, CidrBlock, AvailabilityZone } = props;
    const made = await context.call("ec2", "CreateSubnet", {
      VpcId,
      CidrBlock,
      AvailabilityZone,
      TagSpecifications: tagSpecifications("subnet", props),
    });
    const { SubnetId, AvailabilityZone: zone } = made.Subnet;
    const attributes = { SubnetId, VpcId, CidrBlock, AvailabilityZone: zone, NetworkAclAssociationId: "" };
    return finishing({ physicalId: SubnetId, attributes }, async () => {
      if (props["MapPublicIpOnLaunch"] !== undefined) await setMapPublicIp(context, SubnetId, props);
    });
  },
  async update(context, props, existing, changed) {
    if (changed.includes("MapPublicIpOnLaunch")) await setMapPublicIp(context, existing.physicalId, props);
    await updateEc2Tags(context, existing.physicalId, existing.properties["Tags"], props["Tags"]);
  },
  delete: (context, existing) => gone(context.call("ec2", "DeleteSubnet", { SubnetId: existing.physicalId })),
};

const routeTable: ResourceProvider = {
  type: "AWS::EC2::RouteTable",
  properties: properties({ replace: "VpcId", update: "Tags" }),
  required: ["VpcId"],
  attributes: ["RouteTableId"],
  tags: TAGS,
  async create(context, props) {
    const made = await context.call("ec2", "CreateRouteTable", { VpcId: props["VpcId"], TagSpecifications: tagSpecifications("route-table", props) });
    const { RouteTableId } = made.RouteTable;
    return { physicalId: RouteTableId, attributes: { RouteTableId } };
  },
  update: (context, props, existing) => updateEc2Tags(context, existing.physicalId, existing.properties["Tags"], props["Tags"]),
  delete: (context, existing) => gone(context.call("ec2", "DeleteRouteTable", { RouteTableId: existing.physicalId })),
};

const destinationOf = (props: Properties): string =>
  String(props["DestinationCidrBlock"] ?? props["DestinationIpv6CidrBlock"] ?? props["DestinationPrefixListId"]);
const DESTINATIONS = ["RouteTableId", "DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"];

const route: ResourceProvider = {
  type: "AWS::EC2::Route",
  properties: properties({
    replace: "RouteTableId DestinationCidrBlock DestinationIpv6CidrBlock DestinationPrefixListId",
    update: "GatewayId NatGatewayId NetworkInterfaceId InstanceId VpcEndpointId VpcPeeringConnectionId TransitGatewayId EgressOnlyInternetGatewayId",
  }),
  required: ["RouteTableId"],
  attributes: ["CidrBlock"],
  async create(context, props) {
    await context.call("ec2", "CreateRoute", props);
    return { physicalId: `${String(props["RouteTableId"])}|${destinationOf(props)}`, attributes: { CidrBlock: destinationOf(props) } };
  },
  async update(context, props) {
    await context.call("ec2", "ReplaceRoute", props);
  },
  delete: (context, existing) =>
    gone(context.call("ec2", "DeleteRoute", Object.fromEntries(Object.entries(existing.properties).filter(([name]) => DESTINATIONS.includes(name))))),
};

const routeTableAssociation: ResourceProvider = {
  type: "AWS::EC2::SubnetRouteTableAssociation",
  properties: properties({ replace: "SubnetId RouteTableId" }),
  required: ["SubnetId", "RouteTableId"],
  attributes: ["Id"],
  async create(context, props) {
    const { AssociationId } = await context.call("ec2", "AssociateRouteTable", { SubnetId: props["SubnetId"], RouteTableId: props["RouteTableId"] });
    return { physicalId: AssociationId, attributes: { Id: AssociationId } };
  },
  delete: (context, existing) => gone(context.call("ec2", "DisassociateRouteTable", { AssociationId: existing.physicalId })),
};

const internetGateway: ResourceProvider = {
  type: "AWS::EC2::InternetGateway",
  properties: properties({ update: "Tags" }),
  attributes: ["InternetGatewayId"],
  tags: TAGS,
  async create(context, props) {
    const made = await context.call("ec2", "CreateInternetGateway", { TagSpecifications: tagSpecifications("internet-gateway", props) });
    const { InternetGatewayId } = made.InternetGateway;
    return { physicalId: InternetGatewayId, attributes: { InternetGatewayId } };
  },
  update: (context, props, existing) => updateEc2Tags(context, existing.physicalId, existing.properties["Tags"], props["Tags"]),
  delete: (context, existing) => gone(context.call("ec2", "DeleteInternetGateway", { InternetGatewayId: existing.physicalId })),
};

const attachment = ({ properties: props }: Pick<ExistingResource, "properties">): object => ({
  VpcId: props["VpcId"] as string,
  InternetGatewayId: props["InternetGatewayId"] as string,
});

const gatewayAttachment: ResourceProvider = {
  type: "AWS::EC2::VPCGatewayAttachment",
  properties: properties({ replace: "VpcId", update: "InternetGatewayId" }),
  required: ["VpcId", "InternetGatewayId"],
  attributes: ["AttachmentType"],
  async create(context, props) {
    await context.call("ec2", "AttachInternetGateway", attachment({ properties: props }));
    return { physicalId: `IGW|${String(props["VpcId"])}`, attributes: { AttachmentType: "IGW" } };
  },
  async update(context, props, existing) {
    await context.call("ec2", "DetachInternetGateway", attachment(existing));
    await context.call("ec2", "AttachInternetGateway", attachment({ properties: props }));
  },
  delete: (context, existing) => gone(context.call("ec2", "DetachInternetGateway", attachment(existing))),
};

export const ec2NetworkProviders: ResourceProvider[] = [vpc, subnet, routeTable, route, routeTableAssociation, internetGateway, gatewayAttachment];
