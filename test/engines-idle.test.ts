import { type ClientRequest, request } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { readUse } from "../src/operate/use.ts";
import { type Deployed } from "./support/deployed.ts";
import { ask, AUTH, call, ENGINE, enginesWorld, targetsOf, urlOf } from "./support/engines.ts";
import { mailsTo, MINUTE } from "./support/facts.ts";

/** What counts as use of an engine, and what does not: they sleep when nobody has used them for five minutes. */

const of = (name: string): string => AUTH.replace("/api/auth/*", `/api/${name}/*`);
/** A load balancer closes connections that are silent for its idle time-out, 60 s. */
const STEP = 45_000;
/** After `idle.for`, a minute of use counts to its end, and its metrics are two minutes late; then a drain. */
const MOST_IDLE = 9 * MINUTE;

/** Sends back what it is sent, until the client ends it: a download that lasts. */
const ECHO = `
const echo = (req, res) => { res.writeHead(200); res.write("first"); req.on("data", (chunk) => res.write(chunk)); req.on("end", () => res.end("last")); };
`;

let world: Deployed;
beforeAll(async () => {
  const worker = "image: worker\ncompute: { on: fargate }\nprocess: { command: [node, ../worker.cjs] }\nalerts: { email: [friend@example.com] }\n";
  world = await enginesWorld(
    {
      auth: of("auth"),
      busy: of("busy"),
      alerted: `wake: event\n${worker}watchdog: { leftUp: { after: 10m } }\n`,
      stopped: `wake: event\n${worker}watchdog: { leftUp: { after: 20m, stop: true } }\n`,
    },
    {
      "engine.cjs": `${ECHO}${ENGINE.replace('if (req.url === "/health")', 'if (req.url.endsWith("/echo")) return echo(req, res);\n  if (req.url === "/health")')}`,
      "worker.cjs": 'process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 1000);\n',
    },
  );
}, 120_000);
afterAll(() => world?.end());

const stateOf = async (leaf: string): Promise<string> => (await world.status(leaf)).state;
const now = (): number => world.cloud.clock.now();

/** Lets time pass, and does something in each 45 seconds of it. */
async function pass(ms: number, meanwhile: () => unknown): Promise<void> {
  for (const end = now() + ms; now() < end;) {
    await world.cloud.clock.advance(Math.min(STEP, end - now()));
    await meanwhile();
  }
}

async function openSocket(leaf: string): Promise<WebSocket> {
  const socket = new WebSocket(urlOf(world, `/api/${leaf}/socket`).replace("http:", "ws:"));
  onTestFinished(() => socket.terminate());
  let opened = false;
  const opening = new Promise<void>((resolve, reject) => socket.once("open", resolve).once("error", reject)).finally(() => (opened = true));
  opening.catch(() => {});
  await world.cloud.clock.advanceUntil(() => opened, MINUTE, "an open WebSocket");
  await opening;
  return socket;
}

const sleepAll = () => call(world, "arcade-stop-engines", { deregister: false });

describe("an open connection", () => {
  beforeEach(async () => {
    await sleepAll();
    await ask(world, "/api/auth/");
  });

  test("a WebSocket keeps the service up for longer than it may be idle, and no longer once it is closed", async () => {
    const socket = await openSocket("auth");
    await pass(15 * MINUTE, () => socket.ping());
    expect([await stateOf("auth"), socket.readyState]).toEqual(["awake", WebSocket.OPEN]);
    socket.terminate();
    await world.cloud.clock.advance(4 * MINUTE);
    expect(await stateOf("auth")).toBe("awake");
    await world.until("auth", "asleep", MOST_IDLE);
  });

  test("a long download does, too", async () => {
    const { download, body, ended } = begin("/api/auth/echo");
    await pass(15 * MINUTE, () => download.write("."));
    expect([await stateOf("auth"), body()]).toEqual(["awake", expect.stringMatching(/^first\.{19,}$/)]);
    download.end();
    await world.cloud.clock.advanceUntil(ended, MINUTE, "the end of the download");
    expect(body()).toMatch(/last$/);
    await world.until("auth", "asleep", MOST_IDLE + 4 * MINUTE);
  });

  test("alone keeps it for no more than six times as long as it may be idle: connections are counted for the whole load balancer", async () => {
    const socket = await openSocket("auth");
    await pass(30 * MINUTE, () => socket.ping());
    expect(await stateOf("auth")).toBe("awake");
    await pass(MOST_IDLE + 5 * MINUTE, () => socket.readyState === WebSocket.OPEN && socket.ping());
    expect([await stateOf("auth"), socket.readyState]).toEqual(["asleep", WebSocket.CLOSED]);
  });
});

