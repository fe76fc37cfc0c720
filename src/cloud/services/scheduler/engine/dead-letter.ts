import { AwsError } from "../../../core/errors.ts";
import { parseArn } from "../../../core/scope.ts";
import { isoSeconds } from "../../events/engine/router.ts";
import type { SchedulerDeps } from "../index.ts";
import { scheduleArn } from "../state.ts";
import { inputOf, type Attempt } from "./input.ts";
import { assume, sendMessage } from "./targets.ts";

export type ExhaustedCondition = "MaximumRetryAttempts" | "MaximumEventAgeInSeconds";

/**
 * Sends the dead-letter event with the schedule's role ("Configuring a schedule's dead-letter queue": its message attributes
 * are these, the body is the target's input).
 */
export async function sendToDeadLetterQueue(
  deps: Pick<SchedulerDeps, "api" | "ids" | "iam">,
  attempt: Attempt,
  error: unknown,
  condition: ExhaustedCondition | undefined,
): Promise<void> {
  const { scope, delivery, executionId, number } = attempt;
  const attributes: Record<string, string | undefined> = {
    ERROR_CODE: error instanceof AwsError ? error.code : "InternalFailure",
    ERROR_MESSAGE: error instanceof Error ? error.message : String(error),
    EXECUTION_ID: executionId,
    EXHAUSTED_RETRY_CONDITION: condition,
    IS_PAYLOAD_TRUNCATED: "false",
    RETRY_ATTEMPTS: String(number - 1),
    SCHEDULED_TIME: isoSeconds(delivery.scheduledAt),
    SCHEDULE_ARN: scheduleArn(scope, delivery.group, delivery.name),
    TARGET_ARN: delivery.target.Arn,
  };
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes)
      .filter(([, value]) => value !== undefined && value !== "")
      .map(([name, StringValue]) => [name, { DataType: "String", StringValue }]),
  );
  const queue = parseArn(delivery.target.DeadLetterConfig!.Arn!)!;
  await sendMessage(deps, queue, { MessageBody: inputOf(attempt, deps.ids.uuid()), MessageAttributes }, assume(deps, attempt));
}
