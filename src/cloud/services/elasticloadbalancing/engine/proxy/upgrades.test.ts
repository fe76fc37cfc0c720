import { once } from "node:events";
import { createServer as createTls, request as requestTls } from "node:https";
import { type AddressInfo, connect } from "node:net";
import type { TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { CERTIFICATES } from "./testing-certificates.ts";
import { GROUP, LOAD_BALANCER, harness, raw, type Told, told } from "./testing.ts";

const { create, echo, serve } = harness();

test("WebSockets: both ways, counted as under way, and as a connection in each minute", async () => {
  const backend = await serve(() => {});
  const sockets = new WebSocketServer({ server: backend.server });
  sockets.on("connection", (socket, req) => {
    socket.send(`hello ${req.url}`);
    socket.on("message", (data: Buffer) => socket.send(`echo ${data.length}`));
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
  const sockets = new WebSocketServer({ server: backend.server });
  const made = await create([backend.port]);
  const client = new WebSocket(`ws://127.0.0.1:${made.port}/`);
  await once(client, "open");
  const closed = once(client, "close");
  await made.clock.advance(59_000);
  expect(client.readyState).toBe(WebSocket.OPEN);
  await made.clock.advance(2000);
  await closed;
  sockets.close();
});

test("an upgrade that the target does not want is answered with its answer", async () => {
  const backend = await serve((_req, res) => void res.writeHead(426, { "x-a": "b" }).end("no"));
  const { port } = await create([backend.port]);
  const answer = await raw(port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  expect(answer).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/);
  expect(answer).toMatch(/x-a: b\r\n[^]*Connection: close\r\n\r\nno$/);
});

test("HTTPS, with the certificate that is for the name", async () => {
  const backend = await echo();
  const made = await create([backend.port]);
  await made.listener({ arn: "tls", port: 443, protocol: "HTTPS", certificates: CERTIFICATES });
  const seen = (servername: string): Promise<[string, Told]> =>
    new Promise((resolve, reject) => {
      const req = requestTls({ host: "127.0.0.1", port: made.port, servername, rejectUnauthorized: false, agent: false }, (res) => {
        const subject = (res.socket as TLSSocket).getPeerCertificate().subject.CN as string;
        let body = "";
        res.on("data", (piece) => (body += piece)).on("end", () => resolve([subject, told({ body })]));
      });
      req.on("error", reject).end();
    });
  const [first, { headers }] = await seen("a.example.com");
  expect(first).toBe("a.example.com");
  expect(headers).toMatchObject({ "x-forwarded-proto": "https", "x-forwarded-port": "443" });
  expect((await seen("www.b.example.com"))[0]).toBe("*.b.example.com");
  expect((await seen("other.example.com"))[0]).toBe("a.example.com");
  await made.listener({ certificates: [CERTIFICATES[1]!] });
  expect((await seen("a.example.com"))[0]).toBe("*.b.example.com");
  const client = connect(made.port, "127.0.0.1", () => client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  client.on("error", () => {});
  await once(client, "close");
  await made.clock.advance(60_000);
  expect(made.sum("ClientTLSNegotiationErrorCount")).toBe(1);
});

test("WebSockets over TLS, to a target with TLS and a certificate that nobody vouches for", async () => {
  const { key, cert } = CERTIFICATES[1]!;
  const backend = createTls({ key, cert });
  backend.on("request", (_req, res) => void res.end("over tls"));
  const sockets = new WebSocketServer({ server: backend });
  sockets.on("connection", (socket) => socket.on("message", (data: Buffer) => socket.send(`echo ${data.length}`)));
  await new Promise<void>((resolve) => backend.listen(0, "127.0.0.1", resolve));
  const made = await create([(backend.address() as AddressInfo).port]);
  made.group({ protocol: "HTTPS" });
  await made.listener({ arn: "tls", port: 443, protocol: "HTTPS", certificates: CERTIFICATES });
  const client = new WebSocket(`wss://127.0.0.1:${made.port}/`, { rejectUnauthorized: false });
  await once(client, "open");
  client.send("x".repeat(300_000));
  expect(String((await once(client, "message"))[0])).toBe("echo 300000");
  client.close();
  await once(client, "close");
  sockets.close();
  backend.close();
  backend.closeAllConnections();
});
