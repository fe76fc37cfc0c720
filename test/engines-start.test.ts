import { afterAll, beforeAll, expect, test } from "vitest";
import { type Deployed } from "./support/deployed.ts";
import { AUTH, call, enginesWorld, putEvent, targetsOf, tasksIn } from "./support/engines.ts";

let world: Deployed;
beforeAll(async () => {
  world = await enginesWorld({ auth: AUTH.replace("[event, http]", "event") });
}, 120_000);
afterAll(() => world?.end());

interface Started {
  statusCode: number;
  body: { taskArn: string; taskId: string; privateIp: string; port: number; targetGroupArn: string; healthStatus: string };
}

test("an event starts the task, which is registered and healthy", async () => {
  await putEvent(world, "Start ECS Task", { service: "auth" });
  await world.until("auth", "awake");
  expect(await targetsOf(world, "auth")).toEqual([expect.stringMatching(/^10\.0\.\d+\.\d+:8080 healthy$/)]);
  const answer = await call<Started>(world, "arcade-start-engines", { service: "auth", waitForHealthy: true });
  expect(answer).toMatchObject({ statusCode: 200, body: { port: 8080, healthStatus: "healthy" } });
  expect(await tasksIn(world, "arcade-auth")).toHaveLength(1);
});
