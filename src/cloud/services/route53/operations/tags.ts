import type {
  ChangeTagsForResourceRequest,
  ChangeTagsForResourceResponse,
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  ListTagsForResourcesRequest,
  ListTagsForResourcesResponse,
  ResourceTagSet,
} from "@aws-sdk/client-route-53";
import { NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { Route53Parts } from "../index.ts";
import { zoneOf, zones } from "../state.ts";

type Deps = Pick<Route53Parts, "store">;

function onlyZones(operation: string, type: string | undefined): void {
  if (type !== "hostedzone") throw new NotSupported("route53", operation, `tags of a ${type}`);
}

export function ChangeTagsForResource(deps: Deps, input: ChangeTagsForResourceRequest, call: Call): ChangeTagsForResourceResponse {
  onlyZones("ChangeTagsForResource", input.ResourceType);
  const row = zoneOf(deps.store, call, input.ResourceId);
  const tags = { ...row.tags };
  for (const key of input.RemoveTagKeys ?? []) delete tags[key];
  for (const { Key, Value } of input.AddTags ?? []) if (Key) tags[Key] = Value ?? "";
  zones(deps.store, call).update(row.id, { tags });
  return {};
}

export function ListTagsForResource(deps: Deps, input: ListTagsForResourceRequest, call: Call): ListTagsForResourceResponse {
  onlyZones("ListTagsForResource", input.ResourceType);
  return { ResourceTagSet: tagSet(deps, call, input.ResourceId) };
}

export function ListTagsForResources(deps: Deps, input: ListTagsForResourcesRequest, call: Call): ListTagsForResourcesResponse {
  onlyZones("ListTagsForResources", input.ResourceType);
  return { ResourceTagSets: (input.ResourceIds ?? []).map((id) => tagSet(deps, call, id)) };
}

function tagSet(deps: Deps, call: Call, id: string | undefined): ResourceTagSet {
  const row = zoneOf(deps.store, call, id);
  return { ResourceType: "hostedzone", ResourceId: row.id, Tags: Object.entries(row.tags).map(([Key, Value]) => ({ Key, Value })) };
}
