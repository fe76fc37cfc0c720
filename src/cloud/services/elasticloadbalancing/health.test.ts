import { expect, onTestFinished, test, vi } from "vitest";
import { basics, createRule, createWorld, health, startTarget, FUNCTION, type World } from "./testing/world.ts";

const ADDRESS = "10.1.0.7";

async function world(options: Parameters<typeof createWorld>[0] = {}): Promise<World> {
  const made = createWorld(options);
  await made.elb.start?.();
  onTestFinished(() => made.elb.stop?.());
  return made;
}

async function target() {
  const made = await startTarget();
  onTestFinished(() => {
    made.server.close();
    made.server.closeAllConnections();
  });
  return made;
}

const register = (made: World, TargetGroupArn: string, Id = ADDRESS): Promise<unknown> =>
  made.run("RegisterTargets", { TargetGroupArn, Targets: [{ Id }] });

const stateOf = async (made: World, group: string): Promise<string> => {
  const [first] = await health(made, group);
  return first ? `${first.TargetHealth.State} ${first.TargetHealth.Reason ?? ""}`.trim() : "gone";
};

test("a target is unused until a rule forwards to its group, and then healthy after one check", async () => {
  const made = await world();
  const { listener, group } = await basics(made);
  const app = await target();
  made.routes.set(`${ADDRESS}:8080`, app.route);
  await register(made, group);
  expect(await health(made, group)).toEqual([
    {
      Target: { Id: ADDRESS, Port: 8080, AvailabilityZone: "us-west-2a" },
      HealthCheckPort: "8080",
      TargetHealth: {
        State: "unused",
        Reason: "Target.NotInUse",
        Description: "Target group is not configured to receive traffic from the load balancer",
      },
    },
  ]);
  await createRule(made, listener, group);
  expect(await stateOf(made, group)).toBe("initial Elb.InitialHealthChecking");
  await made.clock.settle();
  expect(await health(made, group)).toMatchObject([{ TargetHealth: { State: "healthy" } }]);
  expect(made.dataPlane.groups.get(group)!.targets).toEqual([{ id: ADDRESS, port: 8080, state: "healthy", healthySince: made.clock.now() }]);
  expect(app.requests).toHaveLength(1);
  expect(app.requests[0]).toMatchObject({ url: "/", headers: { host: "10.1.0.7:8080", "user-agent": "ELB-HealthChecker/2.0", connection: "close" } });
});

test("codes that do not match make a target unhealthy after the threshold; it comes back after the other one", async () => {
  const made = await world();
  const { listener, group } = await basics(made, { HealthCheckIntervalSeconds: 10, HealthyThresholdCount: 3, Matcher: { HttpCode: "200-204" } });
  const app = await target();
  made.routes.set(`${ADDRESS}:8080`, app.route);
  await createRule(made, listener, group);
  await register(made, group);
  await made.clock.settle();
  expect(await stateOf(made, group)).toBe("healthy");
  app.status = 500;
  await made.clock.advance(10_000);
  expect(await stateOf(made, group)).toBe("healthy");
  await made.clock.advance(10_000);
  expect(await health(made, group)).toMatchObject([
    {
      TargetHealth: {
        State: "unhealthy",
        Reason: "Target.ResponseCodeMismatch",
        Description: "Health checks failed with these codes: [500]",
      },
    },
  ]);
  app.status = 204;
  await made.clock.advance(20_000);
  expect(await stateOf(made, group)).toBe("unhealthy Target.ResponseCodeMismatch");
  await made.clock.advance(10_000);
  expect(await stateOf(made, group)).toBe("healthy");
});

test("a target that nobody answers for times out, one that refuses fails; quick checks do not count against it", async () => {
  const made = await world();
  const { listener, group } = await basics(made);
  await createRule(made, listener, group);
  await register(made, group);
  made.routes.set("10.1.0.8:8080", "closed");
  await register(made, group, "10.1.0.8");
  await made.clock.advance(30_000);
  expect((await health(made, group)).map(({ TargetHealth }) => TargetHealth.State)).toEqual(["initial", "initial"]);
  await made.clock.advance(30_000);
  expect((await health(made, group)).map(({ TargetHealth }) => TargetHealth)).toEqual([
    { State: "unhealthy", Reason: "Target.Timeout", Description: "Request timed out" },
    { State: "unhealthy", Reason: "Target.FailedHealthChecks", Description: "Health checks failed" },
  ]);
});

