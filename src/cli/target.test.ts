import { expect, test } from "vitest";
import type { Project } from "../config/index.ts";
import { withAws } from "./target.ts";

const project = { environment: { name: "prod" }, base: { region: "us-west-2" } } as Project;

test.each([
  ["CredentialsProviderError", 2, "no valid AWS credentials"],
  ["AccessDenied", 1, "does not allow it"],
])("what ends a command: %s", async (name, exitCode, words) => {
  const failing = Promise.reject(Object.assign(new Error("no"), { name }));
  await expect(withAws(project, () => failing)).rejects.toMatchObject({ exitCode, message: expect.stringContaining(words) });
});
