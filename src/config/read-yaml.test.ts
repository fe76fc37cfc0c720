import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadProject } from "./load.ts";
import { BASE, LEAF, mistakes } from "./testing.ts";

describe("files that are meant to do harm", () => {
  test("an anchor bomb is refused, in bounded memory and time", async () => {
    const levels = Array.from(
      { length: 30 },
      (_, i) =>
        `a${i}: &a${i} [${Array(9)
          .fill(i === 0 ? "x" : `*a${i - 1}`)
          .join(", ")}]`,
    );
    const before = process.memoryUsage().heapUsed;
    const started = performance.now();
    expect(await mistakes({ "leaves/game.yaml": levels.join("\n") })).toEqual([
      expect.stringMatching(/^leaves\/game\.yaml:\d+:\d+ \| too many values/),
    ]);
    expect(performance.now() - started).toBeLessThan(2000);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100e6);
  });

  test.each([
    ["an alias of itself", "a: &a [*a]\n", "values are nested too deeply"],
    ["ten thousand opening brackets", "[".repeat(10_000), "values are nested too deeply"],
    ["ten thousand lists in a line", `a:\n  ${"- ".repeat(10_000)}x\n`, "values are nested too deeply"],
    ["ten thousand keys of keys", "? ".repeat(10_000), "values are nested too deeply"],
    ["a file of ten thousand levels", `a: ${"[".repeat(10_000)}${"]".repeat(10_000)}`, "values are nested too deeply"],
    ["a megabyte", `a: ${"x".repeat(1_000_000)}\n`, "the file is too large"],
    ["the name of an object's prototype as a key", `${LEAF}__proto__: { x: 1 }\n`, "a key must be a plain text"],
    ["a key that is a map", `${LEAF}? { a: b }\n: c\n`, "a key must be a plain text"],
  ])("%s", async (_, content, message) => {
    const started = performance.now();
    const found = await mistakes({ "leaves/game.yaml": content });
    expect(found.length).toBeGreaterThan(0);
    expect(found.join("\n")).toContain(message);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test("a text that would make a pattern take its time", async () => {
    const started = performance.now();
    const found = await mistakes({ "leaves/game.yaml": `${LEAF}alerts: { email: [a@${"a".repeat(200_000)}] }\ndomain: ${"a-".repeat(10_000)}\n` });
    expect(found.map((line) => line.split(" | ")[1])).toEqual(["a text of 200002 characters is too long", "a text of 20000 characters is too long"]);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test("a pipe is not waited for, and a folder or a dangling link is told", async () => {
    const directory = await mkdtemp(join(tmpdir(), "rouse-config-"));
    try {
      await writeFile(join(directory, "rouse.yaml"), BASE);
      await mkdir(join(directory, "leaves/folder.yaml"), { recursive: true });
      await symlink("nowhere", join(directory, "leaves/link.yaml"));
      await symlink("folder.yaml", join(directory, "leaves/other.yaml"));
      execFileSync("mkfifo", [join(directory, "leaves/pipe.yaml")]);
      const loaded = await loadProject({ directory, environment: "local", env: {} });
      expect(loaded.ok ? [] : loaded.problems.map((each) => `${basename(each.file)} ${each.message}`)).toEqual([
        "link.yaml this file cannot be read: it is not there",
        "other.yaml this file cannot be read: it is a folder",
        "pipe.yaml this file cannot be read: it is no ordinary file",
      ]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test("thousands of aliases and keys are read in reasonable time", async () => {
    const keys = Array.from({ length: 9000 }, (_, i) => `k${i}: *x`).join("\n");
    const started = performance.now();
    const found = await mistakes({ "leaves/game.yaml": `x: &x 1\n${keys}\n` });
    expect(found.length).toBeGreaterThan(1000);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
