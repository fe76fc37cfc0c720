import { afterEach, describe, expect, test } from "vitest";
import { GROUP } from "../testing-targets.ts";
import { type Harness, VPC, define, fargate, harness as create, scope } from "../testing.ts";
import { type ServiceRow, services, tasks } from "../state.ts";

const open: Harness[] = [];
afterEach(async () => {
  for (const h of open.splice(0)) await h.ecs.stop!();
});

const BALANCER = { targetGroupArn: GROUP, containerName: "web", containerPort: 8080 };
const HEALTHY = { state: "healthy" } as const;

/** A cluster with a service `web` of the definition `auth` behind the target group; its tasks are healthy unless told. */
async function balanced(service: object = {}, options: { fresh?: Harness["targetGroups"]["fresh"]; container?: object } = {}): Promise<Harness> {
  const h = await create();
  open.push(h);
  h.targetGroups.fresh = options.fresh ?? HEALTHY;
  await fargate(h, options.container);
  await h.run("CreateService", {
    cluster: "arcade",
    serviceName: "web",
    taskDefinition: "auth",
    launchType: "FARGATE",
    desiredCount: 1,
    networkConfiguration: VPC,
    loadBalancers: [BALANCER],
    ...service,
  });
  await h.clock.settle();
  return h;
}

const row = (h: Harness): ServiceRow => services(h.store, scope).get("arcade/web")!;
const said = (h: Harness): string[] =>
  row(h)
    .events.map(({ message }) => message!)
    .reverse();
const targets = (h: Harness): string[] => [...h.targetGroups.targets].map(([key, { state }]) => `${key.slice(GROUP.length + 1)} ${state}`);
const statuses = (h: Harness): string[] =>
  tasks(h.store, scope)
    .values()
    .map(({ task }) => `${task.desiredStatus}/${task.lastStatus}`);
const update = (h: Harness, input: object): Promise<unknown> => h.run("UpdateService", { cluster: "arcade", service: "web", ...input });
/** Events without what is random: ids of tasks and deployments in the order in which they came. */
function plainly(h: Harness): string[] {
  let text = said(h).join("\n").replaceAll(GROUP, "GROUP").replaceAll("(service web", "(");
  tasks(h.store, scope)
    .values()
    .forEach(({ id }, i) => (text = text.replaceAll(id, `t${i + 1}`)));
  [...new Set(text.match(/ecs-svc\/\d+/g) ?? [])].forEach((id, i) => (text = text.replaceAll(id, `d${i + 1}`)));
  return text.split("\n");
}

