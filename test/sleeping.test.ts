import { createSocket } from "node:dgram";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { sleepLeaf } from "../src/operate/steer.ts";
import { type Deployed, deployed, HELLO } from "./support/deployed.ts";
import { dnsAnswer, groupOf, mailsTo, MINUTE, tasksOf, wake } from "./support/facts.ts";

/** The pitfalls under "Sleeping", on the real stacks and functions: idle for 3 minutes below 50 bytes per second. */

/** On its stop signal waits for the file `saved`, as a server waits for its disk, and then writes what it has. */
const SAVING = `
const { existsSync, writeFileSync } = require("node:fs");
require("node:http").createServer((_req, res) => res.end(String(process.pid))).listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => {
  writeFileSync("../signalled", "SIGTERM");
  setInterval(() => { if (existsSync("../saved")) { writeFileSync("../world.dat", "all of it"); process.exit(0); } }, 5);
});
`;
const UDP = `
const socket = require("node:dgram").createSocket("udp4");
socket.on("message", (message, from) => socket.send("pong", from.port, from.address));
socket.bind(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
`;
const GRACE = HELLO.replace("for: 3m } }", "for: 3m }, grace: 6m }");

let world: Deployed;
beforeAll(async () => {
  world = await deployed({
    "leaves/hello.yaml": GRACE,
    "udp.cjs": UDP,
    "leaves/udp.yaml": HELLO.replace("server.cjs", "udp.cjs").replace("8080/tcp", "19132/udp"),
    "saving.cjs": SAVING,
    "leaves/saving.yaml": `${HELLO.replace("server.cjs", "saving.cjs")}stopTimeout: 60s\n`,
    "leaves/slow.yaml": `${HELLO}health: { command: [test, -e, ../booted], interval: 30s, retries: 10, startPeriod: 5m }\n`,
    "leaves/left.yaml": HELLO.replace("for: 3m } }", "for: 3m }, leftUp: { after: 20m, stop: true } }"),
    "leaves/alerted.yaml": HELLO.replace("for: 3m } }", "for: 3m }, leftUp: { after: 10m } }"),
  });
}, 120_000);
afterAll(() => world?.end());

const file = (name: string): string => join(world.directory, name);
const desired = async (leaf: string): Promise<number | undefined> => (await groupOf(world, leaf)).desired;

/** Some of everything that a client does in a minute: 60 small requests are far above 50 bytes per second. */
async function use(address: string): Promise<void> {
  for (let i = 0; i < 30; i++) await (await fetch(`http://${address}:8080/`, { headers: { "x-padding": "x".repeat(100) } })).text();
}
async function asleep(leaf: string): Promise<void> {
  await sleepLeaf(world.project, world.leaf(leaf), world.connection);
  await world.until(leaf, "asleep");
}
/** Which of the leaf's two alarms are there, each with its state. */
async function alarmsOf(leaf: string): Promise<Record<string, string | undefined>> {
  const { MetricAlarms } = await world.cloud.client(CloudWatchClient).send(new DescribeAlarmsCommand({ AlarmNamePrefix: `arcade-${leaf}` }));
  return Object.fromEntries(MetricAlarms!.map(({ AlarmName, StateValue }) => [AlarmName!.slice(`arcade-${leaf}`.length), StateValue]));
}

describe("idle time counts from the last activity, not from the start", () => {
  test("a leaf that is used now and then stays up", async () => {
    const address = await wake(world, "hello");
    for (let time = 0; time < 5; time++) {
      await use(address);
      await world.cloud.clock.advance(2 * MINUTE);
      expect(await desired("hello")).toBe(1);
    }
  });

  test("it sleeps three minutes after the last use, and not much later", async () => {
    const { address } = await world.status("hello");
    await use(address!);
    await world.cloud.clock.advance(3 * MINUTE);
    expect(await desired("hello")).toBe(1);
    await world.cloud.clock.advance(3 * MINUTE);
    expect(await desired("hello")).toBe(0);
    await world.until("hello", "asleep", 2 * MINUTE);
  });

  test("UDP counts as well", async () => {
    const address = await wake(world, "udp");
    const socket = createSocket("udp4");
    const say = (): Promise<string> =>
      new Promise((resolve) => {
        socket.once("message", (message) => resolve(String(message)));
        socket.send(Buffer.alloc(1000), 19_132, address);
      });
    for (let minute = 0; minute < 8; minute++) {
      for (let i = 0; i < 10; i++) expect(await say()).toBe("pong");
      await world.cloud.clock.advance(MINUTE);
    }
    socket.close();
    expect(await desired("udp")).toBe(1);
    await world.cloud.clock.advance(6 * MINUTE);
    expect(await desired("udp")).toBe(0);
  });
});

