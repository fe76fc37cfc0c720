import type { Timer } from "../../../core/clock.ts";
import type { Scope } from "../../../core/scope.ts";
import type { SchedulerDeps } from "../index.ts";
import { groupNamed, groups, scheduleKey, schedules, type ScheduleRow } from "../state.ts";
import { Deliveries } from "./delivery.ts";
import { kindOf, nextTime } from "./timetable.ts";

/** AWS deletes a group's schedules in the background and does not say how long it takes. */
const GROUP_DELETION_MS = 1000;

type Deps = Pick<SchedulerDeps, "store" | "clock" | "ids" | "api" | "iam" | "metrics"> & Required<Pick<SchedulerDeps, "onDeliveryError">>;

/** Watches the clock for every schedule, and sets off its invocations. */
export class Engine {
  private readonly deps: Deps;
  private readonly deliveries: Deliveries;
  /** By account, region and schedule, or group that is being deleted. */
  private readonly timers = new Map<string, Timer>();

  constructor(deps: Deps) {
    this.deps = deps;
    this.deliveries = new Deliveries(deps, (scope, group, name) => this.complete(scope, group, name));
  }

  /**
   * AWS never stops; this cloud does. A one-time schedule whose time passed meanwhile is set off now, once; a recurring one
   * goes on with its next time.
   */
  start(): void {
    const { store, clock } = this.deps;
    for (const scope of store.scopes("scheduler.groups")) {
      for (const row of groups(store, scope).values()) if (row.state === "DELETING") this.deleteGroup(scope, row.name);
    }
    for (const scope of store.scopes("scheduler.schedules")) {
      for (const row of schedules(store, scope).values()) this.sync(scope, row, clock.now() - 1);
    }
    this.deliveries.start();
  }

  stop(): void {
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
    this.deliveries.stop();
  }

  /** Sets the timer of a schedule that was created, changed or deleted. @param notBefore for recurring ones: earlier times are left out */
  sync(at: Scope, { group, name }: Pick<ScheduleRow, "group" | "name">, notBefore?: number): void {
    const scope: Scope = { account: at.account, region: at.region };
    const key = scheduleKey(group, name);
    const { store, clock } = this.deps;
    this.cancel(scope, key);
    const row = schedules(store, scope).get(key);
    if (!row || row.state !== "ENABLED" || groupNamed(store, scope, group)?.state !== "ACTIVE") return;
    const due = this.due(row, notBefore);
    if (due === undefined) return this.complete(scope, group, name);
    const fire = (): void => {
      this.timers.delete(timerKey(scope, key));
      const current = schedules(store, scope).get(key);
      if (!current) return;
      this.deliveries.begin(scope, current, due);
      schedules(store, scope).update(key, { lastAt: due });
      // A timer that comes late makes up for no other time.
      this.sync(scope, current, clock.now());
    };
    this.timers.set(timerKey(scope, key), clock.setTimer(Math.max(0, due + this.delay(row) - clock.now()), fire));
  }

  /** "DELETING" until its schedules are gone ("Deleting a schedule group"). They are not set off meanwhile. */
  deleteGroup(at: Scope, name: string): void {
    const scope: Scope = { account: at.account, region: at.region };
    const { store, clock } = this.deps;
    const members = (): ScheduleRow[] => schedules(store, scope).filter((row) => row.group === name);
    for (const row of members()) this.cancel(scope, scheduleKey(name, row.name));
    const timer = clock.setTimer(GROUP_DELETION_MS, () => {
      this.timers.delete(timerKey(scope, name));
      for (const row of members()) schedules(store, scope).delete(scheduleKey(name, row.name));
      groups(store, scope).delete(name);
    });
    this.timers.set(timerKey(scope, name), timer);
  }

  private due(row: ScheduleRow, notBefore: number | undefined): number | undefined {
    const due = nextTime(row, row.lastAt);
    if (due === undefined || notBefore === undefined || due > notBefore || kindOf(row.expression) === "one-time") return due;
    return nextTime(row, notBefore);
  }

  /** A flexible window: any moment of it. */
  private delay({ window }: ScheduleRow): number {
    if (window.Mode !== "FLEXIBLE") return 0;
    return Math.floor(this.deps.ids.fraction() * (window.MaximumWindowInMinutes ?? 0) * 60_000);
  }

  /**
   * "EventBridge Scheduler deletes the schedule shortly after its last target invocation", and where all retries fail "shortly
   * after the last unsuccessful attempt" (AWS Compute Blog, "Automatically delete schedules upon completion").
   */
  private complete(scope: Scope, group: string, name: string): void {
    const table = schedules(this.deps.store, scope);
    const key = scheduleKey(group, name);
    const row = table.get(key);
    if (row?.actionAfterCompletion !== "DELETE" || this.deliveries.pending(scope, group, name)) return;
    const over = kindOf(row.expression) === "one-time" ? row.lastAt : this.deps.clock.now() - 1;
    if (over !== undefined && nextTime(row, Math.max(over, row.lastAt ?? 0)) === undefined) table.delete(key);
  }

  private cancel(scope: Scope, key: string): void {
    this.timers.get(timerKey(scope, key))?.cancel();
    this.timers.delete(timerKey(scope, key));
  }
}

/** A schedule's key has a slash, a group's name has none. */
const timerKey = ({ account, region }: Scope, key: string): string => `${account}|${region}|${key}`;