describe("a service behind a load balancer", () => {
  test("registers its tasks, and is steady when they are healthy there", async () => {
    const h = await balanced({}, { fresh: { state: "initial" } });
    expect(targets(h)).toEqual(["10.0.0.4:8080 initial"]);
    expect(statuses(h)).toEqual(["RUNNING/RUNNING"]);
    expect(row(h).deployments[0]!.rolloutState).toBe("IN_PROGRESS");
    h.targetGroups.set(`${GROUP} 10.0.0.4:8080`, HEALTHY);
    expect(row(h).deployments[0]!.rolloutState).toBe("COMPLETED");
    expect(plainly(h)).toEqual([
      "() has started 1 tasks: (task t1).",
      "() registered 1 targets in (target-group GROUP)",
      "() (deployment d1) deployment completed.",
      "() has reached a steady state.",
    ]);
    const {
      services: [shown],
    } = await h.run("DescribeServices", { cluster: "arcade", services: ["web"] });
    expect(shown).toMatchObject({ loadBalancers: [BALANCER], healthCheckGracePeriodSeconds: 0 });
    expect(shown.deployments[0]).not.toHaveProperty("revision");
  });

  test("a deployment takes a task away when the next one is healthy, and stops it when it has drained", async () => {
    const h = await balanced();
    h.targetGroups.fresh = { state: "initial" };
    await update(h, { forceNewDeployment: true });
    await h.clock.advance(60_000);
    expect(targets(h)).toEqual(["10.0.0.4:8080 healthy", "10.0.0.5:8080 initial"]);
    h.targetGroups.set(`${GROUP} 10.0.0.5:8080`, HEALTHY);
    await h.clock.settle();
    expect(targets(h)).toEqual(["10.0.0.4:8080 draining", "10.0.0.5:8080 healthy"]);
    expect(statuses(h)).toEqual(["STOPPED/DEACTIVATING", "RUNNING/RUNNING"]);
    const shown = row(h).deployments.map(({ status, rolloutState }) => `${status} ${rolloutState}`);
    expect(shown).toEqual(["PRIMARY IN_PROGRESS", "ACTIVE COMPLETED"]);
    await h.clock.advance(9_000);
    expect(h.runtime.containers[0]!.signals).toEqual([]);
    await h.clock.advance(1_000);
    expect(h.runtime.containers[0]!.signals).toEqual(["TERM"]);
    expect(targets(h)).toEqual(["10.0.0.5:8080 healthy"]);
    expect(row(h).deployments).toMatchObject([{ status: "PRIMARY", rolloutState: "COMPLETED" }]);
    expect(plainly(h).slice(4)).toEqual([
      "() has started 1 tasks: (task t2).",
      "() registered 1 targets in (target-group GROUP)",
      "() has stopped 1 running tasks: (task t1).",
      "() deregistered 1 targets in (target-group GROUP)",
      "(, taskSet d1) has begun draining connections on 1 tasks.",
      "() (deployment d2) deployment completed.",
      "() has reached a steady state.",
    ]);
  });

  test("a container health check counts beside the target's", async () => {
    const h = await balanced({}, { container: { healthCheck: { command: ["CMD-SHELL", "true"], startPeriod: 60 } } });
    h.runtime.check = 1;
    await update(h, { forceNewDeployment: true });
    await h.clock.advance(20_000);
    expect(targets(h)).toEqual(["10.0.0.4:8080 healthy", "10.0.0.5:8080 healthy"]);
    expect(statuses(h)).toEqual(["RUNNING/RUNNING", "RUNNING/RUNNING"]);
    h.runtime.check = 0;
    await h.clock.advance(60_000);
    expect(statuses(h)).toEqual(["STOPPED/STOPPED", "RUNNING/RUNNING"]);
  });

  test("with 100 % at most a task makes room first; what drains still takes room", async () => {
    const h = await balanced({ desiredCount: 2, deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 100 } });
    await update(h, { forceNewDeployment: true });
    await h.clock.settle();
    expect(statuses(h)).toEqual(["STOPPED/DEACTIVATING", "RUNNING/RUNNING"]);
    await h.clock.advance(30_000);
    expect(statuses(h)).toEqual(["STOPPED/STOPPED", "STOPPED/STOPPED", "RUNNING/RUNNING", "RUNNING/RUNNING"]);
  });

  test("an unhealthy task is replaced after the grace period: first the new one is healthy, then the old one goes", async () => {
    const h = await balanced({ healthCheckGracePeriodSeconds: 60 });
    h.targetGroups.set(`${GROUP} 10.0.0.4:8080`, { state: "unhealthy", reason: "Health checks failed with these codes: [503]" });
    await h.clock.advance(59_000);
    expect(statuses(h)).toEqual(["RUNNING/RUNNING"]);
    h.targetGroups.fresh = { state: "initial" };
    await h.clock.advance(1_000);
    expect(statuses(h)).toEqual(["RUNNING/RUNNING", "RUNNING/RUNNING"]);
    h.targetGroups.set(`${GROUP} 10.0.0.5:8080`, HEALTHY);
    await h.clock.advance(10_000);
    expect(statuses(h)).toEqual(["STOPPED/STOPPED", "RUNNING/RUNNING"]);
    expect(tasks(h.store, scope).values()[0]!.task).toMatchObject({
      stopCode: "ServiceSchedulerInitiated",
      stoppedReason: `Task failed ELB health checks in (target-group ${GROUP})`,
    });
    expect(plainly(h).slice(4)).toEqual([
      "() has started 1 tasks: (task t2). Amazon ECS replaced 1 tasks due to an unhealthy status.",
      "() registered 1 targets in (target-group GROUP)",
      "() (task t1) (port 8080) is unhealthy in (target-group GROUP) due to (reason Health checks failed with these codes: [503]).",
      "() has stopped 1 running tasks: (task t1).",
      "() deregistered 1 targets in (target-group GROUP)",
      "(, taskSet d1) has begun draining connections on 1 tasks.",
      "() has reached a steady state.",
    ]);
  });

  test("where no replacement may start beside it, an unhealthy task makes room", async () => {
    const h = await balanced({ desiredCount: 2, deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 100 } });
    for (const address of ["10.0.0.4", "10.0.0.5"])
      h.targetGroups.set(`${GROUP} ${address}:8080`, { state: "unhealthy", reason: "Request timed out" });
    await h.clock.settle();
    expect(statuses(h).toSorted()).toEqual(["RUNNING/RUNNING", "STOPPED/DEACTIVATING"]);
    await h.clock.advance(60_000);
    expect(statuses(h).filter((one) => one === "RUNNING/RUNNING")).toHaveLength(2);
    expect(targets(h).every((one) => one.endsWith(" healthy"))).toBe(true);
  });

  test("what is stopped by hand drains too; what has ended by itself does not wait", async () => {
    const h = await balanced();
    const [first] = tasks(h.store, scope).values();
    await h.run("StopTask", { cluster: "arcade", task: first!.id });
    await h.clock.advance(9_000);
    expect(statuses(h)[0]).toBe("STOPPED/DEACTIVATING");
    await h.clock.advance(1_000);
    expect(statuses(h)).toEqual(["STOPPED/STOPPED", "RUNNING/RUNNING"]);
    h.runtime.containers[1]!.exit({ exitCode: 1 });
    await h.clock.settle();
    expect(statuses(h)[1]).toBe("STOPPED/STOPPED");
    expect(targets(h)).toEqual(["10.0.0.5:8080 draining"]);
  });

  test("a task that is stopped while it registers does not stay registered", async () => {
    const h = await balanced({ desiredCount: 0 });
    await update(h, { desiredCount: 1 });
    await update(h, { desiredCount: 0 });
    await h.clock.advance(60_000);
    expect(targets(h)).toEqual([]);
    expect(statuses(h)).toEqual(["STOPPED/STOPPED"]);
  });

  test("a group that refuses is told, and tried again", async () => {
    const h = await balanced({ desiredCount: 0 });
    const group = h.targetGroups.groups.get(GROUP)!;
    h.targetGroups.groups.delete(GROUP);
    await update(h, { desiredCount: 1 });
    await h.clock.settle();
    expect(plainly(h).at(-1)).toBe("() failed to register targets in (target-group GROUP) with (error Target groups 'GROUP' not found)");
    h.targetGroups.groups.set(GROUP, group);
    await h.clock.advance(10_000);
    expect(targets(h)).toEqual(["10.0.0.4:8080 healthy"]);
    expect(plainly(h).at(-1)).toBe("() has reached a steady state.");
  });

  test("in bridge mode the instance is the target, at the host port that it got", async () => {
    const h = await create();
    open.push(h);
    h.targetGroups.groups.set(GROUP, { targetType: "instance", loadBalancerArn: "lb", deregistrationDelay: 10 });
    await h.run("CreateCluster", { clusterName: "arcade" });
    await define(h, { portMappings: [{ containerPort: 8080, hostPort: 0 }] });
    await h.instance("i-1", "running");
    await h.run("CreateService", { cluster: "arcade", serviceName: "web", taskDefinition: "hello", desiredCount: 1, loadBalancers: [BALANCER] });
    await h.clock.settle();
    const { hostPort } = tasks(h.store, scope).values()[0]!.task.containers![0]!.networkBindings![0]!;
    expect(targets(h)).toEqual([`i-1:${hostPort} initial`]);
    h.targetGroups.set(`${GROUP} i-1:${hostPort}`, { state: "unhealthy", reason: "Health checks failed" });
    h.targetGroups.fresh = HEALTHY;
    await h.clock.advance(30_000);
    expect(said(h).find((text) => text.includes("unhealthy in"))).toBe(
      `(service web) (instance i-1) (port ${hostPort}) is unhealthy in (target-group ${GROUP}) due to (reason Health checks failed).`,
    );
  });

  test("a task in two target groups is in both, healthy when it is in both, and drains from both", async () => {
    const h = await balanced({ desiredCount: 0 });
    const other = GROUP.replace("web/1", "other/2");
    h.targetGroups.groups.set(other, { targetType: "ip", loadBalancerArn: "lb", deregistrationDelay: 20 });
    await update(h, { desiredCount: 2, loadBalancers: [BALANCER, { ...BALANCER, targetGroupArn: other }] });
    await h.clock.settle();
    h.targetGroups.set(`${other} 10.0.0.4:8080`, { state: "initial" });
    expect(row(h).steady).toBe(false);
    h.targetGroups.set(`${other} 10.0.0.4:8080`, HEALTHY);
    expect(row(h).steady).toBe(true);
    await update(h, { desiredCount: 0 });
    await h.clock.advance(19_000);
    expect(said(h).filter((text) => text.includes("deregistered 2 targets"))).toHaveLength(2);
    expect(said(h).filter((text) => text.includes("has begun draining connections on 2 tasks."))).toHaveLength(1);
    expect(statuses(h)).toEqual(["STOPPED/DEACTIVATING", "STOPPED/DEACTIVATING"]);
    await h.clock.advance(1_000);
    expect(statuses(h)).toEqual(["STOPPED/STOPPED", "STOPPED/STOPPED"]);
  });

  test("new load balancers are a new deployment; a new grace period is none", async () => {
    const h = await balanced();
    await update(h, { healthCheckGracePeriodSeconds: 30 });
    expect(row(h).deployments).toHaveLength(1);
    await update(h, { loadBalancers: [] });
    await h.clock.advance(20_000);
    expect(targets(h)).toEqual([]);
    expect(statuses(h)).toEqual(["STOPPED/STOPPED", "RUNNING/RUNNING"]);
  });
});

