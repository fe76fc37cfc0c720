import { afterEach, describe, expect, test } from "vitest";
import { RuntimeError } from "../../../machines/runtime.ts";
import { type Harness, daemon, define, harness as create, scope } from "../testing.ts";
import { services, tasks } from "../state.ts";

const open: Harness[] = [];
afterEach(async () => {
  for (const h of open.splice(0)) await h.ecs.stop!();
});
async function harness(options?: Parameters<typeof create>[0]): Promise<Harness> {
  const h = await create(options);
  open.push(h);
  return h;
}

const all = (h: Harness): object[] => tasks(h.store, scope).values();
const statuses = (h: Harness): string[] =>
  tasks(h.store, scope)
    .values()
    .map(({ task }) => `${task.desiredStatus}/${task.lastStatus}`);
const taskEvents = (h: Harness): string[] =>
  h.events.filter(({ detailType }) => detailType === "ECS Task State Change").map(({ detail }) => `${detail.desiredStatus}/${detail.lastStatus}`);
const messages = (h: Harness): string[] =>
  services(h.store, scope)
    .get("arcade/hello")!
    .events.map(({ message }) => message!)
    .reverse();

describe("a daemon service", () => {
  test("places its task as soon as an instance runs, without any time passing", async () => {
    const h = await harness();
    await daemon(h);
    const before = h.clock.now();
    await h.instance("i-1", "pending");
    expect(all(h)).toHaveLength(0);
    await h.instance("i-1", "running");
    expect(h.clock.now()).toBe(before);
    expect(statuses(h)).toEqual(["RUNNING/RUNNING"]);
    expect(taskEvents(h)).toEqual(["RUNNING/PENDING", "RUNNING/ACTIVATING", "RUNNING/ACTIVATING", "RUNNING/RUNNING"]);
    const {
      tasks: [task],
    } = await h.run("DescribeTasks", { cluster: "arcade", tasks: [tasks(h.store, scope).values()[0]!.id] });
    expect(task).toMatchObject({
      group: "service:hello",
      launchType: "EC2",
      connectivity: "CONNECTED",
      startedBy: expect.stringMatching(/^ecs-svc\/\d{19}$/),
    });
    expect(task.startedAt).toBeInstanceOf(Date);
  });

  test("events carry rising versions, ISO times and no health, as ECS's do", async () => {
    const h = await harness();
    await daemon(h, { healthCheck: { command: ["CMD-SHELL", "true"] } });
    await h.instance("i-1", "running");
    const told = h.events.filter(({ detailType }) => detailType === "ECS Task State Change").map(({ detail }) => detail);
    expect(told.map(({ version }) => version)).toEqual([1, 2, 3, 4]);
    expect(told.at(-1)).toMatchObject({
      createdAt: "2026-01-05T00:00:00.000Z",
      startedAt: "2026-01-05T00:00:00.000Z",
      clusterArn: "arn:aws:ecs:us-west-2:000000000000:cluster/arcade",
    });
    expect(JSON.stringify(told)).not.toContain("healthStatus");
    expect(
      h.events.some(
        ({ detailType, detail }) => detailType === "ECS Container Instance State Change" && detail.ec2InstanceId === "i-1" && detail.agentConnected,
      ),
    ).toBe(true);
  });

  test("says what it does in ECS's words, and completes its deployment", async () => {
    const h = await harness();
    await daemon(h);
    await h.instance("i-1", "running");
    const id = tasks(h.store, scope).values()[0]!.id;
    expect(messages(h).slice(-2)).toEqual([`(service hello) has started 1 tasks: (task ${id}).`, "(service hello) has reached a steady state."]);
    const {
      services: [service],
    } = await h.run("DescribeServices", { cluster: "arcade", services: ["hello"] });
    expect(service).toMatchObject({
      desiredCount: 1,
      runningCount: 1,
      status: "ACTIVE",
      deployments: [{ status: "PRIMARY", rolloutState: "COMPLETED" }],
    });
  });

  test("with a health check, the steady state waits for it", async () => {
    const h = await harness();
    h.runtime.check = 1;
    await daemon(h, { healthCheck: { command: ["CMD-SHELL", "true"], startPeriod: 120 } });
    const steady = (): number => h.events.filter(({ detail }) => detail.eventName === "SERVICE_STEADY_STATE").length;
    await h.instance("i-1", "running");
    await h.clock.advance(5000);
    const before = steady();
    h.runtime.check = 0;
    await h.clock.advance(1000);
    expect(steady() - before).toBe(1);
    expect(tasks(h.store, scope).values()[0]!.task.healthStatus).toBe("HEALTHY");
  });

  test("an instance whose role may not register never joins, and the log says why", async () => {
    const h = await harness();
    await daemon(h);
    h.setAllowed((action) => action !== "ecs:RegisterContainerInstance");
    await h.instance("i-1", "running");
    await h.clock.advance(20_000);
    expect(all(h)).toHaveLength(0);
    expect(h.said.join()).toContain("instance i-1 cannot join cluster arcade: no statement allows ecs:RegisterContainerInstance");
    h.setAllowed(() => true);
    await h.clock.advance(30_000);
    expect(statuses(h)).toEqual(["RUNNING/RUNNING"]);
  });

  test("a failed essential container stops the task with its exit code, and is replaced", async () => {
    const h = await harness();
    await daemon(h);
    await h.instance("i-1", "running");
    const [first] = tasks(h.store, scope).values();
    h.runtime.containers[0]!.exit({ exitCode: 1 });
    await h.clock.settle();
    expect(tasks(h.store, scope).get(first!.id)!.task).toMatchObject({
      lastStatus: "STOPPED",
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
      containers: [{ exitCode: 1, lastStatus: "STOPPED" }],
    });
    expect(h.runtime.containers).toHaveLength(1);
    await h.clock.advance(5000);
    expect(h.runtime.containers).toHaveLength(2);
  });

  test("tasks that cannot start are tried at growing intervals, and the service says that it is impaired", async () => {
    const h = await harness();
    h.runtime.fail = new RuntimeError("CannotPullContainerError", "pull access denied for hello");
    await daemon(h);
    await h.instance("i-1", "running");
    const counts: number[] = [];
    for (const seconds of [0, 10, 20, 40, 80]) {
      await h.clock.advance(seconds * 1000);
      counts.push(all(h).length);
    }
    expect(counts).toEqual([1, 2, 3, 4, 5]);
    expect(tasks(h.store, scope).values()[0]!.task).toMatchObject({
      stopCode: "TaskFailedToStart",
      stoppedReason: "CannotPullContainerError: pull access denied for hello",
      containers: [{ reason: "CannotPullContainerError: pull access denied for hello" }],
    });
    expect(messages(h).filter((text) => text.includes("is unable to consistently start tasks successfully"))).toHaveLength(1);
    expect(h.events.filter(({ detail }) => detail.eventName === "SERVICE_TASK_START_IMPAIRED")).toHaveLength(1);
    h.runtime.fail = undefined;
    await h.clock.advance(15 * 60_000);
    expect(statuses(h)).toContain("RUNNING/RUNNING");
  });

  test("an unhealthy task is stopped and replaced", async () => {
    const h = await harness();
    await daemon(h, { healthCheck: { command: ["CMD-SHELL", "true"], interval: 5, retries: 2 } });
    await h.instance("i-1", "running");
    h.runtime.check = 1;
    await h.clock.advance(11_000);
    h.runtime.check = 0;
    await h.clock.advance(10_000);
    const [first, second] = tasks(h.store, scope).values();
    expect(first!.task).toMatchObject({
      stopCode: "ServiceSchedulerInitiated",
      stoppedReason: "Task failed container health checks",
      lastStatus: "STOPPED",
    });
    expect(second!.task).toMatchObject({ lastStatus: "RUNNING", healthStatus: "HEALTHY" });
  });

  test("a new task definition replaces the task: the old one stops before the new one starts", async () => {
    const h = await harness();
    await daemon(h, { portMappings: [{ containerPort: 8080, hostPort: 0 }] });
    await h.instance("i-1", "running");
    await define(h, { image: "hello:2" });
    await h.run("UpdateService", { cluster: "arcade", service: "hello", taskDefinition: "hello:2" });
    await h.clock.advance(1000);
    expect(h.runtime.containers.map(({ spec, ended }) => `${spec.image} ${ended}`)).toEqual(["hello:1 true", "hello:2 false"]);
    const {
      services: [service],
    } = await h.run("DescribeServices", { cluster: "arcade", services: ["hello"] });
    expect(service.deployments).toMatchObject([{ status: "PRIMARY", rolloutState: "COMPLETED", runningCount: 1 }]);
    expect(h.events.filter(({ detailType }) => detailType === "ECS Deployment State Change").map(({ detail }) => detail.eventName)).toEqual([
      "SERVICE_DEPLOYMENT_IN_PROGRESS",
      "SERVICE_DEPLOYMENT_COMPLETED",
      "SERVICE_DEPLOYMENT_IN_PROGRESS",
      "SERVICE_DEPLOYMENT_COMPLETED",
    ]);
  });

  test("forceNewDeployment replaces the task of the same definition", async () => {
    const h = await harness();
    await daemon(h);
    await h.instance("i-1", "running");
    await h.run("UpdateService", { cluster: "arcade", service: "hello", forceNewDeployment: true });
    await h.clock.advance(1000);
    expect(h.runtime.containers.map(({ ended }) => ended)).toEqual([true, false]);
  });

  test("a task with no room is not placed, and the service says why, once", async () => {
    const h = await harness();
    await daemon(h, { memory: 100_000 });
    await h.instance("i-1", "running");
    await h.instance("i-2", "running");
    expect(all(h)).toHaveLength(0);
    expect(messages(h).filter((text) => /unable to place a task .* has insufficient memory available/.test(text)).length).toBeLessThanOrEqual(2);
    expect(h.events.some(({ detail }) => detail.eventName === "SERVICE_TASK_PLACEMENT_FAILURE" && detail.reason === "RESOURCE:MEMORY")).toBe(true);
  });

  test("deleting it stops its tasks and makes it INACTIVE", async () => {
    const h = await harness();
    await daemon(h);
    await h.instance("i-1", "running");
    const { service } = await h.run("DeleteService", { cluster: "arcade", service: "hello" });
    expect(service.status).toBe("DRAINING");
    await h.clock.advance(1000);
    expect(services(h.store, scope).get("arcade/hello")!.status).toBe("INACTIVE");
    expect(statuses(h)).toEqual(["STOPPED/STOPPED"]);
  });
});

