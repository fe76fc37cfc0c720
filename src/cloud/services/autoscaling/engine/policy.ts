import type { Scope } from "../../../core/scope.ts";
import { parseArn } from "../../../core/scope.ts";
import type { ScalingPort } from "../../../core/ports.ts";
import type { AutoScalingDeps } from "../index.ts";
import { groups, isLeaving, isPending, membersOf, policies } from "../state.ts";
import type { GroupRow, PolicyRow } from "../state.ts";
import { blockingActivity } from "./activities.ts";
import { adjust, chooseStep } from "./adjust.ts";
import { alarmPolicy, userPolicy } from "./causes.ts";

interface Execution {
  /** Metric value less threshold; of no meaning for simple policies. */
  difference: number;
  honorCooldown: boolean;
  cause: (from: number, to: number) => string;
}

/** Does what a policy says. Without a step for the difference, or while it is blocked, it does nothing. */
export function applyPolicy(deps: AutoScalingDeps, scope: Scope, policy: PolicyRow, execution: Execution): void {
  const group = groups(deps.store, scope).get(policy.group);
  if (!group || group.deleting || !policy.enabled) return;
  const desired =
    policy.type === "SimpleScaling" ? simple(deps, scope, group, policy, execution) : step(deps, scope, group, policy, execution.difference);
  const within = desired === undefined ? group.desired : Math.min(group.max, Math.max(group.min, desired));
  if (within === group.desired) return;
  const causes = [...group.causes, execution.cause(group.desired, within)];
  const cooldown =
    policy.type === "SimpleScaling" ? { cooldown: { since: deps.clock.now(), seconds: policy.cooldown ?? group.defaultCooldown } } : {};
  groups(deps.store, scope).update(group.name, { desired: within, causes, ...cooldown });
  deps.engine.converge(scope, group.name);
}

function simple(deps: AutoScalingDeps, scope: Scope, group: GroupRow, policy: PolicyRow, { honorCooldown }: Execution): number | undefined {
  if (honorCooldown && blockingActivity(deps, scope, group)) return undefined;
  return adjust(policy, policy.scalingAdjustment!, group.desired);
}

/**
 * "While the scale-out activity is in progress, all scale-in activities initiated by scaling policies are blocked until the
 * instances finish warming up." Scaling out again, "the instances that are still warming up are counted as part of the
 * desired capacity", so that several breaches in the same step add up to one (Instance warm-up).
 */
function step(deps: AutoScalingDeps, scope: Scope, group: GroupRow, policy: PolicyRow, difference: number): number | undefined {
  const chosen = chooseStep(policy.steps, difference);
  if (!chosen) return undefined;
  const warming = warmingInstances(deps, scope, group, policy);
  const out = adjust(policy, chosen.ScalingAdjustment!, Math.max(0, group.desired - warming));
  if (policy.adjustmentType !== "ExactCapacity" && chosen.ScalingAdjustment! >= 0) return Math.max(group.desired, out);
  const wanted = adjust(policy, chosen.ScalingAdjustment!, group.desired);
  return wanted < group.desired && warming > 0 ? undefined : wanted;
}

function warmingInstances(deps: AutoScalingDeps, scope: Scope, group: GroupRow, policy: PolicyRow): number {
  const seconds = policy.warmup ?? group.defaultInstanceWarmup ?? group.defaultCooldown;
  const live = membersOf(deps.store, scope, group.name).filter((instance) => !isLeaving(instance));
  const warm = live.filter((instance) => !isPending(instance) && deps.clock.now() >= (instance.inServiceAt ?? 0) + seconds * 1000);
  // Instances that are wanted and not there yet warm up too.
  return Math.max(group.desired, live.length) - warm.length;
}

/** What an alarm's action does: like ExecutePolicy, honoring the cooldown of simple policies and the process AlarmNotification. */
export function executeForAlarm(deps: AutoScalingDeps, policyArn: string, breach: Parameters<ScalingPort["executePolicy"]>[1]): Promise<void> {
  const parts = parseArn(policyArn);
  const policy = parts && policies(deps.store, parts).get(policyArn);
  if (!parts || !policy) return Promise.reject(new Error(`The scaling policy ${policyArn} does not exist`));
  const group = groups(deps.store, parts).get(policy.group);
  if (group?.suspended.some(({ process }) => process === "AlarmNotification")) return Promise.resolve();
  const value = aggregate(policy, breach.datapoints ?? []) ?? breach.metricValue;
  applyPolicy(deps, parts, policy, {
    difference: value - breach.threshold,
    honorCooldown: true,
    cause: (from, to) => {
      const now = deps.clock.now();
      return breach.alarm ? alarmPolicy(now, breach.alarm, policy.name, from, to) : userPolicy(now, policy.name, from, to);
    },
  });
  return Promise.resolve();
}

/** "Amazon EC2 Auto Scaling applies the aggregation type to the most recent metric data points from CloudWatch." */
function aggregate(policy: PolicyRow, values: number[]): number | undefined {
  if (values.length === 0 || policy.type === "SimpleScaling") return undefined;
  if (policy.aggregation === "Minimum") return Math.min(...values);
  return policy.aggregation === "Maximum" ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0) / values.length;
}
