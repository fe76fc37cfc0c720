import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PassingClock } from "../src/cloud/testing/passing-clock.ts";
import { chromiumPath, launchChromium, watch, type Watched } from "./support/chromium.ts";
import type { Deployed } from "./support/deployed.ts";
import { AUTH, call, enginesWorld, tasksIn, urlOf } from "./support/engines.ts";

/** The waiting page in a real browser, on the real stacks and functions, in real time. An engine is up when its test says so. */

if (!chromiumPath) console.log("not checked: the waiting page in a browser (no Chromium)");

/**
 * A page with a form for another engine, and what arrived: method, address and body. It listens as soon as there is a
 * file `<its name>.up`, and crashes as long as there is one `<its name>.broken`.
 */
const SITE = `
const http = require("node:http");
const fs = require("node:fs");
const path = require("node:path");
const is = (what) => fs.existsSync(path.join(__dirname, process.env.NAME + "." + what));
if (is("broken")) process.exit(3);
let posts = 0;
const server = http.createServer((req, res) => {
  if (req.url === "/health") return res.end("ok");
  let body = "";
  req.on("data", (chunk) => (body += chunk));
  req.on("end", () => {
    if (req.method === "POST") posts++;
    res.setHeader("content-type", "text/html; charset=utf-8");
    res.end("<!doctype html><title>the real one</title><link rel=icon href='data:,'><pre id=got>" +
      JSON.stringify({ method: req.method, url: req.url, body, posts }).replace(/[&<]/g, (c) => "&#" + c.charCodeAt(0) + ";") +
      "</pre><form method=post action='/api/orders/new?from=page'><input name=text value='eins & zwei'><button>Send</button></form>");
  });
});
const waiting = setInterval(() => {
  if (!is("up")) return;
  clearInterval(waiting);
  server.listen(Number(process.env.PORT), "127.0.0.1");
}, 20);
process.on("SIGTERM", () => process.exit(0));
`;

const engine = (name: string): string =>
  AUTH.replace("/api/auth/*", `/api/${name}/*`)
    .replace("engine.cjs", "site.cjs")
    .replace("idle: {", "crashLoop: { stops: 2 }, idle: {")
    .concat(`environment: { NAME: ${name} }\n`);

const NAMES = ["auth", "shop", "orders", "crash", "lonely", "plain"];
const LIMIT = 50_000;

let world: Deployed<PassingClock>;
let browser: Browser;
let origin: string;

const file = (name: string): string => join(world.directory, name);
const letUp = (name: string): void => writeFileSync(file(`${name}.up`), "");

async function open(options: BrowserContextOptions = {}): Promise<{ page: Page; seen: Watched }> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(LIMIT);
  const page = await context.newPage();
  return { page, seen: watch(page, origin) };
}

const isReal = (page: Page): Promise<unknown> => page.waitForSelector("#got");
const got = async (page: Page): Promise<object> => JSON.parse((await page.textContent("#got"))!) as object;
/** Chromium itself says of a page that it was 503; nothing else may be said. */
const unexpected = ({ errors }: Watched): string[] => errors.filter((text) => !text.includes("status of 503"));

