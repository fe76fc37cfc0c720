import type { DeleteMessageBatchRequest, DeleteMessageBatchResult, DeleteMessageRequest } from "@aws-sdk/client-sqs";
import type { Call } from "../../../core/service.ts";
import type { SqsParts } from "../index.ts";
import { readHandle } from "../receipts.ts";
import { type Found, invalidValue, requireQueue } from "../shared.ts";
import { isFifo, messages } from "../state.ts";
import { checkBatch, each } from "./batch.ts";

type Deps = Pick<SqsParts, "store" | "clock" | "broker" | "metrics">;

export function DeleteMessage(deps: Deps, input: DeleteMessageRequest, call: Call): void {
  remove(deps, requireQueue(deps.store, input.QueueUrl, call), input.ReceiptHandle);
}

export function DeleteMessageBatch(deps: Deps, input: DeleteMessageBatchRequest, call: Call): DeleteMessageBatchResult {
  const found = requireQueue(deps.store, input.QueueUrl, call);
  return each(checkBatch(input.Entries), ({ Id, ReceiptHandle }) => {
    remove(deps, found, ReceiptHandle);
    return { Id };
  });
}

/**
 * "If you don't provide the most recent receipt handle for the message, the request succeeds, but the message might not be
 * deleted." A FIFO queue takes a handle only within its visibility timeout (SQS API reference, DeleteMessage).
 */
function remove({ store, clock, broker, metrics }: Deps, found: Found, handle: string | undefined): void {
  const { scope, queue } = found;
  const handled = readHandle(store, found, handle);
  if (!handled) return;
  if (isFifo(queue) && (!handled.newest || handled.row.visibleAt <= clock.now()))
    throw invalidValue(`Value ${handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`);
  if (!handled.newest) return;
  messages(store, scope, queue.name).delete(handled.row.id);
  metrics.deleted(scope, queue.name);
  // In a FIFO queue the next message of the group can be seen now.
  broker.wake(queue.arn);
}
