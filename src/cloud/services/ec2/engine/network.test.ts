import { beforeEach, describe, expect, test } from "vitest";
import type { InterfaceView } from "../../../core/ports.ts";
import { AMI, codeOf, ec2Alone, SCOPE } from "../testing.ts";

type Alone = ReturnType<typeof ec2Alone>;

let alone: Alone;
let vpcId: string;
let subnetId: string;

beforeEach(async () => {
  alone = ec2Alone();
  vpcId = (await alone.act("CreateVpc", { CidrBlock: "10.0.0.0/16" })).Vpc.VpcId;
  subnetId = (await alone.act("CreateSubnet", { VpcId: vpcId, CidrBlock: "10.0.0.0/28" })).Subnet.SubnetId;
});

const make = (securityGroupIds: string[] = [], more: { description?: string; publicIp?: boolean } = {}): InterfaceView =>
  alone.ec2.createInterface(SCOPE, { subnetId, securityGroupIds, description: "", publicIp: false, requesterId: "ecs.amazonaws.com", ...more });

const group = async (name: string): Promise<string> =>
  (await alone.act("CreateSecurityGroup", { GroupName: name, Description: name, VpcId: vpcId })).GroupId;

describe("network interfaces", () => {
  test("addresses of a subnet are given out from the fifth, never twice, and instances and interfaces share them", async () => {
    const launched = await alone.act("RunInstances", { ImageId: AMI, InstanceType: "m5.large", MinCount: 1, MaxCount: 1, SubnetId: subnetId });
    expect(launched.Instances[0].PrivateIpAddress).toBe("10.0.0.4");
    const { NetworkInterface: first } = await alone.act("CreateNetworkInterface", { SubnetId: subnetId, Description: "mine" });
    expect(first).toMatchObject({ PrivateIpAddress: "10.0.0.5", Status: "available", RequesterManaged: false, VpcId: vpcId });
    expect(await codeOf(alone.act("CreateNetworkInterface", { SubnetId: subnetId, PrivateIpAddress: "10.0.0.5" }))).toBe("InvalidIPAddress.InUse");
    expect(await codeOf(alone.act("CreateNetworkInterface", { SubnetId: subnetId, PrivateIpAddress: "10.0.0.3" }))).toBe("InvalidParameterValue");
    for (let host = 6; host < 15; host++) await alone.act("CreateNetworkInterface", { SubnetId: subnetId });
    expect(await codeOf(alone.act("CreateNetworkInterface", { SubnetId: subnetId }))).toBe("InsufficientFreeAddressesInSubnet");
    expect((await alone.act("DescribeSubnets", { SubnetIds: [subnetId] })).Subnets[0].AvailableIpAddressCount).toBe(0);
    await alone.act("DeleteNetworkInterface", { NetworkInterfaceId: first.NetworkInterfaceId });
    expect((await alone.act("CreateNetworkInterface", { SubnetId: subnetId })).NetworkInterface.PrivateIpAddress).toBe("10.0.0.5");
  });

  test("they are found by their filters, page by page, with their tags", async () => {
    await alone.act("RunInstances", { ImageId: AMI, InstanceType: "m5.large", MinCount: 1, MaxCount: 1, SubnetId: subnetId });
    const TagSpecifications = [{ ResourceType: "network-interface", Tags: [{ Key: "name", Value: "spare" }] }];
    await alone.act("CreateNetworkInterface", { SubnetId: subnetId, TagSpecifications });
    const made = make([], { description: "arn:attachment", publicIp: true });
    const ids = async (Name: string, ...Values: string[]): Promise<string[]> =>
      (await alone.act("DescribeNetworkInterfaces", { Filters: [{ Name, Values }] })).NetworkInterfaces.map(
        (one: { PrivateIpAddress: string }) => one.PrivateIpAddress,
      );
    expect(await ids("vpc-id", vpcId)).toEqual(["10.0.0.4", "10.0.0.5", "10.0.0.6"]);
    expect(await ids("status", "available")).toEqual(["10.0.0.5"]);
    expect(await ids("tag:name", "spare")).toEqual(["10.0.0.5"]);
    expect(await ids("requester-managed", "true")).toEqual(["10.0.0.6"]);
    expect(await ids("association.public-ip", made.publicIp!)).toEqual(["10.0.0.6"]);
    expect(await ids("description", "arn:*")).toEqual(["10.0.0.6"]);
    const { NetworkInterfaces: page, NextToken } = await alone.act("DescribeNetworkInterfaces", { MaxResults: 2 });
    expect(page).toHaveLength(2);
    expect((await alone.act("DescribeNetworkInterfaces", { MaxResults: 2, NextToken })).NetworkInterfaces).toHaveLength(1);
    await alone.act("CreateTags", { Resources: [made.networkInterfaceId], Tags: [{ Key: "a", Value: "b" }] });
    expect(await ids("tag-key", "a")).toEqual(["10.0.0.6"]);
  });

  test("what uses a subnet or a group keeps it, and an interface that is attached stays", async () => {
    const web = await group("web");
    const { networkInterfaceId } = make([web]);
    expect(await codeOf(alone.act("DeleteSubnet", { SubnetId: subnetId }))).toBe("DependencyViolation");
    expect(await codeOf(alone.act("DeleteSecurityGroup", { GroupId: web }))).toBe("DependencyViolation");
    expect(await codeOf(alone.act("DeleteNetworkInterface", { NetworkInterfaceId: networkInterfaceId }))).toBe("InvalidParameterValue");
    alone.ec2.deleteInterface(SCOPE, networkInterfaceId);
    await alone.act("DeleteSecurityGroup", { GroupId: web });
    await alone.act("DeleteSubnet", { SubnetId: subnetId });
    expect(await codeOf(alone.act("DeleteNetworkInterface", { NetworkInterfaceId: networkInterfaceId }))).toBe("InvalidNetworkInterfaceID.NotFound");
  });

  test("a public address is this machine's, and is free again afterwards", () => {
    expect(make().publicIp).toBeUndefined();
    const { publicIp, networkInterfaceId } = make([], { publicIp: true });
    expect(publicIp).toBe("127.77.0.1");
    alone.ec2.deleteInterface(SCOPE, networkInterfaceId);
    expect(alone.store.table("ec2.addresses", { account: "000000000000", region: "aws-global" }).size).toBe(0);
  });
});

