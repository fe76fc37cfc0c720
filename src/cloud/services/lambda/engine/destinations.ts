import { NotSupported } from "../../../core/errors.ts";
import type { Api } from "../../../core/ports.ts";
import { parseArn, type Scope } from "../../../core/scope.ts";
import type { EventRow, FunctionRow } from "../state.ts";
import type { Answer } from "./invoker.ts";
import { rolePrincipal } from "./role.ts";

/** An asynchronous event that needs no further attempt. */
export interface Finished {
  fn: FunctionRow;
  row: EventRow;
  condition: "Success" | "RetriesExhausted" | "EventAgeExceeded";
  /** Of the last attempt, if there was one. */
  answer?: Answer;
  /** Milliseconds since the epoch. */
  at: number;
}

/** The document that destinations get (Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations"). */
export function invocationRecord({ fn, row, condition, answer, at }: Finished): Record<string, unknown> {
  const qualifier = row.qualifier ?? "$LATEST";
  return {
    version: "1.0",
    timestamp: new Date(at).toISOString(),
    requestContext: { requestId: row.id, functionArn: `${fn.arn}:${qualifier}`, condition, approximateInvokeCount: row.attempts },
    requestPayload: JSON.parse(row.payload) as unknown,
    ...(answer
      ? {
          responseContext: { statusCode: 200, executedVersion: fn.version, ...(answer.failed ? { functionError: "Unhandled" } : {}) },
          responsePayload: JSON.parse(answer.json) as unknown,
        }
      : {}),
  };
}

type DestinationKind = "sns" | "sqs" | "lambda" | "events";

/** @throws NotSupported for buckets and whatever else. */
export function destinationKind(destinationArn: string, operation: string): DestinationKind {
  const service = parseArn(destinationArn)?.service;
  if (service === "sns" || service === "sqs" || service === "lambda" || service === "events") return service;
  throw new NotSupported(
    "lambda",
    operation,
    `a destination of type ${service ?? destinationArn} (${destinationArn}); it delivers to SNS, SQS, Lambda and EventBridge`,
  );
}

/** Sends the record of a result with the function's role. @throws AwsError where the role may not, or the destination is gone. */
export async function deliverResult(deps: { api: Api }, scope: Scope, finished: Finished, destinationArn: string): Promise<void> {
  const record = invocationRecord(finished);
  const as = rolePrincipal(finished.fn.role, finished.fn.name);
  const to = parseArn(destinationArn)!;
  const at = { account: to.account, region: to.region };
  const Message = JSON.stringify(record);
  switch (destinationKind(destinationArn, "Invoke")) {
    case "sns":
      await deps.api.call("sns", "Publish", { TopicArn: destinationArn, Message }, at, as);
      return;
    case "sqs":
      await deps.api.call("sqs", "SendMessage", { QueueUrl: `${to.account}/${to.resource}`, MessageBody: Message }, at, as);
      return;
    case "lambda":
      await deps.api.call("lambda", "Invoke", { FunctionName: destinationArn, InvocationType: "Event", Payload: Buffer.from(Message) }, at, as);
      return;
    case "events": {
      const DetailType = `Lambda Function Invocation Result - ${finished.condition === "Success" ? "Success" : "Failure"}`;
      const entry = {
        EventBusName: destinationArn,
        Source: "lambda",
        DetailType,
        Detail: Message,
        Resources: [destinationArn, `${finished.fn.arn}:${finished.row.qualifier ?? "$LATEST"}`],
      };
      await deps.api.call("events", "PutEvents", { Entries: [entry] }, scope, as);
    }
  }
}

/** The event itself, with the error in attributes (same guide, "Adding a dead-letter queue"). */
export async function deliverToDeadLetters(deps: { api: Api }, _scope: Scope, finished: Finished, targetArn: string): Promise<void> {
  const to = parseArn(targetArn)!;
  const error = finished.answer ? (JSON.parse(finished.answer.json) as { errorMessage?: string }) : {};
  const attribute = (type: string, value: string): object => ({ DataType: type, StringValue: value });
  const MessageAttributes = {
    RequestID: attribute("String", finished.row.id),
    ErrorCode: attribute("String", "200"),
    // "The first 1 KB of the error message."
    ErrorMessage: attribute("String", (error.errorMessage || finished.condition).slice(0, 1024)),
  };
  const at = { account: to.account, region: to.region };
  const as = rolePrincipal(finished.fn.role, finished.fn.name);
  const { payload } = finished.row;
  if (to.service === "sqs")
    await deps.api.call("sqs", "SendMessage", { QueueUrl: `${to.account}/${to.resource}`, MessageBody: payload, MessageAttributes }, at, as);
  else await deps.api.call("sns", "Publish", { TopicArn: targetArn, Message: payload, MessageAttributes }, at, as);
}
