import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EC2Client, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sleepLeaf } from "../src/operate/steer.ts";
import { type Deployed, deployed, HELLO } from "./support/deployed.ts";
import { ask } from "./support/dns.ts";
import {
  dnsAnswer,
  groupOf,
  invoke,
  mailsTo,
  MINUTE,
  NOWHERE,
  permutations,
  type RecordedEvent,
  recordEvents,
  recordsOf,
  tasksOf,
  wake,
  writeRecords,
} from "./support/facts.ts";

/** The pitfalls under "Being reachable", on the real stacks and functions. */

/** Healthy while the file `well` is there. Does not listen to its stop signal while the file `stubborn` is. */
const MOODY = `
const { existsSync } = require("node:fs");
require("node:http").createServer((_req, res) => res.end("moody")).listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => existsSync("../stubborn") || process.exit(0));
`;
const MOODY_LEAF = `${HELLO.replace("server.cjs", "moody.cjs")}
health: { command: [test, -e, ../well], interval: 10s, retries: 2, startPeriod: 5m }
stopTimeout: 2m
`;

let world: Deployed;
let recorded: () => Promise<RecordedEvent[]>;
beforeAll(async () => {
  world = await deployed({ "leaves/hello.yaml": HELLO, "moody.cjs": MOODY, "leaves/moody.yaml": MOODY_LEAF });
  recorded = await recordEvents(world);
}, 120_000);
afterAll(() => world?.end());

const mood = (name: "well" | "stubborn", is: boolean): void => {
  const file = join(world.directory, name);
  if (is) writeFileSync(file, "");
  else rmSync(file, { force: true });
};
const asleep = async (leaf: string): Promise<void> => {
  await world.cloud.clock.advance(5000);
  await sleepLeaf(world.project, world.leaf(leaf), world.connection);
  await world.until(leaf, "asleep");
};
const fails = (address: string): Promise<void> => expect(fetch(`http://${address}:8080/`)).rejects.toThrow("fetch failed");

describe("the address is published when the container is ready, not when the machine is up", () => {
  test("only an instance in service whose task runs is ever published", async () => {
    await dnsAnswer(world, "hello");
    const seen = new Set<string>();
    await world.cloud.clock.advanceUntil(async () => {
      const [{ address }, { instances }, tasks] = [await recordsOf(world, "hello"), await groupOf(world, "hello"), await tasksOf(world, "hello")];
      const ready = instances[0]?.LifecycleState === "InService" && tasks[0]?.lastStatus === "RUNNING";
      seen.add(`${ready ? "ready" : "not ready"}, ${address === NOWHERE ? "not published" : "published"}`);
      return address !== NOWHERE;
    }, MINUTE);
    expect(seen).not.toContain("not ready, published");
    expect(seen).toContain("not ready, not published");
    const { address } = await recordsOf(world, "hello");
    expect(await (await fetch(`http://${address}:8080/`)).text()).toContain("hello");
    await asleep("hello");
  });

  test("with a health check, only when it passes, and not while it fails later", async () => {
    mood("well", false);
    await dnsAnswer(world, "moody");
    await world.cloud.clock.advance(2 * MINUTE);
    expect((await tasksOf(world, "moody"))[0]).toMatchObject({ lastStatus: "RUNNING", healthStatus: "UNKNOWN" });
    expect((await world.status("moody")).state).toBe("waking");
    expect(await recordsOf(world, "moody")).toMatchObject({ address: NOWHERE });
    mood("well", true);
    const { address } = await world.until("moody", "awake", 15_000);
    expect((await tasksOf(world, "moody"))[0]).toMatchObject({ healthStatus: "HEALTHY" });

    mood("well", false);
    await world.until("moody", "waking", MINUTE);
    await fails(address!);
    mood("well", true);
    expect((await world.until("moody", "awake", MINUTE)).address).toBe(address);
    await asleep("moody");
  });
});

