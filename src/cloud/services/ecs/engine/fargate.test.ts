import { afterEach, describe, expect, test } from "vitest";
import { type Harness, VPC, fargate, harness as create, scope } from "../testing.ts";
import { tasks } from "../state.ts";

const open: Harness[] = [];
afterEach(async () => {
  for (const h of open.splice(0)) await h.ecs.stop!();
});
async function harness(options?: Parameters<typeof create>[0]): Promise<Harness> {
  const h = await create(options);
  open.push(h);
  return h;
}

const RUN = { cluster: "arcade", taskDefinition: "auth", launchType: "FARGATE", networkConfiguration: VPC };

const changes = (h: Harness): string[] =>
  h.events
    .filter(({ detailType }) => detailType === "ECS Task State Change")
    .map(({ detail }) => [detail.lastStatus, detail.attachments[0].status, detail.containers[0].lastStatus].join(" "));

describe("tasks on Fargate", () => {
  test("go through every state, each told with the attachment as it is then", async () => {
    const h = await harness();
    await fargate(h);
    const answer = await h.run("RunTask", RUN);
    expect(answer.failures).toEqual([]);
    const [task] = answer.tasks;
    expect(task).toMatchObject({
      lastStatus: "PROVISIONING",
      desiredStatus: "RUNNING",
      launchType: "FARGATE",
      platformVersion: "1.4.0",
      platformFamily: "Linux",
      cpu: "256",
      memory: "512",
      ephemeralStorage: { sizeInGiB: 20 },
      availabilityZone: "us-west-2a",
      attachments: [{ type: "ElasticNetworkInterface", status: "PRECREATED", details: [{ name: "subnetId", value: "subnet-a" }] }],
    });
    expect(task.containerInstanceArn).toBeUndefined();
    await h.clock.settle();
    const row = tasks(h.store, scope).values()[0]!;
    expect(row.task.attachments![0]!.details!.map(({ name }) => name)).toEqual([
      "subnetId",
      "networkInterfaceId",
      "macAddress",
      "privateDnsName",
      "privateIPv4Address",
    ]);
    expect(row.task.containers).toMatchObject([
      { lastStatus: "RUNNING", networkInterfaces: [{ attachmentId: row.task.attachments![0]!.id, privateIpv4Address: "10.0.0.4" }] },
    ]);
    expect([...h.published]).toEqual([["eni-1:8080/tcp", { host: "127.0.0.1", port: 1 }]]);
    await h.run("StopTask", { cluster: "arcade", task: row.id });
    await h.clock.settle();
    expect(changes(h)).toEqual([
      "PROVISIONING PRECREATED PENDING",
      "PROVISIONING ATTACHING PENDING",
      "PENDING ATTACHED PENDING",
      "ACTIVATING ATTACHED PENDING",
      "ACTIVATING ATTACHED RUNNING",
      "RUNNING ATTACHED RUNNING",
      "DEACTIVATING ATTACHED RUNNING",
      "STOPPING ATTACHED RUNNING",
      "STOPPING ATTACHED STOPPED",
      "DEPROVISIONING ATTACHED STOPPED",
      "STOPPED DELETED STOPPED",
    ]);
    const versions = h.events.filter(({ detailType }) => detailType === "ECS Task State Change").map(({ detail }) => detail.version);
    expect(versions).toEqual(versions.map((_, i) => i + 1));
    expect([h.interfaces.size, h.published.size]).toEqual([0, 0]);
  });

  test("spread over the zones of their subnets, and a strategy decides who runs them", async () => {
    const h = await harness();
    await fargate(h);
    const capacityProviderStrategy = [
      { capacityProvider: "FARGATE", base: 1, weight: 1 },
      { capacityProvider: "FARGATE_SPOT", weight: 3 },
    ];
    const { tasks: made } = await h.run("RunTask", { ...RUN, launchType: undefined, capacityProviderStrategy, count: 4 });
    expect(made.map((task: { availabilityZone: string; capacityProviderName: string; launchType: string }) => task)).toMatchObject([
      { availabilityZone: "us-west-2a", capacityProviderName: "FARGATE", launchType: "FARGATE" },
      { availabilityZone: "us-west-2b", capacityProviderName: "FARGATE_SPOT" },
      { availabilityZone: "us-west-2a", capacityProviderName: "FARGATE_SPOT" },
      { availabilityZone: "us-west-2b", capacityProviderName: "FARGATE_SPOT" },
    ]);
  });

  test("without a free address the task stops, and says why", async () => {
    const h = await harness();
    await fargate(h);
    await h.run("RunTask", { ...RUN, networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-full"], assignPublicIp: "ENABLED" } } });
    await h.clock.settle();
    expect(tasks(h.store, scope).values()[0]!.task).toMatchObject({
      lastStatus: "STOPPED",
      stopCode: "TaskFailedToStart",
      stoppedReason:
        "Unexpected EC2 error while attempting to Create Network Interface with public IP assignment enabled in subnet 'subnet-full': InsufficientFreeAddressesInSubnet",
      attachments: [{ status: "DELETED" }],
    });
  });

  test("the execution role's permissions decide about images of ECR, logs and secrets", async () => {
    const h = await harness();
    const image = "000000000000.dkr.ecr.us-west-2.amazonaws.com/auth:1";
    const logConfiguration = {
      logDriver: "awslogs",
      options: { "awslogs-group": "/auth", "awslogs-region": "us-west-2", "awslogs-stream-prefix": "x" },
    };
    await fargate(h, { image, logConfiguration }, { executionRoleArn: "arn:aws:iam::000000000000:role/execution" });
    const reasonWithout = async (...denied: string[]): Promise<string | undefined> => {
      h.setAllowed((action) => !denied.includes(action));
      const { tasks: made } = await h.run("RunTask", RUN);
      await h.clock.settle();
      return tasks(h.store, scope).get(made[0].taskArn.split("/").at(-1))!.task.stoppedReason;
    };
    expect(await reasonWithout("ecr:GetAuthorizationToken")).toMatch(
      /^ResourceInitializationError: unable to pull secrets or registry auth: .*ecr registry auth/,
    );
    expect(await reasonWithout("ecr:BatchGetImage")).toMatch(/^CannotPullContainerError: pull image manifest/);
    expect(await reasonWithout("logs:CreateLogStream")).toMatch(/^ResourceInitializationError: failed to validate logger args: create stream/);
    expect(await reasonWithout()).toBeUndefined();
  });

  test("an image that cannot be pulled, and a container that ends", async () => {
    const h = await harness();
    await fargate(h);
    h.runtime.fail = Object.assign(new Error("CannotPullContainerError: not there"), { name: "RuntimeError" });
    await h.run("RunTask", RUN);
    await h.clock.settle();
    h.runtime.fail = undefined;
    await h.run("RunTask", RUN);
    await h.clock.settle();
    h.runtime.containers[0]!.exit({ exitCode: 3 });
    await h.clock.settle();
    expect(
      tasks(h.store, scope)
        .values()
        .map(({ task }) => task),
    ).toMatchObject([
      { stopCode: "TaskFailedToStart", stoppedReason: "CannotPullContainerError: not there" },
      { stopCode: "EssentialContainerExited", containers: [{ exitCode: 3 }] },
    ]);
    expect(h.interfaces.size).toBe(0);
  });

  test("after a restart they are STOPPED and have given their interfaces back", async () => {
    const h = await harness();
    await fargate(h);
    await h.run("RunTask", RUN);
    await h.clock.settle();
    await h.ecs.stop!();
    open.pop();
    const again = await harness({ store: h.store, clock: h.clock });
    expect(tasks(again.store, scope).values()[0]!.task).toMatchObject({ lastStatus: "STOPPED", stopCode: "InfrastructureHealth" });
  });

  test("a size of RunTask's own replaces the definition's", async () => {
    const h = await harness();
    await fargate(h);
    const { tasks: made } = await h.run("RunTask", { ...RUN, overrides: { cpu: ".5 vCPU", memory: "2 GB" } });
    expect(made).toMatchObject([{ cpu: "512", memory: "2048", overrides: { cpu: "512", memory: "2048" } }]);
    await expect(h.run("RunTask", { ...RUN, overrides: { cpu: "256", memory: "4096" } })).rejects.toThrow(
      "No Fargate configuration exists for given values.",
    );
  });

  test("its process is told where this cloud is and where the role's credentials are", async () => {
    const h = await harness();
    await fargate(h, {}, { taskRoleArn: "arn:aws:iam::000000000000:role/task" });
    await h.run("RunTask", RUN);
    await h.clock.settle();
    const { environment } = h.runtime.containers[0]!.spec;
    const { id } = tasks(h.store, scope).values()[0]!;
    expect(environment).toMatchObject({
      AWS_EXECUTION_ENV: "AWS_ECS_FARGATE",
      AWS_REGION: "us-west-2",
      AWS_ENDPOINT_URL: "http://127.0.0.1:4590",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:4590/_cloud/task-credentials/${id}`,
    });
    const ask = (token: string | undefined): object | undefined => (h.ecs as { taskCredentials?: Function }).taskCredentials!(id, token) as object;
    expect(ask(environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"])).toMatchObject({
      AccessKeyId: "ASIA",
      Token: "arn:aws:iam::000000000000:role/task",
    });
    expect(ask("wrong")).toBeUndefined();
    await h.run("StopTask", { cluster: "arcade", task: id });
    await h.clock.settle();
    expect(ask(environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"])).toBeUndefined();
  });
});

describe("awsvpc on instances", () => {
  test("the interface is in the instance's zone, and there are only so many on an instance", async () => {
    const h = await harness();
    await fargate(h, {}, { family: "own", requiresCompatibilities: ["EC2"], cpu: undefined });
    const own = { cluster: "arcade", taskDefinition: "own", networkConfiguration: VPC, count: 3 };
    await expect(h.run("RunTask", own)).rejects.toThrow("No Container Instances were found in your cluster.");
    await h.instance("i-1", "running", { availabilityZone: "us-west-2b" });
    const { tasks: made, failures } = await h.run("RunTask", own);
    expect(made).toMatchObject([
      { lastStatus: "PROVISIONING", launchType: "EC2", availabilityZone: "us-west-2b", attachments: [{ details: [{ value: "subnet-b" }] }] },
      {},
    ]);
    // An m5.large has three interfaces, one of them its own.
    expect(failures).toMatchObject([{ reason: "RESOURCE:ENI" }]);
    await h.clock.settle();
    expect([...h.published.keys()]).toEqual(["eni-1:8080/tcp", "eni-2:8080/tcp"]);
    await h.instance("i-1", "terminated");
    expect(h.interfaces.size).toBe(0);
  });

  test("host ports of tasks that share the instance's interface are published there", async () => {
    const h = await harness();
    await h.run("CreateCluster", { clusterName: "arcade" });
    const portMappings = [{ containerPort: 80 }, { containerPort: 81, hostPort: 18_081 }];
    await h.run("RegisterTaskDefinition", { family: "shared", containerDefinitions: [{ name: "web", image: "x", memory: 64, portMappings }] });
    await h.instance("i-1", "running");
    await h.run("RunTask", { cluster: "arcade", taskDefinition: "shared" });
    for (let i = 0; i < 20 && h.published.size < 2; i++) await h.clock.settle();
    const [dynamic, fixed] = [...h.published.keys()];
    expect(fixed).toBe("eni-i-1:18081/tcp");
    const port = Number(/^eni-i-1:(\d+)\/tcp$/.exec(dynamic!)![1]);
    expect(port).toBeGreaterThanOrEqual(32_768);
    const bindings = tasks(h.store, scope).values()[0]!.task.containers![0]!.networkBindings;
    expect(bindings).toMatchObject([{ containerPort: 80, hostPort: port }, { hostPort: 18_081 }]);
  });
});

describe("services on Fargate", () => {
  const SERVICE = { cluster: "arcade", serviceName: "auth", taskDefinition: "auth", launchType: "FARGATE", networkConfiguration: VPC };

  test("keep their count, replace what ends, and come back after a restart", async () => {
    const h = await harness();
    await fargate(h);
    await h.run("CreateService", { ...SERVICE, desiredCount: 2 });
    await h.clock.settle();
    const running = async (from: Harness): Promise<number> =>
      (await from.run("DescribeServices", { cluster: "arcade", services: ["auth"] })).services[0].runningCount;
    expect(await running(h)).toBe(2);
    const { services } = await h.run("DescribeServices", { cluster: "arcade", services: ["auth"] });
    expect(services[0]).toMatchObject({ launchType: "FARGATE", platformVersion: "LATEST", platformFamily: "Linux", networkConfiguration: VPC });
    h.runtime.containers[0]!.exit({ exitCode: 1 });
    await h.clock.advance(6000);
    expect(await running(h)).toBe(2);
    await h.run("UpdateService", { cluster: "arcade", service: "auth", desiredCount: 1 });
    await h.clock.settle();
    expect(await running(h)).toBe(1);
    await h.ecs.stop!();
    open.pop();
    const again = await harness({ store: h.store, clock: h.clock });
    await again.clock.settle();
    expect(await running(again)).toBe(1);
    await again.run("DeleteService", { cluster: "arcade", service: "auth", force: true });
    await again.clock.settle();
    expect(again.interfaces.size).toBe(0);
  });

  test("cannot be daemons, and need a network", async () => {
    const h = await harness();
    await fargate(h);
    await expect(h.run("CreateService", { ...SERVICE, schedulingStrategy: "DAEMON" })).rejects.toThrow(/daemon scheduling strategy/);
    await expect(h.run("CreateService", { ...SERVICE, networkConfiguration: undefined })).rejects.toThrow(/Network Configuration must be provided/);
  });
});
