import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateLaunchTemplateCommand,
  DescribeImagesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import {
  CreateCapacityProviderCommand,
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  PutClusterCapacityProvidersCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  UpdateCapacityProviderCommand,
  UpdateServiceCommand,
  type Task,
} from "@aws-sdk/client-ecs";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { afterEach, expect, test } from "vitest";
import { type TestCloud, withCloud } from "../../../testing/with-cloud.ts";
import { instancesFor } from "./packing.ts";

const open: TestCloud[] = [];
afterEach(async () => {
  for (const cloud of open.splice(0)) await cloud.end();
});

const MINUTE = 60_000;
const SLEEPER = JSON.stringify({ command: [process.execPath, "-e", "setInterval(() => {}, 1000)"], directory: "/" });

/** A cluster `arcade` whose capacity provider `leaf` scales the group `asg` (m5.large), of at most two instances. */
async function scaled(provider: object = {}, group: object = {}): Promise<{ cloud: TestCloud; ecs: ECSClient }> {
  const cloud = await withCloud();
  open.push(cloud);
  const [ecs, ec2, groups, iam] = [cloud.client(ECSClient), cloud.client(EC2Client), cloud.client(AutoScalingClient), cloud.client(IAMClient)];
  const statement = { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" };
  await iam.send(
    new CreateRoleCommand({ RoleName: "host", AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }) }),
  );
  const allow = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "ecs:*", Resource: "*" }] };
  await iam.send(new PutRolePolicyCommand({ RoleName: "host", PolicyName: "ecs", PolicyDocument: JSON.stringify(allow) }));
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "host" }));
  await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: "host", RoleName: "host" }));
  const { Images } = await ec2.send(new DescribeImagesCommand({ Owners: ["amazon"] }));
  const UserData = Buffer.from("#!/bin/bash\necho ECS_CLUSTER=arcade >> /etc/ecs/ecs.config").toString("base64");
  const LaunchTemplateData = {
    ImageId: Images!.find(({ Architecture }) => Architecture === "x86_64")!.ImageId,
    InstanceType: "m5.large" as const,
    UserData,
    IamInstanceProfile: { Name: "host" },
  };
  await ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: "host", LaunchTemplateData }));
  const { Subnets } = await ec2.send(new DescribeSubnetsCommand({}));
  await groups.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: "asg",
      MinSize: 0,
      MaxSize: 2,
      LaunchTemplate: { LaunchTemplateName: "host", Version: "$Latest" },
      VPCZoneIdentifier: Subnets![0]!.SubnetId,
      ...group,
    }),
  );
  const { AutoScalingGroups } = await groups.send(new DescribeAutoScalingGroupsCommand({}));
  const autoScalingGroupProvider = {
    autoScalingGroupArn: AutoScalingGroups![0]!.AutoScalingGroupARN!,
    managedScaling: { status: "ENABLED" as const },
    ...provider,
  };
  await ecs.send(new CreateClusterCommand({ clusterName: "arcade" }));
  await ecs.send(new CreateCapacityProviderCommand({ name: "leaf", autoScalingGroupProvider }));
  const defaultCapacityProviderStrategy = [{ capacityProvider: "leaf" }];
  await ecs.send(new PutClusterCapacityProvidersCommand({ cluster: "arcade", capacityProviders: ["leaf"], defaultCapacityProviderStrategy }));
  await define(ecs, 5000);
  return { cloud, ecs };
}

const define = (ecs: ECSClient, memory: number): Promise<unknown> =>
  ecs.send(
    new RegisterTaskDefinitionCommand({
      family: "job",
      containerDefinitions: [{ name: "job", image: "job", memory, dockerLabels: { "dev.rouse.process": SLEEPER } }],
    }),
  );

const run = async (ecs: ECSClient, count = 1): Promise<Task[]> =>
  (await ecs.send(new RunTaskCommand({ cluster: "arcade", taskDefinition: "job", count }))).tasks!;

async function statuses(ecs: ECSClient, list: Task[]): Promise<string[]> {
  const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster: "arcade", tasks: list.map(({ taskArn }) => taskArn!) }));
  return tasks!.map(({ lastStatus }) => lastStatus!);
}

const desired = async (cloud: TestCloud): Promise<number> =>
  (await cloud.client(AutoScalingClient).send(new DescribeAutoScalingGroupsCommand({}))).AutoScalingGroups![0]!.DesiredCapacity!;

