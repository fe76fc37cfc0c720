import type { ListTagsForResourceRequest, ListTagsForResourceResponse, Tag, TagResourceRequest, UntagResourceRequest } from "@aws-sdk/client-ecr";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { EcrDeps } from "../index.ts";
import { repositoryByArn } from "../shared.ts";
import { repositories } from "../state.ts";

type Deps = Pick<EcrDeps, "store">;

export const tagsOf = (tags: readonly Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));

export function TagResource({ store }: Deps, input: TagResourceRequest, call: Call): object {
  const row = repositoryByArn(store, call, input.resourceArn);
  const tags = { ...row.tags, ...tagsOf(input.tags) };
  if (Object.keys(tags).length > 50) throw new AwsError("TooManyTagsException", "The list of tags on the repository is over the limit.");
  repositories(store, call).update(row.name, { tags });
  return {};
}

export function UntagResource({ store }: Deps, input: UntagResourceRequest, call: Call): object {
  const row = repositoryByArn(store, call, input.resourceArn);
  const tags = Object.fromEntries(Object.entries(row.tags).filter(([key]) => !input.tagKeys?.includes(key)));
  repositories(store, call).update(row.name, { tags });
  return {};
}

export function ListTagsForResource({ store }: Deps, input: ListTagsForResourceRequest, call: Call): ListTagsForResourceResponse {
  const { tags } = repositoryByArn(store, call, input.resourceArn);
  return { tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
}
