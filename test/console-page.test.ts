import { gzipSync } from "node:zlib";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PassingClock } from "../src/cloud/testing/passing-clock.ts";
import { awsSource } from "../src/console/aws-source.ts";
import { type Console, startConsole } from "../src/console/server.ts";
import { environmentTime } from "../src/operate/environment-time.ts";
import { readHistory } from "../src/operate/history.ts";
import { readUse } from "../src/operate/use.ts";
import { chromiumPath, launchChromium, watch, type Watched } from "./support/chromium.ts";
import { FixtureSource } from "./support/console-fixtures.ts";
import { BASE, type Deployed, deployed, HELLO, root, SERVER } from "./support/deployed.ts";

/** The console's page in a real browser: on the real stacks and functions, in real time that passes sixty times faster. */

if (!chromiumPath) console.log("not checked: the console's page in a browser (no Chromium)");

const PAGE = join(root, "dist/console");
/** Says a line each second, so that there is a log to follow. */
const CHATTY = `${SERVER}\nconsole.log("hello from the log");\nsetInterval(() => console.log("still here"), 1000).unref();\n`;

test("the page is no more than 150 KB, compressed", () => {
  const files = readdirSync(PAGE, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = files.map((entry) => gzipSync(readFileSync(join(entry.parentPath, entry.name))).length);
  expect(files.length).toBeGreaterThanOrEqual(3);
  expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(150_000);
});

describe.skipIf(!chromiumPath)("in a browser", () => {
  let browser: Browser;
  let page: Page;
  let seen: Watched;

  const open = async (served: Console): Promise<void> => {
    page = await browser.newPage();
    seen = watch(page, `http://127.0.0.1:${served.port}`);
    await page.goto(served.url);
  };

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
  });

  describe("of the embedded cloud", () => {
    let world: Deployed<PassingClock>;
    let served: Console;
    /** Between the console and the cloud, so that the cloud can go away. */
    let wire: { server: Server; url: string; isCut: boolean };

    beforeAll(async () => {
      world = await deployed(
        { "rouse.yaml": BASE, "leaves/hello.yaml": HELLO.replace("for: 3m", "for: 4h"), "server.cjs": CHATTY },
        { clock: new PassingClock({ speed: 60 }) },
      );
      wire = await between(world.cloud.url);
      const { project } = world;
      const connection = { ...world.connection, endpoint: wire.url };
      const source = awsSource({
        project,
        connection,
        who: "somebody",
        time: environmentTime(connection),
        bill: async () => undefined,
        history: (leaf, sinceMs) => readHistory(project, leaf, connection, { sinceMs }),
        use: (leaf, minutes) => readUse(project, leaf, connection, { minutes }),
      });
      served = await startConsole({ source, page: PAGE, port: 0 });
      await open(served);
    });
    afterAll(async () => {
      await page?.close();
      await served?.close();
      wire?.server.closeAllConnections();
      wire?.server.close();
      await world?.end();
    });

    const row = () => page.locator('[data-leaf="hello"]');

    test("wakes a leaf, shows its way, follows its log and puts it to sleep", { timeout: 90_000 }, async () => {
      await row().getByText("asleep", { exact: true }).waitFor();
      await row().getByRole("button", { name: "Wake hello" }).click();
      await page.locator('[data-leaf="hello"][data-state="waking"], [data-leaf="hello"][data-state="awake"]').waitFor();
      await row().getByRole("link", { name: "hello" }).click();
      await page.locator('article[data-state="awake"]').waitFor();
      // The whole way is lit, down to the record.
      await page.locator('[data-step="record"][data-state="on"]').waitFor();
      expect(await page.locator('.step[data-state="on"]').count()).toBe(6);
      await page.getByRole("tab", { name: "Logs" }).click();
      await page.getByRole("log").getByText("hello from the log").waitFor();
      const lines = await page.locator(".lines > div").count();
      await expect.poll(() => page.locator(".lines > div").count(), { timeout: 10_000 }).toBeGreaterThan(lines);
      await page.getByRole("tab", { name: "Resources" }).click();
      await page.getByText("aws autoscaling describe-auto-scaling-groups").waitFor();
      await page.getByRole("button", { name: "Put hello to sleep" }).click();
      await page.locator('article[data-state="asleep"]').waitFor({ timeout: 20_000 });
      expect(seen.errors).toEqual([]);
      expect(seen.elsewhere).toEqual([]);
    });

    test("says that the cloud is away, and that it is back", async () => {
      wire.isCut = true;
      await page.getByRole("alert").getByText("The embedded cloud does not answer").waitFor();
      // What was seen last stays.
      await page.getByRole("heading", { name: "hello" }).waitFor();
      wire.isCut = false;
      await expect.poll(() => page.locator(".banner.shown").count(), { timeout: 10_000 }).toBe(0);
    });
  });

  describe("with a leaf in every state", () => {
    let served: Console;
    const source = new FixtureSource();

    beforeAll(async () => {
      served = await startConsole({ source, page: PAGE, port: 0 });
      await open(served);
    });
    afterAll(async () => {
      await page?.close();
      await served?.close();
    });

    test("what crashed comes first, and what an action met stands beside it", async () => {
      const first = page.locator("[data-leaf]").first();
      await first.waitFor();
      expect(await first.getAttribute("data-state")).toBe("crashed");
      await first.getByRole("button", { name: "Wake factorio" }).click();
      await first.getByText("does not allow it").waitFor();
    });

    test("asks before it puts to sleep what somebody uses", async () => {
      const shown = page.locator('[data-leaf="minecraft"]');
      source.leaves = source.leaves.map((card) =>
        card.name === "minecraft" && card.use
          ? { ...card, use: { ...card.use, minutes: card.use.minutes.map((minute) => ({ ...minute, value: 9000 })) } }
          : card,
      );
      await page.waitForTimeout(200);
      await shown.getByRole("button", { name: "Put minecraft to sleep" }).click();
      await shown.getByText("Somebody is using it").waitFor();
      await shown.getByRole("button", { name: "Leave it" }).click();
      await shown.getByRole("button", { name: "Put minecraft to sleep" }).waitFor();
    });

    test("works by the keyboard", async () => {
      await page.keyboard.press("j");
      expect(await page.evaluate("document.activeElement.textContent")).toBe("factorio");
      await page.keyboard.press("j");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: "valheim" }).waitFor();
      await page.getByRole("tab", { name: "History" }).focus();
      await page.keyboard.press("ArrowRight");
      expect(await page.getByRole("tab", { name: "Logs" }).getAttribute("aria-selected")).toBe("true");
      await page.keyboard.press("Escape");
      await page.locator('[data-leaf="valheim"]').waitFor();
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "hidden" });
      expect(seen.errors).toEqual(["Failed to load resource: the server responded with a status of 409 (Conflict)"]);
      expect(seen.elsewhere).toEqual([]);
    });

    test("fits a phone: nothing is wider than the screen", async () => {
      await page.setViewportSize({ width: 360, height: 740 });
      for (const hash of ["#/", "#/leaf/minecraft", "#/leaf/minecraft/logs", "#/leaf/factorio/alerts", "#/leaf/minecraft/resources"]) {
        await page.goto(`http://127.0.0.1:${served.port}/${hash}`);
        await page
          .locator(hash === "#/" ? "[data-leaf]" : "article section")
          .first()
          .waitFor();
        expect(await page.evaluate("document.documentElement.scrollWidth"), hash).toBeLessThanOrEqual(360);
      }
    });
  });
});

/** A door to the cloud that can be shut: then connections end without an answer. */
async function between(target: string): Promise<{ server: Server; url: string; isCut: boolean }> {
  const { request } = await import("node:http");
  const door = { isCut: false };
  const server = createServer((incoming, outgoing) => {
    if (door.isCut) return void incoming.socket.destroy();
    const { method, headers, url } = incoming;
    const onward = request(`${target}${url}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    onward.once("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(door, { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}
