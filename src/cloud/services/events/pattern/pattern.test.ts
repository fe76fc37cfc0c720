import { describe, expect, test } from "vitest";
import { compilePattern } from "./compile.ts";
import { flatten, matches, mayMatch } from "./match.ts";

/** The event of "Creating Amazon EventBridge event patterns", with fields for the operators. */
const EVENT = {
  version: "0",
  id: "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
  "detail-type": "EC2 Instance State-change Notification",
  source: "aws.ec2",
  account: "111122223333",
  time: "2017-10-02T18:43:48Z",
  region: "us-west-1",
  resources: ["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0", "second"],
  detail: {
    "instance-id": "i-1234567890abcdef0",
    state: "terminated",
    FileName: "dir/image.png",
    "c-count": 5,
    "x-limit": 301.8,
    "source-ip": "10.0.0.7",
    ipv6: "2001:db8:1234:1a00::7",
    UserID: null,
    LastName: "",
    flag: true,
    items: [
      { name: "a", price: 1 },
      { name: "b", price: 2 },
    ],
    nested: { "c-count": { c1: 100 } },
  },
};

const holds = (pattern: object, event: object = EVENT): boolean => matches(compilePattern(JSON.stringify(pattern)), flatten(event));
const detail = (fields: object): boolean => holds({ detail: fields });

describe("the operators of the documentation (Comparison operators for use in event patterns)", () => {
  test.each<[string, object, boolean]>([
    ["equals", { state: ["terminated"] }, true],
    ["equals is exact", { state: ["Terminated"] }, false],
    ["or: any of a list", { state: ["stopped", "terminated"] }, true],
    ["and: all fields", { state: ["terminated"], flag: [false] }, false],
    ["null", { UserID: [null] }, true],
    ["empty is not null", { UserID: [""] }, false],
    ["empty", { LastName: [""] }, true],
    ["numbers by value", { "x-limit": [3.018e2] }, true],
    ["numbers are not texts", { "c-count": ["5"] }, false],
    ["prefix", { state: [{ prefix: "term" }] }, true],
    ["prefix ignoring case", { state: [{ prefix: { "equals-ignore-case": "TERM" } }] }, true],
    ["prefix is for texts only", { "c-count": [{ prefix: "5" }] }, false],
    ["suffix", { FileName: [{ suffix: ".png" }] }, true],
    ["suffix ignoring case", { FileName: [{ suffix: { "equals-ignore-case": ".PNG" } }] }, true],
    ["equals-ignore-case", { state: [{ "equals-ignore-case": "TERMINATED" }] }, true],
    ["wildcard", { FileName: [{ wildcard: "dir/*.png" }] }, true],
    ["wildcard matches an empty run", { FileName: [{ wildcard: "*dir/image.png*" }] }, true],
    ["wildcard does not use a character twice", { state: [{ wildcard: "terminated*d" }] }, false],
    ["an escaped wildcard is a star", { FileName: [{ wildcard: "dir/\\*" }] }, false],
    ["numeric equals", { "x-limit": [{ numeric: ["=", 301.8] }] }, true],
    ["numeric range", { "c-count": [{ numeric: [">", 0, "<=", 5] }] }, true],
    ["numeric range with an open end", { "c-count": [{ numeric: [">=", 0, "<", 5] }] }, false],
    ["cidr", { "source-ip": [{ cidr: "10.0.0.0/24" }] }, true],
    ["cidr outside", { "source-ip": [{ cidr: "10.0.1.0/24" }] }, false],
    ["cidr IPv6", { ipv6: [{ cidr: "2001:db8:1234:1a00::/64" }] }, true],
    ["cidr of what is no address", { state: [{ cidr: "0.0.0.0/0" }] }, false],
    ["exists", { state: [{ exists: true }] }, true],
    ["exists is for leaves", { nested: { "c-count": [{ exists: true }] } }, false],
    ["absent", { nothing: [{ exists: false }] }, true],
    ["absent below what is absent", { nothing: { at: { all: [{ exists: false }] } } }, true],
    ["present, so not absent", { state: [{ exists: false }] }, false],
    ["absent or a value", { nothing: ["x", { exists: false }] }, true],
    ["anything-but", { state: [{ "anything-but": "initializing" }] }, true],
    ["anything-but the value", { state: [{ "anything-but": "terminated" }] }, false],
    ["anything-but a list", { state: [{ "anything-but": ["stopped", "terminated"] }] }, false],
    ["anything-but numbers", { "c-count": [{ "anything-but": [100, 200] }] }, true],
    ["anything-but needs a value", { nothing: [{ "anything-but": "x" }] }, false],
    ["anything-but prefix", { state: [{ "anything-but": { prefix: "term" } }] }, false],
    ["anything-but prefixes", { state: [{ "anything-but": { prefix: ["init", "error"] } }] }, true],
    ["anything-but suffix", { FileName: [{ "anything-but": { suffix: ".txt" } }] }, true],
    ["anything-but ignoring case", { state: [{ "anything-but": { "equals-ignore-case": ["TERMINATED"] } }] }, false],
    ["anything-but wildcard", { FileName: [{ "anything-but": { wildcard: "*/lib/*" } }] }, true],
    ["a dotted name", { "nested.c-count.c1": [100] }, true],
    ["fields of one element of an array", { items: { name: ["b"], price: [2] } }, true],
    ["fields of two elements do not add up", { items: { name: ["a"], price: [2] } }, false],
  ])("%s", (_name, fields, expected) => {
    expect(detail(fields)).toBe(expected);
  });
});

