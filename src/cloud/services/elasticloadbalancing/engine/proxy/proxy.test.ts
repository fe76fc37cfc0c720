import { Agent, request } from "node:http";
import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { GROUP, LOAD_BALANCER, type World, ask, forward, raw, rawTarget, rule, target, world } from "./testing.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function create(...args: Parameters<typeof world>): Promise<World> {
  const made = await world(...args);
  ends.push(() => made.stop());
  return made;
}

async function serve(...args: Parameters<typeof target>): ReturnType<typeof target> {
  const made = await target(...args);
  ends.push(() => made.close());
  return made;
}

async function say(...args: Parameters<typeof rawTarget>): ReturnType<typeof rawTarget> {
  const made = await rawTarget(...args);
  ends.push(() => made.close());
  return made;
}

/** A target that says what it was asked. */
const echo = (): ReturnType<typeof target> =>
  serve((req, res) => {
    let body = "";
    req.on("data", (piece) => (body += piece));
    req.on("end", () =>
      res.end(JSON.stringify({ method: req.method, url: req.url, headers: req.headers, rawHeaders: req.rawHeaders, body, trailers: req.trailers })),
    );
  });

const told = (answer: {
  body: string;
}): { method: string; url: string; headers: Record<string, string>; rawHeaders: string[]; body: string; trailers: object } => JSON.parse(answer.body);

