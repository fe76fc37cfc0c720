import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { loadProject } from "../src/config/load.ts";
import type { Project } from "../src/config/schema.ts";
import { buildApp } from "../src/stacks/app.ts";
import { everyEngine, everyService, everyTask, functionsDir, testEngine, testEngines, testLeaf, testProject } from "../src/stacks/testing.ts";

const folder = mkdtempSync(join(tmpdir(), "rouse-cfn-lint-"));
afterAll(() => rmSync(folder, { recursive: true }));

const isThere = spawnSync("cfn-lint", ["--version"]).status === 0;
if (!isThere) console.log("skipped: cfn-lint is not on the PATH, so the templates are not linted (pip install cfn-lint)");

/** What cfn-lint says of each template of an assembly; empty when it is content. */
function lint(name: string, project: Project): string {
  const outdir = join(folder, name);
  buildApp(project, { outdir, functionsDir: functionsDir(folder) }).synth();
  const templates = readdirSync(outdir).filter((file) => file.endsWith(".template.json"));
  expect(templates.length).toBeGreaterThan(2);
  const { stdout, stderr } = spawnSync("cfn-lint", ["--non-zero-exit-code", "none", ...templates.map((file) => join(outdir, file))], {
    encoding: "utf8",
  });
  return `${stdout}${stderr}`.trim();
}

// A minute and more of Python, on a busy machine.
const LIMIT = { timeout: 180_000 };

describe.skipIf(!isThere)("cfn-lint finds nothing to say", LIMIT, () => {
  const leaf = testLeaf("minecraft");
  const rich = testLeaf("rich", {
    compute: { on: "ec2", instanceType: "t4g.small", architecture: "arm64" },
    volumes: {
      data: { paths: ["/data", "/config"], backups: false, keepOnDelete: false },
      saves: { paths: ["/saves"], backups: true, keepOnDelete: true },
    },
    watchdog: { ...leaf.watchdog, leftUp: { after: 86_400, stop: true } },
    health: { command: ["CMD-SHELL", "true"], interval: 30, timeout: 5, retries: 3, startPeriod: 10 },
    process: { command: ["true"], directory: "/" },
  });

  test("of templates for an account", () => {
    const project = testProject([leaf, rich, testLeaf("plain", { volumes: {}, alerts: { email: [] } })]);
    expect(lint("prod", { ...project, base: { ...project.base, vpc: { maxAzs: 2 }, ssh: { from: ["203.0.113.0/24"] } } })).toBe("");
  });

  test("of templates for the embedded cloud", () => expect(lint("local", testProject([leaf, rich], { environment: { name: "local" } }))).toBe(""));

  test.each(["local", "staging", "prod"])("of the examples' templates in the environment %s", async (environment) => {
    const loaded = await loadProject({ directory: fileURLToPath(new URL("..", import.meta.url)), environment, env: process.env });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    expect(lint(`examples-${environment}`, loaded.project)).toBe("");
  });

  test("of engines of every kind, for an account and for the embedded cloud", () => {
    expect(lint("engines", everyEngine())).toBe("");
    expect(lint("engines-local", { ...everyEngine(), environment: { name: "local" } })).toBe("");
    expect(lint("engines-http", testEngines([testEngine("auth"), testEngine("pdf")]))).toBe("");
  });

  test("of services in all shapes", () => {
    expect(lint("services", everyService())).toBe("");
    expect(lint("services-local", { ...everyService(), environment: { name: "local" } })).toBe("");
  });

  test("of scheduled tasks of every kind, for an account and for the embedded cloud", () => {
    expect(lint("tasks", everyTask())).toBe("");
    expect(lint("tasks-local", { ...everyTask(), environment: { name: "local" } })).toBe("");
  });

  test.each(["engines", "jobs"])("of the example of %s", async (name) => {
    const loaded = await loadProject({ directory: fileURLToPath(new URL(`../examples/${name}`, import.meta.url)), environment: "prod", env: {} });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    expect(lint(`examples-${name}`, loaded.project)).toBe("");
  });

  test.each(["staging", "prod"])("of the example of services in the environment %s", async (environment) => {
    const loaded = await loadProject({ directory: fileURLToPath(new URL("../examples/services", import.meta.url)), environment, env: {} });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    expect(lint(`examples-services-${environment}`, loaded.project)).toBe("");
  });

  test("of a leaf in us-east-1, beside its zone", () => {
    const project = testProject([leaf]);
    expect(lint("east", { ...project, base: { ...project.base, region: "us-east-1" } })).toBe("");
  });
});
