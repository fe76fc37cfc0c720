import { expect, test } from "vitest";
import { differencesOf } from "./compare.ts";

test("names differ in case, values in type, documents in form, lists in order: none of that is a difference", () => {
  const expected = {
    TTL: "1",
    Enabled: "true",
    ContainerDefinitions: [{ Name: "a", PortMappings: [{ ContainerPort: 80 }] }, { Name: "b" }],
    PolicyDocument: { Version: "2012-10-17", Statement: [{ Effect: "Allow" }] },
    DashboardBody: '{"b": 1, "a": 2}',
  };
  const actual = {
    TTL: 1,
    enabled: true,
    containerDefinitions: [
      { name: "b", cpu: 0 },
      { name: "a", portMappings: [{ containerPort: 80, protocol: "tcp" }] },
    ],
    PolicyDocument: '{"Statement":[{"Effect":"Allow"}],"Version":"2012-10-17"}',
    DashboardBody: '{"a":2,"b":1}',
  };
  expect(differencesOf(expected, actual)).toEqual([]);
});

test("a changed value, one that was taken away, and elements of lists are told by their path", () => {
  const expected = { Retention: 7, Description: "x", Rules: [{ Port: 80 }, { Port: 443 }], Names: ["a"], Environment: { A: "1" } };
  const actual = { Retention: 30, Description: undefined, Rules: [{ Port: 443 }], Names: ["a", "b"], Environment: { A: "2" } };
  expect(differencesOf(expected, actual)).toEqual([
    { path: "/Retention", type: "NOT_EQUAL", expected: 7, actual: 30 },
    { path: "/Description", type: "REMOVE", expected: "x" },
    { path: "/Rules/0", type: "REMOVE", expected: { Port: 80 } },
    { path: "/Names/1", type: "ADD", actual: "b" },
    { path: "/Environment/A", type: "NOT_EQUAL", expected: "1", actual: "2" },
  ]);
});

test("what the template does not set, what was not read, and secrets are not compared", () => {
  const expected = { Password: "{{resolve:secretsmanager:x}}", Unread: 1 };
  expect(differencesOf(expected, { Password: "real", Other: 5 })).toEqual([]);
});
