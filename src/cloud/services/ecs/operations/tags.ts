import type { ListTagsForResourceRequest, ListTagsForResourceResponse, Tag, TagResourceRequest, UntagResourceRequest } from "@aws-sdk/client-ecs";
import { AwsError } from "../../../core/errors.ts";
import { parseArn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { invalid } from "../lookup.ts";
import type { Parts } from "../parts.ts";
import { capacityProviders, clusters, containerInstances, services, taskDefinitions, tasks } from "../state.ts";

interface Tagged {
  tags: Tag[];
  set(tags: Tag[]): void;
}

export function ListTagsForResource(deps: Pick<Parts, "store">, input: ListTagsForResourceRequest, call: Call): ListTagsForResourceResponse {
  return { tags: taggedOf(deps, input.resourceArn!, call).tags };
}

export function TagResource(deps: Pick<Parts, "store">, input: TagResourceRequest, call: Call): object {
  const resource = taggedOf(deps, input.resourceArn!, call);
  const added = input.tags ?? [];
  const tags = [...resource.tags.filter(({ key }) => !added.some((tag) => tag.key === key)), ...added];
  if (tags.length > 50) throw invalid("A resource can have at most 50 tags.");
  resource.set(tags);
  return {};
}

export function UntagResource(deps: Pick<Parts, "store">, input: UntagResourceRequest, call: Call): object {
  const resource = taggedOf(deps, input.resourceArn!, call);
  resource.set(resource.tags.filter(({ key }) => !input.tagKeys?.includes(key!)));
  return {};
}

function taggedOf(deps: Pick<Parts, "store">, resourceArn: string, call: Call): Tagged {
  const resource = parseArn(resourceArn)?.resource;
  const [kind, ...rest] = (resource ?? "").split("/");
  const found = rowOf(deps, call, kind!, rest);
  if (!found) throw new AwsError("InvalidParameterException", "The specified resource was not found.");
  return found;
}

function rowOf({ store }: Pick<Parts, "store">, call: Call, kind: string, rest: string[]): Tagged | undefined {
  const id = rest.at(-1) ?? "";
  const plain = <T extends { tags: Tag[] }>(
    table: { get(key: string): T | undefined; update(key: string, change: Partial<T>): T },
    key: string,
  ): Tagged | undefined => {
    const row = table.get(key);
    return row && { tags: row.tags, set: (tags) => void table.update(key, { tags } as Partial<T>) };
  };
  if (kind === "cluster") return plain(clusters(store, call), id);
  if (kind === "capacity-provider") return plain(capacityProviders(store, call), id);
  if (kind === "task-definition") return plain(taskDefinitions(store, call), id);
  if (kind === "service") return plain(services(store, call), rest.join("/"));
  if (kind === "container-instance") return plain(containerInstances(store, call), id);
  const row = kind === "task" ? tasks(store, call).get(id) : undefined;
  return row && { tags: row.task.tags ?? [], set: (tags) => void tasks(store, call).update(id, { task: { ...row.task, tags } }) };
}
