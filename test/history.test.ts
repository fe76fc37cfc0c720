import { AutoScalingClient, DeleteTagsCommand, SetDesiredCapacityCommand } from "@aws-sdk/client-auto-scaling";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MARKS } from "../src/functions/shared/names.ts";
import { clientOf } from "../src/operate/environment.ts";
import { readHistory } from "../src/operate/history.ts";
import type { History, Wake } from "../src/operate/history-types.ts";
import { sleepLeaf, wakeLeaf } from "../src/operate/steer.ts";
import { addressOf } from "./support/dns.ts";
import { type Deployed, deployed, HELLO } from "./support/deployed.ts";

const MINUTE = 60_000;

/** What functions write of each wake of a leaf, and what is read from it. */
describe("the history of a leaf that wakes on a DNS query", () => {
  let world: Deployed;
  const name = "hello.arcade.example.com";
  beforeAll(async () => (world = await deployed({ "leaves/hello.yaml": HELLO.replace("for: 3m", "for: 1m") })), 120_000);
  afterAll(() => world?.end());

  const history = async (): Promise<History> => {
    await world.cloud.clock.settle();
    return readHistory(world.project, world.leaf("hello"), world.connection, { sinceMs: 86_400_000 });
  };
  const newest = async (): Promise<Wake> => (await history()).wakes[0]!;
  const names = ({ phases }: Wake): string[] => phases.map(({ name }) => name);

  test("is empty before anybody has woken it", async () => {
    expect(await history()).toEqual({ leaf: "hello", wakes: [], alerts: [] });
  });

  test("of a wake that goes on says who woke it and each phase", async () => {
    await addressOf(world.cloud.dns, name);
    const { address } = await world.until("hello", "awake");
    const wake = await newest();
    expect(wake).toMatchObject({
      leaf: "hello",
      woken: { by: "dns", who: "127.0.0.1" },
      wokenBy: "DNS query from 127.0.0.1",
      address: `${name}:8080`,
      slept: null,
      isFalse: null,
    });
    expect(names(wake)).toEqual(["asked", "noticed", "desired", "instance", "task", "image", "running", "published"]);
    const times = wake.phases.map(({ at }) => Date.parse(at));
    expect(wake.readyMs).toBe(times.at(-1)! - times[0]!);
    for (let i = 0; i < 60; i++) await (await fetch(`http://${address}:8080/`, { headers: { "x-padding": "x".repeat(100) } })).text();
  });

  test("of one that is over says how it was used, why it slept and what it cost", async () => {
    await world.until("hello", "asleep", 15 * MINUTE);
    const wake = await newest();
    expect(wake).toMatchObject({ slept: { why: "idle", reason: "idle" }, isFalse: false });
    expect(wake.keptUp).toMatch(/^used in 1 minute, the last at \d\d:\d\dZ, \d+(\.\d)? (kB|bytes) in all$/);
    expect(names(wake).at(-1)).toBe("traffic");
    expect(wake.upSeconds).toBeGreaterThan(60);
    expect(wake.usd).toBeGreaterThan(0);
  });

  test("of one that nobody used says so", async () => {
    await addressOf(world.cloud.dns, name);
    await world.until("hello", "awake");
    await world.until("hello", "asleep", 15 * MINUTE);
    expect(await newest()).toMatchObject({ isFalse: true, slept: { why: "idle" } });
  });

  test("knows a person, and one who changes the desired count", async () => {
    const { project, connection } = world;
    await wakeLeaf(project, world.leaf("hello"), connection, "ann");
    await world.until("hello", "awake");
    await sleepLeaf(project, world.leaf("hello"), connection);
    await world.until("hello", "asleep");
    expect(await newest()).toMatchObject({ wokenBy: "ann (rouse)", slept: { why: "hand", reason: "stopped by hand" } });
    await world.cloud.clock.advance(5000);
    const [AutoScalingGroupName, client] = ["arcade-hello", clientOf(AutoScalingClient, connection)];
    const mark = { ResourceId: AutoScalingGroupName, ResourceType: "auto-scaling-group", Key: MARKS.wake };
    await client.send(new DeleteTagsCommand({ Tags: [mark] }));
    await client.send(new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity: 1 }));
    await world.until("hello", "awake");
    expect(await newest()).toMatchObject({ wokenBy: "by hand" });
  });

  test("has each message once, with its notice", async () => {
    const { alerts, wakes } = await history();
    expect(wakes).toHaveLength(4);
    expect(alerts.map(({ notice: { occasion } }) => occasion).toReversed()).toEqual([
      ...Array.from({ length: 3 }, () => ["starting", "ready", "stopped"]).flat(),
      "starting",
      "ready",
    ]);
    expect(new Set(alerts.map(({ notice: { id } }) => id)).size).toBe(alerts.length);
    const stopped = alerts.find(({ notice: { occasion } }) => occasion === "stopped")!.notice;
    expect(stopped).toMatchObject({ application: "arcade", environment: "local", leaf: "hello", why: "stopped by hand" });
    expect(stopped.usd).toBeCloseTo(wakes[1]!.usd!, 6);
  });
});
