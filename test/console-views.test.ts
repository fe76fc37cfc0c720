import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { LogLineView } from "../src/console/api-types.ts";
import type { ConsoleSource } from "../src/console/source.ts";
import { type Console, startConsole } from "../src/console/server.ts";
import { chromiumPath, launchChromium, watch, type Watched } from "./support/chromium.ts";
import { lowContrast, nameless } from "./support/accessibility.ts";
import { FixtureSource } from "./support/console-fixtures.ts";

/** Each view of the console's page in a real browser, with a leaf in every state, which nothing stands behind. */

if (!chromiumPath) console.log("not checked: the views of the console in a browser (no Chromium)");

const PAGE = fileURLToPath(new URL("../dist/console", import.meta.url));
const GONE = "The embedded cloud does not answer. Start it again with: rouse up";

/** Bytes that a browser loads, all files packed. */
const MOST_BYTES = 150_000;

test("the page is small", () => {
  const files = readdirSync(PAGE, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(2);
  const bytes = files.reduce((sum, { parentPath, name }) => sum + gzipSync(readFileSync(join(parentPath, name))).length, 0);
  expect(bytes).toBeLessThan(MOST_BYTES);
});

/** It can be told to write into a log that is followed. */
class TalkingSource extends FixtureSource {
  private readonly listeners = new Set<(line: LogLineView) => void>();
  private written = 0;
  /** What was done: `wake hello`. */
  readonly acts: string[] = [];

  print(lines: number): void {
    for (let i = 0; i < lines; i++) {
      const n = this.written++;
      const line = {
        at: new Date(Date.UTC(2026, 0, 6, 20) + n).toISOString(),
        task: "b359fdaf",
        message: `line ${n}${n % 100 === 0 ? " hundred" : ""}`,
      };
      for (const tell of this.listeners) tell(line);
    }
  }

  override async logs(...[_name, _from, onLine, signal]: Parameters<ConsoleSource["logs"]>): Promise<boolean> {
    this.listeners.add(onLine);
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    this.listeners.delete(onLine);
    return true;
  }

  override act(...[name, what]: Parameters<ConsoleSource["act"]>): Promise<string> {
    this.acts.push(`${what} ${name}`);
    return super.act(name, what);
  }
}

describe.skipIf(!chromiumPath)("the console's views", () => {
  let browser: Browser;
  let source: TalkingSource;
  let served: Console;
  const contexts: BrowserContext[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
  });
  beforeEach(async () => {
    source = new TalkingSource();
    served = await startConsole({ source, page: PAGE, port: 0 });
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
    await served.close();
  });
  afterAll(() => browser?.close());

  async function open(hash: string, options: BrowserContextOptions = {}): Promise<{ page: Page; seen: Watched }> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    contexts.push(context);
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    const seen = watch(page, new URL(served.url).origin);
    await page.goto(served.url);
    if (hash !== "") await goTo(page, hash);
    return { page, seen };
  }

  async function goTo(page: Page, hash: string): Promise<void> {
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    await page.waitForSelector(hash === "#/" ? "[data-leaf]" : ".path");
  }

  const VIEWS = [
    "#/",
    ...["minecraft", "valheim", "hello", "factorio", "auth", "report", "orders", "a-leaf-with-a-very-long-name-indeed"].map(
      (name) => `#/leaf/${name}`,
    ),
  ].concat(["logs", "alerts", "resources"].map((tab) => `#/leaf/minecraft/${tab}`));

  test.each(["light", "dark"] as const)("can be read and named in each view, %s, on a phone", async (colorScheme) => {
    const { page, seen } = await open("#/", { viewport: { width: 360, height: 740 }, colorScheme, reducedMotion: "reduce" });
    const found: string[] = [];
    for (const view of VIEWS) {
      await goTo(page, view);
      if (view === "#/leaf/minecraft") await page.locator(".wake-line").first().click();
      const width = await page.evaluate<number>("document.documentElement.scrollWidth");
      if (width > 360) found.push(`${view} is ${width} px wide`);
      for (const what of [...(await lowContrast(page)), ...(await nameless(page))]) found.push(`${view}: ${what}`);
    }
    expect(found).toEqual([]);
    expect(await page.evaluate("document.getAnimations().length")).toBe(0);
    expect(seen.elsewhere).toEqual([]);
    expect(seen.errors).toEqual([]);
  });

  test("works by the keyboard alone", async () => {
    const { page } = await open("#/");
    const focused = (): Promise<string> => page.evaluate("document.activeElement.textContent.trim()");
    const first = await page.locator("[data-leaf]").first().getAttribute("data-leaf");
    expect(first).toBe("factorio");
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Skip to the leaves");
    await page.keyboard.press("j");
    expect(await focused()).toBe("factorio");
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    await page.keyboard.press("Enter");
    await page.waitForSelector("h1");
    expect(page.url()).toContain("#/leaf/factorio");
    await page.getByRole("tab", { name: "History" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.waitForSelector("[role=tab][aria-selected=true]:focus");
    expect(await focused()).toBe("Logs");
    await page.keyboard.press("?");
    await page.waitForSelector("dialog[open]");
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog", { state: "detached" });
    expect(page.url()).toContain("#/leaf/factorio/logs");
    await page.keyboard.press("Escape");
    await page.waitForSelector("[data-leaf]");
    // And by the browser's own keys; tabs are no places to come back to.
    await page.goBack();
    await page.waitForSelector("h1");
    await page.goBack();
    await page.waitForSelector("[data-leaf]");
  });

  test("many leaves can be filtered by name and state", async () => {
    const [awake, , asleep] = source.leaves;
    source.leaves = Array.from({ length: 50 }, (_, i) => {
      const like = i % 10 === 0 ? awake! : asleep!;
      return { ...like, name: `game-${i}`, status: { ...like.status, name: `game-${i}` } };
    });
    const { page } = await open("#/");
    await expect.poll(() => page.locator("[data-leaf]").count()).toBe(50);
    await page.keyboard.press("/");
    await page.keyboard.type("awake");
    await page.getByText("5 of 50").waitFor();
    expect(await page.locator("[data-leaf]").count()).toBe(5);
    await page.keyboard.type(" nothing like that");
    await page.getByText("No leaf is like").waitFor();
  });

  test("a project without leaves says what to do", async () => {
    source.leaves = [];
    const { page } = await open("");
    await page.getByText("rouse init").waitFor();
  });

  test("asks before it puts somebody's leaf to sleep, and says what went wrong where it happened", async () => {
    const [used] = source.leaves;
    const minutes = used!.use!.minutes.map((minute) => ({ ...minute, value: 9000 }));
    source.leaves = [{ ...used!, use: { ...used!.use!, minutes } }, ...source.leaves.slice(1)];
    const { page } = await open("#/");
    const row = page.locator("[data-leaf=minecraft]");
    await row.getByRole("button", { name: "Put minecraft to sleep" }).click();
    await row.getByRole("button", { name: "Leave it" }).click();
    await row.getByRole("button", { name: "Put minecraft to sleep" }).click();
    expect(source.acts).toEqual([]);
    await row.getByRole("button", { name: "Sleep all the same" }).click();
    await row.getByText("minecraft: sleep.").waitFor();
    expect(source.acts).toEqual(["sleep minecraft"]);

    await page.getByRole("button", { name: "Wake factorio" }).click();
    await page.locator("[data-leaf=factorio]").getByText("factorio cannot be woken").waitFor();
    await page.getByRole("button", { name: "Run report now" }).click();
    await page.locator("[data-leaf=report]").getByText("report: run.").waitFor();
  });

  test("time passes by itself, by the environment's clock", async () => {
    const context = await browser.newContext();
    contexts.push(context);
    const page = await context.newPage();
    await page.clock.install();
    await page.goto(served.url);
    const row = page.locator("[data-leaf=minecraft]");
    await row.getByText("sleeps in 4 min").waitFor();
    await page.clock.runFor(200_000);
    await row.getByText(/sleeps in 6\d s/).waitFor();
  });

  test("an address is copied", async () => {
    const { page } = await open("#/", { permissions: ["clipboard-read", "clipboard-write"] });
    await page.getByRole("button", { name: "Copy the address of minecraft" }).click();
    await page.locator("[data-leaf=minecraft]").getByText("copied").waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe("minecraft.arcade.example.com:25565");
  });

  test("follows a log of thousands of lines: at its end unless one has scrolled up, paused, filtered", async () => {
    const { page } = await open("#/leaf/minecraft/logs");
    await page.getByText("New lines appear here").waitFor();
    source.print(6000);
    const log = page.getByRole("log");
    const lastLine = (text: string): Promise<void> =>
      log
        .locator("> :last-child")
        .filter({ hasText: new RegExp(`${text}$`) })
        .waitFor({ state: "attached" });
    await lastLine("line 5999");
    expect(await log.locator("> *").count()).toBe(5000);
    const toEnd = (): Promise<number> => log.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
    expect(await toEnd()).toBeLessThan(40);

    await log.evaluate((box) => (box.scrollTop = 1000));
    source.print(1);
    await lastLine("line 6000 hundred");
    expect(await toEnd()).toBeGreaterThan(1000);

    await page.getByRole("button", { name: "Pause" }).click();
    source.print(3);
    await page.getByRole("button", { name: "Go on (3 new)" }).waitFor();
    expect(await log.evaluate((box) => box.lastElementChild?.textContent)).toMatch(/line 6000 hundred$/);
    await page.getByRole("button", { name: "Go on" }).click();
    await lastLine("line 6003");

    await page.getByRole("searchbox", { name: "Filter lines" }).fill("hundred");
    expect(await log.locator("> :not([hidden])").count()).toBe(50);
  });

  test("what was seen last stays while the cloud is away, with its age", async () => {
    const { page, seen } = await open("#/leaf/minecraft");
    source.broken = GONE;
    await page.getByRole("alert").getByText(GONE).waitFor();
    expect(await page.locator("main.stale h1").textContent()).toBe("minecraft");
    await page.getByText(/Below is what was seen \d+ s ago\./).waitFor();
    source.broken = undefined;
    await page.waitForSelector("main:not(.stale)");
    // The console itself.
    await served.close();
    await page.getByRole("alert").getByText("The console does not answer.").waitFor();
    served = await startConsole({ source, page: PAGE, port: served.port, token: new URL(served.url).searchParams.get("token")! });
    await page.waitForSelector("main:not(.stale)");
    expect(seen.loads).toBe(2);
  });
});
