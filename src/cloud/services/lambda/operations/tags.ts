import type { ListTagsRequest, ListTagsResponse, TagResourceRequest, UntagResourceRequest } from "@aws-sdk/client-lambda";
import type { Call } from "../../../core/service.ts";
import { latestOf, parseName } from "../names.ts";
import type { LambdaParts } from "../parts.ts";
import { functions } from "../state.ts";

type Deps = Pick<LambdaParts, "store">;

export function TagResource(deps: Deps, input: TagResourceRequest, call: Call): object {
  const named = parseName(input.Resource!, call);
  const row = latestOf(deps.store, named);
  functions(deps.store, named.scope).update(named.name, { tags: { ...row.tags, ...input.Tags } });
  return {};
}

export function UntagResource(deps: Deps, input: UntagResourceRequest, call: Call): object {
  const named = parseName(input.Resource!, call);
  const row = latestOf(deps.store, named);
  const gone = new Set(input.TagKeys);
  functions(deps.store, named.scope).update(named.name, { tags: Object.fromEntries(Object.entries(row.tags).filter(([key]) => !gone.has(key))) });
  return {};
}

export function ListTags(deps: Deps, input: ListTagsRequest, call: Call): ListTagsResponse {
  return { Tags: latestOf(deps.store, parseName(input.Resource!, call)).tags };
}
