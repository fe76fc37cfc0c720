import type { ActionAfterCompletion, FlexibleTimeWindow, ScheduleGroupState, ScheduleState, Target } from "@aws-sdk/client-scheduler";
import { arn, type Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";

/** Every account and region has it, and it cannot be deleted. */
export const DEFAULT_GROUP = "default";

export interface GroupRow {
  name: string;
  state: ScheduleGroupState;
  /** Milliseconds since the epoch, as all times here. The default group has none until it is tagged. */
  createdAt?: number;
  modifiedAt?: number;
  clientToken?: string;
  tags: Record<string, string>;
}

/** What CreateSchedule and UpdateSchedule set, with AWS's defaults filled in. */
export interface ScheduleSettings {
  expression: string;
  timezone: string;
  window: FlexibleTimeWindow;
  startDate?: number;
  endDate?: number;
  state: ScheduleState;
  description?: string;
  actionAfterCompletion: ActionAfterCompletion;
  target: Target;
}

export interface ScheduleRow extends ScheduleSettings {
  group: string;
  name: string;
  createdAt: number;
  modifiedAt: number;
  clientToken?: string;
  /** From when a rate counts that has no start date: when its expression was set. */
  countsFrom: number;
  /** The latest time for which the target was invoked. A one-time schedule that has one is over. */
  lastAt?: number;
}

/** An invocation that is under way or waits to be tried again. */
export interface DeliveryRow {
  id: string;
  group: string;
  name: string;
  target: Target;
  /** The time by the schedule. */
  scheduledAt: number;
  /** When it was first tried; the age counts from it. */
  firstAt: number;
  /** How often it was tried. */
  attempts: number;
  dueAt: number;
}

export const groups = (store: Store, scope: Scope): Table<GroupRow> => store.table("scheduler.groups", scope);
export const schedules = (store: Store, scope: Scope): Table<ScheduleRow> => store.table("scheduler.schedules", scope);
export const deliveries = (store: Store, scope: Scope): Table<DeliveryRow> => store.table("scheduler.deliveries", scope);

/** The key of a schedule in its table; neither name has a slash. */
export const scheduleKey = (group: string, name: string): string => `${group}/${name}`;

export const groupArn = (scope: Scope, name: string): string => arn("scheduler", scope, `schedule-group/${name}`);
export const scheduleArn = (scope: Scope, group: string, name: string): string => arn("scheduler", scope, `schedule/${group}/${name}`);

/** The group of that name; the default one is always there. */
export function groupNamed(store: Store, scope: Scope, name: string): GroupRow | undefined {
  return groups(store, scope).get(name) ?? (name === DEFAULT_GROUP ? { name, state: "ACTIVE", tags: {} } : undefined);
}