test("what others do keeps nothing up: requests to another service, and health checks", async () => {
  await sleepAll();
  await ask(world, "/api/auth/");
  await ask(world, "/api/busy/");
  const used = now();
  await pass(5 * MINUTE, () => ask(world, "/api/busy/"));
  expect([await stateOf("auth"), await stateOf("busy")]).toEqual(["awake", "awake"]);
  expect(await targetsOf(world, "auth")).toEqual([expect.stringMatching(/ healthy$/)]);
  // Said beforehand: the minute of the last request to its end, the idle time, and the two minutes by which metrics are late.
  const use = (await readUse(world.project, world.leaf("auth"), world.connection, { minutes: 10 }))!;
  expect(use).toMatchObject({ unit: "requests", threshold: 1, forSeconds: 300, alarm: null });
  expect(use.minutes.map(({ value }) => value)).toContain(1);
  const left = Date.parse(use.sleepsAt!) - used;
  expect([left >= 7 * MINUTE, left <= 8 * MINUTE]).toEqual([true, true]);
  while ((await stateOf("auth")) !== "asleep" && now() - used < 20 * MINUTE) await pass(STEP, () => ask(world, "/api/busy/"));
  expect(now() - used).toBeLessThan(5 * MINUTE + MOST_IDLE);
  expect(await stateOf("busy")).toBe("awake");
});

describe("left up", () => {
  beforeEach(sleepAll);
  const start = (service: string) => call(world, "arcade-start-engines", { service });
  const mails = (): string[] => mailsTo(world, "friend@example.com").filter((subject) => /^(alerted|stopped) /.test(subject));

  test("is told once", async () => {
    const before = mails().length;
    await start("alerted");
    await world.cloud.clock.advance(9 * MINUTE);
    expect(mails().slice(before)).toEqual(["alerted is up"]);
    await world.cloud.clock.advance(90 * MINUTE);
    expect(mails().slice(before)).toEqual(["alerted is up", "alerted has been up for 10 minutes"]);
    expect(await stateOf("alerted")).toBe("awake");
  });

  test("is stopped where the leaf says so, and counts from the last start", async () => {
    const before = mails().length;
    await start("stopped");
    await world.cloud.clock.advance(15 * MINUTE);
    await start("stopped");
    await world.cloud.clock.advance(15 * MINUTE);
    expect(await stateOf("stopped")).toBe("awake");
    await world.until("stopped", "asleep", 8 * MINUTE);
    await world.cloud.clock.advance(90 * MINUTE);
    // The two last ones come at the same moment.
    const [up, ...last] = mails().slice(before);
    expect([up, ...last.toSorted((a, b) => a.localeCompare(b))]).toEqual([
      "stopped is up",
      "stopped has been up for 20 minutes",
      "stopped has stopped: it was up for longer than its watchdog allows",
    ]);
  });
});

/** Begins a request whose response lasts for as long as the request does. */
function begin(path: string): { download: ClientRequest; body: () => string; ended: () => boolean } {
  let [text, isOver] = ["", false];
  const download = request(urlOf(world, path), { method: "POST", agent: false, headers: { "content-type": "text/plain" } }, (response) => {
    response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    response.on("close", () => (isOver = true)).on("error", () => {});
  });
  download.on("error", () => {});
  download.flushHeaders();
  onTestFinished(() => void download.destroy());
  return { download, body: () => text, ended: () => isOver };
}
