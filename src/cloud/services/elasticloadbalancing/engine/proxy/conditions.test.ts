import type { RuleCondition } from "@aws-sdk/client-elastic-load-balancing-v2";
import { expect, test } from "vitest";
import { type Facts, compileConditions, splitQuery } from "./conditions.ts";

const facts = (change: Partial<Facts>): Facts => ({
  method: "GET",
  path: "/",
  query: "",
  host: "example.com",
  address: "10.1.2.3",
  rawHeaders: [],
  ...change,
});

const matches = (condition: RuleCondition | RuleCondition[], change: Partial<Facts>): boolean => compileConditions([condition].flat())(facts(change));

test.each<[RuleCondition, Partial<Facts>, boolean]>([
  [{ Field: "path-pattern", Values: ["/img/*"] }, { path: "/img/" }, true],
  [{ Field: "path-pattern", Values: ["/img/*"] }, { path: "/img/a/b.png" }, true],
  [{ Field: "path-pattern", Values: ["/img/*"] }, { path: "/img" }, false],
  [{ Field: "path-pattern", Values: ["/img/*"] }, { path: "/IMG/a" }, false],
  [{ Field: "path-pattern", Values: ["/img/*/pics"] }, { path: "/img/a/b/pics" }, true],
  [{ Field: "path-pattern", Values: ["/a?c"] }, { path: "/abc" }, true],
  [{ Field: "path-pattern", Values: ["/a?c"] }, { path: "/ac" }, false],
  [{ Field: "path-pattern", Values: ["/a.c"] }, { path: "/abc" }, false],
  [{ Field: "path-pattern", Values: ["/a+(b)$~\"'@:"] }, { path: "/a+(b)$~\"'@:" }, true],
  [{ Field: "path-pattern", PathPatternConfig: { Values: ["/x", "/y"] } }, { path: "/y" }, true],
  [{ Field: "path-pattern", PathPatternConfig: { RegexValues: ["^/v[0-9]+/"] } }, { path: "/v12/a" }, true],
  [{ Field: "path-pattern", RegexValues: ["^/v[0-9]+/"] }, { path: "/V12/a" }, false],
  [{ Field: "host-header", Values: ["*.Example.com"] }, { host: "test.example.com" }, true],
  [{ Field: "host-header", Values: ["*.example.com"] }, { host: "example.com" }, false],
  [{ Field: "host-header", HostHeaderConfig: { RegexValues: ["^(A|b)\\."] } }, { host: "a.example.com" }, true],
  [
    { Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "User-Agent", Values: ["*Chrome*", "*Safari*"] } },
    { rawHeaders: ["user-agent", "x safari/1"] },
    true,
  ],
  [{ Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "X", Values: ["b"] } }, { rawHeaders: ["X", "a", "x", "B"] }, true],
  [{ Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "X", Values: ["*"] } }, { rawHeaders: ["Y", "X"] }, false],
  [{ Field: "http-request-method", HttpRequestMethodConfig: { Values: ["PUT", "GET"] } }, {}, true],
  [{ Field: "http-request-method", HttpRequestMethodConfig: { Values: ["get"] } }, {}, false],
  [{ Field: "query-string", QueryStringConfig: { Values: [{ Key: "version", Value: "V1" }] } }, { query: "a=b&VERSION=v1" }, true],
  [{ Field: "query-string", QueryStringConfig: { Values: [{ Value: "*example*" }] } }, { query: "k=an-EXAMPLE-1" }, true],
  [{ Field: "query-string", QueryStringConfig: { Values: [{ Value: "\\*" }] } }, { query: "k=a" }, false],
  [{ Field: "query-string", QueryStringConfig: { Values: [{ Value: "\\*" }] } }, { query: "k=*" }, true],
  [{ Field: "query-string", QueryStringConfig: { Values: [{ Key: "k", Value: "" }] } }, { query: "k" }, true],
  [{ Field: "source-ip", SourceIpConfig: { Values: ["192.0.2.0/24", "10.1.0.0/16"] } }, {}, true],
  [{ Field: "source-ip", SourceIpConfig: { Values: ["2001:db8::/32"] } }, { address: "2001:db8::1" }, true],
  [{ Field: "source-ip", SourceIpConfig: { Values: ["2001:db8::/32"] } }, {}, false],
])("%j on %j: %s", (condition, change, expected) => {
  expect(matches(condition, change)).toBe(expected);
});

test("all conditions of a rule must be met", () => {
  const both: RuleCondition[] = [
    { Field: "path-pattern", Values: ["/a"] },
    { Field: "http-request-method", HttpRequestMethodConfig: { Values: ["POST"] } },
  ];
  expect(matches(both, { path: "/a" })).toBe(false);
  expect(matches(both, { path: "/a", method: "POST" })).toBe(true);
});

test("a query's pairs are as sent", () => {
  expect(splitQuery("&a=1%20&&b&c=d=e")).toEqual([
    ["a", "1%20"],
    ["b", ""],
    ["c", "d=e"],
  ]);
});
