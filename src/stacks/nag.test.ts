import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { afterAll, expect, test } from "vitest";
import { buildApp } from "./app.ts";
import { functionsDir, testLeaf, testProject } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "rouse-nag-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Report {
  readonly pluginReports: { readonly pluginName?: string; readonly violations: { readonly ruleName: string; readonly description: string }[] }[];
}

/** What cdk-nag's AwsSolutions finds, one line per finding. */
function findings(name: string, project: ReturnType<typeof testProject>): string[] {
  const outdir = join(folder, name);
  const app = buildApp(project, { outdir, functionsDir: functionsDir(folder) });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
  const report = JSON.parse(readFileSync(join(outdir, "validation-report.json"), "utf8")) as Report;
  expect(report.pluginReports).toHaveLength(1);
  return report.pluginReports.flatMap(({ violations }) => violations.map((violation) => JSON.stringify(violation)));
}

test("cdk-nag's AwsSolutions finds nothing", () => {
  const leaves = [testLeaf("minecraft"), testLeaf("plain", { volumes: {} })];
  expect(findings("prod", testProject(leaves))).toEqual([]);
});

test("cdk-nag is at work: without the acknowledgements it would find what they are for", () => {
  const outdir = join(folder, "acknowledged");
  const app = buildApp(testProject([testLeaf("minecraft")]), { outdir, functionsDir: functionsDir(folder) });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
  expect(readFileSync(join(outdir, "validation-report.json"), "utf8")).toContain("AwsSolutions-EC23");
});
