import { AwsError } from "../../../core/errors.ts";
import type { EventsDeps } from "../index.ts";
import type { Invocation } from "./targets.ts";

/** Which part of the retry policy ended the tries; the values of EXHAUSTED_RETRY_CONDITION. */
export type Exhausted = "MaximumRetryAttempts" | "MaximumEventAgeInSeconds";

interface Failure {
  error: unknown;
  /** How often it was tried again. */
  retryAttempts: number;
  exhausted: Exhausted | undefined;
}

/**
 * Sends an event to its target's dead-letter queue, with what went wrong in attributes (EventBridge User Guide, "Using
 * dead-letter queues to process undelivered events"). @throws AwsError where the queue is gone or does not let EventBridge in.
 */
export async function deadLetter(deps: Pick<EventsDeps, "sqs">, invocation: Invocation, failure: Failure): Promise<void> {
  const { rule, target, event } = invocation;
  const text = (value: string) => ({ DataType: "String", StringValue: value });
  const message = failure.error instanceof Error ? failure.error.message : String(failure.error);
  const attributes = {
    RULE_ARN: text(rule.arn),
    TARGET_ARN: text(target.Arn!),
    ERROR_CODE: text(errorCode(failure.error)),
    ERROR_MESSAGE: text(message || "Unknown"),
    ...(failure.exhausted ? { EXHAUSTED_RETRY_CONDITION: text(failure.exhausted) } : {}),
    RETRY_ATTEMPTS: { DataType: "Number", StringValue: String(failure.retryAttempts) },
  };
  const source = { principal: "events.amazonaws.com", arn: rule.arn };
  await deps.sqs.send(target.DeadLetterConfig!.Arn!, { body: JSON.stringify(event), attributes }, source);
}

/** One of the codes that the guide lists, by what the target answered. */
export function errorCode(error: unknown): string {
  if (!(error instanceof AwsError)) return "SDK_CLIENT_ERROR";
  if (/assume the role/.test(error.message)) return "FAILED_TO_ASSUME_ROLE";
  if (/Throttl|TooManyRequests/.test(error.code) || error.status === 429) return "THROTTLING";
  if (/AccessDenied|Authorization|Unauthorized/.test(error.code)) return "NO_PERMISSIONS";
  if (/NotFound|DoesNotExist|NonExistent/.test(error.code)) return "NO_RESOURCE";
  if (/not valid JSON/.test(error.message)) return "INVALID_JSON";
  if (/Validation|InvalidParameter/.test(error.code)) return "INVALID_PARAMETER";
  return error.status >= 500 ? "INTERNAL_ERROR" : "ERROR_FROM_TARGET";
}
