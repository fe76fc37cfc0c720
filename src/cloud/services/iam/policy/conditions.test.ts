import { describe, expect, test } from "vitest";
import { conditionsHold } from "./conditions.ts";
import { RequestContext } from "./context.ts";

/** Does `{operator: {key: values}}` hold for a request with these keys? */
function holds(operator: string, values: string | string[], actual: string | string[] | undefined): boolean {
  const condition = { operator, key: "test:Key", values: typeof values === "string" ? [values] : values };
  return conditionsHold([condition], new RequestContext(actual === undefined ? {} : { "test:Key": actual }), true);
}

describe("operators", () => {
  test.each([
    ["StringEquals", "a", "a", true],
    ["StringEquals", "a", "A", false],
    ["StringEquals", "a*", "ab", false],
    ["StringEqualsIgnoreCase", "a", "A", true],
    ["StringNotEquals", "a", "b", true],
    ["StringNotEquals", "a", "a", false],
    ["StringNotEqualsIgnoreCase", "a", "A", false],
    ["StringLike", "a*d", "abcd", true],
    ["StringLike", "a?d", "abcd", false],
    ["StringNotLike", "a*", "b", true],
    ["NumericEquals", "10", "10.0", true],
    ["NumericNotEquals", "10", "11", true],
    ["NumericLessThan", "10", "9", true],
    ["NumericLessThan", "10", "10", false],
    ["NumericLessThanEquals", "10", "10", true],
    ["NumericGreaterThan", "10", "9", false],
    ["NumericGreaterThanEquals", "10", "10", true],
    ["NumericEquals", "10", "ten", false],
    ["DateLessThan", "2026-02-01T00:00:00Z", "2026-01-05T00:00:00Z", true],
    ["DateGreaterThan", "2026-02-01T00:00:00Z", "2026-01-05T00:00:00Z", false],
    ["DateEquals", "2026-01-05T00:00:00Z", "1767571200", true],
    ["Bool", "true", "TRUE", true],
    ["Bool", "false", "true", false],
    ["BinaryEquals", "QmluYXJ5", "QmluYXJ5", true],
    ["IpAddress", "203.0.113.0/24", "203.0.113.9", true],
    ["IpAddress", "203.0.113.0/24", "203.0.114.9", false],
    ["IpAddress", "203.0.113.9", "203.0.113.9", true],
    ["IpAddress", "2001:db8::/32", "2001:db8::1", true],
    ["IpAddress", "2001:db8::/32", "203.0.113.9", false],
    ["NotIpAddress", "203.0.113.0/24", "198.51.100.1", true],
    ["IpAddress", "203.0.113.0/24", "not an address", false],
    ["ArnEquals", "arn:aws:sns:*:000000000000:t*", "arn:aws:sns:us-west-2:000000000000:topic", true],
    ["ArnLike", "arn:aws:sns:*:topic", "arn:aws:sns:us-west-2:000000000000:topic", false],
    ["ArnNotLike", "arn:aws:sqs:*:*:*", "arn:aws:sns:us-west-2:000000000000:topic", true],
    ["stringequals", "a", "a", true],
  ])("%s %s of %s is %s", (operator, wanted, actual, expected) => expect(holds(operator, wanted, actual)).toBe(expected));

  test("several values are joined by OR, and negated by NOR", () => {
    expect(holds("StringEquals", ["a", "b"], "b")).toBe(true);
    expect(holds("StringNotEquals", ["a", "b"], "b")).toBe(false);
    expect(holds("StringNotEquals", ["a", "b"], "c")).toBe(true);
  });

  test("a key that the request lacks does not match, so that negated operators are true", () => {
    expect(holds("StringEquals", "a", undefined)).toBe(false);
    expect(holds("StringNotEquals", "a", undefined)).toBe(true);
    expect(holds("ArnNotLike", "arn:aws:sns:*:*:*", undefined)).toBe(true);
    expect(holds("NotIpAddress", "203.0.113.0/24", undefined)).toBe(true);
    expect(holds("Bool", "false", undefined)).toBe(false);
  });

  test("IfExists is true of a key that the request lacks, and tests one that it has", () => {
    expect(holds("StringEqualsIfExists", "a", undefined)).toBe(true);
    expect(holds("StringEqualsIfExists", "a", "b")).toBe(false);
    expect(holds("StringEqualsIfExists", "a", "a")).toBe(true);
  });

  test("Null asks whether the key is absent", () => {
    expect(holds("Null", "true", undefined)).toBe(true);
    expect(holds("Null", "true", "x")).toBe(false);
    expect(holds("Null", "false", "x")).toBe(true);
    expect(holds("Null", "false", undefined)).toBe(false);
  });
});

