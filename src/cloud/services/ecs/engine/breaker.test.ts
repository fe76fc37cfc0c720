import { afterEach, describe, expect, test } from "vitest";
import { RuntimeError } from "../../../machines/runtime.ts";
import { GROUP } from "../testing-targets.ts";
import { type Harness, VPC, fargate, harness as create, scope } from "../testing.ts";
import { type ServiceRow, services, tasks } from "../state.ts";
import { threshold } from "./breaker.ts";

const open: Harness[] = [];
afterEach(async () => {
  for (const h of open.splice(0)) await h.ecs.stop!();
});

test.each<[number, object | undefined, number]>([
  [0, undefined, 3],
  [1, undefined, 3],
  [7, undefined, 4],
  [25, undefined, 13],
  [1000, undefined, 200],
  [1, { type: "UNBOUNDED_PERCENT", value: 50 }, 1],
  [1000, { type: "UNBOUNDED_PERCENT", value: 50 }, 500],
  [1000, { type: "COUNT", value: 2 }, 2],
])("of %d desired tasks, with %j, %d may fail", (desiredCount, thresholdConfiguration, expected) => {
  const deploymentCircuitBreaker = { enable: true, rollback: true, thresholdConfiguration } as never;
  const deploymentConfiguration = { deploymentCircuitBreaker, maximumPercent: 200, minimumHealthyPercent: 100 };
  expect(threshold({ desiredCount, deploymentConfiguration })).toBe(expected);
});

const BREAKER = { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } };

async function service(more: object = {}): Promise<Harness> {
  const h = await create();
  open.push(h);
  h.targetGroups.fresh = { state: "healthy" };
  await fargate(h);
  await h.run("CreateService", {
    cluster: "arcade",
    serviceName: "web",
    taskDefinition: "auth",
    launchType: "FARGATE",
    desiredCount: 1,
    networkConfiguration: VPC,
    ...BREAKER,
    ...more,
  });
  return h;
}

const BALANCED = { loadBalancers: [{ targetGroupArn: GROUP, containerName: "web", containerPort: 8080 }] };
const row = (h: Harness): ServiceRow => services(h.store, scope).get("arcade/web")!;
const deployments = (h: Harness): string[] =>
  row(h).deployments.map(({ status, rolloutState, failedTasks }) => `${status} ${rolloutState} ${failedTasks}`);
const states = (h: Harness): object[] =>
  h.events
    .filter(({ detailType }) => detailType === "ECS Deployment State Change")
    .map(({ detail: { eventName, eventType, reason } }) => ({ eventName, eventType, reason }));

async function next(h: Harness): Promise<void> {
  await h.run("RegisterTaskDefinition", {
    family: "auth",
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: "256",
    memory: "512",
    containerDefinitions: [{ name: "web", image: "auth:2", portMappings: [{ containerPort: 8080 }] }],
  });
  await h.run("UpdateService", { cluster: "arcade", service: "web", taskDefinition: "auth" });
}

