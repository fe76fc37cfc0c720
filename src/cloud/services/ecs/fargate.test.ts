import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeNetworkInterfacesCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  type MountPoint,
  PutClusterCapacityProvidersCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
} from "@aws-sdk/client-ecs";
import { CreateFileSystemCommand, CreateMountTargetCommand, EFSClient } from "@aws-sdk/client-efs";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterEach, expect, test } from "vitest";
import { hostNow, hostSleep } from "../../machines/host-time.ts";
import { type TestCloud, withCloud } from "../../testing/with-cloud.ts";

const SCOPE = { account: "000000000000", region: "us-west-2" };
const clouds: TestCloud[] = [];
afterEach(async () => {
  for (const cloud of clouds.splice(0)) await cloud.end();
});

async function start(options?: Parameters<typeof withCloud>[0]): Promise<TestCloud> {
  const cloud = await withCloud(options);
  clouds.push(cloud);
  return cloud;
}

/** A VPC with two groups: `web`, which lets `balancer` in to port 8080. */
async function network(cloud: TestCloud): Promise<{ vpcId: string; subnetId: string; web: string; balancer: string }> {
  const ec2 = cloud.client(EC2Client);
  const vpcId = (await ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))).Vpc!.VpcId!;
  const subnetId = (await ec2.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: "10.0.0.0/24" }))).Subnet!.SubnetId!;
  const group = async (GroupName: string): Promise<string> =>
    (await ec2.send(new CreateSecurityGroupCommand({ GroupName, Description: GroupName, VpcId: vpcId }))).GroupId!;
  const [web, balancer] = [await group("web"), await group("balancer")];
  const UserIdGroupPairs = [{ GroupId: balancer }];
  const IpPermissions = [{ IpProtocol: "tcp", FromPort: 8080, ToPort: 8080, UserIdGroupPairs }];
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: web, IpPermissions }));
  return { vpcId, subnetId, web, balancer };
}

async function define(ecs: ECSClient, script: string, more: object = {}, mountPoints: MountPoint[] = []): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "rouse-fargate-"));
  writeFileSync(join(folder, "main.mjs"), script);
  await ecs.send(new CreateClusterCommand({ clusterName: "arcade", capacityProviders: ["FARGATE"] }));
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: "auth",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "256",
      memory: "512",
      containerDefinitions: [
        {
          name: "web",
          image: "auth",
          portMappings: [{ containerPort: 8080 }],
          mountPoints,
          dockerLabels: { "dev.rouse.process": JSON.stringify({ command: [process.execPath, "main.mjs"], directory: folder }) },
        },
      ],
      ...more,
    }),
  );
}

const SERVER = `import { createServer } from "node:http"; createServer((q, r) => r.end("hello")).listen(process.env.PORT);`;

/** The answer, asked for until it listens: that it was spawned does not say that it does. */
async function text(host: string, port: number): Promise<string> {
  for (let tries = 0; ; tries++) {
    try {
      return await new Promise((resolve, reject) =>
        get({ host, port, agent: false }, (r) => r.on("data", (d: Buffer) => resolve(d.toString()))).on("error", reject),
      );
    } catch (error) {
      if (tries > 500) throw error;
      await hostSleep(10);
    }
  }
}

async function running(cloud: TestCloud, ecs: ECSClient, task: string): Promise<NonNullable<Awaited<ReturnType<typeof describe>>>> {
  await cloud.clock.advanceUntil(async () => (await describe(ecs, task))?.lastStatus === "RUNNING", 60_000, "RUNNING");
  return (await describe(ecs, task))!;
}

const describe = async (ecs: ECSClient, task: string) => (await ecs.send(new DescribeTasksCommand({ cluster: "arcade", tasks: [task] }))).tasks?.[0];

