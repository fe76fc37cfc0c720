import type { CreateScheduleInput, Target, UpdateScheduleInput } from "@aws-sdk/client-scheduler";
import { NotSupported } from "../../../core/errors.ts";
import { parseArn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { MAX_AGE_S, RETRIES } from "../../events/engine/retry.ts";
import { isTimeZone } from "../../../../schedule/zone.ts";
import { fill } from "../engine/input.ts";
import { canAssume, targetKind, type TargetKind } from "../engine/targets.ts";
import { kindOf } from "../engine/timetable.ts";
import type { SchedulerParts } from "../index.ts";
import type { ScheduleSettings } from "../state.ts";
import { between, invalid } from "./input.ts";

/**
 * Checks what CreateSchedule and UpdateSchedule set, and fills in AWS's defaults: "if you do not set an optional field in your
 * request, that field will be set to its system-default value" (API Reference, UpdateSchedule).
 */
export function settingsOf(
  deps: Pick<SchedulerParts, "iam">,
  operation: string,
  input: CreateScheduleInput | UpdateScheduleInput,
  group: string,
  call: Call,
): ScheduleSettings {
  if (input.KmsKeyArn !== undefined) throw new NotSupported("scheduler", operation, "KmsKeyArn");
  const expression = input.ScheduleExpression!;
  if (kindOf(expression) === undefined) throw invalid(`Invalid Schedule Expression ${expression}.`);
  const timezone = input.ScheduleExpressionTimezone ?? "UTC";
  if (!isTimeZone(timezone)) throw invalid(`Invalid Schedule Expression Timezone ${timezone}.`);
  const { startDate, endDate } = datesOf(input);
  return {
    expression,
    timezone,
    window: windowOf(input),
    ...(startDate === undefined ? {} : { startDate }),
    ...(endDate === undefined ? {} : { endDate }),
    state: input.State ?? "ENABLED",
    ...(input.Description === undefined ? {} : { description: input.Description }),
    actionAfterCompletion: input.ActionAfterCompletion ?? "NONE",
    target: targetOf(deps, operation, input.Target!, group, call),
  };
}

function datesOf(input: CreateScheduleInput | UpdateScheduleInput): { startDate?: number | undefined; endDate?: number | undefined } {
  const startDate = input.StartDate?.getTime();
  const endDate = input.EndDate?.getTime();
  if (startDate !== undefined && endDate !== undefined && endDate <= startDate) throw invalid("The EndDate must be later than the StartDate.");
  return { startDate, endDate };
}

function windowOf({ FlexibleTimeWindow: window }: CreateScheduleInput | UpdateScheduleInput): ScheduleSettings["window"] {
  const minutes = window!.MaximumWindowInMinutes;
  between("flexibleTimeWindow.maximumWindowInMinutes", minutes, 1, 1440);
  if (window!.Mode === "FLEXIBLE" && minutes === undefined) throw invalid("MaximumWindowInMinutes is required when the flexible time window is on.");
  if (window!.Mode === "OFF" && minutes !== undefined) throw invalid("MaximumWindowInMinutes is not valid when the flexible time window is off.");
  return { ...window!, Mode: window!.Mode };
}

function targetOf(deps: Pick<SchedulerParts, "iam">, operation: string, target: Target, group: string, call: Call): Target {
  const arn = parseArn(target.Arn ?? "");
  if (!arn) throw invalid(`Provided Arn is not in correct format.`);
  if (arn.service === "scheduler") throw new NotSupported("scheduler", operation, `the universal target ${target.Arn}`);
  const kind = targetKind(target.Arn!);
  if (!kind) throw new NotSupported("scheduler", operation, `a target of the type ${arn.service} (${target.Arn})`);
  checkParameters(target, kind);
  checkInput(target, kind);
  const { MaximumEventAgeInSeconds = MAX_AGE_S, MaximumRetryAttempts = RETRIES } = target.RetryPolicy ?? {};
  between("target.retryPolicy.maximumEventAgeInSeconds", MaximumEventAgeInSeconds, 60, MAX_AGE_S);
  between("target.retryPolicy.maximumRetryAttempts", MaximumRetryAttempts, 0, RETRIES);
  // Recorded in github.com/aws/aws-sdk-js-v3/issues/6494.
  if (!canAssume(deps.iam, target.RoleArn ?? "", call, group))
    throw invalid("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.");
  return { ...target, RetryPolicy: { MaximumEventAgeInSeconds, MaximumRetryAttempts } };
}

/** Members of a target that belong to one kind of target. */
const OWNERS = { EcsParameters: "ecs", EventBridgeParameters: "bus", SqsParameters: "sqs" } as const;

function checkParameters(target: Target, kind: TargetKind): void {
  for (const [member, owner] of Object.entries(OWNERS)) {
    if (target[member as keyof Target] !== undefined && kind !== owner) throw invalid(`${member} is not valid for the target ${target.Arn}.`);
  }
  for (const member of ["KinesisParameters", "SageMakerPipelineParameters"] as const) {
    if (target[member] !== undefined) throw invalid(`${member} is not valid for the target ${target.Arn}.`);
  }
  if (kind === "ecs" && !target.EcsParameters) throw invalid(`EcsParameters is required for the target ${target.Arn}.`);
  if (kind === "bus" && !target.EventBridgeParameters) throw invalid(`EventBridgeParameters is required for the target ${target.Arn}.`);
}

/** "the input must be a well-formed JSON" for these (API Reference, Target); an ECS target's input is the overrides of RunTask. */
function checkInput(target: Target, kind: TargetKind): void {
  if (target.Input === undefined || kind === "sns" || kind === "sqs") return;
  try {
    JSON.parse(fill(target.Input, { "attempt-number": "1" }));
  } catch {
    throw invalid(`The Input of the target ${target.Arn} must be a well-formed JSON.`);
  }
}
