import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { rouseHere } from "../src/cli/testing.ts";
import { rouse, type Running, up, UP } from "./support/rouse.ts";

const folder = mkdtempSync(join(tmpdir(), "rouse-init-"));
let cloud: Running | undefined;
afterAll(async () => {
  cloud?.child.kill("SIGTERM");
  await cloud?.ended;
  rmSync(folder, { recursive: true, force: true });
});

/** Every kind, in the order in which their leaves are put into one project: one deployment shows all of them. */
const KINDS = ["http", "dns", "event", "schedule", "always"];

describe("what rouse init writes", () => {
  test("a leaf of every kind runs in the embedded cloud, and a visitor reaches those that it wakes", { timeout: 90_000 }, async () => {
    const project = join(folder, "http");
    for (const kind of KINDS) {
      const made = await rouseHere(["init", kind, "--kind", kind, "--leaf", `${kind}-leaf`, "--yes"], { directory: folder });
      expect(made.stderr).toBe("");
      expect(made.code).toBe(0);
      if (kind === KINDS[0]) continue;
      for (const part of ["leaves", `${kind}-leaf`]) cpSync(join(folder, kind, part), join(project, part), { recursive: true });
    }
    cloud = await up(folder, [...UP.slice(0, 1), project, ...UP.slice(1)], project);
    for (const kind of KINDS) expect(cloud.output.stdout).toContain(`${kind}-leaf`);
    for (const kind of ["dns", "http"]) {
      const visit = await rouse(folder, "connect", `${kind}-leaf`, "--dir", project);
      expect(visit.stderr).toBe("");
      expect(visit.stdout).toContain("HTTP 200");
    }
  });

  const linter = spawnSync("cfn-lint", ["--version"]).status === 0;
  test.skipIf(!linter)("cfn-lint has nothing to say of the role's template", { timeout: 60_000 }, async () => {
    await rouseHere(["init", "role", "--yes"], { directory: folder });
    const { stdout, stderr } = spawnSync("cfn-lint", ["--non-zero-exit-code", "none", join(folder, "role", "deploy-role.yaml")], {
      encoding: "utf8",
    });
    expect(stdout + stderr).toBe("");
  });
});