describe("keys with several values", () => {
  test("ForAllValues: every value of the request must match", () => {
    expect(holds("ForAllValues:StringEquals", ["a", "b"], ["a"])).toBe(true);
    expect(holds("ForAllValues:StringEquals", ["a", "b"], ["a", "c"])).toBe(false);
  });

  test("ForAllValues is true of no values at all", () => {
    expect(holds("ForAllValues:StringEquals", ["a"], undefined)).toBe(true);
    expect(holds("ForAllValues:StringEquals", ["a"], [])).toBe(true);
  });

  test("ForAnyValue: one value of the request must match, and none is no match", () => {
    expect(holds("ForAnyValue:StringLike", ["a*"], ["x", "ab"])).toBe(true);
    expect(holds("ForAnyValue:StringLike", ["a*"], ["x"])).toBe(false);
    expect(holds("ForAnyValue:StringLike", ["a*"], undefined)).toBe(false);
  });

  test("negated: none of all, or at least one that does not match", () => {
    expect(holds("ForAllValues:StringNotEquals", ["a"], ["b", "c"])).toBe(true);
    expect(holds("ForAllValues:StringNotEquals", ["a"], ["a", "c"])).toBe(false);
    expect(holds("ForAnyValue:StringNotEquals", ["a"], ["a", "c"])).toBe(true);
    expect(holds("ForAnyValue:StringNotEquals", ["a"], ["a"])).toBe(false);
  });
});

test("names of keys are read without regard to case", () => {
  const condition = { operator: "StringEquals", key: "AWS:requestedregion", values: ["us-west-2"] };
  expect(conditionsHold([condition], new RequestContext({ "aws:RequestedRegion": "us-west-2" }), true)).toBe(true);
});

describe("variables", () => {
  const context = new RequestContext({ "aws:username": "ada", "s3:prefix": "ada/x", "aws:PrincipalTag/star": "*" });
  const like = (pattern: string, actual: string): boolean =>
    conditionsHold(
      [{ operator: "StringLike", key: "k", values: [pattern] }],
      new RequestContext({ k: actual, "aws:username": "ada", "aws:PrincipalTag/star": "*" }),
      true,
    );

  test("are replaced by the request's values", () => {
    expect(conditionsHold([{ operator: "StringLike", key: "s3:prefix", values: ["${aws:username}/*"] }], context, true)).toBe(true);
  });

  test("a value's own wildcards match only themselves", () => {
    expect(like("${aws:PrincipalTag/star}", "anything")).toBe(false);
    expect(like("${aws:PrincipalTag/star}", "*")).toBe(true);
  });

  test("a default stands in for a key that is missing; without one nothing matches", () => {
    expect(like("${aws:PrincipalTag/team, 'none'}", "none")).toBe(true);
    expect(like("${aws:PrincipalTag/team}", "")).toBe(false);
    expect(like("${aws:PrincipalTag/team}*", "anything")).toBe(false);
  });

  test("${*}, ${?} and ${$} are the characters themselves", () => {
    expect(like("${*}", "x")).toBe(false);
    expect(like("a${?}${$}", "a?$")).toBe(true);
  });

  test("are text in the older version of the language", () => {
    const old = { operator: "StringEquals", key: "s3:prefix", values: ["${aws:username}"] };
    expect(conditionsHold([old], new RequestContext({ "aws:username": "ada", "s3:prefix": "ada" }), false)).toBe(false);
    expect(conditionsHold([old], new RequestContext({ "aws:username": "ada", "s3:prefix": "${aws:username}" }), false)).toBe(true);
  });
});
