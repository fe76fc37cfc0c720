import { describe, expect, test } from "vitest";
import { type Harness, VPC, call, fargate, harness, scope } from "../testing.ts";
import { tasks } from "../state.ts";

const RUN = { cluster: "arcade", taskDefinition: "auth", launchType: "FARGATE", networkConfiguration: VPC };
const network = (awsvpcConfiguration: object): object => ({ networkConfiguration: { awsvpcConfiguration } });

async function ready(): Promise<Harness> {
  const h = await harness();
  await fargate(h);
  return h;
}

test.each([
  ["no network", { networkConfiguration: undefined }, "Network Configuration must be provided when networkMode 'awsvpc' is specified."],
  [
    "a subnet that is not there",
    network({ subnets: ["subnet-x"] }),
    "Error retrieving subnet information for [subnet-x]: The subnet ID 'subnet-x' does not exist (ErrorCode: InvalidSubnetID.NotFound)",
  ],
  [
    "a group that is not there",
    network({ subnets: ["subnet-a"], securityGroups: ["x"] }),
    "Error retrieving security group information for [x]: The security group 'x' does not exist (ErrorCode: InvalidGroup.NotFound)",
  ],
  ["a group of another VPC", network({ subnets: ["subnet-a"], securityGroups: ["sg-foreign"] }), "does not appear to belong to the same VPC"],
  ["both a launch type and a strategy", { capacityProviderStrategy: [{ capacityProvider: "FARGATE" }] }, "Specifying both a launch type"],
  [
    "a provider that the cluster does not have",
    { launchType: undefined, capacityProviderStrategy: [{ capacityProvider: "leaf" }] },
    "not associated",
  ],
  ["EC2 for a definition of Fargate", { launchType: "EC2" }, "Task definition does not support launch_type EC2."],
  ["placement constraints", { placementConstraints: [{ type: "distinctInstance" }] }, "Placement constraints are not supported with FARGATE"],
])("RunTask with %s is refused", async (_what, change, message) => {
  const h = await ready();
  await expect(h.run("RunTask", { ...RUN, ...change })).rejects.toMatchObject({
    code: "InvalidParameterException",
    message: expect.stringContaining(message),
  });
  expect(tasks(h.store, scope).size).toBe(0);
});

test("an unknown platform version has its own error, and a role that ECS may not assume too", async () => {
  const h = await ready();
  await expect(h.run("RunTask", { ...RUN, platformVersion: "9.9.9" })).rejects.toMatchObject({ code: "PlatformUnknownException" });
  const overrides = { taskRoleArn: "arn:aws:iam::000000000000:role/distrusted" };
  await expect(h.run("RunTask", { ...RUN, overrides })).rejects.toThrow(
    /^ECS was unable to assume the role 'arn:aws:iam::000000000000:role\/distrusted'/,
  );
});

test.each([
  ["another network mode", { networkMode: "bridge" }, "Fargate only supports network mode ‘awsvpc’."],
  ["no memory", { memory: undefined }, "Fargate requires that 'memory' be defined at the task level."],
  ["a size that there is not", { cpu: "256", memory: "4096" }, "No Fargate configuration exists for given values."],
  [
    "logs without a role",
    { containerDefinitions: [{ name: "web", image: "x", logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "g" } } }] },
    "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
  ],
  [
    "an image of ECR without a role",
    { containerDefinitions: [{ name: "web", image: "000000000000.dkr.ecr.us-west-2.amazonaws.com/x:1" }] },
    "Fargate requires task definition to have execution role ARN to support ECR images.",
  ],
  ["too little storage", { ephemeralStorage: { sizeInGiB: 20 } }, "between 21 and 200"],
])("a definition for Fargate with %s is refused", async (_what, change, message) => {
  await expect(fargate(await harness(), {}, change)).rejects.toMatchObject({ code: "ClientException", message: expect.stringContaining(message) });
});

