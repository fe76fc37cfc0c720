import { expect, test } from "vitest";
import { parsePolicy, type PolicyKind } from "./document.ts";

const STATEMENT = { Effect: "Allow", Action: "ecs:RunTask", Resource: "*" };

test.each<[string, PolicyKind, unknown, RegExp]>([
  ["no JSON", "identity", "{", /Syntax errors/],
  ["no statement", "identity", { Version: "2012-10-17", Statement: [] }, /Statement/],
  ["an unknown version", "identity", { Version: "2020-01-01", Statement: [STATEMENT] }, /version/],
  ["an unknown element", "identity", { Statement: [{ ...STATEMENT, Actions: "x" }] }, /Actions/],
  ["no effect", "identity", { Statement: [{ Action: "a:b", Resource: "*" }] }, /Effect/],
  ["an action without its service", "identity", { Statement: [{ ...STATEMENT, Action: "RunTask" }] }, /vendor/],
  ["Action and NotAction", "identity", { Statement: [{ ...STATEMENT, NotAction: "a:b" }] }, /actions/],
  ["no resource", "identity", { Statement: [{ Effect: "Allow", Action: "a:b" }] }, /resources/],
  ["a resource that is no ARN", "identity", { Statement: [{ ...STATEMENT, Resource: "cluster" }] }, /ARN/],
  ["a principal where there is none", "identity", { Statement: [{ ...STATEMENT, Principal: "*" }] }, /principal/],
  ["a trust policy without a principal", "trust", { Statement: [{ Effect: "Allow", Action: "sts:AssumeRole" }] }, /Principal/],
  ["a trust policy with a resource", "trust", { Statement: [{ ...STATEMENT, Principal: "*" }] }, /Resource/],
  ["an unknown operator", "identity", { Statement: [{ ...STATEMENT, Condition: { StringIs: { a: "b" } } }] }, /StringIs/],
])("refuses %s", (_what, kind, document, message) => {
  expect(() => parsePolicy(typeof document === "string" ? document : JSON.stringify(document), kind)).toThrow(message);
});

test("one statement need not be a list, and numbers and booleans are text", () => {
  const { statements } = parsePolicy(
    JSON.stringify({ Version: "2012-10-17", Statement: { ...STATEMENT, Condition: { Bool: { a: true }, NumericEquals: { b: 5 } } } }),
    "identity",
  );
  expect(statements[0]?.conditions.map(({ values }) => values)).toEqual([["true"], ["5"]]);
});