describe("routes", () => {
  const TO = { host: "127.0.0.1", port: 40_000 };
  const to = (address: string, port = 8080) => ({ vpcId, address, port, protocol: "tcp" as const });
  const allow = (GroupId: string, permission: object): Promise<unknown> =>
    alone.act("AuthorizeSecurityGroupIngress", { GroupId, IpPermissions: [permission] });

  test("a rule for a security group lets in whoever has it, to the ports that it names", async () => {
    const [web, balancer] = [await group("web"), await group("balancer")];
    await allow(web, { IpProtocol: "tcp", FromPort: 8000, ToPort: 8080, UserIdGroupPairs: [{ GroupId: balancer }] });
    const { privateIp, networkInterfaceId } = make([web]);
    const from = { securityGroupIds: [balancer] };
    expect(alone.ec2.route(SCOPE, to(privateIp), from)).toBe("closed");
    const end = alone.ec2.publish(SCOPE, networkInterfaceId, 8080, "tcp", TO);
    expect(alone.ec2.route(SCOPE, to(privateIp), from)).toEqual(TO);
    expect(alone.ec2.route(SCOPE, to(privateIp), { securityGroupIds: [web] })).toBe("not-allowed");
    expect(alone.ec2.route(SCOPE, to(privateIp), { securityGroupIds: [] })).toBe("not-allowed");
    expect(alone.ec2.route(SCOPE, to(privateIp, 9090), from)).toBe("not-allowed");
    expect(alone.ec2.route(SCOPE, { ...to(privateIp), protocol: "udp" }, from)).toBe("not-allowed");
    expect(alone.ec2.route(SCOPE, to("10.0.0.14"), from)).toBe("no-address");
    expect(alone.ec2.route(SCOPE, { ...to(privateIp), vpcId: "vpc-other" }, from)).toBe("no-address");
    end();
    expect(alone.ec2.route(SCOPE, to(privateIp), from)).toBe("closed");
    alone.ec2.deleteInterface(SCOPE, networkInterfaceId);
    expect(alone.ec2.route(SCOPE, to(privateIp), from)).toBe("no-address");
  });

  test("a rule for a range is held against the caller's addresses; without them only one for everybody counts", async () => {
    const web = await group("web");
    await allow(web, { IpProtocol: "-1", IpRanges: [{ CidrIp: "10.0.0.0/24" }] });
    const { privateIp, networkInterfaceId } = make([web]);
    alone.ec2.publish(SCOPE, networkInterfaceId, 8080, "tcp", TO);
    const go = (addresses?: string[]) => alone.ec2.route(SCOPE, to(privateIp), { securityGroupIds: [], ...(addresses ? { addresses } : {}) });
    expect([go(["10.0.0.9"]), go(["10.0.1.9"]), go(["10.0.1.9", "10.0.0.9"]), go()]).toEqual([TO, "not-allowed", TO, "not-allowed"]);
    await allow(web, { IpProtocol: "tcp", FromPort: 8080, ToPort: 8080, IpRanges: [{ CidrIp: "0.0.0.0/0" }] });
    expect(go()).toEqual(TO);
  });

  test("what the caller's own groups do not let out does not arrive", async () => {
    const [web, balancer] = [await group("web"), await group("balancer")];
    await allow(web, { IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: balancer }] });
    const everything = [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }];
    await alone.act("RevokeSecurityGroupEgress", { GroupId: balancer, IpPermissions: everything });
    const { privateIp, networkInterfaceId } = make([web]);
    alone.ec2.publish(SCOPE, networkInterfaceId, 8080, "tcp", TO);
    expect(alone.ec2.route(SCOPE, to(privateIp), { securityGroupIds: [balancer] })).toBe("not-allowed");
    const out = [{ IpProtocol: "tcp", FromPort: 8080, ToPort: 8080, UserIdGroupPairs: [{ GroupId: web }] }];
    await alone.act("AuthorizeSecurityGroupEgress", { GroupId: balancer, IpPermissions: out });
    expect(alone.ec2.route(SCOPE, to(privateIp), { securityGroupIds: [balancer] })).toEqual(TO);
  });

  test("bytes to an instance's address are its traffic, and nobody answers for one that is stopped", async () => {
    const web = await group("web");
    await allow(web, { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] });
    const request = { ImageId: AMI, InstanceType: "m5.large", MinCount: 1, MaxCount: 1, SubnetId: subnetId, SecurityGroupIds: [web] };
    const { Instances } = await alone.act("RunInstances", { ...request, Monitoring: { Enabled: true } });
    const { InstanceId, PrivateIpAddress, NetworkInterfaces } = Instances[0];
    await alone.clock.advance(100);
    alone.ec2.publish(SCOPE, NetworkInterfaces[0].NetworkInterfaceId, 80, "tcp", TO);
    const route = alone.ec2.route(SCOPE, to(PrivateIpAddress, 80), { securityGroupIds: [] });
    expect(route).toMatchObject(TO);
    if (typeof route === "object") route.onTraffic!({ in: 500, out: 100 });
    await alone.clock.advance(60_000);
    expect(alone.metrics.filter(({ name, value }) => name === "NetworkIn" && value === 500)).toHaveLength(1);
    await alone.act("StopInstances", { InstanceIds: [InstanceId] });
    await alone.clock.advance(100);
    expect(alone.ec2.route(SCOPE, to(PrivateIpAddress, 80), { securityGroupIds: [] })).toBe("no-address");
  });
});
