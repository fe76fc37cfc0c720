import { afterEach, expect, test } from "vitest";
import { GROUP } from "../testing-targets.ts";
import { type Harness, VPC, fargate, harness as create, scope } from "../testing.ts";
import { services, tasks } from "../state.ts";

const open: Harness[] = [];
afterEach(async () => {
  for (const h of open.splice(0)) await h.ecs.stop!();
});

async function harness(): Promise<Harness> {
  const h = await create();
  open.push(h);
  await fargate(h);
  return h;
}

const SPOT = [{ capacityProvider: "FARGATE_SPOT", weight: 1 }];
const RUN = { cluster: "arcade", taskDefinition: "auth", networkConfiguration: VPC };
const service = (h: Harness, more: object = {}): Promise<unknown> =>
  h.run("CreateService", { ...RUN, serviceName: "web", desiredCount: 2, capacityProviderStrategy: SPOT, ...more });
const providers = (h: Harness): (string | undefined)[] =>
  tasks(h.store, scope)
    .values()
    .map(({ task }) => task.capacityProviderName);

test("without spare capacity RunTask starts nothing, and says so; other capacity is not touched", async () => {
  const h = await harness();
  h.ecs.spot.setAvailable(false);
  expect(await h.run("RunTask", { ...RUN, capacityProviderStrategy: SPOT })).toEqual({
    tasks: [],
    failures: [{ reason: "Capacity is unavailable at this time. Please try again later or in a different availability zone" }],
  });
  expect((await h.run("RunTask", { ...RUN, capacityProviderStrategy: [{ capacityProvider: "FARGATE" }] })).failures).toEqual([]);
  h.ecs.spot.setAvailable(true);
  expect((await h.run("RunTask", { ...RUN, capacityProviderStrategy: SPOT })).tasks).toHaveLength(1);
});

test("a service waits for spare capacity, says so once, and starts when it is there", async () => {
  const h = await harness();
  h.ecs.spot.setAvailable(false);
  await service(h);
  await h.clock.advance(60_000);
  expect(providers(h)).toEqual([]);
  const row = () => services(h.store, scope).get("arcade/web")!;
  expect(row().events.map(({ message }) => message)).toEqual([
    "(service web) was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a different availability zone.",
  ]);
  expect(row().deployments[0]!.failedTasks).toBe(3); // After 0, 10 and 30 seconds.
  expect(h.events.find(({ detail }) => detail.eventName === "SERVICE_TASK_PLACEMENT_FAILURE")!.detail).toMatchObject({
    eventType: "ERROR",
    reason: "RESOURCE:FARGATE",
    capacityProviderArns: ["arn:aws:ecs:us-west-2:000000000000:capacity-provider/FARGATE_SPOT"],
  });
  h.ecs.spot.setAvailable(true);
  await h.clock.settle();
  expect(providers(h)).toEqual(["FARGATE_SPOT", "FARGATE_SPOT"]);
});

test("the share of the other provider starts all the same", async () => {
  const h = await harness();
  h.ecs.spot.setAvailable(false);
  await service(h, {
    desiredCount: 4,
    capacityProviderStrategy: [
      { capacityProvider: "FARGATE", base: 1, weight: 1 },
      { ...SPOT[0], weight: 2 },
    ],
  });
  await h.clock.settle();
  expect(providers(h)).toEqual(["FARGATE", "FARGATE"]);
});

test("a reclaimed task is warned while it is RUNNING, out of its target group before SIGTERM, and replaced at once", async () => {
  const h = await harness();
  h.runtime.obedient = false;
  h.targetGroups.fresh = { state: "healthy" };
  await service(h, { desiredCount: 1, loadBalancers: [{ targetGroupArn: GROUP, containerName: "web", containerPort: 8080 }] });
  await h.clock.settle();
  const [row] = tasks(h.store, scope).values();
  expect(h.ecs.spot.interrupt("arn:aws:ecs:us-west-2:000000000000:task/arcade/other")).toEqual([]);
  const before = h.events.length;
  expect(h.ecs.spot.interrupt()).toEqual([row!.task.taskArn]);
  await h.clock.settle();
  const [warning] = h.events.slice(before);
  expect(warning).toMatchObject({
    detailType: "ECS Task State Change",
    detail: { lastStatus: "RUNNING", desiredStatus: "STOPPED", stopCode: "SpotInterruption", stoppedReason: "Your Spot Task was interrupted." },
  });
  expect(h.targetGroups.targets.get(`${GROUP} 10.0.0.4:8080`)).toEqual({ state: "draining" });
  expect(h.runtime.containers.map(({ signals }) => signals)).toEqual([["TERM"], []]);
  await h.clock.advance(29_000);
  expect(tasks(h.store, scope).get(row!.id)!.task.lastStatus).toBe("RUNNING");
  await h.clock.advance(2_000);
  expect(h.runtime.containers[0]!.signals).toEqual(["TERM", "KILL"]);
  expect(tasks(h.store, scope).get(row!.id)!.task).toMatchObject({ lastStatus: "STOPPED", stopCode: "SpotInterruption" });
  expect(
    services(h.store, scope)
      .get("arcade/web")!
      .events.filter(({ message }) => message!.includes("deregistered")),
  ).toHaveLength(1);
});
