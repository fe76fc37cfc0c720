import { join } from "node:path";
import {
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  DescribeClustersCommand,
  DescribeTasksCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from "@aws-sdk/client-ecs";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { TestCloud } from "../src/cloud/testing/with-cloud.ts";
import { deployed, type Deployed, destroy } from "./support/deployed.ts";
import { call, ENGINE, ENGINE_BASE, putEvent, tasksIn } from "./support/engines.ts";
import { MINUTE } from "./support/facts.ts";

/** Services that are there already, made by somebody else, and started and stopped by name: the leaf has `existing`. */

interface Theirs {
  targetGroup: string;
  subnets: string[];
  securityGroup: string;
  executionRole: string;
}

/** What somebody else has: a network, a load balancer, a cluster, two task definitions with roles. */
async function theirs(cloud: TestCloud, directory: string): Promise<Theirs> {
  const ec2 = cloud.client(EC2Client);
  const VpcId = (await ec2.send(new CreateVpcCommand({ CidrBlock: "10.9.0.0/16" }))).Vpc!.VpcId!;
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  await ec2.send(new AttachInternetGatewayCommand({ VpcId, InternetGatewayId: InternetGateway!.InternetGatewayId }));
  const subnets: string[] = [];
  for (const [CidrBlock, AvailabilityZone] of [
    ["10.9.0.0/24", "us-west-2a"],
    ["10.9.1.0/24", "us-west-2b"],
  ]) {
    subnets.push((await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZone }))).Subnet!.SubnetId!);
  }
  const securityGroup = (await ec2.send(new CreateSecurityGroupCommand({ VpcId, GroupName: "theirs", Description: "theirs" }))).GroupId!;
  const everybody = { IpProtocol: "tcp", IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
  const IpPermissions = [80, 8080].map((port) => ({ ...everybody, FromPort: port, ToPort: port }));
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: securityGroup, IpPermissions }));

  const elb = cloud.client(ElasticLoadBalancingV2Client);
  const made = await elb.send(new CreateLoadBalancerCommand({ Name: "theirs", Subnets: subnets, SecurityGroups: [securityGroup] }));
  const group = { Name: "their-auth", TargetType: "ip" as const, Protocol: "HTTP" as const, Port: 8080, VpcId, HealthCheckPath: "/health" };
  const targetGroup = (await elb.send(new CreateTargetGroupCommand(group))).TargetGroups![0]!.TargetGroupArn!;
  const DefaultActions = [{ Type: "forward" as const, TargetGroupArn: targetGroup }];
  const LoadBalancerArn = made.LoadBalancers![0]!.LoadBalancerArn;
  await elb.send(new CreateListenerCommand({ LoadBalancerArn, Port: 80, Protocol: "HTTP", DefaultActions }));

  const iam = cloud.client(IAMClient);
  const Statement = [{ Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" }];
  const role = { AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }) };
  const executionRole = (await iam.send(new CreateRoleCommand({ RoleName: "their-execution", ...role }))).Role!.Arn!;
  const admin = (await iam.send(new CreateRoleCommand({ RoleName: "their-admin", ...role }))).Role!.Arn!;
  const ecs = cloud.client(ECSClient);
  await ecs.send(new CreateClusterCommand({ clusterName: "theirs" }));
  await ecs.send(new CreateClusterCommand({ clusterName: "private" }));
  const command = { command: ["node", join(directory, "engine.cjs")], directory };
  const definition = (family: string, taskRoleArn?: string) =>
    new RegisterTaskDefinitionCommand({
      family,
      requiresCompatibilities: ["FARGATE"],
      networkMode: "awsvpc",
      cpu: "256",
      memory: "512",
      executionRoleArn: executionRole,
      ...(taskRoleArn === undefined ? {} : { taskRoleArn }),
      containerDefinitions: [
        {
          name: "api",
          image: "auth",
          portMappings: [{ containerPort: 8080 }],
          dockerLabels: { "dev.rouse.process": JSON.stringify(command) },
          stopTimeout: 30,
        },
      ],
    });
  await ecs.send(definition("auth-api"));
  await ecs.send(definition("payroll"));
  await ecs.send(definition("admin-api", admin));
  return { targetGroup, subnets, securityGroup, executionRole };
}

const leaf = ({ targetGroup, subnets, securityGroup, executionRole }: Theirs, taskDefinition: string): string => `
wake: event
drain: 10s
existing:
  cluster: theirs
  taskDefinition: ${taskDefinition}
  targetGroup: ${targetGroup}
  subnets: [${subnets.join(", ")}]
  securityGroups: [${securityGroup}]
  container: api
  port: 8080
  roles: [${executionRole}]
`;

let world: Deployed;
let there: Theirs;
beforeAll(async () => {
  world = await deployed(async (cloud, directory) => {
    there = await theirs(cloud, directory);
    return {
      "rouse.yaml": ENGINE_BASE,
      "engine.cjs": ENGINE,
      "leaves/auth.yaml": leaf(there, "auth-api"),
      // Its task role is not among the roles that the leaf says may be passed.
      "leaves/admin.yaml": leaf(there, "admin-api"),
    };
  });
}, 120_000);
afterAll(() => world?.end());

