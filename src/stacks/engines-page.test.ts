import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { buildApp } from "./app.ts";
import { functionsDir, testEngine, testProject } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "rouse-engines-page-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Resources = Record<
  string,
  {
    Type: string;
    Properties: {
      FunctionName?: string;
      Role?: { "Fn::GetAtt": [string] };
      Policies?: { PolicyDocument: { Statement: { Action: string | string[] }[] } }[];
    };
  }
>;

/** Actions that the role of each function allows, by the function's name without what stands before it. */
function actionsOf(stacks: readonly { template: unknown }[]): Record<string, string[]> {
  const found = stacks.flatMap(({ template }) => {
    const { Resources: resources } = template as { Resources: Resources };
    return Object.values(resources)
      .filter(({ Type }) => Type === "AWS::Lambda::Function")
      .flatMap(({ Properties }) => {
        const role = resources[Properties.Role!["Fn::GetAtt"][0]]!;
        const statements = role.Properties.Policies!.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
        // The others are told of on other pages.
        const name = /(start-engines|stop-engines|doorman|reconcile-engine)$/.exec(Properties.FunctionName!)?.[0];
        if (name === undefined) return [];
        return [[name, [...new Set(statements.flatMap(({ Action }) => Action))].toSorted()] as const];
      });
  });
  return Object.fromEntries(found);
}

test("the table of rights in docs/engines.md is what the stacks grant", () => {
  const app = buildApp(testProject([testEngine("auth")]), { outdir: join(folder, "out"), functionsDir: functionsDir(folder) });
  const page = readFileSync(join(import.meta.dirname, "../../docs/engines.md"), "utf8");
  const rows = /\n## IAM\n[\s\S]*?\n## /
    .exec(page)![0]
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  const functions = rows[0]!.slice(2, 6);
  const told = Object.fromEntries(
    functions.map((name, index) => [
      name,
      rows
        .slice(2)
        .filter((row) => row[index + 2] === "✓")
        .flatMap((row) => [...row[1]!.matchAll(/`([\w:]+)`/g)].map((match) => match[1]!))
        .toSorted(),
    ]),
  );
  expect(told).toEqual(actionsOf(app.synth().stacks));
});
