import { expect, test } from "vitest";
import { expiring } from "./evaluate.ts";
import { checkPolicy, type Rule } from "./policy.ts";

const DAY_MS = 24 * 3_600_000;
const NOW = Date.UTC(2026, 0, 31);

/** Images by the days since their push; `pulled` likewise. */
const image = (digest: string, age: number, tags: string[] = [], more: { pulled?: number; manifests?: string[] } = {}) => ({
  digest,
  tags,
  pushed: NOW - age * DAY_MS,
  manifests: more.manifests ?? [],
  ...(more.pulled === undefined ? {} : { pulled: NOW - more.pulled * DAY_MS }),
});

const rule = (rulePriority: number, selection: Partial<Rule["selection"]>): Rule => ({
  rulePriority,
  selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1, ...selection },
  action: { type: "expire" },
});
const tagged = (...tagPrefixList: string[]) => ({ tagStatus: "tagged", tagPrefixList }) as const;
const days = (countNumber: number, countType: Rule["selection"]["countType"] = "sinceImagePushed") =>
  ({ countType, countUnit: "days", countNumber }) as const;

const expired = (rules: Rule[], ...images: ReturnType<typeof image>[]): Record<string, number> => Object.fromEntries(expiring(rules, images, NOW));

test("of more images than the count the oldest go, also of those of one moment", () => {
  expect(expired([rule(1, { countNumber: 2 })], image("old", 3), image("new", 1), image("mid", 2))).toEqual({ old: 1 });
  expect(expired([rule(1, {})], image("first", 1), image("second", 1))).toEqual({ first: 1 });
});

test("age counts from the push, or from the last pull", () => {
  const images = [image("a", 10), image("b", 10, [], { pulled: 2 }), image("c", 4)];
  expect(expired([rule(1, days(5))], ...images)).toEqual({ a: 1, b: 1 });
  expect(expired([rule(1, days(5, "sinceImagePulled"))], ...images)).toEqual({ a: 1 });
  expect(expired([rule(1, days(10))], image("exactly", 10))).toEqual({});
});

test("tags are selected by prefix and pattern, and an image has to have all of them", () => {
  const images = [image("untagged", 9), image("beta", 9, ["beta-1"]), image("both", 9, ["prod-1", "eu-1"]), image("prod", 9, ["prod-2"])];
  expect(expired([rule(1, { tagStatus: "untagged", ...days(1) })], ...images)).toEqual({ untagged: 1 });
  expect(expired([rule(1, { ...tagged("prod"), ...days(1) })], ...images)).toEqual({ both: 1, prod: 1 });
  expect(expired([rule(1, { ...tagged("prod", "eu"), ...days(1) })], ...images)).toEqual({ both: 1 });
  expect(expired([rule(1, { tagStatus: "tagged", tagPatternList: ["*-2"], ...days(1) })], ...images)).toEqual({ prod: 1 });
});

test("an image that a rule asks for is left alone by those of lower priority, which still count it", () => {
  // The examples of "Examples of lifecycle policies in Amazon ECR", filtering on multiple rules.
  const images = [image("A", 3, ["beta-1", "prod-1"]), image("B", 2, ["beta-2", "prod-2"]), image("C", 1, ["beta-3"])];
  expect(expired([rule(1, tagged("prod")), rule(2, tagged("beta"))], ...images)).toEqual({ A: 1 });
  expect(expired([rule(2, tagged("prod")), rule(1, tagged("beta"))], ...images)).toEqual({ A: 1, B: 1 });
  expect(expired([rule(5, days(1)), rule(1, { tagStatus: "untagged", ...days(9) })], image("u", 5), image("t", 5, ["t"]))).toEqual({ t: 5 });
});

test("what an index refers to stays", () => {
  expect(expired([rule(1, days(1))], image("part", 9), image("index", 0.5, ["v1"], { manifests: ["part"] }))).toEqual({});
});

const check = (...rules: object[]): Rule[] => checkPolicy("PutLifecyclePolicy", JSON.stringify({ rules }));

test.each<[string, object[], string]>([
  ["no rule", [], "there has to be a rule"],
  ["no priority", [{ ...rule(1, {}), rulePriority: 0 }], "each rule needs a rulePriority, a whole number from 1"],
  ["one priority twice", [rule(1, tagged("a")), rule(1, tagged("b"))], "each rule needs a rulePriority of its own"],
  ["any before others", [rule(1, {}), rule(2, tagged("a"))], "it has to have the highest rulePriority"],
  ["the same tags twice", [rule(1, tagged("a", "b")), rule(2, tagged("b", "a"))], "each rule needs tags of its own"],
  ["untagged twice", [rule(1, { tagStatus: "untagged" }), rule(2, { tagStatus: "untagged" })], "only one rule may have the tagStatus untagged"],
  ["tagged without tags", [rule(1, { tagStatus: "tagged" })], "either tagPrefixList or tagPatternList"],
  ["both kinds of tags", [rule(1, { ...tagged("a"), tagPatternList: ["a"] })], "either tagPrefixList or tagPatternList"],
  ["tags with any", [rule(1, { ...tagged("a"), tagStatus: "any" })], "there is no list of tags"],
  ["five wildcards", [rule(1, { tagStatus: "tagged", tagPatternList: ["*a*b*c*d*"] })], "four wildcards at most"],
  ["a unit for a count", [rule(1, { countUnit: "days" })], "there is no countUnit"],
  ["an age without a unit", [rule(1, { countType: "sinceImagePushed" })], "the countUnit has to be days"],
  ["no number", [rule(1, { countNumber: 0 })], "countNumber has to be a whole number from 1"],
  ["an unknown count", [rule(1, { countType: "x" as never })], "countType has to be"],
  ["an unknown action", [{ ...rule(1, {}), action: { type: "x" } }], "the type of the action has to be expire"],
])("a policy with %s is refused", (_, rules, message) => {
  expect(() => check(...rules)).toThrow(
    /^Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: /,
  );
  expect(() => check(...rules)).toThrow(message);
});

test("archives are told to be absent, and a good policy is read", () => {
  expect(() => check({ ...rule(1, days(1)), action: { type: "transition", targetStorageClass: "archive" } })).toThrow("archived images");
  expect(check(rule(1, { tagStatus: "tagged", tagPatternList: ["*a*b*c*"] }), rule(9, days(3)))).toHaveLength(2);
});