test("a process on Fargate is reached at its private address by those whom its security group lets in", async () => {
  const cloud = await start();
  const ecs = cloud.client(ECSClient);
  const { vpcId, subnetId, web, balancer } = await network(cloud);
  await define(ecs, SERVER);
  const awsvpcConfiguration = { subnets: [subnetId], securityGroups: [web] };
  const run = new RunTaskCommand({ cluster: "arcade", taskDefinition: "auth", launchType: "FARGATE", networkConfiguration: { awsvpcConfiguration } });
  const { taskArn } = (await ecs.send(run)).tasks![0]!;
  const task = await running(cloud, ecs, taskArn!);
  const address = task.containers![0]!.networkInterfaces![0]!.privateIpv4Address!;
  expect(address).toBe("10.0.0.4");
  const details = Object.fromEntries(task.attachments![0]!.details!.map(({ name, value }) => [name, value]));
  const ec2 = cloud.client(EC2Client);
  const { NetworkInterfaces } = await ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [details["networkInterfaceId"]!] }));
  expect(NetworkInterfaces).toMatchObject([{ PrivateIpAddress: address, Status: "in-use", RequesterManaged: true, Groups: [{ GroupId: web }] }]);
  const to = { vpcId, address, port: 8080, protocol: "tcp" as const };
  const route = cloud.network.route(SCOPE, to, { securityGroupIds: [balancer] });
  if (typeof route === "string") throw new Error(route);
  expect(await text(route.host, route.port)).toBe("hello");
  expect(cloud.network.route(SCOPE, to, { securityGroupIds: [web] })).toBe("not-allowed");
  await ecs.send(new StopTaskCommand({ cluster: "arcade", task: taskArn! }));
  await cloud.clock.advanceUntil(async () => (await describe(ecs, taskArn!))?.lastStatus === "STOPPED", 60_000, "STOPPED");
  expect(cloud.network.route(SCOPE, to, { securityGroupIds: [balancer] })).toBe("no-address");
  expect((await ec2.send(new DescribeNetworkInterfacesCommand({}))).NetworkInterfaces).toEqual([]);
});

test("with a public address it is reached there, once its group lets everybody in", async () => {
  const cloud = await start();
  const ecs = cloud.client(ECSClient);
  const { subnetId, web } = await network(cloud);
  await define(ecs, SERVER);
  const awsvpcConfiguration = { subnets: [subnetId], securityGroups: [web], assignPublicIp: "ENABLED" as const };
  const run = new RunTaskCommand({ cluster: "arcade", taskDefinition: "auth", launchType: "FARGATE", networkConfiguration: { awsvpcConfiguration } });
  const task = await running(cloud, ecs, (await ecs.send(run)).tasks![0]!.taskArn!);
  const id = task.attachments![0]!.details!.find(({ name }) => name === "networkInterfaceId")!.value!;
  const ec2 = cloud.client(EC2Client);
  const { NetworkInterfaces } = await ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [id] }));
  const address = NetworkInterfaces![0]!.Association!.PublicIp!;
  expect(address).toMatch(/^127\./);
  await expect(new Promise((resolve, reject) => get({ host: address, port: 8080, agent: false }, resolve).on("error", reject))).rejects.toThrow(
    /ECONNREFUSED/,
  );
  const IpPermissions = [{ IpProtocol: "tcp", FromPort: 8080, ToPort: 8080, IpRanges: [{ CidrIp: "0.0.0.0/0" }] }];
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: web, IpPermissions }));
  await cloud.clock.settle();
  expect(await text(address, 8080)).toBe("hello");
});

test("its SDK finds this cloud, and acts as the task's role", async () => {
  const cloud = await start();
  const ecs = cloud.client(ECSClient);
  const iam = cloud.client(IAMClient);
  const { subnetId } = await network(cloud);
  const Principal = { Service: "ecs-tasks.amazonaws.com" };
  const trust = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }] };
  await iam.send(new CreateRoleCommand({ RoleName: "task", AssumeRolePolicyDocument: JSON.stringify(trust) }));
  const allow = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "ssm:GetParameter", Resource: "*" }] };
  await iam.send(new PutRolePolicyCommand({ RoleName: "task", PolicyName: "read", PolicyDocument: JSON.stringify(allow) }));
  await cloud.client(SSMClient).send(new PutParameterCommand({ Name: "/greeting", Value: "good morning", Type: "String" }));
  const module = JSON.stringify(import.meta.resolve("@aws-sdk/client-ssm"));
  const script = `
    import { createServer } from "node:http";
    import { SSMClient, GetParameterCommand, PutParameterCommand } from ${module};
    const ssm = new SSMClient({});
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: "/greeting" }));
    const denied = await ssm.send(new PutParameterCommand({ Name: "/x", Value: "x", Type: "String" })).catch((error) => error.name);
    createServer((q, r) => r.end(Parameter.Value + ", " + denied)).listen(process.env.PORT);`;
  await define(ecs, script, { taskRoleArn: "arn:aws:iam::000000000000:role/task" });
  const awsvpcConfiguration = { subnets: [subnetId] };
  const run = new RunTaskCommand({ cluster: "arcade", taskDefinition: "auth", launchType: "FARGATE", networkConfiguration: { awsvpcConfiguration } });
  const task = await running(cloud, ecs, (await ecs.send(run)).tasks![0]!.taskArn!);
  const { id } = task.attachments![0]!;
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  const [address] = [task.containers![0]!.networkInterfaces![0]!.privateIpv4Address!];
  const { vpcId, groups } = await whereIs(cloud, address);
  const route = cloud.network.route(SCOPE, { vpcId, address, port: 8080, protocol: "tcp" }, { securityGroupIds: groups });
  if (typeof route === "string") throw new Error(route);
  expect(await text(route.host, route.port)).toBe("good morning, AccessDeniedException");
});