describe.skipIf(!chromiumPath)("the waiting page", { timeout: 120_000, concurrent: true }, () => {
  beforeAll(async () => {
    const leaves = Object.fromEntries(NAMES.map((name) => [name, engine(name)]));
    [browser, world] = await Promise.all([launchChromium(), enginesWorld(leaves, { "site.cjs": SITE }, { clock: new PassingClock() })]);
    origin = new URL(urlOf(world, "/")).origin;
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await world?.end();
  });

  test("lights its phases up, and opens the real page by itself: once, at the same address", async () => {
    const { page, seen } = await open({ viewport: { width: 360, height: 740 } });
    const address = `${origin}/api/auth/a%20b?x=1&y=%26#part`;
    const first = await page.goto(address);
    expect([first!.status(), first!.headers()["retry-after"], first!.headers()["cache-control"]]).toEqual([503, "3", "no-store"]);
    expect(await page.title()).toBe("Waking auth…");
    expect(await page.textContent("h1")).toBe("Waking auth");
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);

    await page.waitForSelector("li.now[aria-current=step][data-step=health]");
    expect(await page.locator("li.done").count()).toBe(3);
    expect(await page.textContent("[role=status][aria-live=polite]")).toBe("It runs, and opens once it answers.");
    expect(await page.textContent("#elapsed")).toMatch(/^[\d.]+ s in all$/);

    letUp("auth");
    await isReal(page);
    expect(page.url()).toBe(address);
    expect(await got(page)).toMatchObject({ method: "GET", url: "/api/auth/a%20b?x=1&y=%26" });
    expect(seen.loads).toBe(2);
    expect(seen.answers.filter((line) => line.includes(" document "))).toEqual([
      "503 document /api/auth/a%20b?x=1&y=%26",
      "200 document /api/auth/a%20b?x=1&y=%26",
    ]);
    expect(seen.answers.filter((line) => line.includes(" fetch ") && !line.startsWith("200 "))).toEqual([]);
    expect(seen.elsewhere).toEqual([]);
    expect(unexpected(seen)).toEqual([]);
  });

  test("in two tabs is for one task; going back leads to where one came from", async () => {
    const { page, seen } = await open();
    const other = await page.context().newPage();
    await page.goto("about:blank#before");
    await Promise.all([page.goto(`${origin}/api/shop/1`), other.goto(`${origin}/api/shop/2`)]);
    // Somebody is impatient.
    expect((await other.reload())!.status()).toBe(503);
    letUp("shop");
    await Promise.all([isReal(page), isReal(other)]);
    expect(await tasksIn(world, "arcade-shop")).toHaveLength(1);
    await page.goBack();
    expect(page.url()).toBe("about:blank#before");
    await page.goForward();
    await isReal(page);

    // And from a page that is awake, a form for one that sleeps: it is held, and arrives once.
    await page.click("button", { noWaitAfter: true });
    await world.cloud.clock.advanceUntil(async () => (await tasksIn(world, "arcade-orders")).length > 0, LIMIT, "a task for the form");
    letUp("orders");
    await page.waitForURL(`${origin}/api/orders/new?from=page`);
    await isReal(page);
    expect(await got(page)).toEqual({ method: "POST", url: "/api/orders/new?from=page", body: "text=eins+%26+zwei", posts: 1 });
    expect(seen.answers.filter((line) => line.includes("/api/orders/new"))).toEqual([
      "307 document /api/orders/new?from=page",
      "200 document /api/orders/new?from=page",
    ]);
    expect(unexpected(seen)).toEqual([]);
  });

  test("says why something does not start, and opens it when the cause is gone", async () => {
    const { page, seen } = await open({ colorScheme: "dark" });
    writeFileSync(file("crash.broken"), "");
    await page.goto(`${origin}/api/crash/x`);
    await page.waitForSelector("[data-state=crashed] [role=alert]");
    expect(await page.textContent("h1")).toBe("Could not wake crash");
    expect(await page.textContent(".reason")).toBe("its container crash exited with code 3");
    expect(await page.locator("ol").isVisible()).toBe(false);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Try again");
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");

    await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
    expect(await page.textContent(".until")).toMatch(/^It is not started again before \d.*, unless somebody starts it by hand\.$/);

    rmSync(file("crash.broken"));
    letUp("crash");
    await call(world, "arcade-start-engines", { service: "crash", force: true, wait: false });
    // It may have seen so itself, and be gone.
    await Promise.race([isReal(page), page.click("text=Try again")]);
    await isReal(page);
    expect(seen.elsewhere).toEqual([]);
    expect(unexpected(seen)).toEqual([]);
  });

  test("says that there is no connection, and goes on when it is back", async () => {
    const { page, seen } = await open({ reducedMotion: "reduce" });
    await page.goto(`${origin}/api/lonely/x`);
    expect(await page.evaluate("document.getAnimations().length")).toBe(0);
    await page.context().setOffline(true);
    await page.waitForSelector("[data-link=down]");
    expect(await page.textContent("#link")).toBe("No connection. Trying again…");
    expect(await page.title()).toBe("Waking lonely…");
    letUp("lonely");
    await page.context().setOffline(false);
    await isReal(page);
    expect(seen.loads).toBe(2);
    expect(unexpected(seen).filter((text) => !text.includes("ERR_INTERNET_DISCONNECTED"))).toEqual([]);
  });

  test("comes again by itself where there is no JavaScript", async () => {
    const { page, seen } = await open({ javaScriptEnabled: false });
    await page.goto(`${origin}/api/plain/x`);
    expect(await page.textContent("#link")).toBe("This page opens by itself.");
    letUp("plain");
    await isReal(page);
    // Where it comes in the moment of the switch, the doorman sends it on.
    expect(seen.answers.filter((line) => !/^(503|307|200) document \/api\/plain\/x$/.test(line))).toEqual([]);
    expect(seen.answers.at(-1)).toMatch(/^200 /);
  });
});
