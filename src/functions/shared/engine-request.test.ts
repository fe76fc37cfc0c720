import { describe, expect, test } from "vitest";
import { bad, readInvocation, respond, waitUntil } from "./engine-request.ts";

describe("an invocation", () => {
  test("by EventBridge is its detail, and nobody reads the answer", () => {
    const event = { source: "custom.app", time: "2026-01-05T12:00:00Z", "detail-type": "Start ECS Task", detail: { service: "auth" } };
    const asker = { at: "2026-01-05T12:00:00Z", who: "custom.app", what: "Start ECS Task" };
    expect(readInvocation(event)).toEqual({ by: "event", isHttp: false, isRead: false, asker, request: { service: "auth" } });
  });
  test("by an HTTP API is its body", () => {
    const event = {
      version: "2.0",
      requestContext: { http: { method: "POST", path: "/start", sourceIp: "192.0.2.1" } },
      body: '{"service":"auth"}',
      isBase64Encoded: false,
    };
    const asker = { who: "192.0.2.1", what: "POST /start" };
    const read = { by: "api", isHttp: true, isRead: true, asker, request: { service: "auth" } };
    expect(readInvocation(event)).toEqual(read);
    expect(readInvocation({ ...event, body: Buffer.from(event.body).toString("base64"), isBase64Encoded: true })).toEqual(read);
  });
  test.each([
    ["workflow", true],
    ["schedule", false],
    ["cli", true],
  ])("by %s says so itself", (source, isRead) => {
    expect(readInvocation({ service: "auth", source })).toEqual({ by: source, isHttp: false, isRead, request: { service: "auth" } });
    expect(readInvocation({ service: "auth", source, who: "ann" })).toMatchObject({ asker: { who: "ann" }, request: { service: "auth" } });
  });
  test("of nobody in particular is the API's", () => expect(readInvocation({ service: "auth" })).toMatchObject({ by: "api", isRead: true }));
  test.each<[string, unknown, string]>([
    ["is no object", "auth", "the event is no object"],
    ["has no detail", { "detail-type": "Start ECS Task" }, "the event has no detail"],
    ["has a body that is no JSON", { requestContext: { http: {} }, body: "service=auth" }, "the body is no JSON"],
    ["has a body that is a list", { requestContext: { http: {} }, body: "[]" }, "the body is no JSON object"],
    ["is of an unknown source", { service: "auth", source: "me" }, "source must be one of workflow, schedule, cli, api"],
  ])("that %s is no exception", (_what, event, error) => {
    const read = readInvocation(event);
    expect(read.request).toBeUndefined();
    expect(read.error).toBe(error);
  });
});

test("an HTTP API gets its body as text, everybody else as it is", () => {
  expect(respond({ isHttp: false }, bad("no"))).toEqual({ statusCode: 400, body: { error: "no" } });
  expect(respond({ isHttp: true }, bad("no"))).toMatchObject({
    statusCode: 400,
    headers: { "content-type": "application/json" },
    body: '{"error":"no"}',
  });
});

test("the waiting ends at its limit, before the function does, and before an HTTP API gives up", () => {
  const limits = { now: 1_000, limitMs: 300_000, remainingMs: 360_000 };
  expect(waitUntil({ isHttp: false }, limits)).toBe(301_000);
  expect(waitUntil({ isHttp: false }, { ...limits, remainingMs: 65_000 })).toBe(61_000);
  expect(waitUntil({ isHttp: true }, limits)).toBe(26_000);
});
