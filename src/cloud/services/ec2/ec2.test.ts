import * as sdk from "@aws-sdk/client-ec2";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestCloud, withCloud } from "../../testing/with-cloud.ts";

let cloud: TestCloud;
let ec2: sdk.EC2Client;
beforeAll(async () => {
  cloud = await withCloud();
  ec2 = cloud.client(sdk.EC2Client);
});
afterAll(() => cloud.end());

test("a network, a template and an instance over the wire, from the first call to the last", async () => {
  const { Vpc } = await ec2.send(
    new sdk.CreateVpcCommand({ CidrBlock: "10.0.0.0/16", TagSpecifications: [{ ResourceType: "vpc", Tags: [{ Key: "Name", Value: "v" }] }] }),
  );
  const VpcId = Vpc!.VpcId!;
  await ec2.send(new sdk.ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: true } }));
  expect((await ec2.send(new sdk.DescribeVpcAttributeCommand({ VpcId, Attribute: "enableDnsHostnames" }))).EnableDnsHostnames?.Value).toBe(true);
  const { Subnet } = await ec2.send(new sdk.CreateSubnetCommand({ VpcId, CidrBlock: "10.0.0.0/24" }));
  await ec2.send(new sdk.ModifySubnetAttributeCommand({ SubnetId: Subnet!.SubnetId, MapPublicIpOnLaunch: { Value: true } }));
  const { GroupId } = await ec2.send(new sdk.CreateSecurityGroupCommand({ GroupName: "g", Description: "ports", VpcId }));
  const IpPermissions = [{ IpProtocol: "tcp", FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: "0.0.0.0/0", Description: "all" }] }];
  const { SecurityGroupRules } = await ec2.send(new sdk.AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  expect(SecurityGroupRules?.[0]).toMatchObject({ FromPort: 80, CidrIpv4: "0.0.0.0/0", IsEgress: false });

  const Name = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id";
  const ImageId = (await cloud.client(SSMClient).send(new GetParameterCommand({ Name }))).Parameter!.Value!;
  const LaunchTemplateData = {
    ImageId: `resolve:ssm:${Name}`,
    InstanceType: "m5.large" as const,
    SecurityGroupIds: [GroupId!],
    MetadataOptions: { HttpTokens: "required" as const },
  };
  const { LaunchTemplate } = await ec2.send(new sdk.CreateLaunchTemplateCommand({ LaunchTemplateName: "host", LaunchTemplateData }));
  const { LaunchTemplateVersions } = await ec2.send(
    new sdk.DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: LaunchTemplate!.LaunchTemplateId, Versions: ["$Latest"] }),
  );
  expect(LaunchTemplateVersions?.[0]?.LaunchTemplateData).toMatchObject({ InstanceType: "m5.large", MetadataOptions: { HttpTokens: "required" } });

  const launched = await ec2.send(
    new sdk.RunInstancesCommand({
      LaunchTemplate: { LaunchTemplateName: "host" },
      SubnetId: Subnet!.SubnetId,
      MinCount: 1,
      MaxCount: 1,
      ClientToken: "once",
    }),
  );
  const InstanceIds = [launched.Instances![0]!.InstanceId!];
  expect(launched.Instances![0]).toMatchObject({ ImageId, PrivateIpAddress: "10.0.0.4", State: { Name: "pending" } });
  await cloud.clock.advance(1000);
  const { Reservations } = await ec2.send(new sdk.DescribeInstancesCommand({ InstanceIds }));
  expect(Reservations![0]!.Instances![0]).toMatchObject({
    State: { Name: "running", Code: 16 },
    PublicIpAddress: expect.stringMatching(process.platform === "linux" ? /^127\.77\./ : /^127\.0\.0\.1$/) as string,
    LaunchTime: expect.any(Date) as Date,
    SecurityGroups: [{ GroupId, GroupName: "g" }],
  });
  expect((await ec2.send(new sdk.DescribeInstanceStatusCommand({ InstanceIds }))).InstanceStatuses?.[0]?.InstanceStatus?.Status).toBe("ok");

  await expect(ec2.send(new sdk.DeleteSecurityGroupCommand({ GroupId }))).rejects.toMatchObject({ name: "DependencyViolation" });
  const ended = await ec2.send(new sdk.TerminateInstancesCommand({ InstanceIds }));
  expect(ended.TerminatingInstances?.[0]).toMatchObject({ PreviousState: { Name: "running" }, CurrentState: { Name: "shutting-down" } });
  await cloud.clock.advance(1000);
  await ec2.send(new sdk.DeleteSecurityGroupCommand({ GroupId }));
  await ec2.send(new sdk.DeleteSubnetCommand({ SubnetId: Subnet!.SubnetId }));
  await ec2.send(new sdk.DeleteVpcCommand({ VpcId }));
});

test("a key pair's private key is answered once", async () => {
  const made = await ec2.send(new sdk.CreateKeyPairCommand({ KeyName: "k", KeyType: "ed25519" }));
  expect(made.KeyMaterial).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----/);
  const { KeyPairs } = await ec2.send(new sdk.DescribeKeyPairsCommand({ KeyNames: ["k"], IncludePublicKey: true }));
  expect(KeyPairs?.[0]).toMatchObject({
    KeyPairId: made.KeyPairId,
    KeyFingerprint: made.KeyFingerprint,
    PublicKey: expect.stringMatching(/^ssh-ed25519 /) as string,
  });
  await expect(ec2.send(new sdk.CreateKeyPairCommand({ KeyName: "k" }))).rejects.toMatchObject({ name: "InvalidKeyPair.Duplicate" });
});

test("what each region has alike is there", async () => {
  expect((await ec2.send(new sdk.DescribeAvailabilityZonesCommand({}))).AvailabilityZones?.map(({ ZoneName, ZoneId }) => [ZoneName, ZoneId])).toEqual(
    [
      ["us-west-2a", "usw2-az1"],
      ["us-west-2b", "usw2-az2"],
      ["us-west-2c", "usw2-az3"],
      ["us-west-2d", "usw2-az4"],
    ],
  );
  const { InstanceTypes } = await ec2.send(new sdk.DescribeInstanceTypesCommand({ InstanceTypes: ["m5.large"] }));
  expect(InstanceTypes?.[0]).toMatchObject({ VCpuInfo: { DefaultVCpus: 2 }, MemoryInfo: { SizeInMiB: 8192 } });
});
