import type {
  DeleteScheduleInput,
  GetScheduleInput,
  GetScheduleOutput,
  ListSchedulesInput,
  ListSchedulesOutput,
  ScheduleSummary,
} from "@aws-sdk/client-scheduler";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { SchedulerParts } from "../index.ts";
import { scheduleArn, scheduleKey, schedules, type ScheduleRow } from "../state.ts";
import { groupOf, page, scheduleOf } from "./input.ts";

type Deps = Pick<SchedulerParts, "store" | "engine">;

const head = (row: ScheduleRow, scope: Scope): Omit<ScheduleSummary, "Target"> => ({
  Arn: scheduleArn(scope, row.group, row.name),
  Name: row.name,
  GroupName: row.group,
  State: row.state,
  CreationDate: new Date(row.createdAt),
  LastModificationDate: new Date(row.modifiedAt),
});

export function GetSchedule({ store }: Deps, input: GetScheduleInput, call: Call): GetScheduleOutput {
  const row = scheduleOf(store, call, input.GroupName, input.Name);
  return {
    ...head(row, call),
    ScheduleExpression: row.expression,
    ScheduleExpressionTimezone: row.timezone,
    FlexibleTimeWindow: row.window,
    Description: row.description,
    StartDate: row.startDate === undefined ? undefined : new Date(row.startDate),
    EndDate: row.endDate === undefined ? undefined : new Date(row.endDate),
    Target: row.target,
    ActionAfterCompletion: row.actionAfterCompletion,
  };
}

export function ListSchedules({ store }: Deps, input: ListSchedulesInput, call: Call): ListSchedulesOutput {
  if (input.GroupName !== undefined) groupOf(store, call, input.GroupName);
  const found = schedules(store, call).filter(
    (row) =>
      (input.GroupName === undefined || row.group === input.GroupName) &&
      (input.State === undefined || row.state === input.State) &&
      row.name.startsWith(input.NamePrefix ?? ""),
  );
  const { rows, NextToken } = page(found, (row) => scheduleKey(row.group, row.name), input);
  return { Schedules: rows.map((row) => ({ ...head(row, call), Target: { Arn: row.target.Arn } })), NextToken };
}

export function DeleteSchedule({ store, engine }: Deps, input: DeleteScheduleInput, call: Call): object {
  const row = scheduleOf(store, call, input.GroupName, input.Name);
  schedules(store, call).delete(scheduleKey(row.group, row.name));
  engine.sync(call, row);
  return {};
}
