import { once } from "node:events";
import { Agent } from "node:http";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { hostSleep } from "../../../../machines/host-time.ts";
import { GROUP, LOAD_BALANCER, ask, forward, harness, inFlight, raw, rule } from "./testing.ts";

const { create, serve, echo, ends } = harness();

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
  await hostSleep(20);
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
