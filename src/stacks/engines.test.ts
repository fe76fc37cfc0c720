import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Project } from "../config/schema.ts";
import { buildApp } from "./app.ts";
import { functionsDir, testEngine, testEngines, testExisting, testLeaf, testWorker } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "rouse-engines-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Template {
  // Templates are JSON; the assertions below are what checks their shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly Resources: Record<string, { readonly Type: string; readonly Properties: any; readonly DependsOn?: string[] }>;
  readonly Outputs?: Record<string, { Export?: { Name: string } }>;
}

/** All templates of a project's assembly, by stack. */
function synthesize(name: string, project: Project): Record<string, Template> {
  const outdir = join(folder, name);
  buildApp(project, { outdir, functionsDir: functionsDir(folder) }).synth();
  const files = readdirSync(outdir).filter((file) => file.endsWith(".template.json"));
  return Object.fromEntries(
    files.map((file) => [
      file.replace(/([0-9A-F]{8})?(\.nested)?\.template\.json$/, ""),
      JSON.parse(readFileSync(join(outdir, file), "utf8")) as Template,
    ]),
  );
}

const of = (template: Template | undefined, type: string) =>
  Object.values(template?.Resources ?? {})
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties);
const only = (template: Template | undefined, type: string) => {
  const found = of(template, type);
  expect(found).toHaveLength(1);
  return found[0];
};
const functionOf = (template: Template | undefined, end: string) =>
  of(template, "AWS::Lambda::Function").find(({ FunctionName }) => String(FunctionName).endsWith(end));

let all: Record<string, Template>;
beforeAll(() => {
  const ec2 = testEngine("box", { compute: { on: "ec2", instanceType: "t4g.small", architecture: "arm64" } });
  const spot = testEngine("spot", { compute: { on: "fargate-spot", cpu: 512, memory: 1024, architecture: "arm64" }, wake: { event: {} } });
  all = synthesize("all", testEngines([testEngine("auth"), ec2, spot, testWorker("worker"), testExisting("old")]));
});

describe("an application of engines", () => {
  test("has a base, one stack per engine and one for all, and nothing for DNS", () => {
    expect(Object.keys(all).toSorted()).toEqual([
      "Arcade-Auth",
      "Arcade-Base",
      "Arcade-Box",
      "Arcade-Engines",
      "Arcade-Old",
      "Arcade-Spot",
      "Arcade-Worker",
    ]);
  });

  test("may have leaves that a DNS query wakes, too", () => {
    expect(Object.keys(synthesize("both", testEngines([testLeaf("minecraft"), testEngine("auth")])))).toContain("Arcade-Minecraft-StartSystem");
  });

  test("no leaf may be called as the stack of all engines is", () => {
    expect(() => synthesize("taken", testEngines([testEngine("engines")]))).toThrow("its stack would be named");
  });
});
