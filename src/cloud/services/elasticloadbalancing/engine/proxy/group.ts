import type { TargetGroupPlan, TargetPlan } from "../model.ts";
import { choose, routable } from "./balance.ts";
import type { Deadlines } from "./deadlines.ts";
import type { ProxyDeps } from "./deps.ts";
import { Target } from "./target.ts";

/** A target group as the proxy knows it: its plan, and a memory of its targets that outlives changes of the plan. */
export class Group {
  readonly deps: ProxyDeps;
  readonly deadlines: Deadlines;
  plan: TargetGroupPlan;
  private targets = new Map<string, Target>();
  private routable: Target[] = [];

  constructor(plan: TargetGroupPlan, deps: ProxyDeps, deadlines: Deadlines) {
    this.plan = plan;
    this.deps = deps;
    this.deadlines = deadlines;
    this.set(plan);
  }

  /** Targets that are no longer there lose what is under way; those that drain keep it, and get nothing new. */
  set(plan: TargetGroupPlan): void {
    this.plan = plan;
    const before = this.targets;
    this.targets = new Map();
    for (const targetPlan of plan.targets) {
      const key = keyOf(targetPlan, plan);
      const known = before.get(key);
      const target = known ?? new Target(this, targetPlan);
      target.plan = targetPlan;
      this.targets.set(key, target);
      before.delete(key);
      if (targetPlan.state === "draining") target.closeWaiting();
    }
    for (const gone of before.values()) gone.abortAll();
    const all = [...this.targets.values()];
    // A Lambda function has no health, unless checks are switched on for DNS.
    this.routable = plan.targetType === "lambda" ? all.filter((target) => target.plan.state !== "draining") : routable(all, plan.attributes);
  }

  /** Undefined where there is no target that may get requests. */
  choose(): Target | undefined {
    if (this.routable.length < 2) return this.routable[0];
    const { clock, ids } = this.deps;
    return choose(this.routable, { attributes: this.plan.attributes, now: clock.now(), fraction: () => ids.fraction() });
  }

  /** A target that a client is bound to, if it may get requests. */
  bound(key: string): Target | undefined {
    return this.routable.find((target) => keyOf(target.plan, this.plan) === key);
  }

  get targetCount(): number {
    return this.plan.targetType === "lambda" ? 0 : this.routable.length;
  }

  find(target: { id: string; port?: number }): Target | undefined {
    return this.targets.get(keyOf(target, this.plan));
  }

  lost(target: Target): boolean {
    return this.targets.get(keyOf(target.plan, this.plan)) !== target;
  }

  remove(): void {
    for (const target of this.targets.values()) target.abortAll();
    this.targets.clear();
    this.routable = [];
  }

  destroy(): void {
    for (const target of this.targets.values()) target.destroy();
  }
}

export function keyOf(target: Pick<TargetPlan, "id" | "port">, group: Pick<TargetGroupPlan, "port">): string {
  return `${target.id} ${target.port ?? group.port ?? ""}`;
}
