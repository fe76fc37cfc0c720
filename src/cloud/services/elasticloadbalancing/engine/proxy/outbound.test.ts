import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { seededIds } from "../../../../core/ids.ts";
import { readInbound } from "./inbound.ts";
import { type OutboundRules, TraceIds, addedTo, headFor } from "./outbound.ts";

const rules: OutboundRules = {
  proto: "http",
  port: 80,
  realPort: 8080,
  preserveHost: false,
  forwardedFor: "append",
  clientPort: false,
  tlsHeaders: false,
};

function added(headers: Record<string, string>, change: Partial<OutboundRules> = {}, url = "/", address = "127.0.0.1") {
  const req = { method: "GET", url, httpVersionMinor: 1, rawHeaders: Object.entries({ Host: "example.com", ...headers }).flat() } as IncomingMessage;
  const inbound = readInbound(req, false);
  const all = { ...rules, ...change };
  const sender = { address, port: 4321 };
  const parts = addedTo(inbound, sender, all, Date.UTC(2026, 0, 5), new TraceIds(seededIds()));
  return { ...parts, head: headFor(inbound, parts, all, sender) };
}

// The table in the User Guide, "Host header preservation", and what stands before it.
test.each<[string, Partial<OutboundRules>, string, string]>([
  ["example.com", {}, "/index.html", "example.com"],
  ["example.com:80", {}, "/index.html", "example.com"],
  ["example.com", {}, "http://dns_name/index.html", "dns_name"],
  ["example.com", { port: 8080 }, "/", "example.com:8080"],
  ["www.example.com:8443", { port: 8443 }, "/", "www.example.com:8443"],
  ["example.com:80", { preserveHost: true }, "/", "example.com:80"],
  ["example.com", { preserveHost: true }, "http://dns_name/index.html", "example.com"],
  ["[::1]:80", {}, "/", "[::1]"],
  // The port of this machine that stands for 80.
  ["localhost:8080", {}, "/", "localhost:8080"],
])("Host %s with %j for %s: %s", (host, change, url, expected) => {
  expect(added({ Host: host }, change, url)).toMatchObject({ host: expected });
});

// The table in the User Guide, "X-Forwarded-For".
test.each<[string | undefined, Partial<OutboundRules>, string, string | undefined]>([
  [undefined, {}, "127.0.0.1", "127.0.0.1"],
  ["127.0.0.4", {}, "127.0.0.1", "127.0.0.4, 127.0.0.1"],
  ["127.0.0.4, 127.0.0.8", {}, "127.0.0.1", "127.0.0.4, 127.0.0.8, 127.0.0.1"],
  ["127.0.0.4", { forwardedFor: "preserve", clientPort: true }, "127.0.0.1", "127.0.0.4"],
  [undefined, { forwardedFor: "preserve" }, "127.0.0.1", undefined],
  ["127.0.0.4", { forwardedFor: "remove" }, "127.0.0.1", undefined],
  [undefined, { clientPort: true }, "12.34.56.78", "12.34.56.78:4321"],
  [undefined, { clientPort: true }, "2001:db8::1", "[2001:db8::1]:4321"],
  [undefined, {}, "2001:db8::1", "2001:db8::1"],
])("X-Forwarded-For %s with %j from %s: %s", (given, change, address, expected) => {
  expect(added(given === undefined ? {} : { "X-Forwarded-For": given }, change, "/", address).forwardedFor).toBe(expected);
});

test("X-Amzn-Trace-Id", () => {
  const own = /1-695aff00-[0-9a-f]{24}/.source;
  expect(added({}).traceId).toMatch(new RegExp(`^Root=${own}$`));
  expect(added({ "X-Amzn-Trace-Id": "Root=1-67891233-abc;CalledFrom=app" }).traceId).toMatch(
    new RegExp(`^Self=${own};Root=1-67891233-abc;CalledFrom=app$`),
  );
  expect(added({ "X-Amzn-Trace-Id": "Self=1-1-1;Root=1-67891233-abc" }).traceId).toMatch(new RegExp(`^Self=${own};Root=1-67891233-abc$`));
  expect(added({ "X-Amzn-Trace-Id": "CalledFrom=app" }).traceId).toMatch(new RegExp(`^Root=${own}$`));
  expect(added({ "X-Amzn-Trace-Id": "Root=1-67891233-abc", "X-Big": "a".repeat(8000) }).traceId).toMatch(new RegExp(`^Root=${own}$`));
});

test("the head that a target gets", () => {
  expect(added({ "x-a": "1", "Keep-Alive": "5" }, {}, "/p?q=%20").head.replace(/Root=[\w-]+/, "Root=…")).toBe(
    "GET /p?q=%20 HTTP/1.1\r\nHost: example.com\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: 80\r\nX-Amzn-Trace-Id: Root=…\r\nx-a: 1\r\n\r\n",
  );
});
