import type {
  CreateScheduleGroupInput,
  CreateScheduleGroupOutput,
  DeleteScheduleGroupInput,
  GetScheduleGroupInput,
  GetScheduleGroupOutput,
  ListScheduleGroupsInput,
  ListScheduleGroupsOutput,
  ScheduleGroupSummary,
} from "@aws-sdk/client-scheduler";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { SchedulerParts } from "../index.ts";
import { DEFAULT_GROUP, groupArn, groupNamed, groups, type GroupRow } from "../state.ts";
import { conflict, groupOf, invalid, named, page } from "./input.ts";
import { tagRecord } from "./tags.ts";

type Deps = Pick<SchedulerParts, "store" | "clock" | "engine">;

export function CreateScheduleGroup({ store, clock }: Deps, input: CreateScheduleGroupInput, call: Call): CreateScheduleGroupOutput {
  const name = named("name", input.Name);
  const there = groupNamed(store, call, name);
  const ScheduleGroupArn = groupArn(call, name);
  if (there && there.clientToken !== undefined && there.clientToken === input.ClientToken) return { ScheduleGroupArn };
  if (there) throw conflict(`Schedule group ${name} already exists.`);
  const now = clock.now();
  groups(store, call).set(name, {
    name,
    state: "ACTIVE",
    createdAt: now,
    modifiedAt: now,
    tags: tagRecord(input.Tags),
    ...(input.ClientToken === undefined ? {} : { clientToken: input.ClientToken }),
  });
  return { ScheduleGroupArn };
}

const describe = (row: GroupRow, scope: Scope): ScheduleGroupSummary => ({
  Arn: groupArn(scope, row.name),
  Name: row.name,
  State: row.state,
  CreationDate: row.createdAt === undefined ? undefined : new Date(row.createdAt),
  LastModificationDate: row.modifiedAt === undefined ? undefined : new Date(row.modifiedAt),
});

export function GetScheduleGroup({ store }: Deps, input: GetScheduleGroupInput, call: Call): GetScheduleGroupOutput {
  return describe(groupOf(store, call, named("name", input.Name)), call);
}

export function ListScheduleGroups({ store }: Deps, input: ListScheduleGroupsInput, call: Call): ListScheduleGroupsOutput {
  const own = groups(store, call).values();
  const all = own.some((row) => row.name === DEFAULT_GROUP) ? own : [...own, groupNamed(store, call, DEFAULT_GROUP)!];
  const found = all.filter((row) => row.name.startsWith(input.NamePrefix ?? ""));
  const { rows, NextToken } = page(found, (row) => row.name, input);
  return { ScheduleGroups: rows.map((row) => describe(row, call)), NextToken };
}

/** The group's schedules go with it; it is DELETING until they are gone. */
export function DeleteScheduleGroup({ store, engine }: Deps, input: DeleteScheduleGroupInput, call: Call): object {
  const row = groupOf(store, call, named("name", input.Name));
  // The User Guide says so; its error is not recorded.
  if (row.name === DEFAULT_GROUP) throw invalid("The default schedule group cannot be deleted.");
  if (row.state === "DELETING") return {};
  groups(store, call).update(row.name, { state: "DELETING" });
  engine.deleteGroup(call, row.name);
  return {};
}