async function whereIs(cloud: TestCloud, address: string): Promise<{ vpcId: string; groups: string[] }> {
  const Filters = [{ Name: "private-ip-address", Values: [address] }];
  const { NetworkInterfaces } = await cloud.client(EC2Client).send(new DescribeNetworkInterfacesCommand({ Filters }));
  return { vpcId: NetworkInterfaces![0]!.VpcId!, groups: NetworkInterfaces![0]!.Groups!.map(({ GroupId }) => GroupId!) };
}

test("a file system is mounted where the task's interface is, and nowhere else", async () => {
  const cloud = await start();
  const [ecs, efs, ec2] = [cloud.client(ECSClient), cloud.client(EFSClient), cloud.client(EC2Client)];
  const { vpcId, subnetId } = await network(cloud);
  const fileSystemId = (await efs.send(new CreateFileSystemCommand({ CreationToken: "t" }))).FileSystemId!;
  await efs.send(new CreateMountTargetCommand({ FileSystemId: fileSystemId, SubnetId: subnetId }));
  const elsewhere = { VpcId: vpcId, CidrBlock: "10.0.1.0/24", AvailabilityZone: "us-west-2b" };
  const other = (await ec2.send(new CreateSubnetCommand(elsewhere))).Subnet!.SubnetId!;
  const script = `import { writeFileSync } from "node:fs"; writeFileSync(process.env.ROUSE_VOLUME_DATA + "/here", "x"); setInterval(() => {}, 1000);`;
  await define(ecs, script, { volumes: [{ name: "data", efsVolumeConfiguration: { fileSystemId } }] }, [
    { sourceVolume: "data", containerPath: "/data" },
  ]);
  const run = async (subnet: string): Promise<string> => {
    const networkConfiguration = { awsvpcConfiguration: { subnets: [subnet] } };
    const answer = await ecs.send(new RunTaskCommand({ cluster: "arcade", taskDefinition: "auth", launchType: "FARGATE", networkConfiguration }));
    return answer.tasks![0]!.taskArn!;
  };
  await running(cloud, ecs, await run(subnetId));
  const file = join(cloud.dataDir, "volumes", fileSystemId, "here");
  for (let i = 0; i < 500 && !existsSync(file); i++) await hostSleep(10);
  expect(existsSync(file)).toBe(true);
  const failed = await run(other);
  await cloud.clock.advanceUntil(async () => (await describe(ecs, failed))?.lastStatus === "STOPPED", 60_000, "STOPPED");
  expect(await describe(ecs, failed)).toMatchObject({
    stopCode: "TaskFailedToStart",
    stoppedReason: expect.stringMatching(/^ResourceInitializationError/),
  });
});

