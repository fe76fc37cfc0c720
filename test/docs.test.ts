import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "./support/deployed.ts";

/** Every page that is ours. */
function pages(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return entry.name === "node_modules" || entry.name.startsWith(".") ? [] : pages(join(folder, entry.name));
    return entry.name.endsWith(".md") ? [join(folder, entry.name)] : [];
  });
}

const all = ["docs", "src", "examples"].flatMap((folder) => pages(join(root, folder))).concat(join(root, "README.md"));

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(" ", "-");

const anchorsIn = (file: string): string[] => [...readFileSync(file, "utf8").matchAll(/^#+ (.+)$/gm)].map((match) => anchorOf(match[1]!));

test.each(all.map((file) => [relative(root, file), file]))("%s: its links lead somewhere", (_name, file) => {
  const text = readFileSync(file, "utf8").replaceAll(/^```[\s\S]*?^```$/gm, "");
  const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1]!)
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? file : resolve(dirname(file), path);
      return !existsSync(target) || (anchor !== undefined && !anchorsIn(target).includes(anchor));
    });
  expect(broken).toEqual([]);
});

describe("decisions", () => {
  const files = readdirSync(join(root, "docs/decisions")).filter((name) => /^\d{4}-/.test(name));

  test("no number is given twice", () => {
    expect(files.map((name) => name.slice(0, 4))).toEqual([...new Set(files.map((name) => name.slice(0, 4)))]);
  });

  test("the index has each of them, under its own number", () => {
    const index = readFileSync(join(root, "docs/decisions/README.md"), "utf8");
    const listed = [...index.matchAll(/\[(\d{4})\]\((\d{4}-[\w-]+\.md)\)/g)].map((match) => `${match[1]} ${match[2]}`);
    expect(listed.toSorted()).toEqual(files.map((name) => `${name.slice(0, 4)} ${name}`).toSorted());
  });
});

test("the first screen of the README is a screen: 45 lines of 120 columns", () => {
  const first = readFileSync(join(root, "README.md"), "utf8").split("\n## What happens")[0]!;
  const lines = first.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / 120)), 0);
  expect(lines).toBeLessThanOrEqual(45);
});
