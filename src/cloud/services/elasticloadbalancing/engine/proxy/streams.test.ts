import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { hostSleep, within } from "../../../../machines/host-time.ts";
import { ask, harness, raw, told } from "./testing.ts";

const { create, serve, echo, ends } = harness();

const BIG = 50 * 1024 * 1024;

test("carries a request to the target and says who sent it", async () => {
  const { port } = await create([(await echo()).port]);
  const answer = await ask(port, { method: "POST", path: "/a%20b?x=%31&y", headers: { host: "example.com", "x-my": "1" }, body: "hello" });
  expect(answer.status).toBe(200);
  const seen = told(answer);
  expect(seen).toMatchObject({ method: "POST", url: "/a%20b?x=%31&y", body: "hello" });
  expect(seen.headers).toMatchObject({
    host: "example.com",
    "x-my": "1",
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-proto": "http",
    "x-forwarded-port": "80",
  });
  expect(seen.headers["x-amzn-trace-id"]).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
  expect(seen.rawHeaders).toContain("X-Forwarded-For");
});

test("uses connections again, on both sides", async () => {
  const backend = await echo();
  let connections = 0;
  backend.server.on("connection", () => connections++);
  const { port } = await create([backend.port]);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  ends.push(() => agent.destroy());
  const ports = new Set<unknown>();
  for (let i = 0; i < 20; i++) {
    const answer = await ask(port, { agent, method: i % 2 ? "POST" : "GET", ...(i % 2 ? { body: "x".repeat(i * 1000) } : {}) });
    ports.add(told(answer).body.length);
    expect(answer.headers.connection).toBe("keep-alive");
  }
  expect(connections).toBe(1);
});

