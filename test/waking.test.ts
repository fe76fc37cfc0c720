import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CloudFormationClient, DeleteStackCommand } from "@aws-sdk/client-cloudformation";
import type { RecordType } from "dns-packet";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { BELIEVED_MS } from "../src/functions/start-system/sleepers.ts";
import { sleepLeaf } from "../src/operate/steer.ts";
import { type Deployed, deployed, HELLO } from "./support/deployed.ts";
import { ask } from "./support/dns.ts";
import {
  dnsAnswer,
  domainOf,
  everyInstance,
  groupOf,
  invoke,
  logLines,
  mailsTo,
  MINUTE,
  NOWHERE,
  recordsOf,
  subscriptionEvent,
  tasksOf,
  wake,
} from "./support/facts.ts";

/** Ends only when the file `release` is there: until then it does not listen to its stop signal. */
const STUBBORN = `
const { existsSync } = require("node:fs");
require("node:http").createServer((_req, res) => res.end(String(process.pid))).listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => setInterval(() => existsSync("../release") && process.exit(0), 10));
`;

/** The pitfalls under "Waking", on the real stacks and functions. */
let world: Deployed;
beforeAll(async () => {
  world = await deployed({
    "leaves/hello.yaml": HELLO,
    "leaves/ignored.yaml": HELLO.replace("wake: dns", "wake: { dns: { ignore: { resolvers: [127.0.0.0/8] } } }"),
    "stubborn.cjs": STUBBORN,
    "leaves/stubborn.yaml": `${HELLO.replace("server.cjs", "stubborn.cjs")}stopTimeout: 2m\n`,
  });
}, 120_000);
afterAll(() => world?.end());

const asleep = async (leaf: string): Promise<void> => {
  // A query that is still on its way would wake it again, and rightly.
  await world.cloud.clock.advance(5000);
  await sleepLeaf(world.project, world.leaf(leaf), world.connection);
  await world.until(leaf, "asleep");
};

describe("bots, scanners and monitors do not wake a leaf", () => {
  test.each<[RecordType, string]>([
    ["AAAA", "hello.arcade.example.com"],
    ["TXT", "hello.arcade.example.com"],
    ["MX", "hello.arcade.example.com"],
    ["NS", "hello.arcade.example.com"],
    ["SOA", "hello.arcade.example.com"],
    ["ANY" as RecordType, "hello.arcade.example.com"],
    ["TXT", "_rouse.hello.arcade.example.com"],
    ["SRV", "_minecraft._tcp.hello.arcade.example.com"],
    ["A", "_minecraft._tcp.hello.arcade.example.com"],
    ["A", "www.hello.arcade.example.com"],
    ["A", "xhello.arcade.example.com"],
    ["A", "xhello.example.com"],
    ["A", "arcade.example.com"],
    ["A", "example.com"],
  ])("a query for %s of %s", async (type, name) => {
    await ask(world.cloud.dns, name, type);
    await world.cloud.clock.advance(5000);
    expect((await groupOf(world, "hello")).desired).toBe(0);
  });

  test("queries of ignored resolvers, however many", async () => {
    for (let i = 0; i < 10; i++) expect(await dnsAnswer(world, "ignored")).toBe(NOWHERE);
    await world.cloud.clock.advance(MINUTE);
    expect((await groupOf(world, "ignored")).desired).toBe(0);
    expect((await logLines(world, "/aws/lambda/arcade-start-system", "us-east-1")).join()).toContain("ignored resolver");
  });
});

describe("one visitor's wake is one wake", () => {
  beforeEach(() => asleep("hello"));

  test("the name in mixed case wakes", async () => {
    await ask(world.cloud.dns, "hElLo.ArCaDe.ExAmPlE.cOm");
    expect((await world.until("hello", "awake", 2 * MINUTE)).address).toMatch(/^127\.77\./);
  });

  test("a hundred queries at once start one instance and one task, and are told of once", async () => {
    const [instances, stopped, mails] = [await everyInstance(world), await tasksOf(world, "hello", "STOPPED"), mailsTo(world, "friend@example.com")];
    await Promise.all(Array.from({ length: 100 }, () => dnsAnswer(world, "hello")));
    await world.until("hello", "awake", 2 * MINUTE);
    await Promise.all(Array.from({ length: 100 }, () => dnsAnswer(world, "hello")));
    await world.cloud.clock.advance(MINUTE);
    expect((await everyInstance(world)).length - instances.length).toBe(1);
    expect(await tasksOf(world, "hello")).toHaveLength(1);
    expect(await tasksOf(world, "hello", "STOPPED")).toHaveLength(stopped.length);
    expect(mailsTo(world, "friend@example.com").slice(mails.length).toSorted()).toEqual(["hello is starting", "hello is up"]);
  });

  test("an event that the function gets twice, or after the leaf has gone to sleep again, wakes nobody", async () => {
    const line = async () =>
      (await logLines(world, "/aws/route53/arcade.example.com", "us-east-1")).findLast((one) => one.includes(" hello.arcade.example.com A "))!;
    await wake(world, "hello");
    const first = await line();
    const again = () => invoke(world, "arcade-start-system", subscriptionEvent([first, first]), "us-east-1");
    const before = (await everyInstance(world)).length;
    await Promise.all([again(), again()]);
    await world.cloud.clock.advance(5000);
    await dnsAnswer(world, "hello");
    await asleep("hello");
    // The wake's own query, once more, a minute later. The person that asked it has been served.
    await again();
    await world.cloud.clock.advance(MINUTE);
    expect((await groupOf(world, "hello")).desired).toBe(0);
    expect(await everyInstance(world)).toHaveLength(before);
  });
});

