import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { generateCommandDocs } from "../../scripts/generate-command-docs.ts";
import { commands } from "./commands.ts";

const root = join(import.meta.dirname, "../..");
const [[path, content]] = Object.entries(generateCommandDocs(root)) as [[string, string]];

test("the page of the commands is up to date (else: npm run generate)", () => {
  expect(readFileSync(join(root, path), "utf8")).toBe(content);
});

describe("--json", () => {
  const without = commands.filter(({ options = [] }) => !options.some(({ long }) => long === "--json")).map(({ name }) => name);

  test("every command has it but those that have no result", () => {
    expect(without.toSorted()).toEqual(["completion", "console", "demo", "up"]);
  });

  test("the page says what each prints", () => {
    const table = content.split("## For programs")[1]!.split("## ")[0]!;
    const told = table.split("\n").flatMap((line) => [...(/^\|(.*?)\|/.exec(line)?.[1]?.matchAll(/`(\w+)`/g) ?? [])].map((match) => match[1]!));
    expect(told.toSorted()).toEqual(
      commands
        .map(({ name }) => name)
        .filter((name) => !without.includes(name))
        .toSorted(),
    );
  });
});
