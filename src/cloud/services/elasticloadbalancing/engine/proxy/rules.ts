import type { Action, TargetGroupTuple } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { RulePlan } from "../model.ts";
import { type Condition, type Facts, compileConditions } from "./conditions.ts";

/** A rule, ready to be tried. */
export interface Rule {
  arn: string;
  matches: Condition | undefined;
  /** The last one: forward, redirect or fixed-response. */
  action: Action;
  /** Of a forward action; one group has all the weight. */
  groups: { arn: string; weight: number }[];
  /** Target group stickiness: for how long, in ms. */
  stickyMs: number;
}

export const compileRules = (plans: RulePlan[]): Rule[] => plans.map(compile);

function compile(plan: RulePlan): Rule {
  // "The action with the lowest value for order is performed first"; the routing action is last.
  const action = plan.actions.toSorted((a, b) => (a.Order ?? 0) - (b.Order ?? 0)).at(-1)!;
  const tuples = action.ForwardConfig?.TargetGroups ?? [{ TargetGroupArn: action.TargetGroupArn }];
  const { Enabled, DurationSeconds = 0 } = action.ForwardConfig?.TargetGroupStickinessConfig ?? {};
  return {
    arn: plan.arn,
    matches: plan.priority === "default" || plan.conditions.length === 0 ? undefined : compileConditions(plan.conditions),
    action,
    groups: tuples.map((tuple) => ({ arn: tuple.TargetGroupArn!, weight: weightOf(tuple, tuples.length) })),
    stickyMs: Enabled && tuples.length > 1 ? DurationSeconds * 1000 : 0,
  };
}

/** CreateRule gives a group without a weight 1; a single group gets everything, other than with a weight of 0. */
const weightOf = (tuple: TargetGroupTuple, among: number): number => tuple.Weight ?? (among > 0 ? 1 : 0);

/** The first rule whose conditions are met, in the plan's order. */
export function ruleFor(rules: readonly Rule[], facts: Facts): Rule | undefined {
  for (const rule of rules) if (!rule.matches || rule.matches(facts)) return rule;
  return undefined;
}

/**
 * One of a rule's target groups, by weight. A group without targets that could answer is chosen all the same: the load
 * balancer does not fail over to another one (User Guide, "Forward actions").
 * @param fraction from 0 to below 1
 */
export function groupFor(rule: Rule, fraction: () => number): string | undefined {
  if (rule.groups.length === 1) return rule.groups[0]!.weight > 0 ? rule.groups[0]!.arn : undefined;
  const total = rule.groups.reduce((sum, { weight }) => sum + weight, 0);
  let left = fraction() * total;
  for (const { arn, weight } of rule.groups) {
    left -= weight;
    if (left < 0) return arn;
  }
  return undefined;
}
