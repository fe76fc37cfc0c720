import { expect, test } from "vitest";
import { architectureOf, formatDuration, instanceType, parseDuration } from "./values.ts";

test("a duration is read and written the same way", () => {
  for (const [text, seconds] of [
    ["30s", 30],
    ["7m", 420],
    ["1h30m", 5400],
    ["8h", 28_800],
    ["1d", 86_400],
  ] as const) {
    expect(parseDuration(text)).toBe(seconds);
    expect(formatDuration(seconds)).toBe(text);
  }
  expect(parseDuration("0s")).toBe(0);
  expect(formatDuration(0)).toBe("0s");
});

test.each(["", "7", "m", "7M", "-7m", "1.5h", "30m1h", "7m ", "1e3s"])("%j is not a duration", (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each([
  ["t4g.nano", "arm64"],
  ["m7g.large", "arm64"],
  ["m7gd.metal", "arm64"],
  ["c7gn.xlarge", "arm64"],
  ["x2gd.medium", "arm64"],
  ["im4gn.large", "arm64"],
  ["g5g.xlarge", "arm64"],
  ["a1.medium", "arm64"],
  ["m5.large", "x86_64"],
  ["t3a.small", "x86_64"],
  ["g5.xlarge", "x86_64"],
  ["p4d.24xlarge", "x86_64"],
  ["m7i-flex.large", "x86_64"],
  ["u-6tb1.metal", "x86_64"],
])("%s is %s", (type, architecture) => {
  expect(instanceType.parse(type)).toBe(type);
  expect(architectureOf(type)).toBe(architecture);
});

test.each(["m5", "large", "m5.", ".large", "m5.huge", "m5.large.x", "M5.large", "m5 .large", "large.m5"])("%s is no instance type", (type) => {
  expect(instanceType.safeParse(type).success).toBe(false);
});
