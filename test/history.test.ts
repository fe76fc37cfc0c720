import { AutoScalingClient, DeleteTagsCommand, SetDesiredCapacityCommand } from "@aws-sdk/client-auto-scaling";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MARKS } from "../src/functions/shared/names.ts";
import { clientOf } from "../src/operate/environment.ts";
import { readHistory } from "../src/operate/history.ts";
import type { History, Wake } from "../src/operate/history-types.ts";
import { sleepLeaf, wakeLeaf } from "../src/operate/steer.ts";
import { addressOf } from "./support/dns.ts";
import { type Deployed, deployed, HELLO } from "./support/deployed.ts";
import { ask, AUTH, enginesWorld, putEvent, tasksIn } from "./support/engines.ts";
import { MINUTE } from "./support/facts.ts";

const of = (name: string, more = ""): string => AUTH.replace("/api/auth/*", `/api/${name}/*`).concat(more);

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

const JOB = `
wake: { schedule: 'cron(2 0 * * ? *)' }
image: job
compute: { on: fargate, cpu: 256, memory: 512 }
process: { command: [sh, -c, "echo reading; echo 'no such table' >&2; exit 3"] }
`;

describe("the history of engines and scheduled tasks", () => {
  let world: Deployed;
  beforeAll(async () => {
    const auth = AUTH.replace("for: 5m", "for: 1m");
    world = await enginesWorld({ auth, crash: of("crash", 'environment: { CRASH: "1" }\n'), job: JOB });
  }, 120_000);
  afterAll(() => world?.end());

  const history = async (leaf: string): Promise<History> => {
    await world.cloud.clock.settle();
    return readHistory(world.project, world.leaf(leaf), world.connection, { sinceMs: 86_400_000 });
  };
  const newest = async (leaf: string): Promise<Wake> => (await history(leaf)).wakes[0]!;
  const names = ({ phases }: Wake): string[] => phases.map(({ name }) => name);

  test("an engine that a request has woken: whose request, each phase, its use, its cost", async () => {
    await ask(world, "/api/auth/login?token=secret");
    await world.until("auth", "awake");
    const wake = await newest("auth");
    expect(wake).toMatchObject({ woken: { by: "http", who: "127.0.0.1", what: "GET /api/auth/login" }, slept: null });
    expect(wake.address).toContain("/api/auth/*");
    expect(names(wake)).toEqual(["asked", "noticed", "task", "image", "running", "healthy", "published"]);
    await world.until("auth", "asleep", 15 * MINUTE);
    const over = await newest("auth");
    expect(over).toMatchObject({ id: wake.id, wokenBy: "GET /api/auth/login from 127.0.0.1", isFalse: false });
    expect(over.slept).toMatchObject({ why: "idle", reason: "nobody used it" });
    expect(over.usd).toBeCloseTo((over.upSeconds! * hourOf("auth")) / 3600, 6);
    expect(names(over).at(-1)).toBe("traffic");
  });

  test("an engine that an event has woken: its source and its type; who stops it", async () => {
    await putEvent(world, "Start ECS Task", { service: "auth" });
    await world.until("auth", "awake");
    await world.cloud.clock.advance(2000);
    expect((await newest("auth")).wokenBy).toBe('event "Start ECS Task" of custom.app');
    await sleepLeaf(world.project, world.leaf("auth"), world.connection);
    await world.until("auth", "asleep");
    await world.cloud.clock.advance(2000);
    const { wakes, alerts } = await history("auth");
    expect(wakes).toHaveLength(2);
    expect(wakes[0]).toMatchObject({ wokenBy: 'event "Start ECS Task" of custom.app', slept: { why: "hand", reason: "somebody asked for it" } });
    expect(alerts.map(({ notice: { occasion } }) => occasion)).toEqual(["stopped", "ready", "stopped", "ready"]);
  });

  test("an engine that crashes: each try, and the last lines of its log", async () => {
    for (let tries = 1; tries <= 3; tries++) {
      await putEvent(world, "Start ECS Task", { service: "crash" });
      await world.cloud.clock.advance(20_000);
    }
    const { wakes, alerts } = await history("crash");
    expect(wakes.map(({ slept }) => slept?.why)).toEqual(["crashed", "crashed", "crashed"]);
    expect(wakes[0]).toMatchObject({ exitCode: 3, readyMs: null });
    expect(alerts.map(({ notice: { occasion, log } }) => [occasion, log])).toEqual([["crashed", ["no database"]]]);
  });

  test("a run of the schedule, and one by hand: when, who, how it ended", async () => {
    await wakeLeaf(world.project, world.leaf("job"), world.connection, "ann");
    // Its process ends in real time.
    const hasEnded = async () => (await tasksIn(world, "arcade-job", "STOPPED")).some(({ lastStatus }) => lastStatus === "STOPPED");
    await world.cloud.clock.advanceUntil(hasEnded, MINUTE, "the end of the run");
    const wake = await newest("job");
    expect(wake).toMatchObject({ wokenBy: "ann (rouse)", slept: { why: "failed", reason: "its container job exited with code 3" }, exitCode: 3 });
    expect(names(wake)).toEqual(["task", "image", "running"]);
    expect(wake.usd).toBeCloseTo((wake.upSeconds! * hourOf("job")) / 3600, 6);
    const { wakes, alerts } = await history("job");
    expect(wakes[1]).toMatchObject({ wokenBy: "schedule", slept: { why: "failed" } });
    expect(wakes[1]!.phases[0]).toEqual({ name: "asked", at: "2026-01-05T00:02:00.000Z" });
    expect(alerts[0]!.notice).toMatchObject({ occasion: "run-failed", log: ["reading", "no such table"] });
  });

  /** As its functions are told. */
  const hourOf = (leaf: string): number => hours.get(leaf)!;
  const hours = new Map([
    // 0.25 vCPU, 0.5 GB, a public address, 1 MB of log: us-west-2 (src/cost/prices/us-west-2.json).
    ["auth", 0.0178475],
    ["job", 0.0178475],
  ]);
});
