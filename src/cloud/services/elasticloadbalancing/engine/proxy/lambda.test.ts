import { once } from "node:events";
import { Agent } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AwsError } from "../../../../core/errors.ts";
import { hostSleep } from "../../../../machines/host-time.ts";
import { answerOf } from "./lambda-answer.ts";
import type { AlbEvent } from "./lambda-event.ts";
import { GROUP, type World, ask, raw, world } from "./testing.ts";

const FUNCTION = "arn:aws:lambda:us-west-2:000000000000:function:doorman";
const ok = { statusCode: 200, statusDescription: "200 OK", isBase64Encoded: false, headers: { "content-type": "text/plain" }, body: "hello" };

let made: World;
let events: AlbEvent[];

beforeEach(async () => {
  made = await world();
  events = [];
  made.group({ targetType: "lambda", protocol: undefined, port: undefined, targets: [{ id: FUNCTION, state: "unavailable" }] });
});
afterEach(() => made.stop());

const answerWith = (payload: unknown, error?: string): void =>
  made.onInvoke(async (arn, event, source) => {
    expect(arn).toBe(FUNCTION);
    expect(source).toEqual({ principal: "elasticloadbalancing.amazonaws.com", arn: "group" });
    events.push(event as AlbEvent);
    return { payload, ...(error === undefined ? {} : { error }) };
  });

test("the event, and the answer", async () => {
  answerWith(ok);
  const answer = await ask(made.port, {
    path: "/a%2Fb?&myKey=val1&myKey=val%202&flag",
    headers: { Host: "web.elb", Cookie: "a=1", "X-Multi": ["1", "2"] },
  });
  expect(answer).toMatchObject({
    status: 200,
    body: "hello",
    headers: { "content-type": "text/plain", server: "awselb/2.0", "content-length": "5" },
  });
  expect(events).toEqual([
    {
      requestContext: { elb: { targetGroupArn: "group" } },
      httpMethod: "GET",
      path: "/a%2Fb",
      queryStringParameters: { myKey: "val%202", flag: "" },
      headers: {
        host: "web.elb",
        cookie: "a=1",
        "x-multi": "2",
        connection: "close",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-port": "80",
        "x-forwarded-proto": "http",
        "x-amzn-trace-id": expect.stringMatching(/^Root=/),
      },
      body: "",
      isBase64Encoded: false,
    },
  ]);
});

