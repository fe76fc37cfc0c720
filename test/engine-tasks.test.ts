import {
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  EC2Client,
  ModifySubnetAttributeCommand,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { CreateClusterCommand, ECSClient, ListContainerInstancesCommand, RegisterTaskDefinitionCommand, StopTaskCommand } from "@aws-sdk/client-ecs";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestCloud, withCloud } from "../src/cloud/testing/with-cloud.ts";
import { instanceAddresses } from "../src/functions/reconcile-engine/aws-instances.ts";
import { placeOf } from "../src/functions/reconcile-engine/observation.ts";
import { awsTasks, describeTasks, lookAtTasks, markTask } from "../src/functions/shared/aws-tasks.ts";
import type { Engine } from "../src/functions/shared/engine.ts";
import { ensureTask } from "../src/functions/shared/ensure-task.ts";
import type { SeenTask } from "../src/functions/shared/seen-task.ts";

const engine: Engine = {
  service: "hello",
  cluster: "hello",
  taskDefinition: "hello",
  targetGroup: "arn:group",
  subnets: [],
  securityGroups: [],
  container: "web",
  port: 8080,
  network: "bridge",
  capacity: { launchType: "EC2" },
  publicIp: false,
  reconcile: "reconcile",
  crashLoop: { stops: 2, within: 600 },
};

let cloud: TestCloud;
let ecs: ECSClient;
let ec2: EC2Client;
const pokes: string[] = [];

beforeAll(async () => {
  cloud = await withCloud();
  ecs = cloud.client(ECSClient);
  ec2 = cloud.client(EC2Client);
  const iam = cloud.client(IAMClient);
  const trust = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }] };
  const policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "ecs:*", Resource: "*" }] };
  await iam.send(new CreateRoleCommand({ RoleName: "instance", AssumeRolePolicyDocument: JSON.stringify(trust) }));
  await iam.send(new PutRolePolicyCommand({ RoleName: "instance", PolicyName: "ecs", PolicyDocument: JSON.stringify(policy) }));
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "instance" }));
  await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: "instance", RoleName: "instance" }));
  const VpcId = (await ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))).Vpc!.VpcId!;
  const subnet = { VpcId, CidrBlock: "10.0.0.0/24", AvailabilityZone: "us-west-2a" };
  const SubnetId = (await ec2.send(new CreateSubnetCommand(subnet))).Subnet!.SubnetId!;
  await ec2.send(new ModifySubnetAttributeCommand({ SubnetId, MapPublicIpOnLaunch: { Value: true } }));
  await ecs.send(new CreateClusterCommand({ clusterName: "hello" }));
  const ImageId = (await ec2.send(new DescribeImagesCommand({ Owners: ["amazon"] }))).Images![0]!.ImageId!;
  const UserData = Buffer.from("#!/bin/bash\necho ECS_CLUSTER=hello >> /etc/ecs/ecs.config").toString("base64");
  const launch = {
    ImageId,
    InstanceType: "m5.large" as const,
    MinCount: 1,
    MaxCount: 1,
    SubnetId,
    UserData,
    IamInstanceProfile: { Name: "instance" },
  };
  await ec2.send(new RunInstancesCommand(launch));
  const joined = async (): Promise<boolean> =>
    (await ecs.send(new ListContainerInstancesCommand({ cluster: "hello" }))).containerInstanceArns!.length > 0;
  await cloud.clock.advanceUntil(joined, 120_000, "an instance in the cluster");
  await register("setInterval(() => {}, 1000)");
});
afterAll(() => cloud?.end());

async function register(script: string): Promise<void> {
  const process_ = JSON.stringify({ command: [process.execPath, "-e", script], directory: cloud.dataDir });
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: "hello",
      networkMode: "bridge",
      containerDefinitions: [
        { name: "web", image: "hello", memory: 128, portMappings: [{ containerPort: 8080 }], dockerLabels: { "dev.rouse.process": process_ } },
      ],
    }),
  );
}

const tasks = () => awsTasks(ecs, engine, async (name) => void pokes.push(name));
const ensure = () => ensureTask(tasks(), engine, { by: "http", now: cloud.clock.now() });
const started = async (): Promise<SeenTask> => {
  const ensured = await ensure();
  if (ensured.kind !== "task") throw new Error(JSON.stringify(ensured));
  return ensured.task;
};
/** A process that ends by itself takes the machine's time: in steps of a second a minute of the cloud's would be over before it. */
const STEP_MS = 20;
const until = (arn: string, lastStatus: string): Promise<void> =>
  cloud.clock.advanceUntil(async () => (await describeTasks(ecs, engine, [arn]))[0]?.lastStatus === lastStatus, 60_000, lastStatus, STEP_MS);

test("twenty who want a task at once get one; it is found at its instance's address; marked and woken it stays; and after it comes another", async () => {
  const all = await Promise.all(Array.from({ length: 20 }, started));
  expect(new Set(all.map(({ arn }) => arn)).size).toBe(1);
  const { arn } = all[0]!;
  await until(arn, "RUNNING");
  const [running] = await lookAtTasks(ecs, engine);
  const instances = await instanceAddresses(ecs, "hello", [running!.instance!], {}, () => ec2);
  expect(placeOf(running!, engine, instances)).toEqual({ address: expect.stringMatching(/^10\.0\.0\./), port: expect.any(Number) });

  await markTask(ecs, arn, { at: new Date(cloud.clock.now()).toISOString(), by: "idle", drain: true });
  expect((await lookAtTasks(ecs, engine))[0]!.mark).toMatchObject({ by: "idle", drain: true });
  expect((await started()).arn).toBe(arn);
  expect(pokes).toEqual(["reconcile"]);
  const [woken] = await lookAtTasks(ecs, engine);
  expect(woken).toMatchObject({ mark: undefined, usedAt: expect.any(Number) });

  await ecs.send(new StopTaskCommand({ cluster: "hello", task: arn, reason: "Rouse: nobody used it" }));
  const next = await started();
  expect(next.arn).not.toBe(arn);
  await ecs.send(new StopTaskCommand({ cluster: "hello", task: next.arn }));
  await until(next.arn, "STOPPED");
});

test("what ends by itself again and again is started again only when it is deployed anew", async () => {
  await register("process.exit(3)");
  for (let crash = 0; crash < 2; crash++) await until((await started()).arn, "STOPPED");
  expect(await ensure()).toMatchObject({
    kind: "crashed",
    loop: { definition: "hello:2", stops: 2, reason: "its container web exited with code 3" },
  });
  await register("setInterval(() => {}, 1000)");
  expect(await ensure()).toMatchObject({ kind: "task", started: true });
});
