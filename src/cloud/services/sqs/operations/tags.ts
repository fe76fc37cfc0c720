import type { ListQueueTagsRequest, ListQueueTagsResult, TagQueueRequest, UntagQueueRequest } from "@aws-sdk/client-sqs";
import type { Call } from "../../../core/service.ts";
import type { SqsParts } from "../index.ts";
import { requireQueue } from "../shared.ts";
import { queues } from "../state.ts";

export function TagQueue({ store }: Pick<SqsParts, "store">, input: TagQueueRequest, call: Call): void {
  const { scope, queue } = requireQueue(store, input.QueueUrl, call);
  queues(store, scope).update(queue.name, { tags: { ...queue.tags, ...input.Tags } });
}

export function UntagQueue({ store }: Pick<SqsParts, "store">, input: UntagQueueRequest, call: Call): void {
  const { scope, queue } = requireQueue(store, input.QueueUrl, call);
  const gone = new Set(input.TagKeys);
  queues(store, scope).update(queue.name, { tags: Object.fromEntries(Object.entries(queue.tags).filter(([key]) => !gone.has(key))) });
}

export function ListQueueTags({ store }: Pick<SqsParts, "store">, input: ListQueueTagsRequest, call: Call): ListQueueTagsResult {
  const { tags } = requireQueue(store, input.QueueUrl, call).queue;
  return Object.keys(tags).length > 0 ? { Tags: tags } : {};
}
