import type { CreateScheduleInput, UpdateScheduleInput } from "@aws-sdk/client-scheduler";
import { passRole } from "../../core/access.ts";
import type { Access, Call } from "../../core/service.ts";
import { SCHEDULER_SERVICE } from "./engine/targets.ts";
import { DEFAULT_GROUP, groupArn, scheduleArn } from "./state.ts";

interface NamesSchedule {
  Name?: string;
  GroupName?: string;
}

const schedule = (input: NamesSchedule, call: Call): string => scheduleArn(call, input.GroupName ?? DEFAULT_GROUP, input.Name ?? "*");

const onSchedule =
  (operation: string): Access =>
  (input: NamesSchedule, call) => [{ action: `scheduler:${operation}`, resources: [schedule(input, call)] }];

const withRole =
  (operation: string): Access =>
  (input: CreateScheduleInput | UpdateScheduleInput, call) => [
    { action: `scheduler:${operation}`, resources: [schedule(input, call)] },
    ...passRole([input.Target?.RoleArn], SCHEDULER_SERVICE),
  ];

const onGroup =
  (operation: string): Access =>
  (input: { Name?: string }, call) => [{ action: `scheduler:${operation}`, resources: [groupArn(call, input.Name ?? "*")] }];

const onArn =
  (operation: string): Access =>
  (input: { ResourceArn?: string }) => [{ action: `scheduler:${operation}`, resources: [input.ResourceArn ?? "*"] }];

// Service Authorization Reference, "Actions, resources, and condition keys for Amazon EventBridge Scheduler". The lists have no
// resource types there.
export const access: Record<string, Access> = {
  ...Object.fromEntries("GetSchedule DeleteSchedule".split(" ").map((operation) => [operation, onSchedule(operation)])),
  ...Object.fromEntries("CreateSchedule UpdateSchedule".split(" ").map((operation) => [operation, withRole(operation)])),
  ...Object.fromEntries("CreateScheduleGroup GetScheduleGroup DeleteScheduleGroup".split(" ").map((operation) => [operation, onGroup(operation)])),
  ...Object.fromEntries("TagResource UntagResource ListTagsForResource".split(" ").map((operation) => [operation, onArn(operation)])),
};
