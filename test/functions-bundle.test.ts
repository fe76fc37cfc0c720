import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { buildFunctions } from "../scripts/build-functions.mjs";

const folder = mkdtempSync(join(tmpdir(), "rouse-bundles-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("each function becomes one small module without the CDK", async () => {
  const sizes = await buildFunctions(join(folder, "functions"));
  expect(Object.keys(sizes).toSorted()).toEqual([
    "break-crash-loop",
    "doorman",
    "notify",
    "reconcile",
    "reconcile-engine",
    "run-task",
    "start-engines",
    "start-system",
    "stop-engines",
    "watch-service",
    "watch-stacks",
    "watch-task",
  ]);
  for (const [name, bytes] of Object.entries(sizes)) {
    expect(bytes).toBeLessThan(512 * 1024);
    const text = readFileSync(join(folder, "functions", name, "index.mjs"), "utf8");
    expect(text).not.toContain("aws-cdk-lib");
    expect(text).toMatch(/export\s*\{[^}]*\bas handler\b[^}]*\}/);
  }
});
