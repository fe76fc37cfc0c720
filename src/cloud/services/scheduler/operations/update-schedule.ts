import type { UpdateScheduleInput, UpdateScheduleOutput } from "@aws-sdk/client-scheduler";
import type { Call } from "../../../core/service.ts";
import type { SchedulerParts } from "../index.ts";
import { scheduleArn, scheduleKey, schedules } from "../state.ts";
import { conflict, groupOf, scheduleOf } from "./input.ts";
import { settingsOf } from "./settings.ts";

type Deps = Pick<SchedulerParts, "store" | "clock" | "engine" | "iam">;

/**
 * Replaces all that a schedule says. With another expression, time zone or start date it begins anew: a one-time schedule that
 * is over then has a time again.
 */
export function UpdateSchedule(deps: Deps, input: UpdateScheduleInput, call: Call): UpdateScheduleOutput {
  const { store, clock } = deps;
  const row = scheduleOf(store, call, input.GroupName, input.Name);
  const { group, name, createdAt } = row;
  if (groupOf(store, call, group).state !== "ACTIVE") throw conflict(`Schedule group ${group} is being deleted.`);
  const settings = settingsOf(deps, "UpdateSchedule", input, group, call);
  const now = clock.now();
  const same = settings.expression === row.expression && settings.timezone === row.timezone && settings.startDate === row.startDate;
  schedules(store, call).set(scheduleKey(group, name), {
    ...settings,
    group,
    name,
    createdAt,
    modifiedAt: now,
    countsFrom: same ? row.countsFrom : now,
    ...(row.clientToken === undefined ? {} : { clientToken: row.clientToken }),
    ...(same && row.lastAt !== undefined ? { lastAt: row.lastAt } : {}),
  });
  // What was disabled makes up for nothing.
  deps.engine.sync(call, { group, name }, row.state === "DISABLED" ? now - 1 : undefined);
  return { ScheduleArn: scheduleArn(call, group, name) };
}
