import type { GetQueueAttributesRequest, GetQueueAttributesResult, SetQueueAttributesRequest } from "@aws-sdk/client-sqs";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { checkAttributes, checkNames, settings } from "../attributes.ts";
import { countMessages } from "../engine/metrics.ts";
import type { SqsParts } from "../index.ts";
import { requireQueue } from "../shared.ts";
import { queues } from "../state.ts";
import { withoutEmpty } from "./queues.ts";

export function GetQueueAttributes(
  { store, clock, broker, metrics }: Pick<SqsParts, "store" | "clock" | "broker" | "metrics">,
  input: GetQueueAttributesRequest,
  call: Call,
): GetQueueAttributesResult {
  const { scope, queue } = requireQueue(store, input.QueueUrl, call);
  const names: string[] = input.AttributeNames ?? [];
  checkNames(names);
  metrics.touch(scope, queue.name);
  const counts = countMessages(broker.live(scope, queue), clock.now());
  const all: Record<string, string> = {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
    CreatedTimestamp: String(Math.floor(queue.createdAt / 1000)),
    LastModifiedTimestamp: String(Math.floor(queue.modifiedAt / 1000)),
    ...settings(queue),
  };
  const asked = names.includes("All") ? all : Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
  return Object.keys(asked).length > 0 ? { Attributes: asked } : {};
}

export function SetQueueAttributes(
  { store, clock, broker }: Pick<SqsParts, "store" | "clock" | "broker">,
  input: SetQueueAttributesRequest,
  call: Call,
): void {
  const { scope, queue } = requireQueue(store, input.QueueUrl, call);
  const given = (input.Attributes ?? {}) as Record<string, string>;
  if (given["FifoQueue"] !== undefined && given["FifoQueue"] !== queue.attributes["FifoQueue"])
    throw new AwsError("InvalidAttributeValue", "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.");
  // The whole has to be valid, and what was set before with it.
  const changed = checkAttributes(store, queue, given);
  const attributes = withoutEmpty({ ...queue.attributes, ...changed });
  queues(store, scope).update(queue.name, { attributes, modifiedAt: clock.now() });
  broker.wake(queue.arn);
}
