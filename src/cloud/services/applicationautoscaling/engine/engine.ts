import { AwsError } from "../../../core/errors.ts";
import type { ScalingPort } from "../../../core/ports.ts";
import { parseArn, type Scope } from "../../../core/scope.ts";
import { adjust, chooseStep } from "../../autoscaling/engine/adjust.ts";
import type { ApplicationAutoScalingPorts } from "../index.ts";
import { policies, type PolicyRow, type StepPolicyRow, targets, type TargetRow, type TrackingPolicyRow } from "../state.ts";
import { Activities } from "./activities.ts";
import { type Decision, proportional, scaleIn, scaleOut, type Situation } from "./decide.ts";
import { capacityOf } from "./ecs.ts";

/** "If not specified, the default value is 300": for step scaling, and for target tracking of ECS services. */
const DEFAULT_COOLDOWN_S = 300;
/** A policy in ALARM tells its wish again every minute; one that has not for longer is not ready to scale in. */
const WISH_MS = 90_000;

type Breach = Parameters<ScalingPort["executePolicy"]>[1];

/** Changes capacities: for alarms that call policies, and for new limits. Does one thing at a time to each target. */
export class Engine {
  readonly activities: Activities;
  private readonly deps: ApplicationAutoScalingPorts;
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(deps: ApplicationAutoScalingPorts) {
    this.deps = deps;
    this.activities = new Activities(deps);
  }

  /** What an alarm's action does. @param actionArn a policy's ARN, with or without `:createdBy/…` */
  executePolicy(actionArn: string, breach: Breach): Promise<void> {
    const policyArn = actionArn.replace(/:createdBy\/[^/]*$/, "");
    const parts = parseArn(policyArn);
    const scope = parts && { account: parts.account, region: parts.region };
    const policy = scope && policies(this.deps.store, scope).get(policyArn);
    if (!scope || !policy) return Promise.reject(new Error(`The scaling policy ${policyArn} does not exist`));
    return this.inTurn(scope, policy.resourceId, () => this.execute(scope, policyArn, breach));
  }

  /**
   * Brings a service's count within its target's limits. "If the specified resource is not active in the target service, this
   * operation does not change the resource's current capacity" (RegisterScalableTarget).
   */
  enforce(at: Scope, resourceId: string): Promise<void> {
    const scope: Scope = { account: at.account, region: at.region };
    return this.inTurn(scope, resourceId, async () => {
      const target = targets(this.deps.store, scope).get(resourceId);
      const service = await capacityOf(this.deps, scope, resourceId);
      if (!target || !service?.active) return;
      const within = Math.min(target.max, Math.max(target.min, service.desired));
      if (within === service.desired) return;
      const limit = within > service.desired ? "minimum" : "maximum";
      await this.activities.setCapacity(scope, resourceId, within, `${limit} capacity was set to ${within}`);
    });
  }

  private inTurn(scope: Scope, resourceId: string, work: () => Promise<void>): Promise<void> {
    const key = `${scope.account}|${scope.region}|${resourceId}`;
    const turn = (this.turns.get(key) ?? Promise.resolve()).then(work);
    const settled = turn.catch(() => {});
    this.turns.set(key, settled);
    void settled.then(() => this.turns.get(key) === settled && this.turns.delete(key));
    return turn;
  }

  private async execute(scope: Scope, policyArn: string, breach: Breach): Promise<void> {
    const resourceId = policies(this.deps.store, scope).get(policyArn)?.resourceId ?? "";
    const service = await capacityOf(this.deps, scope, resourceId);
    // Read after the call to ECS, which gave others time.
    const policy = policies(this.deps.store, scope).get(policyArn);
    const target = targets(this.deps.store, scope).get(resourceId);
    if (!policy || !target) return;
    if (!service?.active) throw new AwsError("ObjectNotFoundException", `ECS service doesn't exist: ${target.resourceId}`);
    const now = this.deps.clock.now();
    const situation: Situation = { ...target, current: service.desired, now };
    const { direction, wanted } = policy.type === "StepScaling" ? byStep(policy, breach, service.desired) : byTarget(policy, breach);
    if (wanted === undefined || (direction === "out" ? target.suspended.out : target.suspended.in)) return;
    const cause = `monitor alarm ${breach.alarm?.name ?? ""} in state ${breach.alarm?.state ?? "ALARM"} triggered policy ${policy.name}`;
    // "Application Auto Scaling turns off scale-in processes while Amazon ECS deployments are in progress. However, scale-out
    // processes continue to occur" (Automatically scale your Amazon ECS service, ECS Developer Guide).
    if (direction === "in" && service.deploying)
      return this.activities.notScaled(scope, target.resourceId, cause, { Code: "TargetServicePutResourceAsUnscalable" });
    const agreed = direction === "in" && policy.type === "TargetTrackingScaling" ? this.agreed(scope, policy, situation, wanted) : wanted;
    if (!agreed) return;
    const decision = direction === "out" ? scaleOut(situation, agreed) : scaleIn(situation, agreed);
    await this.carryOut(scope, { policy, target, direction, decision, cause });
  }