test("a list of an event matches where it shares a value with the pattern", () => {
  expect(holds({ resources: ["second", "third"] })).toBe(true);
  expect(holds({ resources: ["third"] })).toBe(false);
});

test("$or takes either side, within the fields around it and inside itself", () => {
  const or = { $or: [{ "c-count": [{ numeric: [">", 5] }] }, { state: ["terminated"], $or: [{ flag: [false] }, { LastName: [""] }] }] };
  expect(holds({ source: ["aws.ec2"], detail: or })).toBe(true);
  expect(holds({ source: ["aws.ecs"], detail: or })).toBe(false);
  expect(detail({ $or: [{ flag: [false] }, { state: ["running"] }] })).toBe(false);
});

describe("mistakes are told in EventBridge's words (recorded from AWS in localstack's test_events_patterns snapshots)", () => {
  test.each([
    ['{"source": ["aws.health"], "detail": {}}', "Empty objects are not allowed", 40],
    ['{"resources": []}', "Empty arrays are not allowed", 17],
    ['{"string": "my-value"}', '"string" must be an object or an array', 13],
    ['{"int": 42}', '"int" must be an object or an array', 11],
    ['{"my_key": [{"EXISTS": true}]}', "Unrecognized match type EXISTS", 28],
    ['{"time": [{"prefix": 123}]}', "prefix match pattern must be a string", 25],
    ['{"detail": {"c-count": [{"numeric": 10}]}}', "Value of numeric must be an array.", 39],
    ['{"detail": {"c-count": [{"numeric": [">", 0, ">", 0]}]}}', "Bad numeric range operator: >", 49],
    ['{"detail": {"c-count": [{"numeric": [">", 0, "<"]}]}}', "Value of < must be numeric", 50],
    ['{"detail": {"FileName": [{"anything-but": {"prefix": ""}}]}}', "Null prefix/suffix not allowed", 56],
    ['{"a": [{"wildcard": "x**"}]}', "Consecutive wildcard characters at pos 2", 26],
  ])("%s", (pattern, reason, column) => {
    const message = `Event pattern is not valid. Reason: ${reason}\n at [Source: (String)"${pattern}"; line: 1, column: ${column}]`;
    expect(() => compilePattern(pattern)).toThrow(expect.objectContaining({ code: "InvalidEventPatternException", message }) as Error);
  });

  test("an address range has no place", () => {
    expect(() => compilePattern('{"a":[{"cidr":"10.0.0.1"}]}')).toThrow(/^Event pattern is not valid. Reason: Malformed CIDR, one '\/' required$/);
    expect(() => compilePattern("[1]")).toThrow(/Filter is not an object/);
    expect(() => compilePattern("{")).toThrow(/^Event pattern is not valid. Reason: /);
  });
});

test("a pattern that names other sources is told by the source alone", () => {
  const may = (pattern: object): boolean => mayMatch(compilePattern(JSON.stringify(pattern)), "aws.ec2");
  expect(may({ source: ["aws.ecs", "aws.health"] })).toBe(false);
  expect(may({ source: [{ exists: false }] })).toBe(false);
  expect(may({ source: ["aws.ecs", { prefix: "aws.e" }] })).toBe(true);
  expect(may({ "detail-type": ["whatever"] })).toBe(true);
  expect(may({ detail: { source: ["aws.ecs"] } })).toBe(true);
  expect(may({ $or: [{ source: ["aws.ecs"] }, { region: ["us-west-1"] }] })).toBe(true);
});