describe("a replica service", () => {
  test("keeps its count, spreads over instances, and scales down", async () => {
    const h = await harness();
    await h.run("CreateCluster", { clusterName: "arcade" });
    await define(h);
    await h.instance("i-1", "running");
    await h.instance("i-2", "running");
    await h.run("CreateService", { cluster: "arcade", serviceName: "hello", taskDefinition: "hello", desiredCount: 2 });
    await h.clock.advance(0);
    expect(
      new Set(
        tasks(h.store, scope)
          .values()
          .map(({ ec2InstanceId }) => ec2InstanceId),
      ),
    ).toEqual(new Set(["i-1", "i-2"]));
    await h.run("UpdateService", { cluster: "arcade", service: "hello", desiredCount: 1 });
    await h.clock.advance(1000);
    expect(statuses(h).sort()).toEqual(["RUNNING/RUNNING", "STOPPED/STOPPED"]);
    await expect(h.run("DeleteService", { cluster: "arcade", service: "hello" })).rejects.toThrow(
      "The service cannot be stopped while it is scaled above 0.",
    );
  });

  test("a rolling update starts the new task before it stops the old one", async () => {
    const h = await harness();
    await h.run("CreateCluster", { clusterName: "arcade" });
    await define(h);
    await h.instance("i-1", "running");
    await h.run("CreateService", { cluster: "arcade", serviceName: "hello", taskDefinition: "hello", desiredCount: 1 });
    await h.clock.advance(0);
    await define(h, { image: "hello:2" });
    await h.run("UpdateService", { cluster: "arcade", service: "hello", taskDefinition: "hello" });
    await h.clock.advance(1000);
    const order = taskEvents(h).filter((one) => one === "RUNNING/RUNNING" || one === "STOPPED/DEACTIVATING");
    expect(order).toEqual(["RUNNING/RUNNING", "RUNNING/RUNNING", "STOPPED/DEACTIVATING"]);
  });
});
