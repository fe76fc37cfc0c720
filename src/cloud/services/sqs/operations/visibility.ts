import type { ChangeMessageVisibilityBatchRequest, ChangeMessageVisibilityBatchResult, ChangeMessageVisibilityRequest } from "@aws-sdk/client-sqs";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { SqsParts } from "../index.ts";
import { readHandle } from "../receipts.ts";
import { type Found, invalidValue, requireQueue } from "../shared.ts";
import { messages } from "../state.ts";
import { checkBatch, each } from "./batch.ts";

type Deps = Pick<SqsParts, "store" | "clock" | "broker">;

export function ChangeMessageVisibility(deps: Deps, input: ChangeMessageVisibilityRequest, call: Call): void {
  change(deps, requireQueue(deps.store, input.QueueUrl, call), input.ReceiptHandle, input.VisibilityTimeout);
}

export function ChangeMessageVisibilityBatch(deps: Deps, input: ChangeMessageVisibilityBatchRequest, call: Call): ChangeMessageVisibilityBatchResult {
  const found = requireQueue(deps.store, input.QueueUrl, call);
  return each(checkBatch(input.Entries), ({ Id, ReceiptHandle, VisibilityTimeout }) => {
    change(deps, found, ReceiptHandle, VisibilityTimeout);
    return { Id };
  });
}

/** The timeout counts from now (SQS API reference, ChangeMessageVisibility). */
function change({ store, clock, broker }: Deps, found: Found, handle: string | undefined, timeout: number | undefined): void {
  if (timeout === undefined || timeout < 0 || timeout > 43_200)
    throw invalidValue(`Value ${timeout} for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200, if provided.`);
  const handled = readHandle(store, found, handle);
  if (!handled)
    throw invalidValue(
      `Value ${handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
    );
  const now = clock.now();
  if (!handled.newest || handled.row.visibleAt <= now) throw new AwsError("MessageNotInflight", "The specified message isn't in flight.");
  messages(store, found.scope, found.queue.name).update(handled.row.id, { visibleAt: now + timeout * 1000 });
  broker.wake(found.queue.arn);
}
