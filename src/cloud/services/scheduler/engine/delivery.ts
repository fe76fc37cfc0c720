import type { Timer } from "../../../core/clock.ts";
import type { Scope } from "../../../core/scope.ts";
import { isRetryable, isThrottling, MAX_AGE_S, RETRIES, retryDelay } from "../../events/engine/retry.ts";
import type { SchedulerDeps } from "../index.ts";
import { deliveries, scheduleKey, schedules, type DeliveryRow, type ScheduleRow } from "../state.ts";
import { sendToDeadLetterQueue, type ExhaustedCondition } from "./dead-letter.ts";
import type { Attempt } from "./input.ts";
import { invoke } from "./targets.ts";

type Deps = Pick<SchedulerDeps, "store" | "clock" | "ids" | "api" | "iam" | "metrics"> & Required<Pick<SchedulerDeps, "onDeliveryError">>;

/** Told when a delivery is over, one way or the other. */
type Finished = (scope: Scope, group: string, name: string) => void;

/** Brings invocations to their targets: at once, and again after failures. What is under way outlives a restart. */
export class Deliveries {
  private readonly deps: Deps;
  private readonly finished: Finished;
  private readonly timers = new Set<Timer>();

  constructor(deps: Deps, finished: Finished) {
    this.deps = deps;
    this.finished = finished;
  }

  /** Takes up what was under way, or waited, when the cloud ended. */
  start(): void {
    for (const scope of this.deps.store.scopes("scheduler.deliveries")) {
      for (const row of deliveries(this.deps.store, scope).values()) this.arm(scope, row);
    }
  }

  stop(): void {
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
  }

  /** Invokes a schedule's target for the time `scheduledAt`. */
  begin(scope: Scope, schedule: ScheduleRow, scheduledAt: number): void {
    const now = this.deps.clock.now();
    const { group, name, target } = schedule;
    const row: DeliveryRow = { id: this.deps.ids.uuid(), group, name, target, scheduledAt, firstAt: now, attempts: 0, dueAt: now };
    deliveries(this.deps.store, scope).set(row.id, row);
    void this.deps.clock.during(this.attempt(scope, row));
  }

  /** Is anything of this schedule still under way? */
  pending(scope: Scope, group: string, name: string): boolean {
    return deliveries(this.deps.store, scope).find((row) => row.group === group && row.name === name) !== undefined;
  }

  private arm(scope: Scope, row: DeliveryRow): void {
    const timer = this.deps.clock.setTimer(Math.max(0, row.dueAt - this.deps.clock.now()), () => {
      this.timers.delete(timer);
      // What was deleted is not invoked any more.
      if (!schedules(this.deps.store, scope).has(scheduleKey(row.group, row.name))) {
        deliveries(this.deps.store, scope).delete(row.id);
        return undefined;
      }
      return this.deps.clock.during(this.attempt(scope, row));
    });
    this.timers.add(timer);
  }

  private async attempt(scope: Scope, delivery: DeliveryRow): Promise<void> {
    // Whoever set the schedule off finishes first.
    await Promise.resolve();
    const attempt: Attempt = { scope, delivery, number: delivery.attempts + 1, executionId: this.deps.ids.hex(16) };
    this.count(attempt, "InvocationAttemptCount");
    try {
      await invoke(this.deps, attempt);
    } catch (error) {
      this.count(attempt, "TargetErrorCount");
      if (isThrottling(error)) this.count(attempt, "TargetErrorThrottledCount");
      const next = this.next(attempt, error);
      if (typeof next === "object") {
        deliveries(this.deps.store, scope).set(next.id, next);
        this.arm(scope, next);
        return;
      }
      await this.drop(attempt, error, next);
    }
    deliveries(this.deps.store, scope).delete(delivery.id);
    this.finished(scope, delivery.group, delivery.name);
  }

  /** The next try within the target's retry policy, or what forbids it; undefined where the error is not one to try again. */
  private next({ delivery, number }: Attempt, error: unknown): DeliveryRow | ExhaustedCondition | undefined {
    const { MaximumRetryAttempts = RETRIES, MaximumEventAgeInSeconds = MAX_AGE_S } = delivery.target.RetryPolicy ?? {};
    if (!isRetryable(error)) return undefined;
    if (number > MaximumRetryAttempts) return "MaximumRetryAttempts";
    const dueAt = this.deps.clock.now() + retryDelay(number, this.deps.ids.fraction());
    if (dueAt - delivery.firstAt > MaximumEventAgeInSeconds * 1000) return "MaximumEventAgeInSeconds";
    return { ...delivery, attempts: number, dueAt };
  }

  private async drop(attempt: Attempt, error: unknown, condition: ExhaustedCondition | undefined): Promise<void> {
    this.count(attempt, "InvocationDroppedCount");
    this.deps.onDeliveryError(error, { schedule: attempt.delivery.name, targetArn: attempt.delivery.target.Arn! });
    if (attempt.delivery.target.DeadLetterConfig?.Arn === undefined) return;
    try {
      await sendToDeadLetterQueue(this.deps, attempt, error, condition);
      this.count(attempt, "InvocationsSentToDeadLetterCount");
    } catch (failure) {
      this.count(attempt, "InvocationsFailedToBeSentToDeadLetterCount");
      this.deps.onDeliveryError(failure, { schedule: attempt.delivery.name, targetArn: attempt.delivery.target.DeadLetterConfig.Arn });
    }
  }

  /** The names are those of "Monitoring EventBridge Scheduler with CloudWatch"; by group, and over all groups. */
  private count({ scope, delivery }: Attempt, name: string): void {
    const datum = { name, value: 1, unit: "Count" };
    this.deps.metrics.put(scope, "AWS/Scheduler", [
      { ...datum, dimensions: { ScheduleGroup: delivery.group } },
      { ...datum, dimensions: {} },
    ]);
  }
}
