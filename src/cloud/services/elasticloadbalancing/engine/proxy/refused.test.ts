import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { harness, raw, told } from "./testing.ts";

const { create, serve, echo } = harness();

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
    ["GET / HTTP/1.1\r\nHost: a.com/@evil.com\r\n\r\n", 400],
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
