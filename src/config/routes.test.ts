import { describe, expect, test } from "vitest";
import { fargateMemory } from "./fargate.ts";
import { overlap, priorityOf } from "./routes.ts";

describe("the priority of a rule", () => {
  test("is smaller for a route with more literal segments, whatever the leaf's name", () => {
    const names = ["auth", "pdf", "fa", "users", "batch", "a", "zzz"];
    const bands = ["/*", "/api/*", "/api/auth/*", "/api/auth/v1/*", "/api/auth/v1/x/*"].map((pattern) =>
      names.map((name) => priorityOf(name, [pattern])),
    );
    for (const [wide, narrow] of bands.slice(1).map((band, index) => [bands[index]!, band] as const)) {
      expect(Math.max(...narrow)).toBeLessThan(Math.min(...wide));
    }
    expect(Math.min(...bands.flat())).toBeGreaterThanOrEqual(1);
    expect(Math.max(...bands.flat())).toBeLessThanOrEqual(50_000);
  });

  test("is what it was: leaves that are deployed keep theirs", () => {
    expect(priorityOf("auth", ["/api/auth/*"])).toBe(PRIORITY_OF_AUTH);
    expect(priorityOf("auth", ["/api/auth/*", "/api/login/now"])).toBe(PRIORITY_OF_AUTH);
  });
});

const PRIORITY_OF_AUTH = 30605;

test.each([
  ["/api/*", "/api/auth/*", true],
  ["/api/auth/*", "/api/pdf/*", false],
  ["/a?c", "/abc", true],
  ["/a?c", "/ac", false],
  ["/*/x", "/y/*", true],
  ["/*a", "/*b", false],
  ["/a", "/a", true],
])("%s and %s overlap: %s", (a, b, expected) => {
  expect(overlap(a, b)).toBe(expected);
  expect(overlap(b, a)).toBe(expected);
});

test("memory goes with CPU units as AWS has it", () => {
  expect(fargateMemory(256)).toEqual([512, 1024, 2048]);
  expect(fargateMemory(512)).toEqual([1024, 2048, 3072, 4096]);
  expect([fargateMemory(4096).length, fargateMemory(16_384).at(-1)]).toEqual([23, 122_880]);
  expect(fargateMemory(300)).toEqual([]);
});