test("a task brings the first instance up from none, runs there, and the instance goes 15 minutes after it", async () => {
  const { cloud, ecs } = await scaled();
  const list = await run(ecs);
  expect(list).toMatchObject([{ lastStatus: "PROVISIONING", capacityProviderName: "leaf" }]);
  expect(list[0]!.containerInstanceArn).toBeUndefined();
  await cloud.clock.advanceUntil(async () => (await statuses(ecs, list))[0] === "RUNNING", MINUTE, "RUNNING", 100);
  expect(await desired(cloud)).toBe(1);
  await cloud.clock.advance(2 * MINUTE);
  await ecs.send(new StopTaskCommand({ cluster: "arcade", task: list[0]!.taskArn! }));
  await cloud.clock.advance(13 * MINUTE);
  expect(await desired(cloud)).toBe(1);
  await cloud.clock.advance(4 * MINUTE);
  expect(await desired(cloud)).toBe(0);
  const now = cloud.clock.now();
  const { Datapoints } = await cloud.client(CloudWatchClient).send(
    new GetMetricStatisticsCommand({
      Namespace: "AWS/ECS/ManagedScaling",
      MetricName: "CapacityProviderReservation",
      Dimensions: [
        { Name: "CapacityProviderName", Value: "leaf" },
        { Name: "ClusterName", Value: "arcade" },
      ],
      StartTime: new Date(now - 30 * MINUTE),
      EndTime: new Date(now + MINUTE),
      Period: 60,
      Statistics: ["Average"],
    }),
  );
  const values = new Set(Datapoints!.map(({ Average }) => Average));
  expect(values).toEqual(new Set([100, 0]));
});

test("a provider whose managed scaling is turned on later is scaled from then on", async () => {
  const { cloud, ecs } = await scaled({ managedScaling: { status: "DISABLED" } }, { DesiredCapacity: 1 });
  await cloud.clock.advance(20 * MINUTE);
  expect(await desired(cloud)).toBe(1);
  const autoScalingGroupProvider = { managedScaling: { status: "ENABLED" as const, targetCapacity: 100 } };
  await ecs.send(new UpdateCapacityProviderCommand({ name: "leaf", autoScalingGroupProvider }));
  await cloud.clock.advance(17 * MINUTE);
  expect(await desired(cloud)).toBe(0);
});

test("as many instances come as the tasks need and the group allows; the rest waits, and stops with its reason", async () => {
  const { cloud, ecs } = await scaled();
  const list = await run(ecs, 3);
  await cloud.clock.advanceUntil(async () => (await statuses(ecs, list)).filter((one) => one === "RUNNING").length === 2, MINUTE, "two tasks", 100);
  expect(await desired(cloud)).toBe(2);
  expect((await statuses(ecs, list)).filter((one) => one === "PROVISIONING")).toHaveLength(1);
  await cloud.clock.advance(16 * MINUTE);
  const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster: "arcade", tasks: list.map(({ taskArn }) => taskArn!) }));
  expect(tasks!.find(({ lastStatus }) => lastStatus === "STOPPED")).toMatchObject({
    stopCode: "TaskFailedToStart",
    stoppedReason: "RESOURCE:MEMORY",
  });
});

test("a task that waits is placed when another one ends, or when the group may grow", async () => {
  const { cloud, ecs } = await scaled();
  const list = await run(ecs, 2);
  await cloud.clock.advanceUntil(async () => (await statuses(ecs, list)).every((one) => one === "RUNNING"), MINUTE, "two tasks", 100);
  const late = await run(ecs, 2);
  await ecs.send(new StopTaskCommand({ cluster: "arcade", task: list[0]!.taskArn! }));
  await cloud.clock.advanceUntil(async () => (await statuses(ecs, late))[0] === "RUNNING", MINUTE, "the third", 100);
  expect((await statuses(ecs, late))[1]).toBe("PROVISIONING");
  await cloud.client(AutoScalingClient).send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: "asg", MaxSize: 3 }));
  await cloud.clock.advanceUntil(async () => (await statuses(ecs, late))[1] === "RUNNING", 2 * MINUTE, "the fourth", 1000);
  expect(await desired(cloud)).toBe(3);
});

test("a task that fits on no instance brings none, and finds its capacity provider empty", async () => {
  const { cloud, ecs } = await scaled();
  await define(ecs, 20_000);
  const list = await run(ecs);
  await cloud.clock.advance(16 * MINUTE);
  expect(await desired(cloud)).toBe(0);
  const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster: "arcade", tasks: [list[0]!.taskArn!] }));
  expect(tasks).toMatchObject([{ lastStatus: "STOPPED", stopCode: "TaskFailedToStart", stoppedReason: "EMPTY CAPACITY PROVIDER" }]);
});

test("with termination protection the instance without tasks goes, whichever it is", async () => {
  const protection = { managedTerminationProtection: "ENABLED" as const };
  await expect(scaled(protection)).rejects.toMatchObject({ name: "InvalidParameterException" });
  const { cloud, ecs } = await scaled(protection, { NewInstancesProtectedFromScaleIn: true });
  const list = await run(ecs, 2);
  await cloud.clock.advanceUntil(async () => (await statuses(ecs, list)).every((one) => one === "RUNNING"), MINUTE, "two tasks", 100);
  await ecs.send(new StopTaskCommand({ cluster: "arcade", task: list[1]!.taskArn! }));
  await cloud.clock.advance(18 * MINUTE);
  expect(await desired(cloud)).toBe(1);
  expect(await statuses(ecs, list)).toEqual(["RUNNING", "STOPPED"]);
});

