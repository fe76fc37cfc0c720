import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LeafStatus } from "../src/operate/leaf-state.ts";
import { root } from "./support/deployed.ts";
import { rouse, type Running, up } from "./support/rouse.ts";

/** The example of services that are always on, from the command line. */

const directory = mkdtempSync(join(tmpdir(), "rouse-services-"));
let cloud: Running;
beforeAll(async () => {
  cpSync(join(root, "examples/services"), directory, { recursive: true, filter: (path) => !path.includes(".rouse") });
  cloud = await up(directory);
}, 120_000);
afterAll(async () => {
  cloud?.child.kill("SIGINT");
  await cloud?.ended;
  rmSync(directory, { recursive: true, force: true });
});

describe("the example", { timeout: 60_000 }, () => {
  test("says where each service is reached, and how many tasks it has", () => {
    const { stdout } = cloud.output;
    expect(stdout).toMatch(/mailer +no ports: a worker, 1 task\n/);
    expect(stdout).toMatch(/orders +http:\/\/127\.0\.0\.1:\d+\/api\/orders {2}\/api\/orders\/\* {2}2 to 10 tasks\n/);
    expect(stdout).toMatch(/stock +internal load balancer \/stock\/\* {2}1 task\n/);
    expect(stdout).toMatch(/www +https:\/\/www\.example\.com\/\* {2}2 tasks\n/);
  });

  test("is visited: by path, by name over HTTPS, and the internal one on this machine", async () => {
    const ran = await Promise.all(["orders", "www", "stock"].map((leaf) => rouse(directory, "connect", leaf)));
    expect(ran.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array.from({ length: 3 }, () => ({ code: 0, stderr: "" })));
    for (const { stdout } of ran) expect(stdout).toContain("HTTP 200");
    expect(ran[1]!.stdout).toContain("GET https://127.0.0.1:");
  });

  test("tells how it goes, in words and as JSON", async () => {
    const [{ stdout }, json] = await Promise.all([rouse(directory, "status"), rouse(directory, "status", "--json")]);
    expect(stdout).toMatch(/orders +awake .*\n {4}2 of 2 tasks \(2 to 10\), 2 of 2 targets healthy, shop-orders:1 deployed \d\d:\d\d/);
    expect(stdout).toMatch(/stock +awake .*\n .*, inside the network only\n/);
    expect(stdout).toMatch(/mailer +awake .*\n {4}1 of 1 tasks?, shop-mailer:1 deployed/);
    const statuses = JSON.parse(json.stdout) as LeafStatus[];
    expect(statuses.map(({ name, state, serving }) => [name, state, serving?.running, serving?.healthy])).toEqual([
      ["mailer", "awake", 1, undefined],
      ["orders", "awake", 2, 2],
      ["stock", "awake", 1, 1],
      ["www", "awake", 2, 2],
    ]);
  });

  test.each([
    ["wake", "orders", "orders is always on: it neither sleeps nor is woken."],
    ["sleep", "orders", "orders is always on: it neither sleeps nor is woken."],
    ["connect", "mailer", "mailer is a worker without ports: nobody can connect to it"],
  ])("rouse %s %s says why not", async (command, leaf, why) => {
    const { code, stderr } = await rouse(directory, command, leaf);
    expect([code, stderr.includes(why)]).toEqual([2, true]);
  });
});