test("carries a request to the target and says who sent it", async () => {
  const { port } = await world([(await echo()).port]).then((made) => (ends.push(() => made.stop()), made));
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

const BIG = 50 * 1024 * 1024;

test("50 MB up and down, with back-pressure", async () => {
  const backend = await serve((req, res) => void req.pipe(res));
  const { port } = await create([backend.port]);
  const req = request({ host: "127.0.0.1", port, method: "POST", agent: false });
  const piece = Buffer.alloc(64 * 1024, "abcdefgh");
  let received = 0;
  const answered = once(req, "response").then(async ([res]) => {
    res.on("data", (bytes: Buffer) => (received += bytes.length));
    await once(res, "end");
  });
  const before = process.memoryUsage();
  for (let sent = 0; sent < BIG; sent += piece.length) if (!req.write(piece)) await once(req, "drain");
  req.end();
  await answered;
  expect(received).toBe(BIG);
  expect(process.memoryUsage().external - before.external).toBeLessThan(30 * 1024 * 1024);
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
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(written).toBeLessThan(BIG / 2);
  socket.resume();
  let received = 0;
  socket.on("data", (bytes) => (received += bytes.length));
  while (received < BIG) await once(socket, "data");
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

test("WebSockets: both ways, counted as under way, and as a connection in each minute", async () => {
  const backend = await serve(() => {});
  const sockets = new WebSocketServer({ server: backend.server });
  sockets.on("connection", (socket, req) => {
    socket.send(`hello ${req.url}`);
    socket.on("message", (data) => socket.send(`echo ${String(data).length}`));
  });
  const made = await create([backend.port]);
  const client = new WebSocket(`ws://127.0.0.1:${made.port}/chat?a=1`);
  expect(String((await once(client, "message"))[0])).toBe("hello /chat?a=1");
  client.send("x".repeat(1_000_000));
  expect(String((await once(client, "message"))[0])).toBe("echo 1000000");
  expect(made.plane.inFlight("group", { id: "10.0.0.0", port: 8080 })).toBe(1);
  for (let half = 0; half < 6; half++) {
    await made.clock.advance(30_000);
    client.send("still here");
    await once(client, "message");
  }
  expect(made.metrics.filter(({ name }) => name === "ActiveConnectionCount").map(({ value, dimensions }) => ({ value, dimensions }))).toEqual(
    Array.from({ length: 3 }, () => ({ value: 2, dimensions: { LoadBalancer: LOAD_BALANCER } })),
  );
  client.close();
  await once(client, "close");
  await made.clock.advance(60_000);
  expect(made.plane.inFlight("group", { id: "10.0.0.0", port: 8080 })).toBe(0);
  expect(made.sum("RequestCount", GROUP)).toBe(1);
});

test("a WebSocket that is idle for the idle time-out ends", async () => {
  const backend = await serve(() => {});
  new WebSocketServer({ server: backend.server });
  const made = await create([backend.port]);
  const client = new WebSocket(`ws://127.0.0.1:${made.port}/`);
  await once(client, "open");
  const closed = once(client, "close");
  await made.clock.advance(59_000);
  expect(client.readyState).toBe(WebSocket.OPEN);
  await made.clock.advance(2000);
  await closed;
});

test("an upgrade that the target does not want is answered with its answer", async () => {
  const backend = await serve((_req, res) => void res.writeHead(426, { "x-a": "b" }).end("no"));
  const { port } = await create([backend.port]);
  const answer = await raw(port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  expect(answer).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/);
  expect(answer).toMatch(/x-a: b\r\n[^]*Connection: close\r\n\r\nno$/);
});

test("no registered target: 503, in the load balancer's own words", async () => {
  const made = await create([]);
  const answer = await ask(made.port, { headers: { connection: "keep-alive" } });
  expect(answer).toMatchObject({
    status: 503,
    reason: "Service Temporarily Unavailable",
    headers: { server: "awselb/2.0", "content-type": "text/html", "content-length": "162" },
  });
  expect(answer.body).toBe(
    "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n",
  );
  await made.clock.advance(60_000);
  expect(made.sum("HTTPCode_ELB_5XX_Count")).toBe(1);
  expect(made.sum("HTTPCode_ELB_503_Count")).toBe(1);
  expect(made.sum("RequestCount")).toBe(0);
});

test("connection refused: 502; nobody at the address: 504 after ten seconds", async () => {
  const made = await create([1]);
  expect((await ask(made.port)).status).toBe(502);
  made.routes.set("10.0.0.0", "closed");
  expect((await ask(made.port)).status).toBe(502);
  for (const why of ["no-address", "not-allowed"] as const) {
    made.routes.set("10.0.0.0", why);
    const answer = ask(made.port);
    const early = await Promise.race([
      answer.then(() => true),
      inFlight(made, 1)
        .then(() => made.clock.advance(9900))
        .then(() => false),
    ]);
    expect(early).toBe(false);
    await made.clock.advance(200);
    expect((await answer).status).toBe(504);
  }
  await made.clock.advance(60_000);
  expect(made.sum("TargetConnectionErrorCount", GROUP)).toBe(4);
  expect(made.sum("HTTPCode_ELB_504_Count")).toBe(2);
});

/** Until so many requests are under way. */
async function inFlight(made: World, count: number): Promise<void> {
  while (made.plane.inFlight("group", { id: "10.0.0.0", port: 8080 }) !== count) await new Promise((resolve) => setTimeout(resolve, 2));
}

test("a target that does not answer: 504 after the idle time-out of the cloud's clock, and not before", async () => {
  const backend = await serve(() => {});
  const made = await create([backend.port], { loadBalancer: { "idle_timeout.timeout_seconds": "30" } });
  const answer = ask(made.port);
  await inFlight(made, 1);
  await made.clock.advance(29_000);
  expect(made.plane.inFlight("group", { id: "10.0.0.0", port: 8080 })).toBe(1);
  await made.clock.advance(1500);
  expect((await answer).status).toBe(504);
  expect(made.plane.inFlight("group", { id: "10.0.0.0", port: 8080 })).toBe(0);
});

test("virtual time does not run away from a target that takes its time", async () => {
  const backend = await serve((_req, res) => void setTimeout(() => res.end("late"), 200));
  const made = await create([backend.port]);
  const answer = ask(made.port);
  await inFlight(made, 1);
  await made.clock.advance(3_600_000); // Held until the answer is through.
  expect(await answer).toMatchObject({ status: 200, body: "late" });
});

test("a target that breaks off: 502 before the head, a broken answer after it", async () => {
  const backend = await say((socket) =>
    socket.once("data", (bytes) => {
      if (String(bytes).startsWith("GET /head")) socket.end("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
      else socket.end();
    }),
  );
  const { port } = await create([backend.port]);
  expect((await ask(port)).status).toBe(502);
  await expect(ask(port, { path: "/head" })).rejects.toThrow(/aborted|hang up/);
});

test("a target that says no HTTP: 502", async () => {
  const answers = [
    "SSH-2.0-x\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
    `HTTP/1.1 200 OK\r\nX: ${"a".repeat(40_000)}\r\n\r\n`,
  ];
  const backend = await say((socket) => socket.once("data", () => socket.write(answers.shift()!)));
  const { port } = await create([backend.port]);
  for (let i = 0; i < 4; i++) expect((await ask(port)).status).toBe(502);
});

test("bytes behind a response are not taken for the next one", async () => {
  const backend = await say((socket) =>
    socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")),
  );
  const { port } = await create([backend.port]);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  ends.push(() => agent.destroy());
  for (let i = 0; i < 3; i++) expect((await ask(port, { agent })).body).toBe("ok");
});

test("a connection that a target has ended is not used again, and one that ends just then is made anew", async () => {
  let connections = 0;
  const backend = await say((socket) => {
    connections++;
    let requests = 0;
    socket.on("data", () => {
      if (requests++ === 0) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      else socket.destroy();
    });
  });
  const { port } = await create([backend.port]);
  expect((await ask(port)).body).toBe("ok");
  expect((await ask(port)).body).toBe("ok");
  expect(connections).toBe(2);
  // Not repeated: the target may have done it.
  expect((await ask(port, { method: "POST", body: "x" })).status).toBe(502);
});

test("requests that two readers could read differently are refused", async () => {
  const reached: string[] = [];
  const backend = await serve((req, res) => {
    reached.push(req.url!);
    res.end();
  });
  const made = await create([backend.port]);
  const attempts: [string, number][] = [
    ["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400],
    ["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello", 400],
    ["POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501],
    ["POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501],
    ["POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501],
    ["POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nX: a\nX-Evil: b\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n folded\r\n\r\n", 400],
    ["GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\n\r\n", 400],
    ["GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["GET ftp://x/ HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 3\r\n\r\nabc", 400],
    ["CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 405],
    [`GET /${"a".repeat(17_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    [`GET / HTTP/1.1\r\nHost: a\r\nX: ${"a".repeat(17_000)}\r\n\r\n`, 400],
    [`GET / HTTP/1.1\r\nHost: a\r\n${Array.from({ length: 70 }, (_, i) => `X${i}: ${"a".repeat(1000)}\r\n`).join("")}\r\n`, 400],
    [`GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${Array(31).fill("1.1.1.1").join(", ")}\r\n\r\n`, 463],
  ];
  for (const [text, status] of attempts) {
    const answer = await raw(made.port, text);
    expect(answer, JSON.stringify(text.slice(0, 120))).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*Server: awselb/2\\.0`));
    expect(answer.match(/HTTP\/1\.1 /g), answer).toHaveLength(1);
  }
  expect(reached).toEqual([]);
  await made.clock.advance(60_000);
  expect(made.sum("HTTPCode_ELB_4XX_Count")).toBe(attempts.filter(([, status]) => status < 500).length);
});

test("a body that turns out to be no HTTP ends the request to the target, too", async () => {
  const backend = await serve(() => {});
  const made = await create([backend.port]);
  const socket = connect(made.port, "127.0.0.1", () => socket.write("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc"));
  const [req] = await once(backend.server, "request");
  const gone = once(req.resume(), "error");
  socket.write("X\r\n0\r\n\r\n");
  expect(String((await once(socket, "data"))[0])).toMatch(/^HTTP\/1\.1 400 /);
  await gone;
  expect(made.plane.inFlight("group", { id: "10.0.0.0", port: 8080 })).toBe(0);
});

test("headers for one connection alone end here; what the client says of itself is not believed", async () => {
  const { port } = await create([(await echo()).port]);
  const answer = await raw(
    port,
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Private\r\nX-Private: 1\r\nKeep-Alive: x\r\nProxy-Connection: x\r\nTE: trailers\r\n" +
      "X-Forwarded-Proto: https\r\nX-Forwarded-Port: 443\r\nX-Forwarded-For: 9.9.9.9\r\nX-Kept: 1\r\n\r\n",
  );
  const { headers } = told({ body: answer.slice(answer.indexOf("{"), answer.lastIndexOf("}") + 1) });
  expect(headers).toMatchObject({ "x-forwarded-for": "9.9.9.9, 127.0.0.1", "x-forwarded-proto": "http", "x-forwarded-port": "80", "x-kept": "1" });
  for (const name of ["x-private", "keep-alive", "proxy-connection", "te"]) expect(headers).not.toHaveProperty(name);
});

test("pipelined requests are answered in their order", async () => {
  const backend = await serve((req, res) => void setTimeout(() => res.end(req.url), req.url === "/1" ? 50 : 0));
  const { port } = await create([backend.port]);
  const answer = await raw(port, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  expect(answer.indexOf("/1")).toBeGreaterThan(0);
  expect(answer.indexOf("/2")).toBeGreaterThan(answer.indexOf("/1"));
});

test("a client that goes away takes its request to the target with it", async () => {
  let gone = (): void => {};
  const left = new Promise<void>((resolve) => (gone = resolve));
  const backend = await serve((req) => void req.on("close", () => gone()));
  const made = await create([backend.port]);
  const socket = connect(made.port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  await inFlight(made, 1);
  socket.destroy();
  await left;
  await inFlight(made, 0);
  await made.clock.advance(60_000);
  expect(made.sum("HTTPCode_ELB_4XX_Count")).toBe(1); // 460
});

test("a draining target keeps what it has and gets nothing new; when it is gone, so is what it had", async () => {
  const open: { end(): void }[] = [];
  const backend = await serve((_req, res) => void open.push({ end: () => res.end("done") }));
  const made = await create([backend.port]);
  const draining = { id: "10.0.0.0", port: 8080, state: "draining" as const };
  const first = ask(made.port);
  await inFlight(made, 1);
  made.group({ targets: [draining] });
  expect((await ask(made.port)).status).toBe(503);
  open[0]!.end();
  expect((await first).body).toBe("done");
  expect(made.plane.inFlight("group", draining)).toBe(0);
  made.group({ targets: [{ ...draining, state: "healthy" }] });
  const second = ask(made.port);
  await inFlight(made, 1);
  made.group({ targets: [] });
  expect((await second).status).toBe(502);
});

test("rules: redirect, fixed response and forward, in the plan's order", async () => {
  const made = await create([(await echo()).port]);
  await made.listener({
    rules: [
      rule(1, [{ Type: "redirect", RedirectConfig: { Protocol: "HTTPS", Port: "443", StatusCode: "HTTP_301" } }], {
        Field: "path-pattern",
        Values: ["/old/*"],
      }),
      rule(2, [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "418", ContentType: "text/plain", MessageBody: "tea" } }], {
        Field: "host-header",
        Values: ["tea.example.com"],
      }),
      rule("default", forward()),
    ],
  });
  expect(await ask(made.port, { path: "/old/a?b=c", headers: { host: "x.com" } })).toMatchObject({
    status: 301,
    headers: { location: "https://x.com:443/old/a?b=c", server: "awselb/2.0", "content-length": "134" },
  });
  expect(await ask(made.port, { headers: { host: `TEA.example.com:${made.port}` } })).toMatchObject({
    status: 418,
    body: "tea",
    headers: { "content-type": "text/plain" },
  });
  expect((await ask(made.port, { path: "/OLD/a" })).status).toBe(200);
  await made.clock.advance(60_000);
  expect(["HTTP_Redirect_Count", "HTTP_Fixed_Response_Count", "HTTPCode_ELB_3XX_Count", "RequestCount"].map((name) => made.sum(name))).toEqual([
    1, 1, 1, 1,
  ]);
});

test("stickiness binds a client to its target while that can answer", async () => {
  const backends = [await serve((_req, res) => void res.end("a")), await serve((_req, res) => void res.end("b"))];
  const made = await create(backends.map(({ port }) => port));
  made.group({ attributes: { "stickiness.enabled": "true", "stickiness.type": "lb_cookie", "stickiness.lb_cookie.duration_seconds": "60" } });
  const first = await ask(made.port);
  const [cookie] = first.headers["set-cookie"]!;
  expect(cookie).toMatch(/^AWSALB=[\w-]+; Expires=.*; Path=\/$/);
  expect(first.headers["set-cookie"]![1]).toMatch(/^AWSALBCORS=.*SameSite=None; Secure$/);
  const headers = { cookie: `a=b; ${cookie!.split(";")[0]}` };
  for (let i = 0; i < 4; i++) expect((await ask(made.port, { headers })).body).toBe(first.body);
  await made.clock.advance(61_000);
  const others = new Set([(await ask(made.port, { headers })).body, (await ask(made.port, { headers })).body]);
  expect(others.size).toBe(2);
});

test("idle connections of clients end; so do those that are older than client_keep_alive", async () => {
  const made = await create([(await echo()).port], { loadBalancer: { "client_keep_alive.seconds": "60", "idle_timeout.timeout_seconds": "50" } });
  const idle = connect(made.port, "127.0.0.1");
  const closed = once(idle, "close");
  await once(idle, "connect");
  await made.clock.advance(51_000);
  await closed;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  ends.push(() => agent.destroy());
  expect((await ask(made.port, { agent })).headers.connection).toBe("keep-alive");
  await made.clock.advance(40_000);
  expect((await ask(made.port, { agent })).headers.connection).toBe("keep-alive");
  const half = raw(made.port, "GET / HTTP/1.1\r\nHost:");
  await new Promise((resolve) => setTimeout(resolve, 20));
  await made.clock.advance(51_000);
  expect(await half).toMatch(/^HTTP\/1\.1 408 Request Time-out/);
});

test("metrics of a minute: names, dimensions, units and times", async () => {
  const made = await create([(await echo()).port]);
  const began = made.clock.now();
  await made.clock.advance(10_000);
  await Promise.all([ask(made.port), ask(made.port)]);
  await made.clock.advance(50_000);
  const both = { LoadBalancer: LOAD_BALANCER, TargetGroup: GROUP };
  const balancer = { LoadBalancer: LOAD_BALANCER };
  expect(made.metrics.every(({ at }) => at === began)).toBe(true);
  expect(made.metrics).toEqual(
    expect.arrayContaining([
      { name: "RequestCount", dimensions: balancer, value: 1, count: 2, unit: "Count", at: began },
      { name: "RequestCount", dimensions: both, value: 1, count: 2, unit: "Count", at: began },
      { name: "RequestCountPerTarget", dimensions: { TargetGroup: GROUP }, value: 2, unit: "Count", at: began },
      { name: "HTTPCode_Target_2XX_Count", dimensions: both, value: 1, count: 2, unit: "Count", at: began },
      { name: "NewConnectionCount", dimensions: balancer, value: 4, unit: "Count", at: began },
      { name: "TargetResponseTime", dimensions: balancer, value: 0, count: 2, unit: "Seconds", at: began },
    ]),
  );
  expect(made.sum("ProcessedBytes")).toBeGreaterThan(500);
  // The connections to the target wait for the idle time-out; then nothing is put any more.
  await made.clock.advance(180_000);
  const put = made.metrics.length;
  await made.clock.advance(600_000);
  expect(made.metrics).toHaveLength(put);
});
