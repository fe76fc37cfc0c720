import { beforeEach, describe, expect, test } from "vitest";
import { AMI, ARM_AMI, codeOf, ec2Alone, SCOPE } from "../testing.ts";

let alone: ReturnType<typeof ec2Alone>;
let act: typeof alone.act;
beforeEach(() => {
  alone = ec2Alone();
  act = alone.act;
});

const BASE = { ImageId: AMI, InstanceType: "m5.large", MinCount: 1, MaxCount: 1 };
const run = (
  more: object = {},
): Promise<{ ReservationId: string; Instances: { InstanceId: string; PrivateIpAddress: string; PublicIpAddress?: string }[] }> =>
  act("RunInstances", { ...BASE, ...more });

const template = async (LaunchTemplateData: object): Promise<string> =>
  (await act("CreateLaunchTemplate", { LaunchTemplateName: "host", LaunchTemplateData })).LaunchTemplate.LaunchTemplateId;

describe("a launch", () => {
  test("goes into the default VPC where nothing else is said, with addresses of its own", async () => {
    const { Instances } = await run({ MaxCount: 2 });
    expect(Instances).toMatchObject([
      { State: { Name: "pending", Code: 0 }, PrivateIpAddress: "172.31.0.4", PublicIpAddress: "127.77.0.1" },
      { PrivateIpAddress: "172.31.0.5", PublicIpAddress: "127.77.0.2" },
    ]);
  });

  test("takes everything from the launch template; the request goes over it and tags are joined", async () => {
    const LaunchTemplateId = await template({
      ImageId: AMI,
      InstanceType: "m5.large",
      UserData: Buffer.from("#!/bin/bash\necho ECS_CLUSTER=c").toString("base64"),
      IamInstanceProfile: { Name: "profile" },
      Monitoring: { Enabled: true },
      MetadataOptions: { HttpTokens: "required" },
      TagSpecifications: [
        {
          ResourceType: "instance",
          Tags: [
            { Key: "Name", Value: "host" },
            { Key: "a", Value: "1" },
          ],
        },
      ],
    });
    const { Instances } = await act("RunInstances", {
      LaunchTemplate: { LaunchTemplateId, Version: "$Latest" },
      InstanceType: "m5.xlarge",
      MinCount: 1,
      MaxCount: 1,
      TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "a", Value: "2" }] }],
    });
    expect(Instances[0]).toMatchObject({ InstanceType: "m5.xlarge", Monitoring: { State: "enabled" }, MetadataOptions: { HttpTokens: "required" } });
    expect(alone.ec2.get(SCOPE, Instances[0].InstanceId)).toMatchObject({
      roleArn: "arn:aws:iam::000000000000:role/host",
      userData: "#!/bin/bash\necho ECS_CLUSTER=c",
      tags: { Name: "host", a: "2" },
      detailedMonitoring: true,
    });
  });

  test("with the same client token again is the same launch; with other members it is refused", async () => {
    const first = await run({ ClientToken: "t" });
    const second = await run({ ClientToken: "t" });
    expect(second.Instances[0]!.InstanceId).toBe(first.Instances[0]!.InstanceId);
    const [third, fourth] = await Promise.all([run({ ClientToken: "u" }), run({ ClientToken: "u" })]);
    expect(third.ReservationId).toBe(fourth.ReservationId);
    expect(await codeOf(run({ ClientToken: "t", MaxCount: 2 }))).toBe("IdempotentParameterMismatch");
    expect((await act("DescribeInstances")).Reservations).toHaveLength(2);
  });

  test("puts the request's subnet into the interface that the template describes", async () => {
    const { Vpc } = await act("CreateVpc", { CidrBlock: "10.0.0.0/16" });
    const { Subnet } = await act("CreateSubnet", { VpcId: Vpc.VpcId, CidrBlock: "10.0.0.0/24" });
    const { GroupId } = await act("CreateSecurityGroup", { GroupName: "g", Description: "d", VpcId: Vpc.VpcId });
    const LaunchTemplateId = await template({
      ImageId: AMI,
      NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: true, Groups: [GroupId] }],
    });
    const launched = await act("RunInstances", {
      LaunchTemplate: { LaunchTemplateId },
      InstanceType: "t3.micro",
      SubnetId: Subnet.SubnetId,
      MinCount: 1,
      MaxCount: 1,
    });
    expect(launched.Instances[0]).toMatchObject({
      SubnetId: Subnet.SubnetId,
      PrivateIpAddress: "10.0.0.4",
      SecurityGroups: [{ GroupId }],
      PublicIpAddress: "127.77.0.1",
    });
  });

  test("has no public address in a subnet that gives none", async () => {
    const { Vpc } = await act("CreateVpc", { CidrBlock: "10.0.0.0/16" });
    const { Subnet } = await act("CreateSubnet", { VpcId: Vpc.VpcId, CidrBlock: "10.0.0.0/28" });
    const { Instances } = await run({ SubnetId: Subnet.SubnetId });
    expect(Instances[0]!.PublicIpAddress).toBeUndefined();
    // 16 addresses less the five that are AWS's own, less one.
    expect((await act("DescribeSubnets", { SubnetIds: [Subnet.SubnetId] })).Subnets[0].AvailableIpAddressCount).toBe(10);
    expect(await codeOf(run({ SubnetId: Subnet.SubnetId, MaxCount: 11, MinCount: 11 }))).toBe("InsufficientFreeAddressesInSubnet");
  });

  test.each([
    ["an image that is not there", { ImageId: "ami-0123456789abcdef0" }, "InvalidAMIID.NotFound"],
    ["an identifier that is none", { ImageId: "image" }, "InvalidAMIID.Malformed"],
    ["a type that cannot be", { InstanceType: "huge" }, "InvalidParameterValue"],
    ["an image of another architecture", { ImageId: ARM_AMI }, "InvalidParameterValue"],
    ["a key pair that is not there", { KeyName: "k" }, "InvalidKeyPair.NotFound"],
    ["a group that is not there", { SecurityGroupIds: ["sg-0123456789abcdef0"] }, "InvalidGroup.NotFound"],
    ["a subnet that is not there", { SubnetId: "subnet-0123456789abcdef0" }, "InvalidSubnetID.NotFound"],
    ["a profile that is not there", { IamInstanceProfile: { Name: "x" } }, "InvalidParameterValue"],
    ["a template that is not there", { LaunchTemplate: { LaunchTemplateId: "lt-0" } }, "InvalidLaunchTemplateId.NotFound"],
    ["more at least than at most", { MinCount: 2 }, "InvalidParameterValue"],
    ["user data that is not base64", { UserData: "#!/bin/bash" }, "InvalidParameterValue"],
  ])("refuses %s, and leaves nothing behind", async (_what, more, code) => {
    expect(await codeOf(run(more))).toBe(code);
    expect((await act("DescribeInstances")).Reservations).toEqual([]);
  });

  test("of something that this cloud does not have is not supported, never ignored", async () => {
    await expect(run({ InstanceType: "p5.48xlarge" })).rejects.toThrow(/instance type p5.48xlarge/);
    await expect(run({ HibernationOptions: { Configured: true } })).rejects.toThrow(/HibernationOptions/);
    await expect(run({ Placement: { Tenancy: "dedicated" } })).rejects.toThrow(/Tenancy/);
    await expect(run({ Ipv6AddressCount: 1 })).rejects.toThrow(/Ipv6AddressCount/);
  });
});

