import { afterEach, describe, expect, test } from "vitest";
import { type Harness, daemon, define, harness as create, scope } from "../testing.ts";
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

const statuses = (h: Harness): string[] =>
  tasks(h.store, scope)
    .values()
    .map(({ task }) => `${task.desiredStatus}/${task.lastStatus}`);

describe("tasks", () => {
  test("a repeated client token gives the same task, with other parameters a conflict", async () => {
    const h = await harness();
    await h.run("CreateCluster", { clusterName: "arcade" });
    await define(h);
    await h.instance("i-1", "running");
    const request = { cluster: "arcade", taskDefinition: "hello", clientToken: "once" };
    const first = await h.run("RunTask", request);
    const second = await h.run("RunTask", request);
    expect(second.tasks[0].taskArn).toBe(first.tasks[0].taskArn);
    await define(h);
    await expect(h.run("RunTask", request)).rejects.toMatchObject({ code: "ConflictException" });
  });

  test("RunTask without instances, and without room, fails as ECS does", async () => {
    const h = await harness();
    await h.run("CreateCluster", { clusterName: "arcade" });
    await define(h, { portMappings: [{ containerPort: 25565, hostPort: 25565 }] });
    await expect(h.run("RunTask", { cluster: "arcade", taskDefinition: "hello" })).rejects.toThrow(
      "No Container Instances were found in your cluster.",
    );
    await h.instance("i-1", "running");
    const { tasks: started, failures } = await h.run("RunTask", { cluster: "arcade", taskDefinition: "hello", count: 2 });
    expect(started).toHaveLength(1);
    expect(failures).toMatchObject([{ reason: "RESOURCE:PORTS" }]);
    await expect(h.run("RunTask", { cluster: "nowhere", taskDefinition: "hello" })).rejects.toMatchObject({ code: "ClusterNotFoundException" });
  });

  test("StopTask keeps its reason, and a stopped task can be listed for an hour", async () => {
    const h = await harness();
    await h.run("CreateCluster", { clusterName: "arcade" });
    await define(h);
    await h.instance("i-1", "running");
    const {
      tasks: [task],
    } = await h.run("RunTask", { cluster: "arcade", taskDefinition: "hello", startedBy: "me" });
    await h.run("StopTask", { cluster: "arcade", task: task.taskArn, reason: "enough" });
    await h.clock.settle();
    const stopped = async (): Promise<string[]> =>
      (await h.run("ListTasks", { cluster: "arcade", desiredStatus: "STOPPED", startedBy: "me", family: "hello" })).taskArns;
    expect(await stopped()).toEqual([task.taskArn]);
    const {
      tasks: [after],
    } = await h.run("DescribeTasks", { cluster: "arcade", tasks: [task.taskArn] });
    expect(after).toMatchObject({ stopCode: "UserInitiated", stoppedReason: "enough" });
    for (const time of ["stoppingAt", "executionStoppedAt", "stoppedAt"]) expect(after[time]).toBeInstanceOf(Date);
    await h.clock.advance(3_600_000);
    expect(await stopped()).toEqual([]);
  });

  test("containers start in the order of dependsOn, and stopping does not wait for one that never comes", async () => {
    const h = await harness();
    h.runtime.check = 1;
    await h.run("CreateCluster", { clusterName: "arcade" });
    await h.run("RegisterTaskDefinition", {
      family: "pair",
      containerDefinitions: [
        { name: "app", image: "app", memory: 100, dependsOn: [{ containerName: "db", condition: "HEALTHY" }] },
        { name: "db", image: "db", memory: 100, healthCheck: { command: ["CMD-SHELL", "true"], startPeriod: 300 } },
      ],
    });
    await h.instance("i-1", "running");
    const {
      tasks: [task],
    } = await h.run("RunTask", { cluster: "arcade", taskDefinition: "pair" });
    await h.clock.advance(1000);
    expect(h.runtime.containers.map(({ spec }) => spec.image)).toEqual(["db"]);
    h.runtime.check = 0;
    await h.clock.advance(1000);
    expect(h.runtime.containers.map(({ spec }) => spec.image)).toEqual(["db", "app"]);
    h.runtime.check = 1;
    const {
      tasks: [other],
    } = await h.run("RunTask", { cluster: "arcade", taskDefinition: "pair" });
    await h.clock.advance(1000);
    for (const one of [task, other]) await h.run("StopTask", { cluster: "arcade", task: one.taskArn });
    await h.clock.advance(40_000);
    expect(statuses(h)).toEqual(["STOPPED/STOPPED", "STOPPED/STOPPED"]);
  });

  test("lines go to prefix/container/task of the log group; a role that may not write fails the start", async () => {
    const h = await harness();
    const logConfiguration = {
      logDriver: "awslogs",
      options: { "awslogs-group": "/leaf", "awslogs-region": "us-west-2", "awslogs-stream-prefix": "hello" },
    };
    await daemon(h, { logConfiguration });
    await h.instance("i-1", "running");
    h.runtime.containers[0]!.spec.onLine("ready");
    await h.clock.settle();
    const { id } = tasks(h.store, scope).values()[0]!;
    expect(h.logs).toEqual([{ group: "/leaf", stream: `hello/web/${id}`, message: "ready" }]);
    h.setAllowed((action) => action !== "logs:CreateLogStream");
    await h.instance("i-2", "running");
    expect(tasks(h.store, scope).values()[1]!.task.stoppedReason).toMatch(
      /^CannotStartContainerError: .*failed to create Cloudwatch log stream: AccessDeniedException: no statement allows logs:CreateLogStream/,
    );
  });

  test("after a restart with kept state the tasks are STOPPED, and an instance that still runs gets a new one", async () => {
    const h = await harness();
    await daemon(h);
    await h.instance("i-1", "running");
    await h.ecs.stop!();
    open.pop();
    const again = await harness({ store: h.store, clock: h.clock });
    await again.clock.settle();
    expect(tasks(h.store, scope).values()[0]!.task).toMatchObject({ lastStatus: "STOPPED", stopCode: "InfrastructureHealth" });
    expect(h.runtime.containers).toHaveLength(1);
    await again.instance("i-1", "running");
    expect(statuses(again)).toEqual(["STOPPED/STOPPED", "RUNNING/RUNNING"]);
    await again.instance("i-1", "terminated");
    expect((await again.run("ListContainerInstances", { cluster: "arcade" })).containerInstanceArns).toEqual([]);
  });

  test("each minute there is one sample of CPU and memory for each running task of a service", async () => {
    const h = await harness();
    await daemon(h);
    await h.instance("i-1", "running");
    await h.instance("i-2", "running");
    await h.clock.advance(60_000);
    const memory = h.metrics.filter(({ name }) => name === "MemoryUtilization");
    expect(memory).toEqual([1, 2].map(() => expect.objectContaining({ value: 12.5, dimensions: { ClusterName: "arcade", ServiceName: "hello" } })));
    const cpu = () => h.metrics.splice(0).filter(({ name }) => name === "CPUUtilization");
    // The fake containers have used one second of CPU each: of the first minute, and none of the second.
    const [began, minute] = [h.clock.now() - 60_000, { dimensions: { ClusterName: "arcade", ServiceName: "hello" }, unit: "Percent" }];
    const value = (100 * 1024) / 60 / 2048; // The task reserves no CPU: of its instance's two vCPUs.
    expect(cpu()).toEqual([1, 2].map(() => ({ ...minute, name: "CPUUtilization", value: expect.closeTo(value) as unknown, at: began })));
    await h.clock.advance(60_000);
    expect(cpu()).toEqual([1, 2].map(() => ({ ...minute, name: "CPUUtilization", value: 0, at: began + 60_000 })));
  });
});
