import type { ListTagsForResourceRequest, ListTagsForResourceResponse, TagResourceRequest, UntagResourceRequest } from "@aws-sdk/client-sns";
import type { SnsDeps } from "../index.ts";
import { requireTopic, scopeOf } from "../shared.ts";
import { topics } from "../state.ts";

export function TagResource({ store }: Pick<SnsDeps, "store">, input: TagResourceRequest): object {
  const topic = requireTopic(store, input.ResourceArn);
  const added = Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));
  topics(store, scopeOf(topic.arn)).update(topic.arn, { tags: { ...topic.tags, ...added } });
  return {};
}

export function UntagResource({ store }: Pick<SnsDeps, "store">, input: UntagResourceRequest): object {
  const topic = requireTopic(store, input.ResourceArn);
  const gone = new Set(input.TagKeys);
  topics(store, scopeOf(topic.arn)).update(topic.arn, { tags: Object.fromEntries(Object.entries(topic.tags).filter(([key]) => !gone.has(key))) });
  return {};
}

export function ListTagsForResource({ store }: Pick<SnsDeps, "store">, input: ListTagsForResourceRequest): ListTagsForResourceResponse {
  const topic = requireTopic(store, input.ResourceArn);
  return { Tags: Object.entries(topic.tags).map(([Key, Value]) => ({ Key, Value })) };
}
