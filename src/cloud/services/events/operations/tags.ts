import type { ListTagsForResourceRequest, ListTagsForResourceResponse, Tag, TagResourceRequest, UntagResourceRequest } from "@aws-sdk/client-eventbridge";
import { AwsError } from "../../../core/errors.ts";
import { parseArn } from "../../../core/scope.ts";
import type { Store } from "../../../core/store.ts";
import { requireBus, requireRule } from "../names.ts";
import type { EventsParts } from "../parts.ts";
import { buses, DEFAULT_BUS, ruleKey, rules } from "../state.ts";

type Deps = Pick<EventsParts, "store">;
type Tags = Record<string, string>;

export const tagsOf = (tags: readonly Tag[] | undefined): Tags => Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key!, Value ?? ""]));

/** The tags of a rule or a bus, and what changes them. */
function tagged(store: Store, resourceArn: string): { tags: Tags; set: (tags: Tags) => void } {
  const parts = parseArn(resourceArn);
  const [kind, ...path] = parts?.resource.split("/") ?? [];
  if (!parts || (kind !== "rule" && kind !== "event-bus") || path.length === 0) {
    throw new AwsError("ValidationException", `Parameter ResourceARN is not valid: ${resourceArn}`);
  }
  const scope = { account: parts.account, region: parts.region };
  const name = path.at(-1)!;
  if (kind === "event-bus") {
    const row = requireBus(store, { scope, name });
    return { tags: row.tags, set: (tags) => void buses(store, scope).set(name, { ...row, tags }) };
  }
  const bus = path.length > 1 ? path.slice(0, -1).join("/") : DEFAULT_BUS;
  const row = requireRule(store, { scope, name: bus }, name);
  return { tags: row.tags, set: (tags) => void rules(store, scope).update(ruleKey(bus, name), { tags }) };
}

export function TagResource(deps: Deps, input: TagResourceRequest): object {
  const { tags, set } = tagged(deps.store, input.ResourceARN!);
  set({ ...tags, ...tagsOf(input.Tags) });
  return {};
}

export function UntagResource(deps: Deps, input: UntagResourceRequest): object {
  const { tags, set } = tagged(deps.store, input.ResourceARN!);
  const gone = new Set(input.TagKeys);
  set(Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))));
  return {};
}

export function ListTagsForResource(deps: Deps, input: ListTagsForResourceRequest): ListTagsForResourceResponse {
  return { Tags: Object.entries(tagged(deps.store, input.ResourceARN!).tags).map(([Key, Value]) => ({ Key, Value })) };
}
