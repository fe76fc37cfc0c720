import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ApplicationAutoScalingClient, DescribeScalableTargetsCommand } from "@aws-sdk/client-application-auto-scaling";
import { DescribeLoadBalancersCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { UpdateServiceCommand, ECSClient } from "@aws-sdk/client-ecs";
import { DescribeSecurityGroupsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { ListResourceRecordSetsCommand, Route53Client } from "@aws-sdk/client-route-53";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Deployed } from "./support/deployed.ts";
import { tasksIn } from "./support/engines.ts";
import { mailsTo, MINUTE } from "./support/facts.ts";
import { get, listenerOf, rewrite, service, serviceOf, servicesWorld, WORKER } from "./support/services.ts";

/** Services that are always on, on the real stacks and functions. */

const orders = (environment = ""): string =>
  service(`route: /api/orders/*\nscale: { min: 2, max: 6, cpu: 75 }\nalerts: { email: [friend@example.com] }\nenvironment: { ${environment} }`);

let world: Deployed;
beforeAll(async () => {
  world = await servicesWorld({
    orders: orders(),
    shop: service("domain: shop.example.com"),
    blog: service("domain: blog.example.com\nscale: { min: 1, max: 3, requests: 10, cooldown: 0s }"),
    stock: service("visibility: internal\nroute: /stock/*"),
    worker: WORKER,
    box: service("route: /box/*").replace("{ on: fargate, cpu: 256, memory: 512 }", "{ on: ec2, instanceType: t4g.nano }"),
    spot: service("route: /spot/*\nscale: { min: 2 }").replace("on: fargate", "on: fargate-spot"),
  });
}, 120_000);
afterAll(() => world?.end());

const ca = (): string => readFileSync(join(world.cloud.dataDir, "ca", "ca.pem"), "utf8");

/**
 * What a client that asks and asks is answered while something is done: `200 1`, status and version. One client: virtual time
 * stands still while a request is under way. Under load, in real time: src/cloud/services/ecs/always-on.test.ts.
 */
async function visited(work: () => Promise<unknown>): Promise<Set<string>> {
  const seen = new Set<string>();
  const over = new AbortController();
  const client = (async () => {
    while (!over.signal.aborted) {
      const answer = await get(`${listenerOf(world, 80)}/api/orders/1`).catch(String);
      seen.add(typeof answer === "string" ? answer : `${answer.status} ${answer.status === 200 ? answer.json().version : answer.body}`);
    }
  })();
  await work().finally(() => over.abort());
  await client;
  return seen;
}

const awake = (name: string) => world.until(name, "awake");

describe("deployed", () => {
  test("it comes up with as many tasks as its minimum, and nobody has woken it", async () => {
    await world.cloud.clock.advanceUntil(async () => (await serviceOf(world, "orders")).runningCount === 2, 5 * MINUTE, "two tasks");
    const status = await awake("orders");
    expect(status.serving).toMatchObject({ desired: 2, min: 2, max: 6, deployment: { state: "COMPLETED" } });
    expect(status.url).toBe(`${listenerOf(world, 80)}/api/orders/`);
  });

  test("it answers by its path, through the load balancer", async () => {
    await awake("orders");
    expect((await get(`${listenerOf(world, 80)}/api/orders/1`)).json()).toMatchObject({ version: "1" });
    expect(await get(`${listenerOf(world, 80)}/elsewhere`)).toMatchObject({ status: 404, body: '{"message":"No leaf has this route."}' });
  });

  test.each(["shop.example.com", "blog.example.com"])("%s answers over HTTPS with a certificate of its own", async (host) => {
    await awake(host.split(".")[0]!);
    const answer = await get(`${listenerOf(world, 443)}/page`, { host, ca: ca() });
    expect([answer.status, answer.json().host, answer.certificate]).toEqual([200, host, `DNS:${host}`]);
  });

  test("HTTP leads to HTTPS by name, and leaves the others alone", async () => {
    const answer = await get(`${listenerOf(world, 80)}/page?a=1`, { host: "shop.example.com" });
    // The port of this machine that stands for 443.
    expect([answer.status, answer.location]).toEqual([301, `https://shop.example.com:${new URL(listenerOf(world, 443)).port}/page?a=1`]);
    expect((await get(`${listenerOf(world, 80)}/page`, { host: "other.example.com" })).status).toBe(404);
  });

  test("a name has its record in the project's zone", async () => {
    const { ResourceRecordSets } = await world.cloud.client(Route53Client).send(new ListResourceRecordSetsCommand({ HostedZoneId: "Z1234567890" }));
    const record = ResourceRecordSets!.find(({ Name, Type }) => Name === "shop.example.com." && Type === "A");
    const balancer = world.cloud.loadBalancers().find(({ scheme }) => scheme === "internet-facing")!;
    expect(record!.AliasTarget!.DNSName).toBe(`${balancer.dnsName.toLowerCase()}.`);
  });

  test("an internal one is behind a load balancer of its own, which lets the network in and nobody else", async () => {
    await awake("stock");
    expect((await get(`${listenerOf(world, 80, "internal")}/stock/7`)).status).toBe(200);
    expect((await get(`${listenerOf(world, 80)}/stock/7`)).status).toBe(404);
    const { LoadBalancers } = await world.cloud.client(ElasticLoadBalancingV2Client).send(new DescribeLoadBalancersCommand({}));
    const internal = LoadBalancers!.find(({ Scheme }) => Scheme === "internal")!;
    const { SecurityGroups } = await world.cloud.client(EC2Client).send(new DescribeSecurityGroupsCommand({ GroupIds: internal.SecurityGroups! }));
    expect(SecurityGroups![0]!.IpPermissions!.flatMap(({ IpRanges }) => IpRanges!.map(({ CidrIp }) => CidrIp))).toEqual(["10.0.0.0/16"]);
  });

  test("on instances it answers at the ports that ECS chooses", async () => {
    await awake("box");
    expect((await get(`${listenerOf(world, 80)}/box/1`)).status).toBe(200);
  });

  test("on Spot one of two tasks is on demand", async () => {
    await world.cloud.clock.advanceUntil(async () => (await serviceOf(world, "spot")).runningCount === 2, 5 * MINUTE, "two tasks");
    const tasks = await tasksIn(world, "arcade-spot");
    expect(tasks.map(({ capacityProviderName }) => String(capacityProviderName)).toSorted()).toEqual(["FARGATE", "FARGATE_SPOT"]);
  });

  test("a worker runs without a load balancer", async () => {
    const status = await awake("worker");
    expect(status.url).toBeUndefined();
    expect(status.serving).toMatchObject({ running: 1, min: 1, max: 1 });
    expect((await serviceOf(world, "worker")).loadBalancers).toEqual([]);
  });
});

test("more requests than one task should have bring more tasks", async () => {
  await awake("blog");
  for (let minute = 0; minute < 5; minute++) {
    await Promise.all(Array.from({ length: 30 }, () => get(`${listenerOf(world, 443)}/`, { host: "blog.example.com", ca: ca() })));
    await world.cloud.clock.advance(MINUTE);
  }
  await world.cloud.clock.advanceUntil(async () => (await serviceOf(world, "blog")).runningCount === 3, 2 * MINUTE, "three tasks");
  expect((await world.status("blog")).serving).toMatchObject({ desired: 3, min: 1, max: 3 });
});

test("a deployment keeps the count that scaling has made of it, replaces task by task, and no request fails", async () => {
  await awake("orders");
  const ecs = world.cloud.client(ECSClient);
  await ecs.send(new UpdateServiceCommand({ cluster: "arcade-orders", service: "arcade-orders", desiredCount: 4 }));
  await world.cloud.clock.advanceUntil(async () => (await serviceOf(world, "orders")).runningCount === 4, 5 * MINUTE, "four tasks");
  rewrite(world, "orders", orders('VERSION: "2"'));
  const seen = await visited(() => world.redeploy());
  expect([...seen].toSorted()).toEqual(["200 1", "200 2"]);
  const after = await serviceOf(world, "orders");
  expect([after.desiredCount, after.runningCount]).toEqual([4, 4]);
  expect((await get(`${listenerOf(world, 80)}/api/orders/1`)).json()).toMatchObject({ version: "2" });
  const { ScalableTargets } = await world.cloud
    .client(ApplicationAutoScalingClient)
    .send(new DescribeScalableTargetsCommand({ ServiceNamespace: "ecs" }));
  expect(ScalableTargets!.find(({ ResourceId }) => ResourceId === "service/arcade-orders/arcade-orders")).toMatchObject({
    MinCapacity: 2,
    MaxCapacity: 6,
  });
});

describe("a new version that does not stay up", () => {
  test("is rolled back, told of in one mail, and the old one answers all the time", async () => {
    const [mails, friends] = [mailsTo(world, "admin@example.com").length, mailsTo(world, "friend@example.com").length];
    const before = await serviceOf(world, "orders");
    rewrite(world, "orders", orders('CRASH: "1"'));
    const seen = await visited(() => expect(world.redeploy()).rejects.toThrow("Circuit Breaker"));
    expect([...seen]).toEqual([`200 ${(await get(`${listenerOf(world, 80)}/api/orders/1`)).json().version}`]);
    await world.cloud.clock.advance(20 * MINUTE);
    const after = await serviceOf(world, "orders");
    expect(after.taskDefinition).toBe(before.taskDefinition);
    expect(mailsTo(world, "admin@example.com").slice(mails)).toEqual([
      "orders: new version failed, rolled back: its container orders exited with code 3",
    ]);
    expect(mailsTo(world, "friend@example.com").slice(friends)).toHaveLength(1);
    expect((await world.status("orders")).state).toBe("awake");
  });
});

test("a task that keeps ending is told of once, and started again all the same", async () => {
  const mails = mailsTo(world, "admin@example.com").length;
  for (let crash = 0; crash < 5; crash++) {
    await awake("stock");
    await get(`${listenerOf(world, 80, "internal")}/stock/exit`).catch(() => {});
    await world.cloud.clock.advanceUntil(async () => (await world.status("stock")).state !== "awake", MINUTE, "its end");
  }
  await awake("stock");
  await world.cloud.clock.advance(MINUTE);
  expect(mailsTo(world, "admin@example.com").slice(mails)).toEqual(["stock keeps crashing: its container stock exited with code 4"]);
});
