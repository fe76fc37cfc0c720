import type {
  ListMessageMoveTasksRequest,
  ListMessageMoveTasksResult,
  StartMessageMoveTaskRequest,
  StartMessageMoveTaskResult,
} from "@aws-sdk/client-sqs";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import { redrivePolicy } from "../attributes.ts";
import type { SqsParts } from "../index.ts";
import { type Found, queueByArn } from "../shared.ts";
import { moveTasks, queues } from "../state.ts";

const missing = (arn: string | undefined): AwsError =>
  new AwsError("ResourceNotFoundException", `The resource that you specified for the ${arn} parameter doesn't exist.`, { status: 404 });

function deadLetterQueue({ store }: Pick<SqsParts, "store">, arn: string | undefined): Found {
  const found = queueByArn(store, arn ?? "");
  if (!found) throw missing("SourceArn");
  return found;
}

/** Moves what is in a dead-letter queue back to where it came from, or to another queue: at once, so that no task is ever running. */
export function StartMessageMoveTask(
  { store, clock, ids, broker }: Pick<SqsParts, "store" | "clock" | "ids" | "broker">,
  input: StartMessageMoveTaskRequest,
): StartMessageMoveTaskResult {
  if (input.MaxNumberOfMessagesPerSecond !== undefined)
    throw new NotSupported("sqs", "StartMessageMoveTask", "MaxNumberOfMessagesPerSecond: messages are moved at once");
  const { scope, queue } = deadLetterQueue({ store }, input.SourceArn);
  const isTarget = store
    .scopes("sqs.queues")
    .some((at) => queues(store, at).find((row) => redrivePolicy(row)?.deadLetterTargetArn === queue.arn) !== undefined);
  if (!isTarget) throw new AwsError("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.");
  if (input.DestinationArn !== undefined && !queueByArn(store, input.DestinationArn)) throw missing("DestinationArn");
  const now = clock.now();
  let moved = 0;
  for (const row of broker.live(scope, queue).filter(({ visibleAt }) => visibleAt <= now)) {
    const to = input.DestinationArn ?? row.deadLetterSource;
    if (to !== undefined && broker.moveTo(to, { scope, queue }, row, "back")) moved++;
  }
  const handle = Buffer.from(JSON.stringify({ taskId: ids.uuid(), sourceArn: queue.arn })).toString("base64");
  moveTasks(store, scope).set(handle, {
    sourceArn: queue.arn,
    startedAt: now,
    moved,
    ...(input.DestinationArn === undefined ? {} : { destinationArn: input.DestinationArn }),
  });
  return { TaskHandle: handle };
}

/** The newest first, up to ten. */
export function ListMessageMoveTasks({ store }: Pick<SqsParts, "store">, input: ListMessageMoveTasksRequest): ListMessageMoveTasksResult {
  const { scope, queue } = deadLetterQueue({ store }, input.SourceArn);
  const rows = moveTasks(store, scope)
    .values()
    .filter(({ sourceArn }) => sourceArn === queue.arn)
    .reverse();
  return {
    Results: rows.slice(0, input.MaxResults ?? 1).map((row) => ({
      Status: "COMPLETED",
      SourceArn: row.sourceArn,
      DestinationArn: row.destinationArn,
      ApproximateNumberOfMessagesMoved: row.moved,
      ApproximateNumberOfMessagesToMove: row.moved,
      StartedTimestamp: row.startedAt,
    })),
  };
}
