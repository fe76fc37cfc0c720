import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { byName, decodeLines, parseQuery } from "./query-log.ts";

// The examples of "Public DNS query logging" in the Amazon Route 53 Developer Guide have this form.
const LINE = "1.0 2017-12-13T08:16:02.130Z Z123412341234 example.com A NOERROR UDP FRA6 192.168.1.1 -";

test("a query log line is read", () => {
  expect(parseQuery(LINE)).toEqual({
    at: Date.UTC(2017, 11, 13, 8, 16, 2, 130),
    name: "example.com",
    type: "A",
    code: "NOERROR",
    resolver: "192.168.1.1",
  });
});

test("the client subnet is read where the resolver told it", () => {
  expect(parseQuery(LINE.replace(/ -$/, " 192.168.222.0/24"))?.subnet).toBe("192.168.222.0/24");
});

test.each([
  "",
  "hello",
  "2.0 2017-12-13T08:16:02.130Z Z1 example.com A NOERROR UDP FRA6 192.168.1.1 -",
  "1.0 yesterday Z1 example.com A NOERROR UDP FRA6 192.168.1.1 -",
])("what is no query log line is none: %j", (line) => expect(parseQuery(line)).toBeUndefined());

test("queries of one event are sorted by name, whatever its case, and what is none is told apart", () => {
  const mixed = LINE.replace("example.com", "eXample.COM");
  const { queries, others } = byName([LINE, "hello", LINE.replace("example.com", "a.example.com"), mixed]);
  expect([...queries].map(([name, asked]) => [name, asked.length])).toEqual([
    ["example.com", 2],
    ["a.example.com", 1],
  ]);
  expect(others).toEqual(["hello"]);
});

const event = (payload: object) => ({ awslogs: { data: gzipSync(JSON.stringify(payload)).toString("base64") } });

test("the lines of a subscription's event are unpacked", () => {
  expect(decodeLines(event({ messageType: "DATA_MESSAGE", logEvents: [{ id: "1", timestamp: 1, message: LINE }] }))).toEqual([LINE]);
});

test("a control message has no lines", () => {
  expect(
    decodeLines(event({ messageType: "CONTROL_MESSAGE", logEvents: [{ message: "CWL CONTROL MESSAGE: Checking health of destination" }] })),
  ).toEqual([]);
});