describe("DNS queries", () => {
  test("inside the grace keep it up, later ones do not, and what they kept up ends", async () => {
    await wake(world, "hello");
    for (let minute = 0; minute < 6; minute++) {
      await dnsAnswer(world, "hello");
      expect(await desired("hello"), `minute ${minute}`).toBe(1);
      await world.cloud.clock.advance(MINUTE);
    }
    let minutes = 0;
    // A monitor goes on asking; as soon as it is asleep its query would wake it, and that would be right.
    for (; (await desired("hello")) === 1 && minutes < 10; minutes++) {
      await dnsAnswer(world, "hello");
      await world.cloud.clock.advance(MINUTE);
    }
    expect(minutes).toBeGreaterThanOrEqual(2);
    expect(minutes).toBeLessThanOrEqual(6);
    await world.until("hello", "asleep", 2 * MINUTE);
  });

  test("right after it fell asleep: the wake is not killed by the alarm that ended the life before", async () => {
    await wake(world, "hello");
    await world.cloud.clock.advanceUntil(async () => (await desired("hello")) === 0, 15 * MINUTE);
    // The alarm went with the life that it has ended; the new one looks at the same quiet minutes.
    expect(await alarmsOf("hello")).toEqual({});
    await wake(world, "hello");
    expect(Object.keys(await alarmsOf("hello"))).toEqual(["/idle", "/left-up"]);
    for (let half = 0; half < 6; half++) {
      await world.cloud.clock.advance(MINUTE / 2);
      expect(await desired("hello")).toBe(1);
    }
    await asleep("hello");
  });
});

test("there is no alarm while the leaf sleeps, and so nothing to pay", async () => {
  await world.cloud.clock.advance(15 * MINUTE);
  expect(await alarmsOf("hello")).toEqual({});
});

test("a boot longer than the idle time is not taken for idleness", async () => {
  await dnsAnswer(world, "slow");
  await world.cloud.clock.advance(4.5 * MINUTE);
  expect(await tasksOf(world, "slow")).toMatchObject([{ lastStatus: "RUNNING", healthStatus: "UNKNOWN" }]);
  expect([await desired("slow"), (await world.status("slow")).state]).toEqual([1, "waking"]);
  writeFileSync(file("booted"), "");
  await world.until("slow", "awake", MINUTE);
  await world.cloud.clock.advance(2 * MINUTE);
  expect(await desired("slow")).toBe(1);
});

describe("the container has time to stop", () => {
  test("it gets SIGTERM, and with it the time to save", async () => {
    await wake(world, "saving");
    await sleepLeaf(world.project, world.leaf("saving"), world.connection);
    await world.cloud.clock.settle();
    // The signal has been sent. The process is another one, with time of its own.
    await vi.waitFor(() => expect(readFileSync(file("signalled"), "utf8")).toBe("SIGTERM"), { timeout: 10_000, interval: 5 });
    await world.cloud.clock.advance(50_000);
    expect((await groupOf(world, "saving")).instances).toMatchObject([{ LifecycleState: "Terminating:Wait" }]);
    writeFileSync(file("saved"), "");
    await vi.waitFor(() => expect(existsSync(file("world.dat"))).toBe(true), { timeout: 10_000, interval: 5 });
    await world.until("saving", "asleep", 2 * MINUTE);
    expect(readFileSync(file("world.dat"), "utf8")).toBe("all of it");
    const [stopped] = await tasksOf(world, "saving", "STOPPED");
    expect(stopped!.containers![0]!.exitCode).toBe(0);
  });

  test("what has not ended at its stop timeout is killed", async () => {
    for (const name of ["signalled", "saved", "world.dat"]) rmSync(file(name));
    const address = await wake(world, "saving");
    const pid = Number(await (await fetch(`http://${address}:8080/`)).text());
    await sleepLeaf(world.project, world.leaf("saving"), world.connection);
    await world.cloud.clock.advance(59_000);
    expect(() => process.kill(pid, 0)).not.toThrow();
    await world.cloud.clock.advance(2000);
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    const codes = (await tasksOf(world, "saving", "STOPPED")).map(({ containers }) => containers![0]!.exitCode);
    expect(codes.toSorted((a, b) => a! - b!)).toEqual([0, 137]);
    expect(existsSync(file("world.dat"))).toBe(false);
    await world.until("saving", "asleep", 2 * MINUTE);
  });
});

describe("a leaf that is left up", () => {
  const leftUp = (leaf: string, to: string): string[] => mailsTo(world, to).filter((subject) => subject.startsWith(`${leaf} has been up for `));

  test("is told of once, and stays up where nobody said otherwise", async () => {
    const address = await wake(world, "alerted");
    for (let time = 0; time < 15; time++) {
      await use(address);
      await world.cloud.clock.advance(MINUTE);
    }
    expect(await desired("alerted")).toBe(1);
    expect((await alarmsOf("alerted"))["/left-up"]).toBe("ALARM");
    for (const to of ["friend@example.com", "admin@example.com"]) expect(leftUp("alerted", to)).toEqual(["alerted has been up for 10 min"]);
    await asleep("alerted");
  });

  test("is stopped where its watchdog says so, however much it is used", async () => {
    const address = await wake(world, "left");
    for (let minute = 0; minute < 19; minute++) {
      await use(address);
      await world.cloud.clock.advance(MINUTE);
    }
    expect(await desired("left")).toBe(1);
    expect(leftUp("left", "friend@example.com")).toHaveLength(0);
    await use(address);
    await world.cloud.clock.advance(3 * MINUTE);
    expect(await desired("left")).toBe(0);
    await world.until("left", "asleep", 2 * MINUTE);
    expect(leftUp("left", "friend@example.com")).toHaveLength(1);
    expect(mailsTo(world, "friend@example.com")).toContain("left has stopped: left up too long");
  });
});