test.each([
  ["256", "512", "256", "512"],
  [".25 vCPU", "0.5GB", "256", "512"],
  ["4 vcpu", "30 GB", "4096", "30720"],
  ["16384", "122880", "16384", "122880"],
])("%s and %s are %s CPU units and %s MiB", async (cpu, memory, units, mib) => {
  const h = await harness();
  await fargate(h, {}, { cpu, memory });
  expect((await h.run("DescribeTaskDefinition", { taskDefinition: "auth" })).taskDefinition).toMatchObject({
    cpu: units,
    memory: mib,
    compatibilities: ["EC2", "FARGATE"],
  });
});

test("whoever runs a task hands its roles over, and needs leave for tags; the revision is resolved first", async () => {
  const h = await harness();
  await fargate(h, {}, { taskRoleArn: "arn:aws:iam::000000000000:role/task" });
  const executionRoleArn = "arn:aws:iam::000000000000:role/execution";
  const needs = h.ecs.access!["RunTask"]!({ ...RUN, tags: [{ key: "a", value: "b" }], overrides: { executionRoleArn } }, call);
  expect(needs).toMatchObject([
    { action: "ecs:RunTask", resources: ["arn:aws:ecs:us-west-2:000000000000:task-definition/auth:1"] },
    { action: "iam:PassRole", resources: ["arn:aws:iam::000000000000:role/task", executionRoleArn] },
    { action: "ecs:TagResource", resources: ["arn:aws:ecs:us-west-2:000000000000:task/arcade/*"] },
  ]);
});

describe("client tokens", () => {
  const arns = async (h: Harness, change: object = {}): Promise<string[]> =>
    (await h.run("RunTask", { ...RUN, clientToken: "t", ...change })).tasks.map(({ taskArn }: { taskArn: string }) => taskArn);

  test("the same request gives the same tasks, while they run and when they have stopped", async () => {
    const h = await ready();
    const first = await arns(h, { count: 2 });
    await h.clock.settle();
    expect(await arns(h, { count: 2 })).toEqual(first);
    for (const task of first) await h.run("StopTask", { cluster: "arcade", task });
    await h.clock.advance(1000);
    expect(await arns(h, { count: 2 })).toEqual(first);
    const { tasks: repeated } = await h.run("RunTask", { ...RUN, clientToken: "t", count: 2 });
    expect(repeated).toMatchObject([{ lastStatus: "STOPPED" }, { lastStatus: "STOPPED" }]);
    expect(h.runtime.containers).toHaveLength(2);
  });

  test.each([
    ["count", { count: 2 }],
    ["startedBy", { startedBy: "me" }],
    ["tags", { tags: [{ key: "a", value: "b" }] }],
    ["overrides", { overrides: { containerOverrides: [{ name: "web", environment: [{ name: "A", value: "1" }] }] } }],
    ["network", network({ subnets: ["subnet-a"] })],
  ])("another %s is a conflict that names the tasks", async (_what, change) => {
    const h = await ready();
    const resourceIds = await arns(h);
    await expect(arns(h, change)).rejects.toMatchObject({ code: "ConflictException", fields: { resourceIds } });
  });

  test("a family that has got a new revision is another request; its old revision by name is not", async () => {
    const h = await ready();
    const first = await arns(h);
    await fargate(h);
    await expect(arns(h)).rejects.toMatchObject({ code: "ConflictException" });
    expect(await arns(h, { taskDefinition: "auth:1" })).toEqual(first);
  });

  test("the order of members says nothing, and another cluster has its own tokens", async () => {
    const h = await ready();
    const first = await arns(h);
    const { networkConfiguration, ...rest } = RUN;
    const { tasks: again } = await h.run("RunTask", { networkConfiguration, clientToken: "t", ...rest });
    expect(again[0].taskArn).toBe(first[0]);
    await h.run("CreateCluster", { clusterName: "other" });
    expect(await arns(h, { cluster: "other" })).not.toEqual(first);
  });

  test("a token lives a day, or an hour longer than its tasks", async () => {
    const h = await ready();
    const [first] = await arns(h);
    await h.clock.advance(24 * 3_600_000 - 1000);
    expect(await arns(h)).toEqual([first]);
    await h.clock.advance(1000);
    const [second] = await arns(h);
    expect(second).not.toBe(first);
    await h.run("StopTask", { cluster: "arcade", task: second });
    await h.clock.advance(3_600_000 + 2000);
    expect(await arns(h)).not.toEqual([second]);
  });
});
