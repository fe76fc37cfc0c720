import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Console, startConsole } from "../src/console/server.ts";
import { FixtureSource } from "./support/console-fixtures.ts";

/** The console's server on a source of fixtures: what it answers, and what it sends by itself. */

let folder: string;
let source: FixtureSource;
let served: Console;
let cookie: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "rouse-console-"));
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>the page</title>".repeat(20));
  writeFileSync(join(folder, "assets", "index-abc.js"), "console.log(1)");
  writeFileSync(join(folder, "secret.pem"), "no part of the page");
  source = new FixtureSource();
  served = await startConsole({ source, page: folder, port: 0 });
  const signedIn = await get("/?token=" + new URL(served.url).searchParams.get("token"), "");
  cookie = String(signedIn.headers["set-cookie"]).split(";")[0]!;
});

afterEach(async () => {
  await served.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

function call(method: string, path: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = request({ host: "127.0.0.1", port: served.port, path, method, headers, agent: false }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString("latin1")));
      response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    req.once("error", reject);
    req.end();
  });
}

const get = (path: string, with_ = cookie, more: Record<string, string> = {}): Promise<Answer> => call("GET", path, { cookie: with_, ...more });
const post = (path: string): Promise<Answer> => call("POST", path, { cookie, origin: `http://127.0.0.1:${served.port}` });

/** Events of a stream, as they come. */
function listen(path: string): { events: { event: string; data: unknown }[]; until(is: () => boolean): Promise<void>; end(): void } {
  const events: { event: string; data: unknown }[] = [];
  let wake: (() => void) | undefined;
  const req = request({ host: "127.0.0.1", port: served.port, path, headers: { cookie }, agent: false }, (response) => {
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      text += chunk;
      const parts = text.split("\n\n");
      text = parts.pop()!;
      for (const part of parts) {
        const event = /^event: (.*)$/m.exec(part)?.[1];
        const data = /^data: (.*)$/m.exec(part)?.[1];
        if (event && data) events.push({ event, data: JSON.parse(data) });
      }
      wake?.();
    });
    response.on("error", () => {});
  });
  req.on("error", () => {});
  req.end();
  return {
    events,
    until: async (is) => {
      while (!is()) await new Promise<void>((resolve) => (wake = resolve));
    },
    end: () => req.destroy(),
  };
}

describe("files", () => {
  test("the page, compressed where that is asked for, with headers that keep it to itself", async () => {
    const page = await get("/", cookie, { "accept-encoding": "gzip, br" });
    expect(page).toMatchObject({
      status: 200,
      headers: { "content-type": "text/html; charset=utf-8", "content-encoding": "gzip", "cache-control": "no-store" },
    });
    expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
    expect(page.headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(page.headers).toMatchObject({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
    expect(await get("/assets/index-abc.js")).toMatchObject({ status: 200, headers: { "cache-control": "private, max-age=31536000, immutable" } });
  });

  test.each(["/secret.pem", "/../package.json", "/%2e%2e/package.json", "/assets/", "/nothing.js"])("nothing else: %s", async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  test("without the token a person is told what to do, and the cookie is for the browser alone", async () => {
    const refused = await get("/", "", { accept: "text/html" });
    expect(refused).toMatchObject({ status: 401, headers: { "content-type": "text/html; charset=utf-8" } });
    expect(refused.body).toContain("rouse open");
    const signedIn = await get(`/?token=${new URL(served.url).searchParams.get("token")}`, "");
    expect(signedIn).toMatchObject({ status: 303, headers: { location: "/" } });
    expect(String(signedIn.headers["set-cookie"])).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/);
  });

  test("a page that was not built says so", async () => {
    const bare = await startConsole({ source, page: join(folder, "nowhere"), port: 0, token: "t" });
    const answer = await fetch(`http://127.0.0.1:${bare.port}/`, { headers: { cookie: `rouse_console_${bare.port}=t` } });
    expect([answer.status, ((await answer.json()) as { message: string }).message]).toEqual([404, "the page was not built: npm run build"]);
    await bare.close();
  });
});

describe("what it answers", () => {
  test("leaves, and what cannot be", async () => {
    expect(JSON.parse((await get("/api/overview")).body)).toMatchObject({ application: "arcade", leaves: expect.any(Array) });
    expect(JSON.parse((await get("/api/leaves/minecraft")).body)).toMatchObject({ card: { name: "minecraft" } });
    expect(await get("/api/leaves/nobody")).toMatchObject({ status: 404, body: '{"message":"there is no leaf nobody"}' });
    expect((await get("/api/leaves/%zz")).status).toBe(404);
    expect((await get("/api/nothing")).status).toBe(404);
    expect(await get("/api/leaves/minecraft/wake")).toMatchObject({ status: 405, headers: { allow: "POST" } });
    expect((await get("/api/leaves/minecraft/logs?since=x")).status).toBe(400);
  });

  test("actions say what they did, or what stood in the way", async () => {
    expect(await post("/api/leaves/minecraft/sleep")).toMatchObject({ status: 200, body: '{"message":"minecraft: sleep."}' });
    expect((await post("/api/leaves/factorio/wake")).status).toBe(409);
    expect((await post("/api/leaves/minecraft/explode")).status).toBe(404);
  });

  test("what AWS says against it comes in words", async () => {
    source.broken = "AWS does not allow it";
    expect(await get("/api/overview")).toMatchObject({ status: 502, body: '{"message":"AWS does not allow it"}' });
  });
});

describe("what it sends by itself", () => {
  test("at once, then what changes, and what is wrong", async () => {
    const stream = listen("/api/events?leaf=minecraft");
    await stream.until(() => stream.events.length >= 2);
    expect(stream.events.map(({ event }) => event)).toEqual(["overview", "leaf"]);
    // Nothing changes, nothing is sent: what comes next is the change.
    source.leaves = source.leaves.slice(1);
    await stream.until(() => stream.events.length >= 3);
    expect(stream.events[2]!.event).toBe("overview");
    source.broken = "the cloud is away";
    await stream.until(() => stream.events.some(({ event }) => event === "problem"));
    expect(stream.events.find(({ event }) => event === "problem")!.data).toEqual({ message: "the cloud is away" });
    source.broken = undefined;
    await stream.until(() => stream.events.some(({ event }) => event === "recovered"));
    stream.end();
  });

  test("looks only while somebody does", async () => {
    let looks = 0;
    const overview = source.overview.bind(source);
    source.overview = () => {
      looks++;
      return overview();
    };
    const [one, two] = [listen("/api/events"), listen("/api/events")];
    await one.until(() => one.events.length > 0);
    await two.until(() => two.events.length > 0);
    one.end();
    two.end();
    await expect
      .poll(async () => {
        const before = looks;
        await new Promise((resolve) => setTimeout(resolve, source.pollMs * 3));
        return looks - before;
      })
      .toBe(0);
  });

  test("a log: the old lines, then it stays open", async () => {
    const stream = listen("/api/leaves/minecraft/logs?since=60");
    await stream.until(() => stream.events.length >= 40);
    expect(stream.events[0]).toMatchObject({ event: "line", data: { task: "b359fdaf" } });
    stream.end();
  });
});
