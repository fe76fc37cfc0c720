import { beforeEach, describe, expect, test } from "vitest";
import { codeOf, ec2Alone } from "../testing.ts";

let act: ReturnType<typeof ec2Alone>["act"];
beforeEach(() => ({ act } = ec2Alone()));

const newVpc = async (cidr = "10.0.0.0/16"): Promise<string> => (await act("CreateVpc", { CidrBlock: cidr })).Vpc.VpcId;

describe("the default VPC", () => {
  test("is there at first sight, with a public subnet in each zone", async () => {
    const { Vpcs } = await act("DescribeVpcs", { Filters: [{ Name: "is-default", Values: ["true"] }] });
    expect(Vpcs).toMatchObject([{ CidrBlock: "172.31.0.0/16", IsDefault: true }]);
    const { Subnets } = await act("DescribeSubnets");
    expect(Subnets.map((subnet: { CidrBlock: string; MapPublicIpOnLaunch: boolean }) => [subnet.CidrBlock, subnet.MapPublicIpOnLaunch])).toEqual([
      ["172.31.0.0/20", true],
      ["172.31.16.0/20", true],
      ["172.31.32.0/20", true],
      ["172.31.48.0/20", true],
    ]);
    const { RouteTables } = await act("DescribeRouteTables");
    expect(RouteTables[0].Routes).toMatchObject([{ GatewayId: "local" }, { DestinationCidrBlock: "0.0.0.0/0", State: "active" }]);
  });

  test("does not come back by itself when it is deleted", async () => {
    const { Vpcs } = await act("DescribeVpcs");
    const VpcId = Vpcs[0].VpcId;
    for (const { SubnetId } of (await act("DescribeSubnets")).Subnets) await act("DeleteSubnet", { SubnetId });
    const { InternetGateways } = await act("DescribeInternetGateways");
    await act("DetachInternetGateway", { InternetGatewayId: InternetGateways[0].InternetGatewayId, VpcId });
    await act("DeleteVpc", { VpcId });
    expect((await act("DescribeVpcs")).Vpcs).toEqual([]);
    expect((await act("CreateDefaultVpc")).Vpc.IsDefault).toBe(true);
  });
});

describe("a VPC", () => {
  test("brings its route table, its security group and its network ACL", async () => {
    const vpc = await newVpc();
    const Filters = [{ Name: "vpc-id", Values: [vpc] }];
    expect((await act("DescribeRouteTables", { Filters })).RouteTables[0].Associations[0].Main).toBe(true);
    expect((await act("DescribeSecurityGroups", { Filters })).SecurityGroups).toMatchObject([{ GroupName: "default" }]);
    expect((await act("DescribeNetworkAcls", { Filters })).NetworkAcls[0].IsDefault).toBe(true);
  });

  test("refuses ranges that EC2 refuses", async () => {
    expect(await codeOf(act("CreateVpc", { CidrBlock: "10.0.0.0/8" }))).toBe("InvalidVpc.Range");
    expect(await codeOf(act("CreateVpc", { CidrBlock: "10.0.0.300/16" }))).toBe("InvalidParameterValue");
    expect(await codeOf(act("CreateSubnet", { VpcId: await newVpc(), CidrBlock: "10.1.0.0/24" }))).toBe("InvalidSubnet.Range");
    expect(await codeOf(act("CreateSubnet", { VpcId: "vpc-gone", CidrBlock: "10.1.0.0/24" }))).toBe("InvalidVpcID.NotFound");
  });

  test("subnets do not overlap", async () => {
    const VpcId = await newVpc();
    await act("CreateSubnet", { VpcId, CidrBlock: "10.0.0.0/24" });
    expect(await codeOf(act("CreateSubnet", { VpcId, CidrBlock: "10.0.0.128/25" }))).toBe("InvalidSubnet.Conflict");
    expect((await act("CreateSubnet", { VpcId, CidrBlock: "10.0.1.0/24", AvailabilityZone: "us-west-2b" })).Subnet.AvailabilityZone).toBe(
      "us-west-2b",
    );
  });

  test("is deleted only when nothing is left in it", async () => {
    const VpcId = await newVpc();
    const { Subnet } = await act("CreateSubnet", { VpcId, CidrBlock: "10.0.0.0/24" });
    const { RouteTable } = await act("CreateRouteTable", { VpcId });
    const { InternetGateway } = await act("CreateInternetGateway");
    const { InternetGatewayId } = InternetGateway;
    await act("AttachInternetGateway", { InternetGatewayId, VpcId });
    const { AssociationId } = await act("AssociateRouteTable", { RouteTableId: RouteTable.RouteTableId, SubnetId: Subnet.SubnetId });
    await act("CreateRoute", { RouteTableId: RouteTable.RouteTableId, DestinationCidrBlock: "0.0.0.0/0", GatewayId: InternetGatewayId });
    const remove = (): Promise<string> => codeOf(act("DeleteVpc", { VpcId }));
    expect(await remove()).toBe("DependencyViolation");
    expect(await codeOf(act("DeleteInternetGateway", { InternetGatewayId }))).toBe("DependencyViolation");
    expect(await codeOf(act("DeleteRouteTable", { RouteTableId: RouteTable.RouteTableId }))).toBe("DependencyViolation");
    await act("DisassociateRouteTable", { AssociationId });
    await act("DeleteRouteTable", { RouteTableId: RouteTable.RouteTableId });
    await act("DeleteSubnet", { SubnetId: Subnet.SubnetId });
    expect(await remove()).toBe("DependencyViolation");
    await act("DetachInternetGateway", { InternetGatewayId, VpcId });
    expect(await remove()).toBe("nothing thrown");
    expect(await remove()).toBe("InvalidVpcID.NotFound");
  });
});