test("with multi-value headers, both ways", async () => {
  made.group({ attributes: { "lambda.multi_value_headers.enabled": "true" } });
  answerWith({ ...ok, headers: { "x-not": "1" }, multiValueHeaders: { "set-cookie": ["a=1", "b=2"] } });
  const answer = await ask(made.port, { path: "/?k=1&k=2", headers: { "X-Multi": ["1", "2"] } });
  expect(answer.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
  expect(answer.headers).not.toHaveProperty("x-not");
  expect(events[0]).not.toHaveProperty("headers");
  expect(events[0]).not.toHaveProperty("queryStringParameters");
  expect(events[0]).toMatchObject({
    multiValueQueryStringParameters: { k: ["1", "2"] },
    multiValueHeaders: { "x-multi": ["1", "2"], "x-forwarded-port": ["80"] },
  });
});

test.each([
  [{ "content-type": "application/json; charset=utf-8" }, "{}", false],
  [{ "content-type": "text/csv" }, "ä", false],
  [{ "content-type": "application/json", "content-encoding": "gzip" }, "{}", true],
  [{ "content-type": "application/octet-stream" }, "x", true],
  [{}, "x", true],
])("a body with %j: %j is base64: %s", async (headers, body, base64) => {
  answerWith(ok);
  await ask(made.port, { method: "POST", headers, body });
  expect(events[0]).toMatchObject({ isBase64Encoded: base64, body: base64 ? Buffer.from(body).toString("base64") : body });
});

test("a base64 answer is bytes", async () => {
  answerWith({ ...ok, isBase64Encoded: true, body: Buffer.from("binary").toString("base64"), headers: { Connection: "x", "Content-Length": "1" } });
  expect(await ask(made.port)).toMatchObject({ body: "binary", headers: { "content-length": "6" } });
});

test("what a function must not answer: 502, and an error of its owner's", async () => {
  const wrong: [unknown, string?][] = [
    [null],
    ["text"],
    [{ body: "no status" }],
    [{ statusCode: "200" }],
    [{ statusCode: 200, body: { not: "text" } }],
    [{ statusCode: 200, headers: { "bad name": "x" } }],
    [{ statusCode: 200, headers: { x: "a\r\nevil: 1" } }],
    [{ ...ok, body: "x".repeat(1024 * 1024) }],
    [{ errorMessage: "boom" }, "Unhandled"],
  ];
  for (const [payload, error] of wrong) {
    answerWith(payload, error);
    expect((await ask(made.port)).status, JSON.stringify(payload)?.slice(0, 80)).toBe(502);
  }
  for (const code of ["TooManyRequestsException", "AccessDeniedException", "ResourceNotFoundException"]) {
    made.onInvoke(() => Promise.reject(new AwsError(code, "no")));
    expect((await ask(made.port)).status).toBe(502);
  }
  made.onInvoke(() => Promise.reject(new Error("a bug")));
  expect((await ask(made.port)).status).toBe(502);
  expect(made.said.join()).toContain("a bug");
  await made.clock.advance(60_000);
  expect(made.sum("LambdaUserError", GROUP)).toBe(wrong.length + 3);
  expect(made.sum("LambdaInternalError", GROUP)).toBe(1);
  expect(made.sum("HTTPCode_ELB_502_Count")).toBe(wrong.length + 4);
});

test("bodies of more than 1 MB: 413; upgrades: 400; text that is no UTF-8: 400", async () => {
  answerWith(ok);
  expect((await ask(made.port, { method: "POST", body: Buffer.alloc(1024 * 1024) })).status).toBe(200);
  expect((await ask(made.port, { method: "POST", body: Buffer.alloc(1024 * 1024 + 1) })).status).toBe(413);
  const upgrade = await raw(made.port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  expect(upgrade).toMatch(/^HTTP\/1\.1 400 /);
  expect((await ask(made.port, { method: "POST", headers: { "content-type": "text/plain" }, body: Buffer.from([0xff, 0xfe]) })).status).toBe(400);
  expect(events).toHaveLength(1);
});

test("a function that waits on the cloud's clock for longer than the idle time-out is waited for", async () => {
  made.onInvoke(async () => {
    await made.clock.sleep(300_000);
    return { payload: ok };
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const answer = ask(made.port, { agent });
  while (made.plane.inFlight("group", { id: FUNCTION }) === 0) await hostSleep(2);
  await made.clock.advance(299_000);
  expect(made.plane.inFlight("group", { id: FUNCTION })).toBe(1);
  await made.clock.advance(1000);
  expect((await answer).body).toBe("hello");
  // From the answer on, the idle time-out counts again.
  await made.clock.advance(30_000);
  answerWith(ok);
  expect((await ask(made.port, { agent })).body).toBe("hello");
  agent.destroy();
});

test("a client that goes away does not end the function", async () => {
  let finished = 0;
  made.onInvoke(async () => {
    await made.clock.sleep(10_000);
    finished++;
    return { payload: ok };
  });
  const socket = connect(made.port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  while (made.plane.inFlight("group", { id: FUNCTION }) === 0) await hostSleep(2);
  const closed = once(socket, "close");
  socket.destroy();
  await closed;
  await made.clock.advance(10_000);
  expect(finished).toBe(1);
});

test("an answer needs no more than a status code", () => {
  expect(answerOf({ statusCode: 204 }, false)).toMatchObject({ status: 204, headers: [] });
  expect(answerOf({ statusCode: 200, headers: { a: 1, b: true } }, false)).toMatchObject({ headers: ["a", "1", "b", "true"] });
  expect(answerOf({ statusCode: 99 }, false)).toBeUndefined();
  expect(answerOf({ statusCode: 200, multiValueHeaders: { a: "x" } }, true)).toBeUndefined();
});
