import type { Timer } from "../../../core/clock.ts";
import type { Scope } from "../../../core/scope.ts";
import { nextTime } from "../../scheduler/engine/timetable.ts";
import type { ApplicationAutoScalingPorts } from "../index.ts";
import { actionKey, scheduledActions, type ScheduledActionRow, targets } from "../state.ts";
import type { Engine } from "./engine.ts";

interface Deps extends ApplicationAutoScalingPorts {
  engine: Engine;
}

/** Watches the clock for scheduled actions, and sets the limits of their targets. */
export class ScheduledActions {
  private readonly deps: Deps;
  private readonly timers = new Map<string, Timer>();

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /** An `at()` whose time passed while this cloud was stopped is done now; recurring ones go on with their next time. */
  start(): void {
    const { store, clock } = this.deps;
    for (const scope of store.scopes("application-autoscaling.scheduled-actions"))
      for (const row of scheduledActions(store, scope).values()) this.sync(scope, row, clock.now() - 1);
  }

  stop(): void {
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
  }

  /** Sets the timer of an action that was put or deleted. @param notBefore for recurring ones: earlier times are left out */
  sync(at: Scope, { resourceId, name }: Pick<ScheduledActionRow, "resourceId" | "name">, notBefore?: number): void {
    const scope: Scope = { account: at.account, region: at.region };
    const { store, clock } = this.deps;
    const key = actionKey(resourceId, name);
    const timerKey = `${scope.account}|${scope.region}|${key}`;
    this.timers.get(timerKey)?.cancel();
    this.timers.delete(timerKey);
    const row = scheduledActions(store, scope).get(key);
    const due = row && dueOf(row, notBefore);
    if (due === undefined) return;
    const fire = async (): Promise<void> => {
      this.timers.delete(timerKey);
      const current = scheduledActions(store, scope).get(key);
      if (!current) return;
      scheduledActions(store, scope).update(key, { lastAt: due });
      this.sync(scope, current, clock.now());
      await clock.during(this.run(scope, current));
    };
    this.timers.set(timerKey, clock.setTimer(Math.max(0, due - clock.now()), fire));
  }

  /** Sets the limits; where the count is outside of them it is brought inside, which is an activity of its own. */
  private async run(scope: Scope, action: ScheduledActionRow): Promise<void> {
    const { store, engine } = this.deps;
    const target = targets(store, scope).get(action.resourceId);
    if (!target || target.suspended.scheduled) return;
    const { min = target.min, max = target.max } = action;
    const limits = [
      action.min === undefined ? [] : [`min capacity to ${action.min}`],
      action.max === undefined ? [] : [`max capacity to ${action.max}`],
    ];
    const what = limits.flat().join(" and ");
    const activity = {
      resourceId: action.resourceId,
      description: `Setting ${what}`,
      cause: `scheduled action name ${action.name} was triggered`,
    };
    if (min > max) {
      const message = `Failed to set ${what}. Reason: the minimum capacity ${min} is greater than the maximum capacity ${max}`;
      engine.activities.write(scope, { ...activity, status: "Failed", message });
      return;
    }
    targets(store, scope).update(action.resourceId, { min, max });
    engine.activities.write(scope, { ...activity, status: "Successful", message: `Successfully set ${what}` });
    await engine.enforce(scope, action.resourceId);
  }
}

/** "At and cron expressions use Universal Coordinated Time (UTC) by default." A rate counts from when it was set, or its start time. */
function dueOf(row: ScheduledActionRow, notBefore: number | undefined): number | undefined {
  const { expression, timezone = "UTC", startDate, endDate, countsFrom, lastAt } = row;
  const timing = {
    expression,
    timezone,
    countsFrom,
    ...(startDate === undefined ? {} : { startDate }),
    ...(endDate === undefined ? {} : { endDate }),
  };
  if (expression.startsWith("at(")) return nextTime(timing, lastAt);
  return nextTime(timing, Math.max(lastAt ?? countsFrom, notBefore ?? 0));
}
