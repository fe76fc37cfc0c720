import type { Timer } from "../../../core/clock.ts";
import type { Scope } from "../../../core/scope.ts";
import type { EventsDeps } from "../parts.ts";
import { ruleKey, rules, type RuleRow } from "../state.ts";
import type { Router } from "./router.ts";
import { parseSchedule } from "./schedule.ts";

/** Fires the scheduled rules. What fell due while the cloud was stopped is not made up for. */
export class Scheduler {
  private readonly deps: EventsDeps;
  private readonly router: Router;
  private readonly timers = new Map<string, Timer>();

  constructor(deps: EventsDeps, router: Router) {
    this.deps = deps;
    this.router = router;
  }

  start(): void {
    for (const scope of this.deps.store.scopes("events.rules")) for (const rule of rules(this.deps.store, scope).values()) this.arm(scope, rule);
  }

  stop(): void {
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
  }

  /** Sets a rule's next firing, or takes it away where it is disabled or has no schedule. */
  arm(at: Scope, rule: RuleRow): void {
    const scope = { account: at.account, region: at.region };
    this.disarm(rule.arn);
    if (rule.state === "DISABLED" || rule.schedule === undefined) return;
    const now = this.deps.clock.now();
    const due = parseSchedule(rule.schedule).next(now, rule.scheduledFrom);
    if (due === undefined) return;
    const timer = this.deps.clock.setTimer(due - now, () => this.fire(scope, rule));
    this.timers.set(rule.arn, timer);
  }

  disarm(ruleArn: string): void {
    this.timers.get(ruleArn)?.cancel();
    this.timers.delete(ruleArn);
  }

  private fire(scope: Scope, { bus, name }: RuleRow): void {
    const rule = rules(this.deps.store, scope).get(ruleKey(bus, name));
    if (!rule) return;
    this.arm(scope, rule);
    // User Guide, "Creating a rule that runs on a schedule": the event of a schedule.
    const event = this.router.envelope(scope, { source: "aws.events", detailType: "Scheduled Event", detail: {}, resources: [rule.arn] });
    this.router.trigger(scope, rule, event);
  }
}
