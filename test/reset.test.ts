import { afterAll, beforeAll, expect, test } from "vitest";
import { addressOf, ask } from "./support/dns.ts";
import { type Deployed, deployed, HELLO } from "./support/deployed.ts";

let world: Deployed;
const name = "hello.arcade.example.com";
beforeAll(async () => (world = await deployed({ "leaves/hello.yaml": HELLO })), 120_000);
afterAll(() => world?.end());

const wake = async (): Promise<string> => {
  expect(await addressOf(world.cloud.dns, name)).toBe("0.0.0.0");
  const { address } = await world.until("hello", "awake", 120_000);
  expect((await fetch(`http://${address}:8080/`)).status).toBe(200);
  return address!;
};

test("a web page cannot reset it", async () => {
  const { cloud } = world;
  const answer = await fetch(`${cloud.url}/_cloud/reset`, { method: "POST", headers: { origin: "https://example.org" } });
  expect(answer.status).toBe(403);
  expect((await world.status("hello")).state).toBe("asleep");
});

test("a reset forgets everything and stops what runs, and the cloud works as before: deploy, wake, at the same addresses", async () => {
  const { cloud } = world;
  const address = await wake();

  const reset = await fetch(`${cloud.url}/_cloud/reset`, { method: "POST" });
  expect(reset.status).toBe(200);
  await expect(fetch(`http://${address}:8080/`)).rejects.toThrow("fetch failed");
  expect((await world.status("hello")).state).toBe("not deployed");
  expect((await ask(cloud.dns, name)).code).toBe("REFUSED");
  // Nothing of the old state comes back by itself.
  await cloud.clock.advance(600_000);
  expect((await world.status("hello")).state).toBe("not deployed");

  await world.redeploy();
  expect((await world.status("hello")).state).toBe("asleep");
  await wake();
  expect(cloud.lines.filter((line) => line.includes("mistake"))).toEqual([]);
}, 120_000);
