import type { Timer } from "../../../core/clock.ts";
import type { Scope } from "../../../core/scope.ts";
import type { CloudWatchDeps } from "../index.ts";
import { alarms, alarmScopes } from "../state.ts";
import type { AlarmRow, AlarmState } from "../state.ts";
import { act, actionsOf, isScalingAction } from "./actions.ts";
import type { Evidence } from "./actions.ts";
import { evaluateAlarm } from "./evaluate.ts";
import { expireHistory, record } from "./history.ts";
import { periodOf } from "./message.ts";
import { stateChange } from "./views.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Metrics of the minute that has just ended come in on the minute; alarms look this much later. */
const LAG = 5 * SECOND;

type Deps = Omit<CloudWatchDeps, "engine">;

/**
 * Evaluates alarms on the clock: every minute, and every ten seconds those with periods below a minute ("Evaluating an
 * alarm"). Also brings metrics to disk, every minute. Has no timer while there is nothing to do.
 */
export class AlarmEngine {
  private readonly deps: Deps;
  private timer: Timer | undefined;
  private expiredAt = 0;
  /** Until when alarms, as they are, need not be looked at. */
  private readonly resting = new WeakMap<AlarmRow, { until: number; lateWrites: number }>();
  private stopped = true;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  start(): void {
    this.stopped = false;
    this.expiredAt = this.deps.clock.now();
    this.wake();
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
    this.timer = undefined;
    this.deps.metrics.flush();
  }

  /** To be called after a metric or an alarm was written. */
  wake(): void {
    if (this.timer || this.stopped) return;
    const fast = this.each().some(({ alarm }) => periodOf(alarm) < 60);
    if (!fast && !this.deps.metrics.isDirty && this.each().length === 0) return;
    const step = fast ? 10 * SECOND : MINUTE;
    const now = this.deps.clock.now();
    const due = Math.floor((now - LAG) / step) * step + step;
    this.timer = this.deps.clock.setTimer(due + LAG - now, () => {
      this.timer = undefined;
      // Where the clock has run on while nothing ran (a suspended machine), the present counts.
      const late = Math.floor((this.deps.clock.now() - LAG) / step) * step;
      this.tick(Math.max(due, late));
      this.wake();
    });
  }

  /** Puts an alarm into a state and does everything that follows from the change. */
  transition(scope: Scope, alarm: AlarmRow, state: AlarmState, evidence: Evidence): void {
    const previous = alarm.state;
    const changed = previous.value !== state.value;
    const row = alarms(this.deps.store, scope).update(alarm.name, { state, ...(changed ? { transitionedAt: state.at, actedAt: state.at } : {}) });
    if (!changed) return;
    record(this.deps, scope, {
      alarm: alarm.name,
      type: "StateUpdate",
      summary: `Alarm updated from ${previous.value} to ${state.value}`,
      data: { oldState: historyState(previous), newState: historyState(state) },
    });
    this.deps.events.emit(scope, {
      source: "aws.cloudwatch",
      detailType: "CloudWatch Alarm State Change",
      resources: [row.arn],
      detail: stateChange(row, previous),
    });
    if (row.actionsEnabled) for (const action of actionsOf(row)) this.run(act(this.deps, scope, row, previous, action, evidence));
  }

  private tick(until: number): void {
    const onMinute = until % MINUTE === 0;
    for (const { scope, alarm } of this.each()) {
      if ((onMinute || periodOf(alarm) < 60) && !this.rests(scope, alarm, until)) this.evaluate(scope, alarm, until);
    }
    this.deps.metrics.looked(until);
    if (onMinute) this.deps.metrics.flush();
    if (this.deps.clock.now() - this.expiredAt >= HOUR) {
      this.expiredAt = this.deps.clock.now();
      this.deps.metrics.expire();
      expireHistory(this.deps);
    }
  }

  private evaluate(scope: Scope, alarm: AlarmRow, until: number): void {
    const now = this.deps.clock.now();
    const { state, datapoints, rests } = evaluateAlarm(this.deps.metrics, scope, alarm, until, now);
    // Longer periods are looked at each minute too, and begin at another minute each time.
    if (rests > 0 && periodOf(alarm) === 60) this.rest(scope, alarm, until + rests * MINUTE);
    if (state) this.transition(scope, alarm, { ...state, at: now }, { datapoints });
    else this.repeat(scope, alarm, now, { datapoints });
  }

  /** A changed alarm is another row; a value that comes late, for times that were looked at, may change everything. */
  private rests(scope: Scope, alarm: AlarmRow, until: number): boolean {
    const rest = this.resting.get(alarm);
    if (rest === undefined) return false;
    if (rest.until >= until && rest.lateWrites === this.deps.metrics.lateWrites(scope)) return true;
    this.resting.delete(alarm);
    return false;
  }

  private rest(scope: Scope, alarm: AlarmRow, until: number): void {
    // Scaling actions are taken each minute, in whatever state.
    if (actionsOf(alarm).some(isScalingAction)) return;
    this.resting.set(alarm, { until, lateWrites: this.deps.metrics.lateWrites(scope) });
  }

  /** "For Auto Scaling actions, the alarm continues to invoke the action once per minute that the alarm remains in the new state." */
  private repeat(scope: Scope, alarm: AlarmRow, now: number, evidence: Evidence): void {
    const actions = actionsOf(alarm).filter(isScalingAction);
    if (!alarm.actionsEnabled || actions.length === 0 || alarm.actedAt === undefined || now - alarm.actedAt < MINUTE) return;
    alarms(this.deps.store, scope).update(alarm.name, { actedAt: now });
    for (const action of actions) this.run(act(this.deps, scope, alarm, alarm.state, action, evidence));
  }

  private run(work: Promise<void>): void {
    void this.deps.clock.during(work);
  }

  private each(): { scope: Scope; alarm: AlarmRow }[] {
    return alarmScopes(this.deps.store).flatMap((scope) =>
      alarms(this.deps.store, scope)
        .values()
        .map((alarm) => ({ scope, alarm })),
    );
  }
}

const historyState = (state: AlarmState): object => ({
  stateValue: state.value,
  stateReason: state.reason,
  ...(state.reasonData !== undefined ? { stateReasonData: parsed(state.reasonData) } : {}),
});

/** SetAlarmState takes any text for reason data; the service's own is JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
