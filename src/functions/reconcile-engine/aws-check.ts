import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ResourceNotFoundException,
  SchedulerClient,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import { CHECK_SCHEDULE } from "../shared/names.ts";
import { CLIENT } from "../shared/sdk.ts";

export interface Check {
  /** The schedule group's name. */
  readonly group: string;
  /** ARN of the function, and of the role that may invoke it. */
  readonly self: string;
  readonly role: string;
}

/** A schedule that is this near is left as it is. */
const NEAR_MS = 30_000;

/**
 * Keeps the one schedule of the leaf: when to look again. It is not deleted by itself after its time (ActionAfterCompletion
 * is NONE, EventBridge Scheduler's default): that would happen at about the time at which this function, invoked by it, says
 * when to look next, and could delete what it has just said.
 * @param at milliseconds; undefined: there is to be none
 */
export async function keepCheck(check: Check, at: number | undefined, scheduler: SchedulerClient = new SchedulerClient(CLIENT)): Promise<void> {
  const name = { GroupName: check.group, Name: CHECK_SCHEDULE };
  const present = await ignoring(ResourceNotFoundException, () => scheduler.send(new GetScheduleCommand(name)));
  if (at === undefined) {
    if (present) await ignoring(ResourceNotFoundException, () => scheduler.send(new DeleteScheduleCommand(name)));
    return;
  }
  if (present && Math.abs(timeOf(present.ScheduleExpression) - at) <= NEAR_MS) return;
  const input: CreateScheduleCommandInput = {
    ...name,
    ScheduleExpression: expression(at),
    ScheduleExpressionTimezone: "UTC",
    FlexibleTimeWindow: { Mode: "OFF" },
    ActionAfterCompletion: "NONE",
    Target: { Arn: check.self, RoleArn: check.role, Input: "{}" },
  };
  if (!present && (await ignoring(ConflictException, () => scheduler.send(new CreateScheduleCommand(input))))) return;
  // Deleted in this moment by another run, which saw it asleep: that one looked later, or its event comes after this.
  await ignoring(ResourceNotFoundException, () => scheduler.send(new UpdateScheduleCommand(input)));
}

/** `at(yyyy-mm-ddThh:mm:ss)` (EventBridge Scheduler User Guide, "One-time schedules"). */
const expression = (at: number): string => `at(${new Date(Math.ceil(at / 1000) * 1000).toISOString().slice(0, 19)})`;

const timeOf = (text: string | undefined): number => Date.parse(`${/^at\((.*)\)$/.exec(text ?? "")?.[1]}Z`);

/** @returns undefined when it failed with that error */
async function ignoring<T>(type: new (...parameters: never[]) => Error, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof type) return undefined;
    throw error;
  }
}