describe("the old address leaves DNS before somebody else can own it", () => {
  test("it is away as soon as the instance is terminating, and stays away", async () => {
    mood("well", true);
    mood("stubborn", true);
    const address = await wake(world, "moody");
    expect(await ask(world.cloud.dns, "moody.arcade.example.com")).toMatchObject({ answers: [address], ttls: [1] });
    // A query that is still on its way would wake it again, and rightly.
    await world.cloud.clock.advance(5000);
    await sleepLeaf(world.project, world.leaf("moody"), world.connection);
    await world.cloud.clock.settle();
    expect((await groupOf(world, "moody")).instances[0]).toMatchObject({ LifecycleState: "Terminating:Wait" });
    expect(await recordsOf(world, "moody")).toMatchObject({ address: NOWHERE, announced: "asleep", ttl: 1 });
    await world.cloud.clock.advance(10 * MINUTE);
    expect((await world.status("moody")).state).toBe("asleep");
    mood("stubborn", false);
    expect(await recordsOf(world, "moody")).toMatchObject({ address: NOWHERE, announced: "asleep" });
    await fails(address);
    expect(await ask(world.cloud.dns, "moody.arcade.example.com")).toMatchObject({ answers: [NOWHERE], ttls: [1] });
    await world.until("moody", "awake", 2 * MINUTE);
    await asleep("moody");
  });

  test("an instance that dies by itself takes its address with it, and its replacement is published", async () => {
    const address = await wake(world, "hello");
    const { instances } = await groupOf(world, "hello");
    await world.cloud.client(EC2Client).send(new TerminateInstancesCommand({ InstanceIds: [instances[0]!.InstanceId!] }));
    await world.until("hello", "waking", MINUTE);
    await fails(address);
    const replaced = await world.until("hello", "awake", 5 * MINUTE);
    expect(await (await fetch(`http://${replaced.address}:8080/`)).text()).toContain("hello");
    await asleep("hello");
  });
});

describe("events that come late, twice and in every order leave the record right", () => {
  let events: RecordedEvent[];
  const told = (event: RecordedEvent): string => `${event["detail-type"]} ${event.detail.lastStatus ?? ""}`.trim();

  beforeAll(async () => {
    mood("well", true);
    await wake(world, "moody");
    await asleep("moody");
    const wanted = [
      "EC2 Instance Launch Successful",
      "ECS Task State Change RUNNING",
      "ECS Task State Change STOPPED",
      "EC2 Instance Terminate Successful",
    ];
    const ofMoody = (await recorded()).filter((event) => JSON.stringify(event.detail).includes("arcade-moody"));
    events = wanted.map((name) => ofMoody.findLast((event) => told(event) === name)!);
    expect(events.map((event) => event && told(event))).toEqual(wanted);
  });

  /** Delivers the events in every order, one of them twice at once, each time to records that are wrong. */
  async function everyOrder(right: { address: string; announced: string }): Promise<void> {
    const wrong = [
      { address: "127.77.200.200", announced: "up i-00000000000000001" },
      { address: NOWHERE, announced: "asleep" },
    ];
    for (const [index, order] of permutations(events).entries()) {
      await writeRecords(world, "moody", wrong[index % 2]!);
      for (const [place, event] of order.entries()) {
        const deliveries = place === index % order.length ? [event, event] : [event];
        const errors = await Promise.all(deliveries.map((one) => invoke(world, "arcade-moody-reconcile", one)));
        expect(errors.filter(Boolean)).toEqual([]);
      }
      expect(await recordsOf(world, "moody"), order.map(told).join()).toMatchObject(right);
    }
  }

  test("of a leaf that sleeps", () => everyOrder({ address: NOWHERE, announced: "asleep" }), 60_000);

  test("of one that is up, while its old instance still ends", async () => {
    mood("well", true);
    mood("stubborn", true);
    const old = await wake(world, "moody");
    await sleepLeaf(world.project, world.leaf("moody"), world.connection);
    await world.cloud.clock.settle();
    await dnsAnswer(world, "moody");
    const { address } = await world.until("moody", "awake", MINUTE);
    expect(address).not.toBe(old);
    const { instances } = await groupOf(world, "moody");
    expect(new Set(instances.map(({ LifecycleState }) => LifecycleState))).toEqual(new Set(["InService", "Terminating:Wait"]));
    const [up] = instances.filter(({ LifecycleState }) => LifecycleState === "InService");
    await everyOrder({ address: address!, announced: `up ${up!.InstanceId}` });
    // And what really comes when the old one has ended changes nothing either.
    await world.cloud.clock.advance(3 * MINUTE);
    expect((await groupOf(world, "moody")).instances).toHaveLength(1);
    expect(await recordsOf(world, "moody")).toMatchObject({ address, announced: `up ${up!.InstanceId}` });
  }, 60_000);
});

test("nobody gets two mails for one event", () => {
  expect(
    mailsTo(world, "friend@example.com")
      .filter((subject) => subject.startsWith("hello"))
      .toSorted(),
  ).toEqual([
    ...["hello has stopped: stopped by hand", "hello has stopped: stopped by hand"],
    ...["hello is starting", "hello is starting", "hello is starting"],
    ...["hello is up", "hello is up", "hello is up"],
  ]);
});
