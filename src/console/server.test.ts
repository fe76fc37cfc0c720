import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Console, startConsole } from "./server.ts";
import { FakeSource } from "./testing.ts";

const source = new FakeSource();
const page = mkdtempSync(join(tmpdir(), "rouse-page-"));
let running: Console;
let cookie: string;

beforeAll(async () => {
  mkdirSync(join(page, "assets"));
  writeFileSync(join(page, "index.html"), "<!doctype html><title>Rouse</title>".padEnd(2000));
  writeFileSync(join(page, "assets", "index-4f2a.js"), "1");
  writeFileSync(join(page, "assets", "secret.key"), "not of the page");
  running = await startConsole({ source, page, port: 0 });
  const { headers } = await ask(running.url, { cookie: false });
  cookie = headers["set-cookie"]![0]!.split(";")[0]!;
});
afterAll(async () => {
  await running.close();
  rmSync(page, { recursive: true });
});

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly cookie?: boolean;
}

/** With node:http, for fetch lets nobody set Host. */
function open(path: string, { method = "GET", headers = {}, cookie: signedIn = true }: Asked = {}): Promise<IncomingMessage> {
  const url = new URL(path, `http://127.0.0.1:${running.port}`);
  const asPage = method === "POST" ? { origin: `http://127.0.0.1:${running.port}` } : {};
  return new Promise((resolve, reject) => {
    request(url, { method, headers: { ...(signedIn ? { cookie } : {}), ...asPage, ...headers } }, resolve)
      .on("error", reject)
      .end();
  });
}

async function ask(path: string, how?: Asked) {
  const response = await open(path, how);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return { status: response.statusCode, headers: response.headers, body, text: body.toString() };
}

/** Server-sent events, one after the other, as [event, data]. */
async function* events(response: IncomingMessage): AsyncGenerator<[string, unknown]> {
  let text = "";
  for await (const chunk of response) {
    text += String(chunk);
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const fields = Object.fromEntries(
        text
          .slice(0, end)
          .split("\n")
          .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
      ) as Record<string, string>;
      text = text.slice(end + 2);
      if (fields["event"]) yield [fields["event"], JSON.parse(fields["data"]!)];
    }
  }
}

describe("signing in", () => {
  test("the address with its token sets a cookie that scripts cannot read and other sites do not send, and leads to /", async () => {
    const { status, headers } = await ask(running.url, { cookie: false });
    expect(status).toBe(303);
    expect(headers.location).toBe("/");
    expect(headers["set-cookie"]).toEqual([expect.stringMatching(`^rouse_console_${running.port}=[\\w-]{32}; HttpOnly; SameSite=Strict; Path=/$`)]);
    expect(headers["cache-control"]).toBe("no-store");
  });

  test("each console has a token of its own, of 192 bit", async () => {
    const other = await startConsole({ source, page, port: 0 });
    await other.close();
    const tokens = [running, other].map(({ url }) => new URL(url).searchParams.get("token")!);
    expect(tokens[0]).not.toBe(tokens[1]);
    expect(tokens.map((token) => Buffer.from(token, "base64url").length)).toEqual([24, 24]);
  });

  test("without it a person gets a page that says how to get there, and a program JSON", async () => {
    const person = await ask("/", { cookie: false, headers: { accept: "text/html,*/*" } });
    expect(person).toMatchObject({ status: 401, headers: { "content-type": "text/html; charset=utf-8" } });
    expect(person.text).toContain("<code>rouse open</code>");
    const program = await ask("/api/overview", { cookie: false });
    expect(program).toMatchObject({ status: 401, text: JSON.stringify({ message: "the address lacks its token" }) });
    expect(source.asked).toEqual([]);
  });

  test("what is refused shows nothing of the request as markup", async () => {
    const { status, text } = await ask("/", { headers: { accept: "text/html", host: "<script>alert(1)</script>" } });
    expect(status).toBe(400);
    expect(text).not.toContain("<script>");
  });
});

test("every answer says that nothing else may load, frame or read it; none allows another origin", async () => {
  const answers = await Promise.all([
    ask("/"),
    ask("/", { cookie: false }),
    ask("/nothing"),
    ask("/api/overview"),
    ask("/api/overview", { method: "OPTIONS" }),
    ask("/api/leaves/hello/wake", { method: "POST", headers: { origin: "http://evil.example" } }),
  ]);
  for (const { headers } of answers) {
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["referrer-policy"]).toBe("no-referrer");
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  }
  expect(source.asked.filter((what) => what.startsWith("wake"))).toEqual([]);
});

describe("the page's files", () => {
  test("the page is asked for each time; what has its hash in its name never again", async () => {
    const index = await ask("/", { headers: { "accept-encoding": "gzip, br" } });
    expect(index).toMatchObject({ status: 200, headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" } });
    expect(index.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(index.body).toString()).toContain("<title>Rouse</title>");
    expect((await ask("/")).text).toContain("<title>Rouse</title>");
    const asset = await ask("/assets/index-4f2a.js");
    expect(asset.headers).toMatchObject({
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "private, max-age=31536000, immutable",
    });
  });

  test.each(["/..%2f..%2fetc%2fpasswd", "/../../etc/passwd", "/assets/secret.key", "/nothing.js", "/assets/"])(
    "nothing else is there: %s",
    async (path) => expect((await ask(path)).status).toBe(404),
  );

  test("HEAD has no body; other methods are refused with those that there are", async () => {
    expect(await ask("/", { method: "HEAD" })).toMatchObject({ status: 200, text: "", headers: { "content-length": "2000" } });
    expect(await ask("/", { method: "POST" })).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } });
  });
});