  /**
   * With several target tracking policies, a target scales in "only if all of the target tracking policies (with the scale-in
   * portion enabled) are ready to scale in", to the largest capacity of theirs (Target tracking scaling policies). Each tells
   * its wish when its alarm calls it. Undefined where another one is not ready.
   */
  private agreed(
    scope: Scope,
    policy: TrackingPolicyRow,
    { current, max, now }: Situation,
    wanted: (capacity: number) => number,
  ): ((capacity: number) => number) | undefined {
    policies(this.deps.store, scope).update(policy.arn, { wish: { at: now, to: wanted(Math.min(max, current)) } });
    const others = this.tracking(scope, policy.resourceId).filter((other) => other.arn !== policy.arn && other.low !== undefined);
    const wishes = others.map(({ wish }) => (wish && now - wish.at <= WISH_MS ? wish.to : undefined));
    const told = wishes.filter((wish) => wish !== undefined);
    return told.length < wishes.length ? undefined : (capacity) => Math.max(wanted(capacity), ...told);
  }

  private tracking(scope: Scope, resourceId: string): TrackingPolicyRow[] {
    return policies(this.deps.store, scope)
      .values()
      .filter((row): row is TrackingPolicyRow => row.type === "TargetTrackingScaling" && row.resourceId === resourceId);
  }

  private async carryOut(
    scope: Scope,
    {
      policy,
      target,
      direction,
      decision,
      cause,
    }: { policy: PolicyRow; target: TargetRow; direction: "in" | "out"; decision: Decision; cause: string },
  ): Promise<void> {
    if (decision === "cooling") return;
    if ("reason" in decision) return this.activities.notScaled(scope, target.resourceId, cause, decision.reason);
    if (!(await this.activities.setCapacity(scope, target.resourceId, decision.to, cause))) return;
    const current = targets(this.deps.store, scope).get(target.resourceId);
    if (!current) return;
    const move = { at: this.deps.clock.now(), from: decision.from, cooldown: cooldownOf(policy, direction) };
    // "If another alarm triggers a scale-out activity during the scale-in cooldown period … the scale-in cooldown period stops
    // and doesn't complete."
    const { lastIn: _stopped, ...rest } = current;
    targets(this.deps.store, scope).set(current.resourceId, direction === "out" ? { ...rest, lastOut: move } : { ...current, lastIn: move });
    const table = policies(this.deps.store, scope);
    for (const { wish: _told, ...row } of this.tracking(scope, current.resourceId)) table.set(row.arn, row);
  }
}

function cooldownOf(policy: PolicyRow, direction: "in" | "out"): number {
  const told =
    policy.type === "StepScaling" ? policy.step.Cooldown : direction === "out" ? policy.tracking.ScaleOutCooldown : policy.tracking.ScaleInCooldown;
  return told ?? DEFAULT_COOLDOWN_S;
}

interface Plan {
  direction: "in" | "out";
  /** The capacity that the policy wants in place of another; undefined where it wants nothing. */
  wanted: ((capacity: number) => number) | undefined;
}

/** Steps are EC2 Auto Scaling's: StepAdjustment and AdjustmentType mean the same in both APIs. */
function byStep({ step }: StepPolicyRow, breach: Breach, current: number): Plan {
  const difference = aggregate(step.MetricAggregationType, breach) - breach.threshold;
  const chosen = chooseStep(step.StepAdjustments ?? [], difference);
  if (!chosen) return { direction: "out", wanted: undefined };
  const adjustment = {
    adjustmentType: step.AdjustmentType!,
    ...(step.MinAdjustmentMagnitude === undefined ? {} : { minAdjustmentMagnitude: step.MinAdjustmentMagnitude }),
  };
  const wanted = (capacity: number): number => Math.max(0, adjust(adjustment, chosen.ScalingAdjustment!, capacity));
  return { direction: wanted(current) < current ? "in" : "out", wanted };
}

function aggregate(type: string | undefined, { datapoints = [], metricValue }: Breach): number {
  if (datapoints.length === 0) return metricValue;
  if (type === "Minimum") return Math.min(...datapoints);
  return type === "Maximum" ? Math.max(...datapoints) : datapoints.reduce((sum, value) => sum + value, 0) / datapoints.length;
}

/**
 * AWS says that target tracking scales "proportionally to the metric", and not which data points it reckons with. Here: out by
 * the newest, so that it is fast; in by the highest of those that the alarm looked at, so that it is cautious ("to scale in
 * conservatively to protect your application's availability").
 */
function byTarget(policy: TrackingPolicyRow, { alarm, datapoints = [], metricValue }: Breach): Plan {
  const direction = alarm ? (alarm.name === policy.high ? "out" : "in") : metricValue > policy.tracking.TargetValue! ? "out" : "in";
  const metric = direction === "out" ? (datapoints[0] ?? metricValue) : Math.max(metricValue, ...datapoints);
  return { direction, wanted: (capacity) => proportional(capacity, metric, policy.tracking.TargetValue!) };
}