describe("what a load balancer of a service must be", () => {
  const OTHER = GROUP.replace("web/1", "other/2");
  test.each<[string, object, string]>([
    ["another container", { containerName: "app" }, "The container app does not exist in the task definition."],
    ["another port", { containerPort: 80 }, "The container web did not have a container port 80 defined."],
    ["no load balancer", { targetGroupArn: OTHER }, `The target group with targetGroupArn ${OTHER} does not have an associated load balancer.`],
    [
      "targets of another type",
      { targetGroupArn: `${OTHER}3` },
      `The provided target group ${OTHER}3 has target type instance, which is incompatible with the awsvpc network mode specified in the task definition.`,
    ],
    ["a Classic Load Balancer", { loadBalancerName: "old" }, "Classic Load Balancers"],
  ])("%s", async (_name, change, message) => {
    const h = await balanced();
    h.targetGroups.groups.set(OTHER, { targetType: "ip", deregistrationDelay: 0 });
    h.targetGroups.groups.set(`${OTHER}3`, { targetType: "instance", loadBalancerArn: "lb", deregistrationDelay: 0 });
    const input = { cluster: "arcade", serviceName: "next", taskDefinition: "auth", launchType: "FARGATE", networkConfiguration: VPC };
    await expect(h.run("CreateService", { ...input, loadBalancers: [{ ...BALANCER, ...change }] })).rejects.toThrow(message);
    await expect(update(h, { loadBalancers: [{ ...BALANCER, ...change }] })).rejects.toThrow(message);
  });

  test("a grace period needs one", async () => {
    const h = await balanced();
    await expect(update(h, { loadBalancers: [], healthCheckGracePeriodSeconds: 10 })).rejects.toThrow(
      "Health check grace period is only valid for services configured to use load balancers",
    );
  });
});
