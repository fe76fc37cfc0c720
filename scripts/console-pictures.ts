/**
 * Pictures of the console, with a leaf in every state: those of docs/images; with a folder, every view into that, for looking at them.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { startConsole } from "../src/console/server.ts";
import { chromiumPath, launchChromium } from "../test/support/chromium.ts";
import { FixtureSource } from "../test/support/console-fixtures.ts";

if (!chromiumPath) throw new Error("there is no Chromium");
const [folder = "docs/images", only = ""] = process.argv.slice(2);
const all = folder !== "docs/images";
mkdirSync(folder, { recursive: true });
const source = new FixtureSource();
const console_ = await startConsole({ source, page: "dist/console", port: 0 });
const browser = await launchChromium();

const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };

interface Picture {
  readonly name: string;
  readonly viewport: { width: number; height: number };
  readonly dark?: boolean;
  readonly hash: string;
  readonly full?: boolean;
  /** Of docs/images. */
  readonly docs?: boolean;
  readonly act?: (page: Page) => Promise<unknown>;
}

async function ask(page: Page): Promise<void> {
  const [first, ...others] = source.leaves;
  // Somebody has come back.
  const minutes = first!.use!.minutes.map(({ at }) => ({ at, value: 9000 }));
  source.leaves = [{ ...first!, use: { ...first!.use!, minutes } }, ...others];
  await page.waitForTimeout(300);
  await page.getByRole("button", { name: "Put minecraft to sleep" }).click();
  await page.getByRole("alertdialog").waitFor();
  source.leaves = [first!, ...others];
}

async function refused(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Wake factorio" }).click();
  await page.locator(".said.wrong").waitFor();
}

const PICTURES: Picture[] = [
  { name: "console", docs: true, viewport: WIDE, hash: "#/" },
  { name: "console-dark", viewport: WIDE, dark: true, hash: "#/" },
  { name: "console-leaf", viewport: WIDE, hash: "#/leaf/minecraft", full: true, act: (page) => page.locator(".wake-line").nth(1).click() },
  {
    name: "console-leaf-dark",
    docs: true,
    viewport: { width: 1280, height: 1000 },
    dark: true,
    hash: "#/leaf/minecraft",
    act: (page) => page.locator(".wake-line").nth(1).click(),
  },
  { name: "console-phone", docs: true, viewport: PHONE, hash: "#/" },
  { name: "console-phone-all", viewport: PHONE, hash: "#/", full: true },
  { name: "console-leaf-phone", viewport: PHONE, dark: true, hash: "#/leaf/minecraft", full: true },
  { name: "console-logs", viewport: WIDE, hash: "#/leaf/minecraft/logs", full: true },
  { name: "console-alerts", viewport: WIDE, hash: "#/leaf/factorio/alerts", full: true },
  { name: "console-resources", viewport: WIDE, hash: "#/leaf/minecraft/resources", full: true },
  { name: "console-resources-phone", viewport: PHONE, hash: "#/leaf/minecraft/resources", full: true },
  { name: "console-waking", viewport: WIDE, hash: "#/leaf/valheim" },
  { name: "console-help", viewport: WIDE, hash: "#/", act: (page) => page.keyboard.press("?") },
  {
    name: "console-ask-phone",
    viewport: PHONE,
    hash: "#/",
    full: true,
    act: ask,
  },
  { name: "console-refused", viewport: WIDE, hash: "#/", act: refused },
  {
    name: "console-refused-phone",
    viewport: PHONE,
    hash: "#/",
    full: true,
    act: refused,
  },
  { name: "console-long-phone", viewport: PHONE, hash: "#/leaf/a-leaf-with-a-very-long-name-indeed" },
  { name: "console-logs-phone", viewport: PHONE, hash: "#/leaf/minecraft/logs", full: true },
  { name: "console-alerts-phone", viewport: PHONE, dark: true, hash: "#/leaf/factorio/alerts", full: true },
  { name: "console-task", viewport: WIDE, dark: true, hash: "#/leaf/report", full: true },
  { name: "console-service", viewport: WIDE, hash: "#/leaf/orders", full: true },
  { name: "console-ask", viewport: WIDE, hash: "#/", act: ask },
  {
    name: "console-gone",
    viewport: WIDE,
    hash: "#/",
    act: async (page) => {
      source.broken = "The embedded cloud does not answer. Start it again with: rouse up";
      await page.locator(".banner.shown").waitFor();
    },
  },
];

for (const { name, viewport, dark = false, hash, full = false, act } of PICTURES.filter((picture) =>
  all ? picture.name.includes(only) : picture.docs,
)) {
  const context = await browser.newContext({ viewport, colorScheme: dark ? "dark" : "light", reducedMotion: "reduce", timezoneId: "UTC" });
  const page = await context.newPage();
  page.on("pageerror", (error) => console.error(name, error));
  page.on("console", (message) => message.type() === "error" && console.error(name, message.text()));
  await page.goto(console_.url);
  await page.goto(`http://127.0.0.1:${console_.port}/${hash}`);
  await page.waitForTimeout(500);
  await act?.(page);
  await page.waitForTimeout(300);
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: full });
  await context.close();
  source.broken = undefined;
}
await browser.close();
await console_.close();