test("instances are found by tag, state, network and address", async () => {
  const { Instances } = await run({ TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "leaf", Value: "hello" }] }] });
  await run();
  const by = async (Name: string, ...Values: string[]): Promise<number> =>
    (await act("DescribeInstances", { Filters: [{ Name, Values }] })).Reservations.length;
  expect(await by("tag:leaf", "hello")).toBe(1);
  expect(await by("instance-state-name", "pending", "running")).toBe(2);
  expect(await by("instance-state-name", "terminated")).toBe(0);
  expect(await by("ip-address", Instances[0]!.PublicIpAddress!)).toBe(1);
  expect(await by("private-ip-address", Instances[0]!.PrivateIpAddress)).toBe(1);
  expect(await codeOf(act("DescribeInstances", { InstanceIds: ["i-0123456789abcdef0"] }))).toBe("InvalidInstanceID.NotFound");
  expect(await codeOf(act("DescribeInstances", { InstanceIds: ["x"] }))).toBe("InvalidInstanceID.Malformed");
  const faces = await act("DescribeNetworkInterfaces", { Filters: [{ Name: "attachment.instance-id", Values: [Instances[0]!.InstanceId] }] });
  expect(faces.NetworkInterfaces[0].Association.PublicIp).toBe("127.77.0.1");
});