describe("what programs ask for", () => {
  test("the overview, a leaf, and what is not there", async () => {
    expect(JSON.parse((await ask("/api/overview")).text)).toMatchObject({ application: "arcade", leaves: [{ name: "hello" }, { name: "other" }] });
    expect(JSON.parse((await ask("/api/leaves/hello")).text)).toMatchObject({ card: { name: "hello" } });
    expect(await ask("/api/leaves/nobody")).toMatchObject({ status: 404, text: JSON.stringify({ message: "there is no leaf nobody" }) });
  });

  test.each([
    ["GET", "/api/", 404],
    ["GET", "/api/leaves", 404],
    ["GET", "/api/leaves/", 404],
    ["GET", "/api/leaves/%zz", 404],
    ["GET", "/api/leaves/hello/logs/x", 404],
    ["POST", "/api/leaves/hello/destroy", 404],
    ["GET", "/api/leaves/hello/wake", 405],
    ["POST", "/api/overview", 405],
    ["POST", "/api/events", 405],
    ["DELETE", "/api/leaves/hello", 403],
    ["GET", "/api/leaves/hello/logs?since=-1", 400],
    ["GET", "/api/leaves/hello/logs?since=week", 400],
    ["GET", "/api/leaves/hello/logs?since=1e9", 400],
  ])("%s %s is %i, in a sentence", async (method, path, status) => {
    const answer = await ask(path, { method });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toEqual({ message: expect.stringMatching(/\w+ \w+/) as string });
  });

  test("what AWS says against it is explained", async () => {
    source.trouble = () => Promise.reject(new Error("AccessDenied"));
    expect(await ask("/api/overview")).toMatchObject({ status: 502, text: JSON.stringify({ message: "explained: Error: AccessDenied" }) });
    expect(await ask("/api/leaves/hello/wake", { method: "POST" })).toMatchObject({ status: 502 });
    source.trouble = undefined;
  });
});

test("wake and sleep are seen by the pages at once", async () => {
  const stream = await open("/api/events?leaf=hello");
  expect(stream.headers).toMatchObject({ "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" });
  const coming = events(stream);
  const next = async () => (await coming.next()).value as [string, { leaves?: { status: { state: string } }[] }];
  const states = async () => [await next(), await next()].map(([event, data]) => [event, data.leaves?.[0]?.status.state]);
  expect(await states()).toEqual([
    ["overview", "asleep"],
    ["leaf", undefined],
  ]);
  expect(JSON.parse((await ask("/api/leaves/hello/wake", { method: "POST" })).text)).toEqual({ message: "hello: wake." });
  expect(await states()).toEqual([
    ["overview", "waking"],
    ["leaf", undefined],
  ]);
  await ask("/api/leaves/hello/sleep", { method: "POST" });
  expect(await states()).toEqual([
    ["overview", "falling asleep"],
    ["leaf", undefined],
  ]);
  stream.destroy();
});

describe("a leaf's log", () => {
  const line = (second: number, message: string) => ({ at: `2026-01-05T12:00:0${second}.000Z`, task: "abc", message });

  test("comes line by line, as far back as asked", async () => {
    source.lines = [line(1, "one\nand a half"), line(2, "two")];
    const stream = await open("/api/leaves/hello/logs?since=60");
    const coming = events(stream);
    expect((await coming.next()).value).toEqual(["line", line(1, "one\nand a half")]);
    expect((await coming.next()).value).toEqual(["line", line(2, "two")]);
    expect(source.asked.at(-1)).toBe('logs hello {"since":60}');
    stream.destroy();
  });

  test("of nobody is a problem that ends it", async () => {
    const coming = events(await open("/api/leaves/nobody/logs"));
    expect((await coming.next()).value).toEqual(["problem", { message: "there is no leaf nobody" }]);
    expect((await coming.next()).done).toBe(true);
  });

  test("goes on after trouble with what the page has not got yet", async () => {
    source.lines = [line(1, "one")];
    source.pollMs = 5;
    source.trouble = () => Promise.reject(new Error("gone"));
    const stream = await open("/api/leaves/hello/logs");
    const coming = events(stream);
    expect((await coming.next()).value).toEqual(["line", line(1, "one")]);
    expect((await coming.next()).value).toEqual(["problem", { message: "explained: Error: gone" }]);
    // It is tried again and again, and told once.
    const before = source.asked.length;
    await vi.waitUntil(() => source.asked.length > before + 2);
    source.trouble = undefined;
    source.lines = [line(3, "three")];
    expect((await coming.next()).value).toEqual(["line", line(3, "three")]);
    expect(source.asked.at(-1)).toBe('logs hello {"after":"2026-01-05T12:00:01.000Z"}');
    stream.destroy();
  });
});

test("a port that is taken is an error, or another one is taken", async () => {
  const at = { source, page, port: running.port };
  await expect(startConsole(at)).rejects.toMatchObject({ code: "EADDRINUSE" });
  const elsewhere = await startConsole({ ...at, elsewhere: true });
  expect(elsewhere.port).not.toBe(running.port);
  await elsewhere.close();
});

test("a console that stops ends its streams", async () => {
  const other = await startConsole({ source, page, port: 0, token: "abc" });
  const response = await fetch(`http://127.0.0.1:${other.port}/api/events`, { headers: { cookie: `rouse_console_${other.port}=abc` } });
  expect(response.status).toBe(200);
  await Promise.all([other.close(), response.text()]);
  await expect(fetch(other.url)).rejects.toThrow();
});
