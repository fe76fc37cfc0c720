import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeTasksCommand, ECSClient, StopTaskCommand } from "@aws-sdk/client-ecs";
import { DeregisterTargetsCommand, ElasticLoadBalancingV2Client, RegisterTargetsCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Deployed } from "./support/deployed.ts";
import { AUTH, call, enginesWorld, putEvent, targetGroupOf, targetsOf, tasksIn } from "./support/engines.ts";
import { mailsTo, MINUTE } from "./support/facts.ts";

/** Starting and stopping engines by event, on the real stacks and functions. */

const EVENT_ONLY = AUTH.replace("[event, http]", "event");

let world: Deployed;
beforeAll(async () => {
  world = await enginesWorld(
    {
      auth: EVENT_ONLY,
      slow: EVENT_ONLY.replace("/api/auth/*", "/api/slow/*").concat('environment: { BOOT_MS: "300" }\n'),
      crash: EVENT_ONLY.replace("/api/auth/*", "/api/crash/*").concat('environment: { CRASH: "1" }\n'),
      // Has no route: nothing to register, and nothing to be reached at.
      worker: "wake: event\nimage: worker\ncompute: { on: fargate }\nprocess: { command: [node, ../worker.cjs] }\n",
    },
    { "worker.cjs": 'process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 1000);\n' },
  );
}, 120_000);
afterAll(() => world?.end());

interface Started {
  statusCode: number;
  body: {
    taskArn: string;
    taskId: string;
    privateIp: string;
    port: number;
    targetGroupArn: string | null;
    healthStatus: string | null;
    error?: string;
    valid?: string[];
    unknown?: string[];
    missing?: string[];
  };
}

const startEvent = (detail: object) => ({ source: "custom.app", "detail-type": "Start ECS Task", detail });
const start = (detail: object) => call<Started>(world, "arcade-start-engines", startEvent(detail));
const stop = (detail: object) =>
  call<{ statusCode: number; body: Record<string, unknown> }>(world, "arcade-stop-engines", {
    source: "custom.app",
    "detail-type": "Stop ECS Tasks",
    detail,
  });

const HEALTHY = /^10\.0\.\d+\.\d+:8080 healthy$/;

afterEach(async () => {
  await stop({});
  for (const leaf of ["auth", "slow", "crash"])
    await world.cloud.clock.advanceUntil(async () => (await targetsOf(world, leaf)).length === 0, 5 * MINUTE, `no targets of ${leaf}`);
});

describe("an event on the default bus", () => {
  test("starts the task, which is registered by its private address and healthy, and people are told once", async () => {
    const before = mailsTo(world, "friend@example.com").length;
    await putEvent(world, "Start ECS Task", { service: "auth" });
    await world.until("auth", "awake");
    expect(await targetsOf(world, "auth")).toEqual([expect.stringMatching(HEALTHY)]);
    await world.cloud.clock.advance(MINUTE);
    expect(mailsTo(world, "friend@example.com").slice(before)).toEqual(["auth is up"]);
  });

  test("twice, and two at once, give one task", async () => {
    const detail = { service: "auth" };
    await Promise.all([1, 2, 3, 4].map(() => putEvent(world, "Start ECS Task", detail)));
    await world.until("auth", "awake");
    await putEvent(world, "Start ECS Task", detail);
    await world.cloud.clock.advance(MINUTE);
    expect(await tasksIn(world, "arcade-auth")).toHaveLength(1);
    expect(await targetsOf(world, "auth")).toHaveLength(1);
  });
});

describe("the answer", () => {
  test("has the task, its address, and its health", async () => {
    const { statusCode, body } = await start({ service: "auth", waitForHealthy: true });
    expect(statusCode).toBe(200);
    const [task] = await tasksIn(world, "arcade-auth");
    expect(body).toEqual({
      taskArn: task!.taskArn,
      taskId: task!.taskArn!.split("/").at(-1),
      privateIp: expect.stringMatching(/^10\.0\./),
      port: 8080,
      targetGroupArn: await targetGroupOf(world, "auth"),
      healthStatus: "healthy",
    });
  });

  test("to a second start is the task that runs", async () => {
    const [first, second] = [await start({ service: "auth" }), await start({ service: "auth" })];
    expect(second.body.taskArn).toBe(first.body.taskArn);
  });

  test("to starts at the same moment is the same task", async () => {
    const answers = await Promise.all([start({ service: "auth" }), start({ service: "auth" }), start({ service: "auth" })]);
    expect(new Set(answers.map(({ body }) => body.taskArn)).size).toBe(1);
  });

  test("for a service without a route has no target group", async () => {
    expect(await start({ service: "worker" })).toMatchObject({ statusCode: 200, body: { targetGroupArn: null, healthStatus: null } });
  });

  test.each([
    [{}, { missing: ["service"] }],
    [{ service: "atuh" }, { unknown: ["atuh"], valid: ["auth", "crash", "slow", "worker"] }],
    [{ service: "auth", prot: 8080 }, { unknown: ["prot"] }],
  ])("to %j is 400 with what is wrong and what is valid", async (detail, body) => {
    expect(await start(detail)).toMatchObject({ statusCode: 400, body });
  });

  test("for a task that ends by itself is 500 with the exit code", async () => {
    const { statusCode, body } = await start({ service: "crash" });
    expect([statusCode, body.error]).toEqual([500, expect.stringContaining("exited with code 3")]);
  });

  test("for what the function may not do is 500 with AWS's words", async () => {
    const { statusCode, body } = await start({ service: "auth", cluster: "somebody-elses" });
    expect([statusCode, body.error]).toEqual([500, expect.stringMatching(/ClusterNotFound|not authorized/)]);
  });
});

