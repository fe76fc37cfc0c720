import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { awsSource } from "../src/console/aws-source.ts";
import { type Console, startConsole } from "../src/console/server.ts";
import { connectionTo } from "../src/operate/environment.ts";
import { environmentTime } from "../src/operate/environment-time.ts";
import { readHistory } from "../src/operate/history.ts";
import { readUse } from "../src/operate/use.ts";
import { chromiumPath, launchChromium, watch, type Watched } from "./support/chromium.ts";
import { deployed, type Deployed, HELLO, root } from "./support/deployed.ts";

/** The console's page in a real browser: on the real stacks and functions in the embedded cloud. */

if (!chromiumPath) console.log("not checked: the console's page in a browser (no Chromium)");

/** It writes a line for each request. */
const TALKER = `
const http = require("node:http");
const server = http.createServer((req, res) => {
  console.log("asked for " + req.url);
  res.end("hello");
});
server.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("listening"));
process.on("SIGTERM", () => process.exit(0));
`;

const PAGE = join(root, "dist/console");
const LIMIT = 15_000;

let browser: Browser;

async function open(at: Console): Promise<{ page: Page; seen: Watched }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  context.setDefaultTimeout(LIMIT);
  const page = await context.newPage();
  const seen = watch(page, new URL(at.url).origin);
  await page.goto(at.url);
  return { page, seen };
}

/** A way to the cloud that can be cut. */
class Line {
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;
  private readonly to: URL;
  private port = 0;

  constructor(to: string) {
    this.to = new URL(to);
    this.server = createServer((socket) => {
      const other = connect(Number(this.to.port), this.to.hostname);
      for (const [one, two] of [
        [socket, other],
        [other, socket],
      ] as const) {
        this.sockets.add(one);
        one.pipe(two);
        one.on("error", () => two.destroy());
        one.on("close", () => {
          this.sockets.delete(one);
          two.destroy();
        });
      }
    });
  }

  async open(): Promise<string> {
    this.server.listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
    this.port = (this.server.address() as AddressInfo).port;
    return `http://127.0.0.1:${this.port}`;
  }

  async cut(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, "close");
  }
}

const inState = (page: Page, name: string, state: string): Promise<unknown> => page.waitForSelector(`[data-leaf=${name}][data-state="${state}"]`);

describe.skipIf(!chromiumPath)("the console's page", { timeout: 60_000 }, () => {
  let world: Deployed;
  let line: Line;
  let served: Console;

  beforeAll(async () => {
    const files = {
      "leaves/hello.yaml": HELLO.replace("server.cjs", "talker.cjs").replace("below: 50, for: 3m", "below: 1000000, for: 30m"),
      "talker.cjs": TALKER,
    };
    [browser, world] = await Promise.all([launchChromium(), deployed(files)]);
    line = new Line(world.cloud.url);
    const { project } = world;
    const connection = connectionTo(project, { api: await line.open(), dns: `${world.cloud.dns.host}:${world.cloud.dns.port}` });
    served = await startConsole({
      page: PAGE,
      port: 0,
      source: awsSource({
        project,
        connection,
        who: "lena",
        time: environmentTime(connection),
        bill: () => Promise.resolve(undefined),
        history: (leaf, sinceMs) => readHistory(project, leaf, connection, { sinceMs }),
        use: (leaf, minutes) => readUse(project, leaf, connection, { minutes }),
      }),
    });
  }, 60_000);
  afterAll(async () => {
    await served?.close();
    await line?.cut();
    await browser?.close();
    await world?.end();
  });

  test("wakes a leaf, shows its way and its log, and puts it to sleep", async () => {
    const { page, seen } = await open(served);
    await inState(page, "hello", "asleep");
    expect(page.url()).toBe(`${new URL(served.url).origin}/`);
    await page.getByRole("button", { name: "Wake hello" }).click();
    await inState(page, "hello", "waking");
    await page.getByRole("link", { name: "hello", exact: true }).click();
    await page.waitForSelector("article[data-state=waking]");
    await page.waitForSelector("[data-step=group][data-state=on]");
    expect(await page.locator("[data-step=record]").getAttribute("data-state")).toBe("off");

    const { address } = await world.until("hello", "awake");
    await page.waitForSelector("article[data-state=awake]");
    await page.waitForSelector("[data-step=record][data-state=on]");
    expect(await page.locator(".path li").evaluateAll((steps) => steps.map((step) => step.getAttribute("data-state")))).toEqual(Array(6).fill("on"));
    await page.locator("[data-step=record]").getByText(address!).waitFor();

    await page.getByRole("tab", { name: "Logs" }).click();
    await page.getByRole("log").getByText("listening").waitFor();
    await (await fetch(`http://${address}:8080/from-the-test`)).text();
    await page.getByRole("log").getByText("asked for /from-the-test").waitFor();
    await page.getByRole("tab", { name: /Resources/ }).click();
    await page.getByRole("button", { name: "Copy arcade-hello" }).first().waitFor();

    await page.getByRole("button", { name: "Put hello to sleep" }).click();
    await page.waitForSelector("article[data-state='falling asleep']");
    await world.until("hello", "asleep");
    await page.waitForSelector("article[data-state=asleep]");
    await page.getByRole("tab", { name: /History/ }).click();
    // By itself, as soon as the function has written it.
    await page.getByRole("button", { name: /lena.*ready in.*stopped/ }).click();
    await page.locator(".phases").getByText("address published").waitFor();
    expect(seen.elsewhere).toEqual([]);
    expect(seen.errors).toEqual([]);
  });

  test("says that the cloud is away, keeps what it has seen, and goes on when it is back", async () => {
    const { page, seen } = await open(served);
    await inState(page, "hello", "asleep");
    await line.cut();
    const message = "The embedded cloud does not answer. Start it again with: rouse up";
    await page.getByRole("alert").getByText(message).waitFor();
    expect(await page.locator("main.stale [data-leaf=hello]").isVisible()).toBe(true);
    await page.getByRole("button", { name: "Wake hello" }).click();
    await page.locator("[data-leaf=hello]").getByText(message).waitFor();
    await line.open();
    await page.waitForSelector("main:not(.stale)");
    // Chromium itself says of the button's answer that it was 502.
    expect(seen.errors.filter((text) => !text.includes("status of 502"))).toEqual([]);
    expect(seen.loads).toBe(1);
  });
});