interface Answer {
  statusCode: number;
  body: { taskArn: string; error?: string; [key: string]: unknown };
}
const start = (request: object) => call<Answer>(world, "arcade-start-engines", request);
const targets = async (): Promise<string[]> => {
  const { TargetHealthDescriptions = [] } = await world.cloud
    .client(ElasticLoadBalancingV2Client)
    .send(new DescribeTargetHealthCommand({ TargetGroupArn: there.targetGroup }));
  return TargetHealthDescriptions.map(({ Target, TargetHealth }) => `${Target!.Id}:${Target!.Port} ${TargetHealth!.State}`);
};

const stopAll = async (): Promise<void> => {
  await call(world, "arcade-stop-engines", { deregister: false });
  await world.cloud.clock.advanceUntil(async () => (await targets()).length === 0, 10 * MINUTE, "no targets");
};

describe("a service that exists", () => {
  afterEach(stopAll);

  test("is started by event, in its cluster and its network, and registered in its target group", async () => {
    await putEvent(world, "Start ECS Task", { service: "auth" });
    await world.until("auth", "awake");
    const [task] = await tasksIn(world, "theirs");
    expect(task).toMatchObject({ group: "family:auth-api", launchType: "FARGATE" });
    expect(there.subnets).toContain(task!.attachments![0]!.details!.find(({ name }) => name === "subnetId")!.value);
    expect(await targets()).toEqual([expect.stringMatching(/^10\.9\.\d+\.\d+:8080 healthy$/)]);
    const { url } = world.cloud.loadBalancers()[0]!.listeners[0]!;
    expect((await fetch(`${url}/anything`)).status).toBe(200);
  });

  test("is answered for with the task, its address and its health", async () => {
    expect(await start({ service: "auth", waitForHealthy: true })).toEqual({
      statusCode: 200,
      body: {
        taskArn: expect.stringContaining(":task/theirs/"),
        taskId: expect.any(String),
        privateIp: expect.stringMatching(/^10\.9\./),
        port: 8080,
        targetGroupArn: there.targetGroup,
        healthStatus: "healthy",
      },
    });
  });

  test("is drained before its task is stopped", async () => {
    const { body } = await start({ service: "auth", waitForHealthy: true });
    await putEvent(world, "Stop ECS Tasks", { service: "auth" });
    await world.cloud.clock.advanceUntil(async () => (await targets())[0]?.endsWith("draining") ?? false, MINUTE, "draining");
    expect(await tasksIn(world, "theirs")).toHaveLength(1);
    // Their target group drains for 300 s, the default: it is stopped then, or after the leaf's `drain` and five minutes.
    await world.until("auth", "asleep");
    expect(await targets()).toEqual([]);
    const { tasks } = await world.cloud.client(ECSClient).send(new DescribeTasksCommand({ cluster: "theirs", tasks: [body.taskArn] }));
    expect(tasks![0]!.stoppedReason).toBe("Rouse: an event asked for it");
  });
});

describe("the function may start what leaves name, and nothing else", () => {
  test.each([
    ["another task definition", { service: "auth", taskDefinition: "payroll" }, /not authorized to perform: ecs:RunTask .*task-definition\/payroll/],
    ["another cluster", { service: "auth", cluster: "private" }, /not authorized to perform: ecs:ListTasks/],
    ["roles that the leaf does not name", { service: "admin" }, /not authorized to perform: iam:PassRole .*role\/their-admin/],
  ])("%s is 500 with AWS's words", async (_what, request, words) => {
    const { statusCode, body } = await start(request);
    expect([statusCode, body.error]).toEqual([500, expect.stringMatching(words)]);
    expect(await tasksIn(world, "theirs")).toEqual([]);
    expect(await tasksIn(world, "private")).toEqual([]);
  });
});

test("deleting the leaves stops the task that Rouse has started, and leaves what is not theirs", async () => {
  await start({ service: "auth", waitForHealthy: true });
  const ecs = world.cloud.client(ECSClient);
  const theirOwn = { cluster: "theirs", taskDefinition: "payroll", launchType: "FARGATE" as const };
  const networkConfiguration = { awsvpcConfiguration: { subnets: there.subnets, securityGroups: [there.securityGroup] } };
  await ecs.send(new RunTaskCommand({ ...theirOwn, networkConfiguration }));
  await destroy(world);
  expect((await tasksIn(world, "theirs")).map(({ group }) => group)).toEqual(["family:payroll"]);
  expect(await targets()).toEqual([expect.stringMatching(/ draining$/)]);
  const { clusters } = await ecs.send(new DescribeClustersCommand({ clusters: ["theirs", "private"] }));
  expect(clusters!.map(({ status }) => status)).toEqual(["ACTIVE", "ACTIVE"]);
});
