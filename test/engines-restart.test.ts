import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ECSClient, ListClustersCommand } from "@aws-sdk/client-ecs";
import { ListSchedulesCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { DescribeParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Deployed, destroy, restarted } from "./support/deployed.ts";
import { ask, AUTH, ENGINE_BASE, enginesWorld, ruleOf, targetsOf, tasksIn } from "./support/engines.ts";
import { MINUTE } from "./support/facts.ts";

/** What becomes of engines that are awake when the cloud is restarted, and when they are deleted. */

const of = (name: string): string => AUTH.replace("/api/auth/*", `/api/${name}/*`);

describe("the cloud's own restart, with its state kept", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "rouse-restart-"));
  let world: Deployed;
  let before: number;
  beforeAll(async () => {
    world = await enginesWorld({ auth: of("auth"), asleep: of("asleep") }, {}, { dataDir, persistent: true });
    before = (await ask(world, "/api/auth/")).json().pid;
    world = await restarted(world, { dataDir, persistent: true });
  }, 120_000);
  afterAll(async () => {
    await world?.end();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test("an engine that was awake sleeps: no task, no target, and its route leads to the doorman", async () => {
    await world.until("auth", "asleep", MINUTE);
    expect(await tasksIn(world, "arcade-auth")).toEqual([]);
    await world.cloud.clock.advanceUntil(async () => (await targetsOf(world, "auth")).length === 0, MINUTE, "no target");
    expect(await ruleOf(world, "/api/auth/*")).toBe("doorman");
  });

  test("a request wakes it, and one that slept", async () => {
    const answer = await ask(world, "/api/auth/again");
    expect([answer.status, answer.json().url]).toEqual([200, "/api/auth/again"]);
    expect(answer.json().pid).not.toBe(before);
    expect((await ask(world, "/api/asleep/")).status).toBe(200);
    expect(await tasksIn(world, "arcade-auth")).toHaveLength(1);
  });

  test("and it sleeps when nobody uses it", async () => {
    await world.until("auth", "asleep", 15 * MINUTE);
    expect(await targetsOf(world, "auth")).toEqual([]);
  });
});

test("deleting a project whose engines are awake stops them first", async () => {
  const box = of("box").replace(/^compute: .*$/m, "compute: { on: ec2, instanceType: t4g.nano }");
  const world = await enginesWorld({ auth: of("auth"), box }, { "rouse.yaml": ENGINE_BASE });
  try {
    for (const leaf of ["auth", "box"]) expect((await ask(world, `/api/${leaf}/`)).status).toBe(200);
    await destroy(world);
    expect((await world.cloud.client(ECSClient).send(new ListClustersCommand({}))).clusterArns).toEqual([]);
    // Neither is anything left of what the functions have made, and no template knows.
    expect((await world.cloud.client(SSMClient).send(new DescribeParametersCommand({}))).Parameters).toEqual([]);
    expect((await world.cloud.client(SchedulerClient).send(new ListSchedulesCommand({}))).Schedules).toEqual([]);
  } finally {
    await world.end();
  }
}, 120_000);
