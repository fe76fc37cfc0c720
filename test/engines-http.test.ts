import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Deployed } from "./support/deployed.ts";
import { ask, AUTH, call, enginesWorld, ruleOf, targetsOf, tasksIn } from "./support/engines.ts";
import { MINUTE } from "./support/facts.ts";

/** Waking by HTTP request, on the real stacks and functions. */

const of = (name: string, more = ""): string => AUTH.replace("/api/auth/*", `/api/${name}/*`).concat(more);

let world: Deployed;
beforeAll(async () => {
  world = await enginesWorld({
    auth: AUTH,
    never: of("never", 'environment: { BOOT_MS: "100000000" }\n'),
    crash: of("crash", 'environment: { CRASH: "1" }\n'),
  });
}, 120_000);
afterAll(() => world?.end());

const asleep = async (leaf: string): Promise<void> => {
  await call(world, "arcade-stop-engines", { services: [leaf], deregister: false });
  await world.until(leaf, "asleep");
};

const BROWSER = {
  accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
};

describe("a request to a sleeping service", () => {
  beforeEach(() => asleep("auth"));

  test("is held, and answered by the service", async () => {
    const answer = await ask(world, "/api/auth/hello?b=%20x&a=2&a=1");
    expect([answer.status, answer.json().method, answer.json().url]).toEqual([200, "GET", "/api/auth/hello?b=%20x&a=2&a=1"]);
    expect(await ruleOf(world, "/api/auth/*")).toBe("service");
    // The next one goes straight there.
    expect((await ask(world, "/api/auth/again", { redirect: "manual" })).status).toBe(200);
  });

  test("keeps its method and body", async () => {
    const answer = await ask(world, "/api/auth/orders", { method: "POST", body: '{"n":1}', headers: { "content-type": "application/json" } });
    expect([answer.status, answer.json().method, answer.json().body]).toEqual([200, "POST", '{"n":1}']);
  });

  test("from twenty at once starts one task, and each is answered", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => ask(world, `/api/auth/${i}`)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(new Set(answers.map((answer) => answer.json().pid)).size).toBe(1);
    expect(await tasksIn(world, "arcade-auth")).toHaveLength(1);
  });

  test("from a browser gets a page that waits, with 503 for caches and monitors, and wakes it", async () => {
    const answer = await ask(world, "/api/auth/", { headers: BROWSER });
    // A quick service may be there before the page is.
    expect([200, 503]).toContain(answer.status);
    if (answer.status === 503) {
      expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
      expect(answer.headers.get("content-type")).toContain("text/html");
      expect(answer.headers.get("cache-control")).toContain("no-store");
      expect(answer.body).toContain("auth");
    }
    await world.until("auth", "awake");
  });
});

describe("what wakes nothing", () => {
  beforeEach(() => asleep("auth"));

  test.each<[string, string, RequestInit]>([
    ["HEAD of the root of its route", "/api/auth/", { method: "HEAD" }],
    ["an uptime monitor", "/api/auth/", { headers: { "user-agent": "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)" } }],
    ["a crawler", "/api/auth/page", { headers: { "user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)" } }],
    ["a question how far it is", "/api/auth/", { method: "HEAD", headers: { "x-rouse-progress": "1" } }],
  ])("%s", async (_what, path, init) => {
    const answer = await ask(world, path, init);
    expect(answer.headers.get("x-rouse-state")).toBe("asleep");
    await world.cloud.clock.advance(MINUTE);
    expect(await tasksIn(world, "arcade-auth")).toEqual([]);
    expect((await world.status("auth")).state).toBe("asleep");
  });

  test("a path that no engine has", async () => {
    expect((await ask(world, "/api/other/")).status).toBe(404);
  });
});

test("a service that does not come up within the hold is 503 with Retry-After, and goes on starting", async () => {
  const began = world.cloud.clock.now();
  const answer = await ask(world, "/api/never/", { redirect: "manual" });
  expect([answer.status, answer.headers.get("x-rouse-state")]).toEqual([503, "waking"]);
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  const held = (world.cloud.clock.now() - began) / 1000;
  expect(held).toBeGreaterThan(50);
  expect(held).toBeLessThan(60);
  expect(await tasksIn(world, "arcade-never")).toHaveLength(1);
  await asleep("never");
});

test("a service that keeps crashing is not started again and again: 503 with the reason, until a person starts it", async () => {
  const statuses: number[] = [];
  for (let i = 0; i < 6; i++) statuses.push((await ask(world, "/api/crash/", { redirect: "manual" })).status);
  expect(new Set(statuses)).toEqual(new Set([503]));
  const stopped = await tasksIn(world, "arcade-crash", "STOPPED");
  expect(stopped.length).toBeLessThanOrEqual(3);
  const answer = await ask(world, "/api/crash/", { redirect: "manual" });
  expect(answer.headers.get("x-rouse-state")).toBe("crashed");
  expect((await world.status("crash")).state).toBe("crashed");
  expect(await tasksIn(world, "arcade-crash", "STOPPED")).toHaveLength(stopped.length);
});

describe("falling asleep", () => {
  test("comes when nobody has asked for `idle.for`, counted from the last request", async () => {
    await asleep("auth");
    await ask(world, "/api/auth/");
    for (let i = 0; i < 3; i++) {
      await world.cloud.clock.advance(4 * MINUTE);
      expect((await ask(world, "/api/auth/", { redirect: "manual" })).status).toBe(200);
    }
    await world.cloud.clock.advance(4 * MINUTE);
    expect((await world.status("auth")).state).toBe("awake");
    await world.until("auth", "asleep", 8 * MINUTE);
    expect(await targetsOf(world, "auth")).toEqual([]);
    expect(await ruleOf(world, "/api/auth/*")).toBe("doorman");
  });

  test("is called off by a request that comes while it drains", async () => {
    await asleep("auth");
    const first = (await ask(world, "/api/auth/")).json().pid;
    await call(world, "arcade-stop-engines", { services: ["auth"], wait: false });
    await world.until("auth", "falling asleep");
    const answer = await ask(world, "/api/auth/");
    expect([answer.status, answer.json().pid]).toEqual([200, first]);
    await world.cloud.clock.advance(MINUTE);
    expect((await world.status("auth")).state).toBe("awake");
  });
});
