import { expect, test } from "vitest";
import { testProject } from "../stacks/testing.ts";
import { explainError } from "./explain.ts";

const prod = testProject([]);
const local = { ...prod, environment: { ...prod.environment, name: "local" } };
const error = (name: string, message = "", more: object = {}) => Object.assign(new Error(message), { name, ...more });

test.each<[string, Error, RegExp]>([
  [
    "no credentials",
    error("CredentialsProviderError"),
    /no valid AWS credentials for the environment prod .*Set AWS_PROFILE, or sign in with: aws sso login/,
  ],
  ["credentials that have run out", error("ExpiredTokenException"), /no valid AWS credentials/],
  ["credentials that AWS does not know", error("UnrecognizedClientException"), /no valid AWS credentials/],
  [
    "a right that lacks",
    error("AccessDenied", "User: x is not authorized to perform: y"),
    /AWS \(environment prod, us-west-2\) does not allow it: User: x/,
  ],
  ["EC2's word for it", error("UnauthorizedOperation", "You are not authorized"), /does not allow it/],
  ["too many requests", error("ThrottlingException", "Rate exceeded"), /asks for fewer requests; it goes on in a moment/],
  ["no network", error("Error", "getaddrinfo ENOTFOUND", { code: "ENOTFOUND" }), /cannot be reached: getaddrinfo/],
  ["no answer in time", error("TimeoutError", "no answer within 20 s"), /cannot be reached: no answer within 20 s/],
  ["what nobody thought of", error("StrangeError", "odd"), /AWS \(environment prod, us-west-2\) said: StrangeError: odd/],
])("%s is explained", (_, given, expected) => expect(explainError(given, prod)).toMatch(expected));

test("an embedded cloud that is gone is started again, not signed in to", () => {
  const refused = error("AggregateError", "", { code: "ECONNREFUSED" });
  expect(explainError(refused, local)).toBe("The embedded cloud does not answer. Start it again with: rouse up");
  expect(explainError(error("TypeError", "fetch failed", { cause: refused }), local)).toContain("rouse up");
  expect(explainError(new DOMException("no answer within 20 s", "TimeoutError"), local)).toContain("rouse up");
});
