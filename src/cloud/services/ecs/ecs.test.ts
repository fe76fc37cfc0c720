import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateSecurityGroupCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  EC2Client,
  ModifySubnetAttributeCommand,
  RevokeSecurityGroupIngressCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { CreateAccessPointCommand, CreateFileSystemCommand, CreateMountTargetCommand, EFSClient } from "@aws-sdk/client-efs";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostSleep } from "../../machines/host-time.ts";
import { type TestCloud, withCloud } from "../../testing/with-cloud.ts";

const SERVER = `
  const fs = require("fs");
  require("http").createServer((q, r) => r.end("hello from " + process.env.WHO)).listen(process.env.PORT);
  fs.appendFileSync(process.env.ROUSE_VOLUME_DATA + "/starts", "x");
  process.on("SIGTERM", () => { fs.writeFileSync(process.env.ROUSE_VOLUME_DATA + "/ended", "well"); process.exit(0); });`;

describe("ECS through the SDK, with real processes on real addresses", () => {
  let cloud: TestCloud;
  let ecs: ECSClient;
  let ec2: EC2Client;
  let vpcId: string;
  let subnetId: string;
  let groupId: string;
  let imageId: string;
  const folder = mkdtempSync(join(tmpdir(), "rouse-ecs-test-"));

  beforeAll(async () => {
    writeFileSync(join(folder, "server.cjs"), SERVER);
    cloud = await withCloud({ clock: undefined });
    ecs = cloud.client(ECSClient);
    ec2 = cloud.client(EC2Client);
    vpcId = (await ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))).Vpc!.VpcId!;
    subnetId = (await ec2.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: "10.0.0.0/24", AvailabilityZone: "us-west-2a" }))).Subnet!
      .SubnetId!;
    await ec2.send(new ModifySubnetAttributeCommand({ SubnetId: subnetId, MapPublicIpOnLaunch: { Value: true } }));
    groupId = (await ec2.send(new CreateSecurityGroupCommand({ GroupName: "leaf", Description: "leaf", VpcId: vpcId }))).GroupId!;
    imageId = (await ec2.send(new DescribeImagesCommand({ Owners: ["amazon"] }))).Images![0]!.ImageId!;
    await roles(cloud.client(IAMClient));
  });
  afterAll(() => cloud?.end());

  async function roles(iam: IAMClient): Promise<void> {
    const trust = (service: string): string =>
      JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }] });
    const allow = (Action: string[]): string => JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] });
    await iam.send(new CreateRoleCommand({ RoleName: "instance", AssumeRolePolicyDocument: trust("ec2.amazonaws.com") }));
    await iam.send(new PutRolePolicyCommand({ RoleName: "instance", PolicyName: "ecs", PolicyDocument: allow(["ecs:*", "logs:*"]) }));
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "instance" }));
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: "instance", RoleName: "instance" }));
    await iam.send(new CreateRoleCommand({ RoleName: "task", AssumeRolePolicyDocument: trust("ecs-tasks.amazonaws.com") }));
    await iam.send(new PutRolePolicyCommand({ RoleName: "task", PolicyName: "efs", PolicyDocument: allow(["elasticfilesystem:ClientMount"]) }));
  }

  async function volume(): Promise<{ fileSystemId: string; accessPointId: string }> {
    const efs = cloud.client(EFSClient);
    const fileSystemId = (await efs.send(new CreateFileSystemCommand({ CreationToken: "t", Encrypted: true }))).FileSystemId!;
    await efs.send(new CreateMountTargetCommand({ FileSystemId: fileSystemId, SubnetId: subnetId }));
    const RootDirectory = { Path: "/data", CreationInfo: { OwnerUid: 1000, OwnerGid: 1000, Permissions: "0777" } };
    const accessPointId = (await efs.send(new CreateAccessPointCommand({ ClientToken: "a", FileSystemId: fileSystemId, RootDirectory })))
      .AccessPointId!;
    return { fileSystemId, accessPointId };
  }

  async function launch(): Promise<string> {
    const UserData = Buffer.from("#!/bin/bash\necho ECS_CLUSTER=arcade >> /etc/ecs/ecs.config").toString("base64");
    const answer = await ec2.send(
      new RunInstancesCommand({
        ImageId: imageId,
        InstanceType: "m5.large",
        MinCount: 1,
        MaxCount: 1,
        SubnetId: subnetId,
        SecurityGroupIds: [groupId],
        UserData,
        IamInstanceProfile: { Name: "instance" },
      }),
    );
    return answer.Instances![0]!.InstanceId!;
  }

  const taskArns = async (desiredStatus: "RUNNING" | "STOPPED"): Promise<string[]> =>
    (await ecs.send(new ListTasksCommand({ cluster: "arcade", desiredStatus }))).taskArns!;
  const fetchText = (host: string, port: number): Promise<string> =>
    new Promise((resolve, reject) =>
      get({ host, port, agent: false }, (r) => r.on("data", (d: Buffer) => resolve(d.toString()))).on("error", reject),
    );

  test("an instance joins, its daemon serves on its address, and it ends well with its data kept", async () => {
    const { fileSystemId, accessPointId } = await volume();
    await ecs.send(new CreateClusterCommand({ clusterName: "arcade" }));
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: "hello",
        networkMode: "bridge",
        taskRoleArn: "arn:aws:iam::000000000000:role/task",
        volumes: [
          {
            name: "data",
            efsVolumeConfiguration: { fileSystemId, transitEncryption: "ENABLED", authorizationConfig: { accessPointId, iam: "ENABLED" } },
          },
        ],
        containerDefinitions: [
          {
            name: "web",
            image: "hello",
            memory: 128,
            portMappings: [{ containerPort: 8080, hostPort: 18_080 }],
            environment: [{ name: "WHO", value: "a real process" }],
            mountPoints: [{ sourceVolume: "data", containerPath: "/data" }],
            dockerLabels: { "dev.rouse.process": JSON.stringify({ command: [process.execPath, "server.cjs"], directory: folder }) },
          },
        ],
      }),
    );
    expect((await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: "hello" }))).taskDefinition).toMatchObject({
      revision: 1,
      status: "ACTIVE",
    });
    await ecs.send(new CreateServiceCommand({ cluster: "arcade", serviceName: "hello", taskDefinition: "hello", schedulingStrategy: "DAEMON" }));
    const permission = { GroupId: groupId, IpProtocol: "tcp", FromPort: 18_080, ToPort: 18_080, CidrIp: "0.0.0.0/0" };
    await ec2.send(new AuthorizeSecurityGroupIngressCommand(permission));
    const instanceId = await launch();
    await cloud.clock.advanceUntil(async () => (await taskArns("RUNNING")).length === 1, 120_000, "a running task");
    const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster: "arcade", tasks: await taskArns("RUNNING") }));
    await cloud.clock.advanceUntil(
      async () => (await ecs.send(new DescribeServicesCommand({ cluster: "arcade", services: ["hello"] }))).services![0]!.runningCount === 1,
      10_000,
      "RUNNING",
    );
    expect(tasks![0]!.createdAt).toBeInstanceOf(Date);
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
    const address = Reservations![0]!.Instances![0]!.PublicIpAddress!;
    expect(address).toMatch(/^127\.77\./);
    expect(await fetchText(address, 18_080)).toBe("hello from a real process");
    await ec2.send(new RevokeSecurityGroupIngressCommand(permission));
    await cloud.clock.settle();
    await expect(fetchText(address, 18_080)).rejects.toThrow(/ECONNREFUSED/);
    // What was counted is the instance's traffic; stopped by the service, the process ends well.
    await ecs.send(new UpdateServiceCommand({ cluster: "arcade", service: "hello", forceNewDeployment: true }));
    await cloud.clock.advanceUntil(async () => (await taskArns("STOPPED")).length === 1, 60_000, "a stopped task");
    await cloud.clock.advance(1000);
    await started(fileSystemId, 2);
    expect(inVolume(fileSystemId, "ended")).toBe("well");
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }));
    await cloud.clock.advanceUntil(async () => (await taskArns("RUNNING")).length === 0, 60_000, "no task");
    const stopped = await ecs.send(new DescribeTasksCommand({ cluster: "arcade", tasks: await taskArns("STOPPED") }));
    expect(new Set(stopped.tasks!.map(({ stopCode }) => stopCode))).toEqual(new Set(["ServiceSchedulerInitiated", "TerminationNotice"]));
  });

  const inVolume = (fileSystemId: string, name: string): string => readFileSync(join(cloud.dataDir, "volumes", fileSystemId, "data", name), "utf8");

  /** Waits, in the host's time, until the server has been started so often: that it was spawned does not say that it ran. */
  async function started(fileSystemId: string, times: number): Promise<void> {
    for (let i = 0; i < 500 && inVolume(fileSystemId, "starts").length < times; i++) await hostSleep(10);
    expect(inVolume(fileSystemId, "starts")).toBe("x".repeat(times));
  }

  test("errors arrive as the SDK's own exceptions", async () => {
    await expect(ecs.send(new RunTaskCommand({ cluster: "nowhere", taskDefinition: "hello" }))).rejects.toMatchObject({
      name: "ClusterNotFoundException",
    });
    await expect(ecs.send(new RunTaskCommand({ cluster: "arcade", taskDefinition: "hello" }))).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: "No Container Instances were found in your cluster.",
    });
  });
});