test("overrides: container's port, subnets and security groups of the event are those of the task", async () => {
  const { body } = await start({ service: "auth" });
  const describe = async (taskArn: string) =>
    (await world.cloud.client(ECSClient).send(new DescribeTasksCommand({ cluster: "arcade-auth", tasks: [taskArn] }))).tasks![0]!;
  const detail = (task: Awaited<ReturnType<typeof describe>>, name: string) =>
    task.attachments![0]!.details!.find((one) => one.name === name)!.value!;
  const subnet = detail(await describe(body.taskArn), "subnetId");
  await stop({ service: "auth" });
  const { subnets } = await subnetsOfVpc();
  const other = subnets.find((id) => id !== subnet)!;
  const again = await start({ service: "auth", subnets: [other] });
  expect(detail(await describe(again.body.taskArn), "subnetId")).toBe(other);
});

async function subnetsOfVpc(): Promise<{ subnets: string[] }> {
  const { Subnets } = await world.cloud
    .client(EC2Client)
    .send(new DescribeSubnetsCommand({ Filters: [{ Name: "tag:rouse:application", Values: ["arcade"] }] }));
  return { subnets: (Subnets ?? []).map(({ SubnetId }) => SubnetId!) };
}

describe("targets follow the tasks", () => {
  test("a slow start is registered, though nobody waits for it", async () => {
    await putEvent(world, "Start ECS Task", { service: "slow" });
    await world.until("slow", "awake");
    expect(await targetsOf(world, "slow")).toEqual([expect.stringMatching(HEALTHY)]);
  });

  test("a task that dies leaves no target, however it dies", async () => {
    for (const end of ["stopped by hand", "killed"]) {
      const { body } = await start({ service: "auth", waitForHealthy: true });
      if (end === "stopped by hand") await world.cloud.client(ECSClient).send(new StopTaskCommand({ cluster: "arcade-auth", task: body.taskArn }));
      else process.kill(await pidOf(body.taskArn), "SIGKILL");
      await world.cloud.clock.advanceUntil(async () => (await targetsOf(world, "auth")).length === 0, 2 * MINUTE, `no target after it was ${end}`);
    }
  });

  test("a target that somebody took out or put in comes right at the next look", async () => {
    const { body } = await start({ service: "auth", waitForHealthy: true });
    const elb = world.cloud.client(ElasticLoadBalancingV2Client);
    const TargetGroupArn = body.targetGroupArn!;
    await elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: "10.0.0.99", Port: 8080 }] }));
    await elb.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: body.privateIp, Port: 8080 }] }));
    // Idle for an hour it would sleep; somebody starts it again meanwhile.
    await start({ service: "auth" });
    await call(world, "arcade-auth-reconcile-engine", {});
    await world.cloud.clock.advanceUntil(
      async () => (await targetsOf(world, "auth")).join() === `${body.privateIp}:8080 healthy`,
      2 * MINUTE,
      "the task's target and no other",
    );
  });

  test("a function that is killed half-way leaves no orphan: the next event makes it right", async () => {
    // Events twice and late are the model test's; here it is asked twice at the same moment.
    await start({ service: "auth" });
    await Promise.all([call(world, "arcade-auth-reconcile-engine", {}), call(world, "arcade-auth-reconcile-engine", {})]);
    expect(await targetsOf(world, "auth")).toHaveLength(1);
  });
});

describe("Stop ECS Tasks", () => {
  test("by event: takes it out of the target group, lets requests end, and stops the task", async () => {
    await start({ service: "auth", waitForHealthy: true });
    await putEvent(world, "Stop ECS Tasks", { service: "auth" });
    await world.cloud.clock.advanceUntil(async () => (await targetsOf(world, "auth"))[0]?.endsWith("draining") ?? false, MINUTE, "draining");
    expect(await tasksIn(world, "arcade-auth")).toHaveLength(1);
    await world.until("auth", "asleep");
    expect(await targetsOf(world, "auth")).toEqual([]);
  });

  test("without a name stops all; without draining at once", async () => {
    await start({ services: ["auth", "slow", "worker"] });
    const answer = await stop({ deregister: false });
    expect(answer.statusCode).toBe(200);
    for (const leaf of ["auth", "slow", "worker"]) expect(await tasksIn(world, `arcade-${leaf}`)).toEqual([]);
  });

  test("names that there are not are 400", async () => {
    expect(await stop({ services: ["auht"] })).toMatchObject({ statusCode: 400, body: { unknown: ["auht"] } });
  });
});

async function pidOf(taskArn: string): Promise<number> {
  const { tasks } = await world.cloud.client(ECSClient).send(new DescribeTasksCommand({ cluster: taskArn.split("/")[1]!, tasks: [taskArn] }));
  return Number(tasks![0]!.containers![0]!.runtimeId!.replace("pid-", ""));
}
