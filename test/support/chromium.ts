import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

function onPath(name: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The browser's program: $CHROMIUM, or the first on the PATH. undefined where there is none. */
export const chromiumPath: string | undefined =
  process.env["CHROMIUM"] || ["chromium", "chromium-browser", "google-chrome"].map(onPath).find(Boolean);

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath!,
    // Its sandbox does not work for root.
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });

/** What a page does that somebody might have to answer for. */
export interface Watched {
  /** `503 document /api/auth/?a=1`, of every answer, in order. */
  answers: string[];
  /** Of the console, and errors that nobody caught. */
  errors: string[];
  /** Addresses it asked besides its own origin. */
  elsewhere: string[];
  /** Navigations of the main frame that were committed. */
  loads: number;
}

export function watch(page: Page, origin: string): Watched {
  const seen: Watched = { answers: [], errors: [], elsewhere: [], loads: 0 };
  page.on("request", (request) => {
    if (!request.url().startsWith(`${origin}/`)) seen.elsewhere.push(request.url());
  });
  page.on("response", (response) => {
    seen.answers.push(`${response.status()} ${response.request().resourceType()} ${response.url().slice(origin.length)}`);
  });
  page.on("framenavigated", (frame) => {
    if (frame === page.mainFrame()) seen.loads++;
  });
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") seen.errors.push(message.text());
  });
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  return seen;
}
