import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import type { Project } from "../src/config/schema.ts";
import { buildApp } from "../src/stacks/app.ts";
import {
  everyEngine,
  everyService,
  everyTask,
  functionsDir,
  testEngine,
  testEngines,
  testLeaf,
  testOwnZone,
  testProject,
} from "../src/stacks/testing.ts";
import { ENVIRONMENTS, EXAMPLES, loadExample } from "./support/examples.ts";

const folder = mkdtempSync(join(tmpdir(), "rouse-cfn-lint-"));
afterAll(() => rmSync(folder, { recursive: true }));

const isThere = spawnSync("cfn-lint", ["--version"]).status === 0;
if (!isThere) console.log("skipped: cfn-lint is not on the PATH, so the templates are not linted (pip install cfn-lint)");

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
const local = (project: Project): Project => ({ ...project, environment: { name: "local" } });

/** Every kind of leaf in all shapes, for an account and for the embedded cloud, and every example in every environment. */
async function projects(): Promise<Record<string, Project>> {
  const leaves = testProject([leaf, rich, testOwnZone("plain", { volumes: {}, alerts: { email: [] } })]);
  const beside = testProject([leaf]);
  const found: Record<string, Project> = {
    leaves: { ...leaves, base: { ...leaves.base, vpc: { maxAzs: 2 }, ssh: { from: ["203.0.113.0/24"] } } },
    "leaves-local": local(testProject([leaf, rich])),
    "a-leaf-in-us-east-1-beside-its-zone": { ...beside, base: { ...beside.base, region: "us-east-1" } },
    engines: everyEngine(),
    "engines-local": local(everyEngine()),
    "engines-http": testEngines([testEngine("auth"), testEngine("pdf")]),
    services: everyService(),
    "services-local": local(everyService()),
    tasks: everyTask(),
    "tasks-local": local(everyTask()),
  };
  for (const example of EXAMPLES)
    for (const environment of ENVIRONMENTS) found[`example-${example.name}-${environment}`] = await loadExample(example.directory, environment);
  return found;
}

/**
 * Writes each template once: those of two accounts are often the same but for the account's number, and cfn-lint takes half a
 * second for each. A file is named after the project and the stack that it was first seen in.
 */
function distinctTemplates(all: Record<string, Project>): string[] {
  const seen = new Map<string, string>();
  const into = join(folder, "templates");
  mkdirSync(into);
  const functions = functionsDir(folder);
  for (const [name, project] of Object.entries(all)) {
    const outdir = join(folder, name);
    buildApp(project, { outdir, functionsDir: functions }).synth();
    const templates = readdirSync(outdir).filter((file) => file.endsWith(".template.json"));
    expect(templates.length, name).toBeGreaterThan(1);
    for (const file of templates) {
      const text = readFileSync(join(outdir, file), "utf8");
      const key = createHash("sha256").update(withoutNames(text, project)).digest("hex");
      if (seen.has(key)) continue;
      const path = join(into, `${name}.${file}`);
      writeFileSync(path, text);
      seen.set(key, path);
    }
  }
  return [...seen.values()];
}

/** Without the words that differ between environments and no rule looks at: the account's number and the environment's name. */
const withoutNames = (text: string, { environment }: Project): string =>
  text.replaceAll(/\b(\d)\1{11}\b/g, "<account>").replaceAll(new RegExp(`\\b${environment.name}\\b`, "g"), "<environment>");

/** As many processes as there are processors on the machines that run this in CI: it works through its files one by one. */
const PROCESSES = 2;

async function lint(templates: string[]): Promise<string> {
  const parts = Array.from({ length: PROCESSES }, (_, part) => templates.filter((_each, index) => index % PROCESSES === part));
  const said = await Promise.all(
    parts.map((part) => promisify(execFile)("cfn-lint", ["--non-zero-exit-code", "none", ...part], { encoding: "utf8", maxBuffer: 2 ** 24 })),
  );
  return said
    .map(({ stdout, stderr }) => `${stdout}${stderr}`.trim())
    .join("\n")
    .trim();
}

// A minute and more of Python, on a busy machine.
test.skipIf(!isThere)("cfn-lint finds nothing to say of any kind of leaf and of any example in any environment", { timeout: 240_000 }, async () => {
  const templates = distinctTemplates(await projects());
  expect(templates.length).toBeGreaterThan(40);
  expect(await lint(templates)).toBe("");
});