test("a process that takes a moment to listen is found without virtual time passing", async () => {
  const made = await world({ quick: {} });
  const { listener, group } = await basics(made);
  await createRule(made, listener, group);
  made.routes.set(`${ADDRESS}:8080`, "closed");
  const before = made.clock.now();
  await register(made, group);
  const app = await target();
  made.routes.set(`${ADDRESS}:8080`, app.route);
  await made.clock.settle();
  expect(await stateOf(made, group)).toBe("healthy");
  expect(made.clock.now()).toBe(before);
});

test("a deregistered target drains for its delay; registering it again puts an end to that", async () => {
  const made = await world();
  const { listener, group } = await basics(made);
  const app = await target();
  made.routes.set(`${ADDRESS}:8080`, app.route);
  await createRule(made, listener, group);
  await register(made, group);
  await made.clock.settle();
  const deregister = (): Promise<unknown> => made.run("DeregisterTargets", { TargetGroupArn: group, Targets: [{ Id: ADDRESS }] });
  await deregister();
  expect(await stateOf(made, group)).toBe("draining Target.DeregistrationInProgress");
  expect(made.dataPlane.groups.get(group)!.targets).toMatchObject([{ state: "draining" }]);
  await register(made, group);
  await made.clock.settle();
  expect(await stateOf(made, group)).toBe("healthy");
  await deregister();
  await made.clock.advance(299_000);
  expect(await stateOf(made, group)).toBe("draining Target.DeregistrationInProgress");
  await made.clock.advance(1_000);
  expect(await stateOf(made, group)).toBe("gone");
  expect(made.dataPlane.groups.get(group)!.targets).toEqual([]);
  expect(await health(made, group, [{ Id: ADDRESS }])).toEqual([
    {
      Target: { Id: ADDRESS, Port: 8080 },
      TargetHealth: { State: "unused", Reason: "Target.NotRegistered", Description: "Target is not registered to the target group" },
    },
  ]);
  expect(app.requests).toHaveLength(2);
});

test("changed settings count at once, and a group that is used no more is not checked", async () => {
  const made = await world();
  const { listener, group } = await basics(made);
  const app = await target();
  made.routes.set(`${ADDRESS}:9000`, app.route);
  const rule = await createRule(made, listener, group);
  await register(made, group);
  await made.clock.settle();
  await made.run("ModifyTargetGroup", { TargetGroupArn: group, HealthCheckPort: "9000", HealthCheckPath: "/health" });
  await made.clock.settle();
  expect(await stateOf(made, group)).toBe("healthy");
  expect(app.requests[0]).toMatchObject({ url: "/health", headers: { host: "10.1.0.7:9000" } });
  await made.run("DeleteRule", { RuleArn: rule });
  expect(await stateOf(made, group)).toBe("unused Target.NotInUse");
  await made.clock.advance(120_000);
  expect(app.requests).toHaveLength(1);
});

test("a target in a zone that the load balancer has not enabled is unused", async () => {
  const made = await world();
  const { lb, listener, group } = await basics(made);
  await createRule(made, listener, group);
  await register(made, group, "10.1.3.9");
  expect(await health(made, group)).toMatchObject([
    { TargetHealth: { State: "unused", Description: "Target is in an Availability Zone that is not enabled for the load balancer" } },
  ]);
  await made.run("SetSubnets", { LoadBalancerArn: lb, Subnets: ["subnet-a", "subnet-c"] });
  expect(await stateOf(made, group)).toBe("initial Elb.InitialHealthChecking");
});

test("an instance is reached at its address; when it stops it is in an invalid state", async () => {
  const made = await world();
  const { listener, group } = await basics(made, { TargetType: "instance", Name: "machines" });
  await createRule(made, listener, group);
  const view = { instanceId: "i-1", state: "running", vpcId: "vpc-1", availabilityZone: "us-west-2b", privateIp: ADDRESS } as never;
  made.instances.set("i-1", view);
  const app = await target();
  made.routes.set(`${ADDRESS}:8080`, app.route);
  await register(made, group, "i-1");
  await made.clock.settle();
  expect(await stateOf(made, group)).toBe("healthy");
  // Requests go to its address, whatever it is called.
  expect(made.dataPlane.groups.get(group)!.targets).toMatchObject([{ id: "i-1", address: ADDRESS }]);
  const stopped = { ...(view as object), state: "stopped" } as never;
  // The data plane goes to the instance's private address.
  expect(made.dataPlane.groups.get(group)!.targets).toMatchObject([{ id: "i-1", address: ADDRESS }]);
  made.instances.set("i-1", stopped);
  made.instanceChanged(stopped);
  expect(await health(made, group)).toMatchObject([
    { TargetHealth: { Reason: "Target.InvalidState", Description: "Target is in the stopped state" } },
  ]);
  await expect(register(made, group, "i-2")).rejects.toMatchObject({ code: "InvalidTarget" });
});

