import { expect, test } from "vitest";
import { isTooDeep } from "./too-deep.ts";

test.each([
  ["opening brackets", "[".repeat(10_000)],
  ["lists in a line", `a:\n  ${"- ".repeat(10_000)}x\n`],
  ["keys of keys", "? ".repeat(10_000)],
  ["maps, one below the other", Array.from({ length: 200 }, (_, depth) => `${" ".repeat(depth)}k:`).join("\n")],
])("%s are too deep", (_, text) => expect(isTooDeep(text, 50)).toBe(true));

test.each([
  ["levels up to the limit", `${"[".repeat(50)}${"]".repeat(50)}`],
  ["ten thousand values side by side", `[${"{ a: [1] }, ".repeat(10_000)}]`],
  ["brackets in texts and comments", `a: "${"[".repeat(1000)}" # ${"{".repeat(1000)}\nb: |\n  ${"[".repeat(1000)}\n`],
])("%s are not", (_, text) => expect(isTooDeep(text, 50)).toBe(false));
