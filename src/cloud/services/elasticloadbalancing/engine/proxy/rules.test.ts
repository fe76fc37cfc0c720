import { expect, test } from "vitest";
import { compileRules, groupFor } from "./rules.ts";

const weighted = (...weights: (number | undefined)[]): Parameters<typeof compileRules>[0] => [
  {
    arn: "rule",
    priority: "default",
    conditions: [],
    actions: [{ Type: "forward", ForwardConfig: { TargetGroups: weights.map((Weight, i) => ({ TargetGroupArn: `g${i}`, Weight })) } }],
  },
];

const shares = (...weights: (number | undefined)[]): (string | undefined)[] => {
  const [rule] = compileRules(weighted(...weights));
  return Array.from({ length: 10 }, (_, i) => groupFor(rule!, () => i / 10));
};

test("requests are shared by weight", () => {
  const count = (all: unknown[], what: unknown): number => all.filter((one) => one === what).length;
  expect(count(shares(10, 40), "g0")).toBe(2);
  expect(count(shares(0, 1), "g1")).toBe(10);
  expect(count(shares(undefined), "g0")).toBe(10);
  expect(count(shares(0), undefined)).toBe(10);
  expect(count(shares(0, 0), undefined)).toBe(10);
});
