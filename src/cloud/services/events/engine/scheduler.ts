import type { Clock, Timer } from "../../../core/clock.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Store } from "../../../core/store.ts";
import { parseSchedule } from "../../../../schedule/schedule.ts";
import { ruleKey, rules, type RuleRow } from "../state.ts";
import type { Router } from "./router.ts";

/** Fires scheduled rules. Times that passed while the cloud was not running are not made up for. */
export class Scheduler {
  private readonly store: Store;
  private readonly clock: Clock;
  private readonly router: Router;
  private readonly timers = new Map<string, Timer>();

  constructor(deps: { store: Store; clock: Clock; router: Router }) {
    this.store = deps.store;
    this.clock = deps.clock;
    this.router = deps.router;
  }

  start(): void {
    for (const scope of this.store.scopes("events.rules")) for (const rule of rules(this.store, scope).values()) this.sync(scope, rule);
  }

  stop(): void {
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
  }

  /** Sets the timer of a rule that was created, changed or deleted. */
  sync(at: Scope, rule: Pick<RuleRow, "bus" | "name">): void {
    const scope: Scope = { account: at.account, region: at.region };
    const key = ruleKey(rule.bus, rule.name);
    const timerKey = `${scope.account}|${scope.region}|${key}`;
    this.timers.get(timerKey)?.cancel();
    this.timers.delete(timerKey);
    const row = rules(this.store, scope).get(key);
    if (!row?.scheduleExpression || row.state !== "ENABLED") return;
    const due = parseSchedule(row.scheduleExpression)?.next(this.clock.now(), row.scheduledFrom);
    if (due === undefined) return;
    const fire = (): void => {
      const current = rules(this.store, scope).get(key);
      if (current) this.router.trigger(scope, current, this.event(scope, current, due));
      this.sync(scope, rule);
    };
    this.timers.set(timerKey, this.clock.setTimer(due - this.clock.now(), fire));
  }

  /** "Scheduled Event" of `aws.events`, for the rule's own targets alone. */
  private event(scope: Scope, rule: RuleRow, due: number): ReturnType<Router["envelope"]> {
    return this.router.envelope(scope, { source: "aws.events", detailType: "Scheduled Event", detail: {}, resources: [rule.arn], at: due });
  }
}
