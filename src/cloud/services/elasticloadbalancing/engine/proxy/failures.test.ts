import { Agent } from "node:http";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { hostSleep } from "../../../../machines/host-time.ts";
import { GROUP, ask, harness, inFlight } from "./testing.ts";

const { create, serve, say, ends } = harness();

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
  const backend = await serve((_req, res) => void hostSleep(200).then(() => res.end("late")));
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