test("a function is not checked unless that is asked for", async () => {
  const made = await world();
  const { listener, lb } = await basics(made);
  const { TargetGroups } = await made.run<{ TargetGroups: { TargetGroupArn: string }[] }>("CreateTargetGroup", { Name: "fn", TargetType: "lambda" });
  const group = TargetGroups[0]!.TargetGroupArn;
  await register(made, group, FUNCTION);
  await createRule(made, listener, group);
  expect(await health(made, group)).toEqual([
    {
      Target: { Id: FUNCTION },
      TargetHealth: { State: "unavailable", Reason: "Target.HealthCheckDisabled", Description: "Health checks are disabled" },
    },
  ]);
  await made.run("ModifyTargetGroup", { TargetGroupArn: group, HealthCheckEnabled: true });
  await made.clock.settle();
  expect(await stateOf(made, group)).toBe("healthy");
  expect(made.invocations).toMatchObject([{ requestContext: { elb: { targetGroupArn: group } }, httpMethod: "GET", path: "/" }]);
  await made.run("DeregisterTargets", { TargetGroupArn: group, Targets: [{ Id: FUNCTION }] });
  expect(await stateOf(made, group)).toBe("gone");
  made.policyAllows = false;
  await expect(register(made, group, FUNCTION)).rejects.toMatchObject({ code: "AccessDenied" });
  expect(lb).toContain("loadbalancer/app/shared/");
});

test("after a restart targets are checked at once, draining goes on, and listeners have their ports", async () => {
  const made = await world();
  const { listener, group } = await basics(made);
  const app = await target();
  made.routes.set(`${ADDRESS}:8080`, app.route);
  await createRule(made, listener, group);
  await register(made, group);
  await register(made, group, "10.1.0.8");
  await made.run("DeregisterTargets", { TargetGroupArn: group, Targets: [{ Id: "10.1.0.8" }] });
  await made.clock.settle();
  const { port } = made.dataPlane.listeners.get(listener)!;
  await made.clock.advance(100_000);
  await made.elb.stop?.();
  await made.clock.advance(100_000);

  const again = createWorld({ store: made.store, clock: made.clock });
  onTestFinished(() => again.elb.stop?.());
  again.routes.set(`${ADDRESS}:8080`, app.route);
  await again.elb.start?.();
  expect((await health(again, group)).map(({ TargetHealth }) => TargetHealth.State)).toEqual(["initial", "draining"]);
  await again.clock.settle();
  expect((await health(again, group)).map(({ TargetHealth }) => TargetHealth.State)).toEqual(["healthy", "draining"]);
  expect(again.dataPlane.listeners.get(listener)).toMatchObject({ port, plan: { port: 80, rules: [{ priority: 10 }, { priority: "default" }] } });
  await again.clock.advance(100_000);
  expect((await health(again, group)).map(({ TargetHealth }) => TargetHealth.State)).toEqual(["healthy"]);
});

test("counts of hosts are published each minute, for the group and for its zones", async () => {
  const made = await world();
  const { listener, group } = await basics(made);
  const app = await target();
  made.routes.set(`${ADDRESS}:8080`, app.route);
  await createRule(made, listener, group);
  await register(made, group);
  await made.clock.advance(60_000);
  const dimensions = { TargetGroup: group.split(":").at(-1)!, LoadBalancer: expect.stringMatching(/^app\/shared\//) as string };
  expect(made.metrics.filter(({ name }) => name === "HealthyHostCount")).toMatchObject([
    { dimensions, value: 1, unit: "Count" },
    { dimensions: { ...dimensions, AvailabilityZone: "us-west-2a" }, value: 1 },
    { dimensions: { ...dimensions, AvailabilityZone: "us-west-2b" }, value: 0 },
  ]);
  expect(made.metrics.filter(({ name }) => name === "UnHealthyHostCount").map(({ value }) => value)).toEqual([0, 0, 0]);
  await made.run("DeregisterTargets", { TargetGroupArn: group, Targets: [{ Id: ADDRESS }] });
  await made.clock.advance(300_000);
  made.metrics.length = 0;
  await made.clock.advance(300_000);
  expect(made.metrics).toEqual([]);
});

test("under a real clock a target is found healthy within moments of its port being open", async () => {
  const { RealClock } = await import("../../core/clock.ts");
  const made = await world({ clock: new RealClock() });
  const { listener, group } = await basics(made);
  await createRule(made, listener, group);
  made.routes.set(`${ADDRESS}:8080`, "closed");
  await register(made, group);
  const app = await target();
  made.routes.set(`${ADDRESS}:8080`, app.route);
  await vi.waitFor(async () => expect(await stateOf(made, group)).toBe("healthy"), { interval: 10 });
});