describe("the deployment circuit breaker", () => {
  test("rolls back a deployment whose tasks do not start, under the id of the one that was completed", async () => {
    const h = await service();
    await h.clock.advance(5_000);
    expect(deployments(h)).toEqual(["PRIMARY COMPLETED 0"]);
    const good = row(h).deployments[0]!.id;
    h.runtime.fail = new RuntimeError("CannotPullContainerError", "pull access denied for auth:2");
    await next(h);
    const bad = row(h).deployments[0]!.id;
    await h.clock.advance(20_000);
    expect(deployments(h)).toEqual(["PRIMARY IN_PROGRESS 2", "ACTIVE COMPLETED 0"]);
    await h.clock.advance(15_000);
    expect(deployments(h)).toEqual(["PRIMARY COMPLETED 0"]);
    expect(row(h)).toMatchObject({ taskDefinition: expect.stringMatching(/auth:1$/), deployments: [{ id: good }] });
    expect(h.runtime.containers.map(({ spec, ended }) => `${spec.image} ${ended}`)).toEqual(["auth:1 false"]);
    expect(states(h).slice(2)).toEqual([
      { eventType: "INFO", eventName: "SERVICE_DEPLOYMENT_IN_PROGRESS", reason: `ECS deployment ${bad} in progress.` },
      { eventType: "ERROR", eventName: "SERVICE_DEPLOYMENT_FAILED", reason: "ECS deployment circuit breaker: tasks failed to start." },
      {
        eventType: "INFO",
        eventName: "SERVICE_DEPLOYMENT_IN_PROGRESS",
        reason: `ECS deployment circuit breaker: rolling back to deploymentId ${good}.`,
      },
      { eventType: "INFO", eventName: "SERVICE_DEPLOYMENT_COMPLETED", reason: `ECS deployment ${good} completed.` },
    ]);
    const told = row(h).events.map(({ message }) => message);
    expect(told).toContain(`(service web) (deployment ${bad}) deployment failed: tasks failed to start.`);
    expect(told).toContain(`(service web) rolling back to deployment ${good}.`);
  });

  test("rolls back a deployment whose tasks fail the load balancer's checks; the old task serves all the time", async () => {
    const h = await service(BALANCED);
    await h.clock.settle();
    h.targetGroups.fresh = { state: "unhealthy", reason: "Health checks failed with these codes: [500]" };
    await next(h);
    for (let i = 0; i < 90; i++) {
      await h.clock.advance(1_000);
      expect(h.targetGroups.targets.get(`${GROUP} 10.0.0.4:8080`)).toEqual({ state: "healthy" });
    }
    expect(deployments(h)).toEqual(["PRIMARY COMPLETED 0"]);
    expect(h.runtime.containers.filter(({ ended }) => !ended).map(({ spec }) => spec.image)).toEqual(["auth:1"]);
    expect(states(h).map((one) => (one as { eventName: string }).eventName)).toContain("SERVICE_DEPLOYMENT_FAILED");
  });

  test("a first deployment has nothing to go back to: it is FAILED, and starts nothing more until the next one", async () => {
    const h = await service();
    for (let i = 0; i < 8; i++) {
      // A program that ends at once: its task has been RUNNING, but not for long enough to count.
      await h.clock.advance(1_000);
      for (const container of h.runtime.containers) if (!container.ended) container.exit({ exitCode: 1 });
      await h.clock.advance(4_000);
    }
    expect(deployments(h)).toEqual(["PRIMARY FAILED 3"]);
    expect(row(h).deployments[0]!.rolloutStateReason).toBe("ECS deployment circuit breaker: tasks failed to start.");
    const before = tasks(h.store, scope).values().length;
    await h.clock.advance(600_000);
    expect(tasks(h.store, scope).values()).toHaveLength(before);
    await next(h);
    await h.clock.advance(5_000);
    expect(deployments(h)).toEqual(["PRIMARY COMPLETED 0"]);
  });

  test("without rollback a failed deployment leaves the tasks of the one before alone", async () => {
    const h = await service({ ...BALANCED, deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: false } } });
    await h.clock.settle();
    h.runtime.fail = new RuntimeError("CannotPullContainerError", "no");
    await next(h);
    await h.clock.advance(120_000);
    expect(deployments(h)).toEqual(["PRIMARY FAILED 3", "ACTIVE COMPLETED 0"]);
    expect(h.runtime.containers.map(({ ended }) => ended)).toEqual([false]);
  });

  test("a healthy task resets the count", async () => {
    const h = await service({ desiredCount: 2, ...BALANCED });
    await h.clock.settle();
    h.targetGroups.fresh = { state: "unhealthy", reason: "Health checks failed" };
    await next(h);
    await h.clock.advance(27_000);
    expect(row(h).deployments[0]!.failedTasks).toBe(2);
    h.targetGroups.fresh = { state: "healthy" };
    await h.clock.advance(60_000);
    expect(deployments(h)).toEqual(["PRIMARY COMPLETED 0"]);
  });

  test("without it a deployment goes on trying", async () => {
    const h = await service({ deploymentConfiguration: {} });
    await h.clock.settle();
    h.runtime.fail = new RuntimeError("CannotPullContainerError", "no");
    await next(h);
    await h.clock.advance(120_000);
    expect(deployments(h)[0]).toMatch(/^PRIMARY IN_PROGRESS [4-9]$/);
  });
});