test("a service waits for its first instance as a task does", async () => {
  const { cloud, ecs } = await scaled();
  await ecs.send(new CreateServiceCommand({ cluster: "arcade", serviceName: "jobs", taskDefinition: "job", desiredCount: 2 }));
  const service = async () => (await ecs.send(new DescribeServicesCommand({ cluster: "arcade", services: ["jobs"] }))).services![0]!;
  expect(await service()).toMatchObject({ pendingCount: 2, runningCount: 0, capacityProviderStrategy: [{ capacityProvider: "leaf" }] });
  await cloud.clock.advanceUntil(async () => (await service()).runningCount === 2, MINUTE, "two tasks", 100);
  expect(await desired(cloud)).toBe(2);
  await ecs.send(new UpdateServiceCommand({ cluster: "arcade", service: "jobs", desiredCount: 0 }));
  await cloud.clock.advance(20 * MINUTE);
  expect(await desired(cloud)).toBe(0);
});

test("behind a load balancer a service in bridge mode has its instances as targets, which come when its tasks need them", async () => {
  const { cloud, ecs } = await scaled();
  const [elb, ec2] = [cloud.client(ElasticLoadBalancingV2Client), cloud.client(EC2Client)];
  const { Subnets } = await ec2.send(new DescribeSubnetsCommand({}));
  const VpcId = Subnets![0]!.VpcId!;
  const zones = Subnets!.slice(0, 2).map(({ SubnetId }) => SubnetId!);
  // Load balancer and instances share the VPC's default group, which lets its own members in; here clients, too.
  const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters: [{ Name: "vpc-id", Values: [VpcId] }] }));
  const clients = { GroupId: SecurityGroups![0]!.GroupId!, IpProtocol: "tcp", FromPort: 80, ToPort: 80, CidrIp: "0.0.0.0/0" };
  await ec2.send(new AuthorizeSecurityGroupIngressCommand(clients));
  const { LoadBalancers } = await elb.send(new CreateLoadBalancerCommand({ Name: "web", Subnets: zones }));
  const { TargetGroups } = await elb.send(new CreateTargetGroupCommand({ Name: "web", Protocol: "HTTP", Port: 80, VpcId, TargetType: "instance" }));
  const targetGroupArn = TargetGroups![0]!.TargetGroupArn!;
  const DefaultActions = [{ Type: "forward" as const, TargetGroupArn: targetGroupArn }];
  const LoadBalancerArn = LoadBalancers![0]!.LoadBalancerArn!;
  await elb.send(new CreateListenerCommand({ LoadBalancerArn, Protocol: "HTTP", Port: 80, DefaultActions }));
  const script = "require('http').createServer((q, r) => r.end('hello')).listen(process.env.PORT)";
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: "web",
      networkMode: "bridge",
      containerDefinitions: [
        {
          name: "web",
          image: "web",
          memory: 5000,
          portMappings: [{ containerPort: 8080, hostPort: 0 }],
          dockerLabels: { "dev.rouse.process": JSON.stringify({ command: [process.execPath, "-e", script], directory: "/" }) },
        },
      ],
    }),
  );
  const loadBalancers = [{ targetGroupArn, containerName: "web", containerPort: 8080 }];
  await ecs.send(new CreateServiceCommand({ cluster: "arcade", serviceName: "web", taskDefinition: "web", desiredCount: 2, loadBalancers }));
  const service = async () => (await ecs.send(new DescribeServicesCommand({ cluster: "arcade", services: ["web"] }))).services![0]!;
  await cloud.clock.advanceUntil(async () => (await service()).deployments![0]!.rolloutState === "COMPLETED", 5 * MINUTE, "a steady state", 100);
  expect(await desired(cloud)).toBe(2);
  const { TargetHealthDescriptions } = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }));
  expect(TargetHealthDescriptions).toMatchObject(
    [1, 2].map(() => ({ Target: { Id: expect.stringMatching(/^i-/) }, TargetHealth: { State: "healthy" } })),
  );
  const answer = await fetch(cloud.loadBalancers()[0]!.listeners[0]!.url);
  expect(await answer.text()).toBe("hello");
});

test("tasks are packed onto as few instances as hold them", () => {
  const size = { cpu: 2048, memory: 8000 };
  const task = (cpu: number, memory: number, ...hostPorts: string[]) => ({ cpu, memory, hostPorts });
  expect(instancesFor([task(256, 4000), task(256, 4000), task(256, 4000)], size)).toBe(2);
  expect(instancesFor([task(256, 100, "80/tcp"), task(256, 100, "80/tcp")], size)).toBe(2);
  expect(instancesFor([task(4096, 100)], size)).toBe(0);
});
