import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readUse } from "../src/operate/use.ts";
import { addressOf, ask } from "./support/dns.ts";
import { type Deployed, deployed, HELLO } from "./support/deployed.ts";

/** The main job, on the real stacks and functions, with a real DNS query, a real process and real traffic. */
describe("a leaf that wakes on a DNS query", () => {
  let world: Deployed;
  const name = "hello.arcade.example.com";
  beforeAll(async () => (world = await deployed({ "leaves/hello.yaml": HELLO })), 120_000);
  afterAll(() => world?.end());

  const mails = (): string[] => {
    const inbox = join(world.cloud.dataDir, "inbox");
    return readdirSync(inbox)
      .toSorted()
      .map((file) => readFileSync(join(inbox, file), "utf8"));
  };

  test("sleeps after the deployment, and nothing runs", async () => {
    expect(await world.status("hello")).toMatchObject({ state: "asleep", address: null });
  });

  test("is not woken by other names, other types or deeper names", async () => {
    const { dns, clock } = world.cloud;
    await ask(dns, name, "AAAA");
    await ask(dns, name, "TXT");
    await ask(dns, `_minecraft._tcp.${name}`, "SRV");
    await ask(dns, `www.${name}`, "A");
    await clock.advance(5000);
    expect((await world.status("hello")).state).toBe("asleep");
  });

  test("wakes on a query, and is published when its task runs", async () => {
    expect(await addressOf(world.cloud.dns, name)).toBe("0.0.0.0");
    const awake = await world.until("hello", "awake", 120_000);
    expect(awake.address).toMatch(/^127\.77\./);
    expect(await addressOf(world.cloud.dns, "HELLO.arcade.example.COM")).toBe(awake.address);
    const response = await fetch(`http://${awake.address}:8080/`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("hello from");
  });

  test("stays up while it is used, for longer than it may idle", async () => {
    const { address } = await world.status("hello");
    for (let minute = 0; minute < 6; minute++) {
      for (let i = 0; i < 60; i++) await (await fetch(`http://${address}:8080/`, { headers: { "x-padding": "x".repeat(100) } })).text();
      await world.cloud.clock.advance(60_000);
    }
    expect((await world.status("hello")).state).toBe("awake");
  });

  test("falls asleep when nobody uses it, and its name points nowhere again", async () => {
    const { address } = await world.status("hello");
    await world.until("hello", "asleep", 15 * 60_000);
    await expect(fetch(`http://${address}:8080/`)).rejects.toThrow("fetch failed");
    expect((await world.status("hello")).address).toBeNull();
  });

  test("told the admin and the leaf's friends each once: starting, up, stopped", async () => {
    await world.cloud.clock.settle();
    const subjects = mails().map((mail) => `${/^To: (.*)$/m.exec(mail)?.[1]?.trim()}: ${/^Subject: (.*)$/m.exec(mail)?.[1]?.trim()}`);
    for (const address of ["admin@example.com", "friend@example.com"]) {
      const own = subjects.filter((line) => line.startsWith(address));
      expect(own).toHaveLength(3);
      expect(own.map((line) => line.slice(address.length + 2)).toSorted()).toEqual(["hello has stopped: idle", "hello is starting", "hello is up"]);
    }
  });

  test("wakes again on the next query", async () => {
    await addressOf(world.cloud.dns, name);
    await world.until("hello", "awake", 120_000);
  });

  test("says how much it is used, and when it goes to sleep, to the second", async () => {
    const { cloud, project, connection } = world;
    const { address } = await world.status("hello");
    await (await fetch(`http://${address}:8080/`, { headers: { "x-padding": "x".repeat(6000) } })).text();
    await cloud.clock.advance(2 * 60_000);
    const use = (await readUse(project, world.leaf("hello"), connection, { minutes: 30 }))!;
    expect(use).toMatchObject({ unit: "bytes/s", alarm: "OK" });
    expect(use.minutes).toHaveLength(30);
    expect(Math.max(...use.minutes.slice(-3).map(({ value }) => value ?? 0))).toBeGreaterThan(100);
    const left = Date.parse(use.sleepsAt!) - cloud.clock.now();
    expect(left).toBeGreaterThan(0);
    await cloud.clock.advance(left - 500);
    expect((await world.status("hello")).state).toBe("awake");
    await cloud.clock.advance(2000);
    expect((await world.status("hello")).state).not.toBe("awake");
    await world.until("hello", "asleep", 60_000);
    expect(await readUse(project, world.leaf("hello"), connection, { minutes: 5 })).toMatchObject({ sleepsAt: null, alarm: null });
  });
});
