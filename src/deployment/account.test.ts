import { expect, test } from "vitest";
import type { Project } from "../config/index.ts";
import { testProject } from "../stacks/testing.ts";
import { identify, wrongAccount } from "./account.ts";

const project = testProject([]);
const failing = (name: string, message = "no") => ({ send: () => Promise.reject(Object.assign(new Error(message), { name })) });

test.each([
  ["CredentialsProviderError", "Could not load credentials from any providers", "there are no AWS credentials"],
  ["CredentialsProviderError", "The SSO session associated with this profile has expired.", "the AWS credentials have expired"],
  ["ExpiredToken", "no", "the AWS credentials have expired"],
  ["InvalidClientTokenId", "no", "AWS does not take the credentials (InvalidClientTokenId)"],
])("%s: %s", async (name, message, words) => {
  const { problem } = (await identify(failing(name, message) as never, project)) as { problem: string };
  expect(problem).toContain(`${words} for the environment prod (account 222222222222)`);
  expect(problem).toContain("aws sso login");
});

test("what has nothing to do with credentials is not told as if it had", async () => {
  await expect(identify(failing("ENOTFOUND") as never, project)).rejects.toThrow("no");
});

test("an account is wrong where the environment names another", () => {
  const caller = { account: "111111111111", arn: "arn:aws:iam::111111111111:user/me" };
  expect(wrongAccount(project, caller)).toContain(
    "account 111111111111 (arn:aws:iam::111111111111:user/me), and the environment prod wants account 222222222222",
  );
  expect(wrongAccount(project, { ...caller, account: "222222222222" })).toBeUndefined();
  const anywhere: Project = { ...project, environment: { name: "anywhere" } };
  expect(wrongAccount(anywhere, caller)).toBeUndefined();
});