test("streams both ways: the first bytes are through before the last are sent", async () => {
  const backend = await serve((req, res) => {
    res.writeHead(200, { "content-type": "text/plain" });
    req.on("data", (piece) => res.write(`got ${piece}`));
    req.on("end", () => res.end("end"));
  });
  const { port } = await create([backend.port]);
  const req = request({ host: "127.0.0.1", port, method: "POST", agent: false });
  req.write("one");
  const [res] = await once(req, "response");
  const pieces = res[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const next = async (): Promise<string> => String((await pieces.next()).value);
  expect(await next()).toBe("got one");
  req.write("two");
  expect(await next()).toBe("got two");
  req.end();
  expect(await next()).toBe("end");
});

test("sends the head of a response on, before there is a body", async () => {
  let finish = (): void => {};
  const backend = await serve((_req, res) => {
    res.writeHead(200, { "content-type": "text/event-stream" });
    res.flushHeaders();
    finish = () => res.end("data: x\n\n");
  });
  const { port } = await create([backend.port]);
  const req = request({ host: "127.0.0.1", port, agent: false }).end();
  const [res] = await once(req, "response");
  expect(res.headers["content-type"]).toBe("text/event-stream");
  finish();
  res.resume();
  await once(res, "end");
});

test("50 MB up and down", async () => {
  const backend = await serve((req, res) => void req.pipe(res));
  const { port } = await create([backend.port]);
  const req = request({ host: "127.0.0.1", port, method: "POST", agent: false });
  const piece = Buffer.alloc(64 * 1024, "abcdefgh");
  let received = 0;
  const receive = async (): Promise<void> => {
    const [res] = await once(req, "response");
    res.on("data", (bytes: Buffer) => (received += bytes.length));
    await once(res, "end");
  };
  const answered = receive();
  for (let sent = 0; sent < BIG; sent += piece.length) if (!req.write(piece)) await once(req, "drain");
  req.end();
  await answered;
  expect(received).toBe(BIG);
});

test("a target that does not read holds the client up", async () => {
  let read = (): void => {};
  const backend = await serve((req, res) => {
    req.pause();
    read = () => void req.resume().on("end", () => res.end("all of it"));
  });
  const { port } = await create([backend.port], { real: true });
  const req = request({ host: "127.0.0.1", port, method: "POST", agent: false });
  const answered = once(req, "response");
  const piece = Buffer.alloc(64 * 1024);
  let sent = 0;
  let waiting = false;
  while (!waiting && sent < BIG) {
    sent += piece.length;
    if (!req.write(piece)) waiting = (await within(500, once(req, "drain"))) === undefined;
  }
  expect(sent).toBeLessThan(BIG);
  read();
  req.end();
  const [res] = await answered;
  expect(res.statusCode).toBe(200);
  res.resume();
});

test("a client that does not read holds the target up", async () => {
  let written = 0;
  const backend = await serve((_req, res) => {
    const piece = Buffer.alloc(64 * 1024);
    const more = (): void => {
      while (written < BIG) {
        written += piece.length;
        if (!res.write(piece)) return void res.once("drain", more);
      }
      res.end();
    };
    more();
  });
  const { port } = await create([backend.port]);
  const socket = connect(port, "127.0.0.1");
  socket.pause();
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  let last = -1;
  while (last !== written) {
    last = written;
    await hostSleep(100);
  }
  expect(written).toBeLessThan(BIG / 2);
  socket.resume();
  let received = 0;
  await new Promise<void>((resolve) => socket.on("data", (bytes) => (received += bytes.length) > BIG && resolve()));
  socket.destroy();
});

test("HEAD, 204, 304 and trailers", async () => {
  const backend = await serve((req, res) => {
    if (req.url === "/204") return res.writeHead(204).end();
    if (req.url === "/304") return res.writeHead(304, { etag: "x" }).end();
    if (req.url === "/trailers") {
      res.writeHead(200, { trailer: "x-sum" });
      res.write("body");
      res.addTrailers({ "x-sum": "42" });
      return res.end();
    }
    res.writeHead(200, { "content-length": "1000" }).end();
  });
  const { port } = await create([backend.port]);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  ends.push(() => agent.destroy());
  expect(await ask(port, { agent, method: "HEAD" })).toMatchObject({ status: 200, headers: { "content-length": "1000" }, body: "" });
  expect(await ask(port, { agent, path: "/204" })).toMatchObject({ status: 204, body: "" });
  expect(await ask(port, { agent, path: "/304" })).toMatchObject({ status: 304, headers: { etag: "x" }, body: "" });
  expect(await ask(port, { agent, path: "/trailers" })).toMatchObject({ status: 200, body: "body", trailers: { "x-sum": "42" } });
});

test("chunked requests, with trailers", async () => {
  const { port } = await create([(await echo()).port]);
  const answer = await raw(
    port,
    "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n",
  );
  expect(answer).toContain(String.raw`"body":"abcde"`);
  expect(answer).toContain(`"trailers":{"x-sum":"5"}`);
});

test("Expect: 100-continue is the target's to answer", async () => {
  const backend = await echo();
  const { port } = await create([backend.port]);
  const req = request({ host: "127.0.0.1", port, method: "POST", agent: false, headers: { expect: "100-continue", "content-length": "5" } });
  req.flushHeaders();
  await once(req, "continue");
  req.end("hello");
  const [res] = await once(req, "response");
  let body = "";
  for await (const piece of res) body += piece;
  expect(told({ body }).body).toBe("hello");
});

test("a target that refuses at once is heard, and the connection ends", async () => {
  const backend = await serve((_req, res) => void res.writeHead(413).end("too much"));
  backend.server.on("checkContinue", (_req, res) => void res.writeHead(413).end("too much"));
  const { port } = await create([backend.port]);
  const answer = await raw(port, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 100000\r\n\r\n");
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(answer).toMatch(/Connection: close/i);
});

test("pipelined requests are answered in their order", async () => {
  const backend = await serve((req, res) => void hostSleep(req.url === "/1" ? 50 : 0).then(() => res.end(req.url)));
  const { port } = await create([backend.port]);
  const answer = await raw(port, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  expect(answer.indexOf("/1")).toBeGreaterThan(0);
  expect(answer.indexOf("/2")).toBeGreaterThan(answer.indexOf("/1"));
});
