import { describe, expect, test } from "vitest";
import { LEAF, mistakes } from "./testing.ts";

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
    ["ten thousand opening brackets", "[".repeat(10_000), ""],
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

  test("thousands of aliases and keys are read in reasonable time", async () => {
    const keys = Array.from({ length: 9000 }, (_, i) => `k${i}: *x`).join("\n");
    const started = performance.now();
    const found = await mistakes({ "leaves/game.yaml": `x: &x 1\n${keys}\n` });
    expect(found.length).toBeGreaterThan(1000);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