test("a wake during shutdown is not lost: a new instance comes up, and the old one takes its time to end", async () => {
  const first = await wake(world, "stubborn");
  const pid = await (await fetch(`http://${first}:8080/`)).text();
  await sleepLeaf(world.project, world.leaf("stubborn"), world.connection);
  await world.cloud.clock.advance(30_000);
  const [old] = (await groupOf(world, "stubborn")).instances;
  expect(old).toMatchObject({ LifecycleState: "Terminating:Wait" });
  expect((await world.status("stubborn")).state).toBe("falling asleep");

  expect(await dnsAnswer(world, "stubborn")).toBe(NOWHERE);
  const awake = await world.until("stubborn", "awake", 10 * MINUTE);
  expect(awake.address).not.toBe(first);
  expect(await (await fetch(`http://${awake.address}:8080/`)).text()).not.toBe(pid);
  // Now the old one goes; that must not touch the new one.
  await world.cloud.clock.advance(3 * MINUTE);
  const { desired, instances } = await groupOf(world, "stubborn");
  expect([desired, instances.map(({ LifecycleState }) => LifecycleState)]).toEqual([1, ["InService"]]);
  expect(instances[0]!.InstanceId).not.toBe(old!.InstanceId);
  const gone = (await everyInstance(world)).find(({ InstanceId }) => InstanceId === old!.InstanceId);
  expect(gone?.State?.Name ?? "terminated").toBe("terminated");
  expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH");
  expect(await recordsOf(world, "stubborn")).toMatchObject({ address: awake.address, announced: `up ${instances[0]!.InstanceId}` });
  expect(await dnsAnswer(world, "stubborn")).toBe(awake.address);
  writeFileSync(join(world.directory, "release"), "");
});

test.each(["example.com", domainOf("hello")])("%s is answered with NODATA where it has nothing, and not with NXDOMAIN", async (name) => {
  expect(await ask(world.cloud.dns, name, "AAAA")).toMatchObject({ code: "NOERROR", answers: [] });
});

describe("leaves that share a zone and a function", () => {
  const event = (...leaves: string[]): object => {
    const at = new Date(world.cloud.clock.now()).toISOString();
    return subscriptionEvent(leaves.map((leaf) => `1.0 ${at} Z1 ${domainOf(leaf)} A NOERROR UDP FRA6 192.0.2.53 -`));
  };
  const starterLog = async () => (await logLines(world, "/aws/lambda/arcade-start-system", "us-east-1")).join("\n");

  test("are each woken by an event with queries for several; a name that is none of theirs does nothing", async () => {
    await asleep("hello");
    expect(await invoke(world, "arcade-start-system", event("nobody", "hello", "ignored"), "us-east-1")).toBeUndefined();
    expect([(await groupOf(world, "hello")).desired, (await groupOf(world, "ignored")).desired]).toEqual([1, 1]);
    expect(await starterLog()).toContain('{"decision":"ignored","why":"no leaf has this name","name":"nobody.arcade.example.com","queries":1}');
  });

  test("one whose link is deleted is not woken any more, and the others are", async () => {
    await Promise.all(["hello", "ignored"].map(asleep));
    const cloudFormation = world.cloud.client(CloudFormationClient, "us-east-1");
    await cloudFormation.send(new DeleteStackCommand({ StackName: "Arcade-Ignored-StartSystem" }));
    await world.cloud.clock.advance(2 * BELIEVED_MS);
    expect(await invoke(world, "arcade-start-system", event("ignored", "hello"), "us-east-1")).toBeUndefined();
    expect([(await groupOf(world, "hello")).desired, (await groupOf(world, "ignored")).desired]).toEqual([1, 0]);
  });
});
