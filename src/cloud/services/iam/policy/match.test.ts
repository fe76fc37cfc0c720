import { describe, expect, test } from "vitest";
import { actionMatch, arnMatch, globMatch, literal, resourceMatch } from "./match.ts";

describe("wildcards", () => {
  test.each([
    ["*", "", true],
    ["a*c", "abbbc", true],
    ["a*c", "abbbd", false],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["*a*b*", "xxaxxbxx", true],
    ["", "", true],
    ["", "a", false],
    ["ABC", "abc", false],
  ])("%s against %s is %s", (pattern, text, expected) => expect(globMatch(pattern, text)).toBe(expected));

  test("a hostile pattern does not take exponential time", () => {
    expect(globMatch("*a".repeat(50) + "b", "a".repeat(5000))).toBe(false);
  });

  test("a wildcard that is meant as itself matches nothing else", () => {
    expect(globMatch(literal("a*"), "a*")).toBe(true);
    expect(globMatch(literal("a*"), "ab")).toBe(false);
    expect(globMatch(literal("a?"), "ab")).toBe(false);
  });
});

describe("actions", () => {
  test.each([
    ["ecs:RunTask", "ecs:RunTask", true],
    ["ECS:runtask", "ecs:RunTask", true],
    ["ecs:*", "ecs:RunTask", true],
    ["ecs:Describe*", "ecs:RunTask", false],
    ["*", "ecs:RunTask", true],
    ["ecs:RunTas?", "ecs:RunTask", true],
    ["ecs:Run", "ecs:RunTask", false],
  ])("%s against %s is %s", (pattern, action, expected) => expect(actionMatch(pattern, action)).toBe(expected));
});

describe("resources", () => {
  const task = "arn:aws:ecs:us-west-2:000000000000:task/cluster/abc";
  test.each([
    ["*", true],
    [task, true],
    ["arn:aws:ecs:us-west-2:000000000000:task/*", true],
    ["arn:aws:ecs:*:*:task/cluster/*", true],
    ["arn:aws:ecs:us-west-2:000000000000:cluster/*", false],
    ["arn:aws:ecs:US-WEST-2:000000000000:task/*", false],
    // What is missing counts as a star.
    ["arn:aws:ecs", true],
    ["arn:aws:ecs:us-west-2", true],
    ["arn:aws:sqs", false],
  ])("%s covers a task: %s", (pattern, expected) => expect(resourceMatch(pattern, task)).toBe(expected));

  test("a wildcard stays in its segment, but for the last", () => {
    expect(resourceMatch("arn:aws:ecs:*:task/x", "arn:aws:ecs:us-west-2:000000000000:task/x")).toBe(false);
    expect(resourceMatch("arn:aws:logs:us-west-2:000000000000:*", "arn:aws:logs:us-west-2:000000000000:log-group:/a:log-stream:b")).toBe(true);
  });

  test("an action without resources needs a star", () => {
    expect(resourceMatch("arn:aws:ecs:*:*:*", "*")).toBe(false);
    expect(resourceMatch("*", "*")).toBe(true);
  });

  test("what is no ARN is never like one", () => {
    expect(arnMatch("arn:aws:sns:*:*:*", "nonsense")).toBe(false);
    expect(arnMatch("*", "nonsense")).toBe(false);
    expect(arnMatch("*", "arn:aws:sns:us-west-2:1:t")).toBe(true);
  });
});
