import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { commands } from "../src/cli/commands.ts";
import { load } from "../src/config/testing.ts";
import { failedMessage, leftUpMessage } from "../src/functions/watch-task/messages.ts";
import { crashed, task } from "../src/functions/testing/engines.ts";
import { buildApp } from "../src/stacks/app.ts";
import { functionsDir, testProject, testTask } from "../src/stacks/testing.ts";

/** docs/scheduled-tasks.md: what it shows is configuration that loads, commands that there are, mails that come, rights that are granted. */
const page = await readFile(join(import.meta.dirname, "../docs/scheduled-tasks.md"), "utf8");

const folder = mkdtempSync(join(tmpdir(), "rouse-scheduled-page-"));
afterAll(() => rmSync(folder, { recursive: true }));

const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map((match) => match[1]!);
const named = blocks("yaml").map((text) => [/^# ([\w/.]+\.yaml)/.exec(text)?.[1] ?? "no file", text] as const);

test("it begins with a whole project, which loads in every environment of it", async () => {
  const files = Object.fromEntries(named.slice(0, 2));
  expect(Object.keys(files)).toEqual(["rouse.yaml", "leaves/report.yaml"]);
  for (const environment of ["local", "staging", "prod"]) {
    const loaded = await load({ "leaves/game.yaml": null, "leaves/report/Dockerfile": "FROM scratch\n", ...files }, { environment });
    expect(loaded.ok ? [] : loaded.problems.map(({ file, line, message }) => `${file}:${line}: ${message}`)).toEqual([]);
  }
});

test("its other YAML loads beside it", async () => {
  const [base, ...leaves] = named;
  expect(leaves).toHaveLength(2);
  const loaded = await load({ "leaves/game.yaml": null, "rouse.yaml": base![1], "leaves/report.yaml": leaves[1]![1] });
  expect(loaded).toMatchObject({ ok: true });
});

test("its commands and options are there", () => {
  const lines = blocks("sh").flatMap((text) => [...text.matchAll(/npx rouse (\w+)([^#\n]*)/g)]);
  expect(lines.length).toBeGreaterThan(6);
  for (const [, name, rest] of lines) {
    const command = commands.find((each) => each.name === name);
    const flags = [...rest!.matchAll(/--[\w-]+/g)].map((match) => match[0]);
    const known = (command?.options ?? []).map((option) => option.long);
    expect(known, `rouse ${name}`).toEqual(expect.arrayContaining(flags));
  }
});

test("the mails begin as it says", () => {
  const config = {
    application: "arcade",
    leaf: "report",
    environment: "prod",
    container: "auth",
    overlap: "skip",
    leftUpMs: 3_600_000,
    leftUpStop: false,
    stopTimeout: 30,
    replaces: true,
    direct: false,
    hourUsd: "0.36",
  } as const;
  const tail = { where: "", lines: [] };
  const failed = crashed("1", 5_000_000, { containers: [{ name: "report", exitCode: 3, ports: [] }] });
  expect(page).toContain(`\`${failedMessage(failed, config, tail, 5_000_000).subject}\``);
  expect(page).toContain(`\`${leftUpMessage(task("1"), config, tail, 1_010_000 + 3_600_000).subject}\``);
});

interface Resource {
  Type: string;
  Properties: {
    FunctionName?: string;
    Role?: { "Fn::GetAtt": [string] };
    Policies?: { PolicyDocument: { Statement: { Action: string | string[] }[] } }[];
  };
}

/** Actions that the role of each function allows, by the function's name without what stands before it. */
function granted(): Record<string, string[]> {
  const schedule = testTask("x").wake.schedule;
  const leaf = testTask("report", { wake: { schedule: { ...schedule, expressions: ["rate(1 hour)"] } } });
  const { stacks } = buildApp(testProject([leaf]), { outdir: join(folder, "out"), functionsDir: functionsDir(folder) }).synth();
  const found = stacks.flatMap(({ template }) => {
    const { Resources } = template as { Resources: Record<string, Resource> };
    return Object.values(Resources)
      .filter(({ Type }) => Type === "AWS::Lambda::Function")
      .flatMap(({ Properties }) => {
        // Those that all leaves share are told of elsewhere.
        const name = /(run-task|watch-task)$/.exec(Properties.FunctionName ?? "")?.[0];
        if (name === undefined) return [];
        const role = Resources[Properties.Role!["Fn::GetAtt"][0]]!;
        const actions = role.Properties.Policies!.flatMap(({ PolicyDocument }) => PolicyDocument.Statement).flatMap(({ Action }) => Action);
        return [[name, [...new Set(actions)].toSorted()] as const];
      });
  });
  return Object.fromEntries(found);
}

describe("the table of rights", () => {
  test("is what the stacks grant", () => {
    const rows = /\n## IAM\n[\s\S]*$/
      .exec(page)![0]
      .split("\n")
      .filter((line) => line.startsWith("| "))
      .map((line) => line.split("|").map((cell) => cell.trim()));
    const told = Object.fromEntries(
      rows[0]!.slice(2, 4).map((name, index) => [
        name,
        rows
          .slice(2)
          .filter((row) => row[index + 2] === "✓")
          .flatMap((row) => [...row[1]!.matchAll(/`([\w:]+)`/g)].map((match) => match[1]!))
          .toSorted(),
      ]),
    );
    expect(told).toEqual(granted());
  });
});
