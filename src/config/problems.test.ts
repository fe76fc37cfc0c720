import { expect, test } from "vitest";
import { formatProblems, nearest, type Problem } from "./problems.ts";

const problem: Problem = {
  file: "/p/leaves/a.yaml",
  line: 3,
  column: 9,
  key: "ports[0]",
  message: 'unknown protocol "tpc"',
  allowed: "tcp or udp",
  suggestion: "1/tcp",
};

test("a problem is written with its place, its key, what is allowed and what was probably meant", () => {
  const other = { file: "/p/rouse.yaml", line: 1, column: 1, key: "", message: "the file is empty" };
  expect(formatProblems([other, problem], { color: false, from: "/p" })).toBe(`leaves/a.yaml:3:9 ports[0]: unknown protocol "tpc"
    allowed: tcp or udp
    did you mean 1/tcp?
rouse.yaml:1:1 the file is empty

2 mistakes in the configuration.`);
});

test("a file outside the folder keeps its whole path, and one mistake is one", () => {
  expect(formatProblems([problem], { color: false, from: "/p/q" })).toMatch(/^\/p\/leaves\/a\.yaml:3:9 [^]*\n1 mistake in/);
});

test("colours come only when they are asked for", () => {
  expect(formatProblems([problem], { color: true, from: "/p" })).toContain("\u001b[");
  expect(formatProblems([problem], { color: false, from: "/p" })).not.toContain("\u001b[");
});

test("what a file holds cannot steer the terminal or fill it", () => {
  const text = formatProblems([{ ...problem, message: `\u001b[2J\r${"x".repeat(10_000)}`, suggestion: "a\u0007" }], { color: false, from: "/p" });
  // oxlint-disable-next-line no-control-regex -- that there are none is what is tested
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  expect(text.length).toBeLessThan(1000);
});

test("the nearest candidate is found when it is near enough", () => {
  const keys = ["ports", "process", "volumes", "environment"];
  expect(nearest("prots", keys)).toBe("ports");
  expect(nearest("port", keys)).toBe("ports");
  expect(nearest("Enviroment", keys)).toBe("environment");
  expect(nearest("zebra", keys)).toBeUndefined();
  expect(nearest("x".repeat(100_000), keys)).toBeUndefined();
});