test("kept state has no task and no interface after a restart, and a reset forgets them while they run", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "rouse-kept-"));
  const first = await start({ dataDir, persistent: true });
  const ecs = first.client(ECSClient);
  const { subnetId } = await network(first);
  await define(ecs, SERVER);
  const input = {
    cluster: "arcade",
    taskDefinition: "auth",
    launchType: "FARGATE" as const,
    networkConfiguration: { awsvpcConfiguration: { subnets: [subnetId] } },
  };
  const { taskArn } = (await ecs.send(new RunTaskCommand(input))).tasks![0]!;
  await running(first, ecs, taskArn!);
  clouds.pop();
  await first.stop();
  const again = await start({ dataDir, persistent: true, clock: first.clock });
  expect(await describe(again.client(ECSClient), taskArn!)).toMatchObject({
    lastStatus: "STOPPED",
    stopCode: "InfrastructureHealth",
    attachments: [{ status: "DELETED" }],
  });
  expect((await again.client(EC2Client).send(new DescribeNetworkInterfacesCommand({}))).NetworkInterfaces).toEqual([]);
  const { taskArn: next } = (await again.client(ECSClient).send(new RunTaskCommand(input))).tasks![0]!;
  await running(again, again.client(ECSClient), next!);
  await again.reset();
  await expect(describe(again.client(ECSClient), next!)).rejects.toMatchObject({ name: "ClusterNotFoundException" });
});

test("from RunTask to RUNNING the cloud itself takes some milliseconds", async () => {
  const cloud = await start({ clock: undefined });
  const ecs = cloud.client(ECSClient);
  const { subnetId } = await network(cloud);
  await define(ecs, SERVER);
  const networkConfiguration = { awsvpcConfiguration: { subnets: [subnetId] } };
  const took: number[] = [];
  for (let i = 0; i < 5; i++) {
    const before = hostNow();
    const answer = await cloud.api.call<{ tasks: { taskArn: string }[] }>(
      "ecs",
      "RunTask",
      { cluster: "arcade", taskDefinition: "auth", launchType: "FARGATE", networkConfiguration },
      SCOPE,
    );
    await cloud.clock.settle();
    took.push(hostNow() - before);
    expect((await describe(ecs, answer.tasks[0]!.taskArn))?.lastStatus).toBe("RUNNING");
  }
  // With the spawn of the process, which is some 5 ms of it; a shared machine gets time.
  expect(Math.min(...took)).toBeLessThan(200);
  if (process.env["ROUSE_FIGURES"]) console.log(`RunTask to RUNNING: ${took.map((ms) => ms.toFixed(1)).join(", ")} ms`);
});

test("whoever tries a project out says over HTTP that there is no spare capacity, and takes it back", async () => {
  const cloud = await start();
  const ecs = cloud.client(ECSClient);
  const { subnetId, web } = await network(cloud);
  await define(ecs, "setInterval(() => {}, 1000);");
  await ecs.send(
    new PutClusterCapacityProvidersCommand({ cluster: "arcade", capacityProviders: ["FARGATE_SPOT"], defaultCapacityProviderStrategy: [] }),
  );
  const ask = async (body?: string): Promise<unknown> => {
    const response = await fetch(`${cloud.url}/_cloud/spot`, body === undefined ? {} : { method: "POST", body });
    return [response.status, await response.json()];
  };
  const run = new RunTaskCommand({
    cluster: "arcade",
    taskDefinition: "auth",
    capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }],
    networkConfiguration: { awsvpcConfiguration: { subnets: [subnetId], securityGroups: [web] } },
  });
  expect(await ask('{"available": false}')).toEqual([200, { available: false }]);
  expect(await ecs.send(run)).toMatchObject({
    tasks: [],
    failures: [{ reason: "Capacity is unavailable at this time. Please try again later or in a different availability zone" }],
  });
  expect(await ask('{"available": true}')).toEqual([200, { available: true }]);
  const { taskArn } = (await ecs.send(run)).tasks![0]!;
  await running(cloud, ecs, taskArn!);
  expect(await ask(JSON.stringify({ interrupt: taskArn }))).toEqual([200, { available: true, interrupted: [taskArn] }]);
  await cloud.clock.advanceUntil(async () => (await describe(ecs, taskArn!))?.lastStatus === "STOPPED", 120_000, "STOPPED");
  expect(await describe(ecs, taskArn!)).toMatchObject({ stopCode: "SpotInterruption", stoppedReason: "Your Spot Task was interrupted." });
  expect(await ask('{"interrupt": "all"}')).toEqual([200, { available: true, interrupted: [] }]);
  expect(await ask()).toEqual([200, { available: true }]);
  expect(await ask('{"avalable": false}')).toEqual([400, { error: 'there is no "avalable"; there are "available" and "interrupt"' }]);
  expect(await ask("no")).toEqual([400, { error: "the body must be JSON" }]);
});
