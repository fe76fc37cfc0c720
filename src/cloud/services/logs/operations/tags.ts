import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  ListTagsLogGroupRequest,
  ListTagsLogGroupResponse,
  TagLogGroupRequest,
  TagResourceRequest,
  UntagLogGroupRequest,
  UntagResourceRequest,
} from "@aws-sdk/client-cloudwatch-logs";
import type { Call } from "../../../core/service.ts";
import type { LogsParts } from "../index.ts";
import { groupOf, groups } from "../state.ts";
import { groupName, nameFromArn } from "./input.ts";

type Deps = Pick<LogsParts, "store">;

function put(deps: Deps, call: Call, group: string, tags: Record<string, string> | undefined): void {
  const row = groupOf(deps.store, call, groupName(group));
  groups(deps.store, call).update(row.name, { tags: { ...row.tags, ...tags } });
}

function remove(deps: Deps, call: Call, group: string, keys: readonly string[] | undefined): void {
  const row = groupOf(deps.store, call, groupName(group));
  groups(deps.store, call).update(row.name, { tags: Object.fromEntries(Object.entries(row.tags).filter(([key]) => !keys?.includes(key))) });
}

export const TagResource = (deps: Deps, input: TagResourceRequest, call: Call): void =>
  put(deps, call, nameFromArn(input.resourceArn ?? ""), input.tags);
export const UntagResource = (deps: Deps, input: UntagResourceRequest, call: Call): void =>
  remove(deps, call, nameFromArn(input.resourceArn ?? ""), input.tagKeys);
export const ListTagsForResource = (deps: Deps, input: ListTagsForResourceRequest, call: Call): ListTagsForResourceResponse => ({
  tags: groupOf(deps.store, call, groupName(nameFromArn(input.resourceArn ?? ""))).tags,
});

// The three older names of the same (deprecated, but Terraform and older tools still call them).
export const TagLogGroup = (deps: Deps, input: TagLogGroupRequest, call: Call): void => put(deps, call, input.logGroupName ?? "", input.tags);
export const UntagLogGroup = (deps: Deps, input: UntagLogGroupRequest, call: Call): void => remove(deps, call, input.logGroupName ?? "", input.tags);
export const ListTagsLogGroup = (deps: Deps, input: ListTagsLogGroupRequest, call: Call): ListTagsLogGroupResponse => ({
  tags: groupOf(deps.store, call, groupName(input.logGroupName)).tags,
});
