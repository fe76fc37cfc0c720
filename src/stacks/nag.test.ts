import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type App, aws_sns as sns, Stack, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { afterAll, expect, test } from "vitest";
import { loadProject } from "../config/load.ts";
import { buildApp } from "./app.ts";
import { everyEngine, everyService, everyTask, functionsDir, testEngine, testEngines, testLeaf, testOwnZone, testProject } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "rouse-nag-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Report {
  readonly pluginReports: { readonly violations: object[] }[];
}

/** What cdk-nag's AwsSolutions finds, as text, one finding each. */
function findings(app: App): string[] {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  try {
    app.synth();
  } catch {
    // Findings of severity error end the synthesis after the report.
  }
  process.exitCode = 0;
  const file = join(app.outdir, "validation-report.json");
  expect(existsSync(file)).toBe(true);
  const { pluginReports } = JSON.parse(readFileSync(file, "utf8")) as Report;
  return pluginReports.flatMap(({ violations }) => violations.map((violation) => JSON.stringify(violation)));
}

test("cdk-nag's AwsSolutions finds nothing", () => {
  const leaves = [
    testOwnZone("mine"),
    testLeaf("minecraft", { health: { command: ["CMD-SHELL", "true"], interval: 30, timeout: 5, retries: 3, startPeriod: 0 } }),
    testLeaf("plain", { volumes: {}, watchdog: { ...testLeaf("plain").watchdog, leftUp: { after: 3600, stop: true } } }),
  ];
  expect(findings(buildApp(testProject(leaves), { outdir: join(folder, "prod"), functionsDir: functionsDir(folder) }))).toEqual([]);
});

test("cdk-nag's AwsSolutions finds nothing in engines of every kind", () => {
  expect(findings(buildApp(everyEngine(), { outdir: join(folder, "engines"), functionsDir: functionsDir(folder) }))).toEqual([]);
});

test("cdk-nag's AwsSolutions finds nothing in services in all shapes", () => {
  expect(findings(buildApp(everyService(), { outdir: join(folder, "services"), functionsDir: functionsDir(folder) }))).toEqual([]);
});

test("cdk-nag's AwsSolutions finds nothing in scheduled tasks of every kind", () => {
  expect(findings(buildApp(everyTask(), { outdir: join(folder, "tasks"), functionsDir: functionsDir(folder) }))).toEqual([]);
});

test("cdk-nag's AwsSolutions finds nothing in fifty engines for everybody", () => {
  const leaves = Array.from({ length: 50 }, (_, index) => testEngine(`engine-number-${index}`));
  expect(findings(buildApp(testEngines(leaves), { outdir: join(folder, "fifty"), functionsDir: functionsDir(folder) }))).toEqual([]);
});

const repository = fileURLToPath(new URL("../..", import.meta.url));
const EXAMPLES = [repository, ...readdirSync(join(repository, "examples")).map((name) => join(repository, "examples", name))];

test.each(EXAMPLES.flatMap((directory) => ["local", "staging", "prod"].map((environment) => [basename(directory), environment, directory] as const)))(
  "cdk-nag's AwsSolutions finds nothing in the example %s in the environment %s",
  async (name, environment, directory) => {
    const loaded = await loadProject({ directory, environment, env: {} });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    const app = buildApp(loaded.project, { outdir: join(folder, `example-${name}-${environment}`), functionsDir: functionsDir(folder) });
    expect(findings(app)).toEqual([]);
  },
);

test("cdk-nag is at work: it finds what is wrong in a stack beside ours", () => {
  const app = buildApp(testProject([]), { outdir: join(folder, "wrong"), functionsDir: functionsDir(folder) });
  const topic = new sns.Topic(new Stack(app, "Wrong"), "Topic");
  expect(topic.node.path).toBe("Wrong/Topic");
  expect(findings(app).join("\n")).toContain("AwsSolutions-SNS3");
});