test("a route to a gateway that was detached leads nowhere", async () => {
  const VpcId = await newVpc();
  const { RouteTable } = await act("CreateRouteTable", { VpcId });
  const { InternetGateway } = await act("CreateInternetGateway");
  const { InternetGatewayId } = InternetGateway;
  await act("AttachInternetGateway", { InternetGatewayId, VpcId });
  await act("CreateRoute", { RouteTableId: RouteTable.RouteTableId, DestinationCidrBlock: "0.0.0.0/0", GatewayId: InternetGatewayId });
  await act("DetachInternetGateway", { InternetGatewayId, VpcId });
  const { RouteTables } = await act("DescribeRouteTables", { RouteTableIds: [RouteTable.RouteTableId] });
  expect(RouteTables[0].Routes.map((route: { State: string }) => route.State)).toEqual(["active", "blackhole"]);
});

test("a route through something that this cloud does not have is not supported", async () => {
  const { RouteTable } = await act("CreateRouteTable", { VpcId: await newVpc() });
  await expect(
    act("CreateRoute", { RouteTableId: RouteTable.RouteTableId, DestinationCidrBlock: "0.0.0.0/0", NatGatewayId: "nat-1" }),
  ).rejects.toThrow(/NatGatewayId/);
});

test("tags are filters, with wildcards; bad ones leave nothing behind", async () => {
  await act("CreateVpc", { CidrBlock: "10.0.0.0/16", TagSpecifications: [{ ResourceType: "vpc", Tags: [{ Key: "Name", Value: "base/Vpc" }] }] });
  const by = async (Name: string, ...Values: string[]): Promise<number> => (await act("DescribeVpcs", { Filters: [{ Name, Values }] })).Vpcs.length;
  expect([await by("tag:Name", "base/*"), await by("tag:Name", "base"), await by("tag-key", "Name"), await by("tag:Name", "x", "*Vpc")]).toEqual([
    1, 0, 1, 1,
  ]);
  expect(await codeOf(act("DescribeVpcs", { Filters: [{ Name: "colour", Values: ["red"] }] }))).toBe("InvalidParameterValue");
  const before = (await act("DescribeVpcs")).Vpcs.length;
  expect(await codeOf(act("CreateVpc", { CidrBlock: "10.1.0.0/16", TagSpecifications: [{ ResourceType: "subnet", Tags: [] }] }))).toBe(
    "InvalidParameterValue",
  );
  expect((await act("DescribeVpcs")).Vpcs.length).toBe(before);
});
