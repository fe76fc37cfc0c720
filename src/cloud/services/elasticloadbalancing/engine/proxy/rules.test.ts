import { expect, test } from "vitest";
import { refusals } from "./refusals.ts";
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

test("what the proxy does not do is named", () => {
  const rules = [{ arn: "r", priority: 1, conditions: [], actions: [{ Type: "authenticate-oidc" as const }, { Type: "forward" as const }] }];
  const loadBalancer = {
    attributes: { "access_logs.s3.enabled": "true", "routing.http.desync_mitigation_mode": "monitor", "idle_timeout.timeout_seconds": "60" },
  };
  expect(refusals({ rules, loadBalancer, attributes: { "routing.http.response.x_frame_options.header_value": "DENY" } })).toEqual([
    "access_logs.s3.enabled=true",
    "routing.http.desync_mitigation_mode=monitor",
    "routing.http.response.x_frame_options.header_value=DENY",
    "the action authenticate-oidc",
  ]);
  expect(refusals({ targetType: "ip", attributes: { "stickiness.enabled": "true", "stickiness.type": "app_cookie" } })).toEqual([
    "stickiness.type=app_cookie",
  ]);
  expect(refusals({ targetType: "ip", attributes: { "stickiness.enabled": "false", "stickiness.type": "app_cookie" } })).toEqual([]);
});
