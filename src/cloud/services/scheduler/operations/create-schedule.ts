import type { CreateScheduleInput, CreateScheduleOutput } from "@aws-sdk/client-scheduler";
import type { Call } from "../../../core/service.ts";
import type { SchedulerParts } from "../index.ts";
import { scheduleArn, scheduleKey, schedules } from "../state.ts";
import { conflict, groupOf, named } from "./input.ts";
import { settingsOf } from "./settings.ts";

type Deps = Pick<SchedulerParts, "store" | "clock" | "engine" | "iam">;

/** A repeated request (the same ClientToken) answers as the first one did. */
export function CreateSchedule(deps: Deps, input: CreateScheduleInput, call: Call): CreateScheduleOutput {
  const { store, clock } = deps;
  const name = named("name", input.Name);
  const group = groupOf(store, call, input.GroupName);
  if (group.state !== "ACTIVE") throw conflict(`Schedule group ${group.name} is being deleted.`);
  const key = scheduleKey(group.name, name);
  const there = schedules(store, call).get(key);
  const ScheduleArn = scheduleArn(call, group.name, name);
  if (there && there.clientToken !== undefined && there.clientToken === input.ClientToken) return { ScheduleArn };
  if (there) throw conflict(`Schedule ${name} already exists.`);
  const settings = settingsOf(deps, "CreateSchedule", input, group.name, call);
  const now = clock.now();
  schedules(store, call).set(key, {
    ...settings,
    group: group.name,
    name,
    createdAt: now,
    modifiedAt: now,
    countsFrom: now,
    ...(input.ClientToken === undefined ? {} : { clientToken: input.ClientToken }),
  });
  deps.engine.sync(call, { group: group.name, name });
  return { ScheduleArn };
}
