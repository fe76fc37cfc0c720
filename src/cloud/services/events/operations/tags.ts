import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  Tag,
  TagResourceRequest,
  UntagResourceRequest,
} from "@aws-sdk/client-eventbridge";
import { parseArn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { EventsParts } from "../index.ts";
import { buses, busNamed, DEFAULT_BUS, ruleKey, rules } from "../state.ts";
import { notFound } from "./input.ts";

type Deps = Pick<EventsParts, "store">;

export const tagRecord = (tags: readonly Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key!, Value ?? ""]));

interface Tagged {
  tags: Record<string, string>;
  save: (tags: Record<string, string>) => void;
}

/** The rule or bus with that ARN. @throws AwsError ResourceNotFoundException */
function tagged({ store }: Deps, call: Call, resourceArn: string | undefined): Tagged {
  const [kind, ...rest] = (parseArn(resourceArn ?? "")?.resource ?? "").split("/");
  if (kind === "event-bus") {
    const bus = busNamed(store, call, rest.join("/"));
    if (!bus) throw notFound(`Event bus ${rest.join("/")} does not exist.`);
    return { tags: bus.tags, save: (tags) => void buses(store, call).set(bus.name, { ...bus, tags }) };
  }
  const [name, ...bus] = rest.reverse();
  const onBus = bus.reverse().join("/") || DEFAULT_BUS;
  const key = ruleKey(onBus, name ?? "");
  const rule = rules(store, call).get(key);
  if (kind !== "rule" || !rule) throw notFound(`Rule ${name} does not exist on EventBus ${onBus}.`);
  return { tags: rule.tags, save: (tags) => void rules(store, call).update(key, { tags }) };
}

export function TagResource(deps: Deps, input: TagResourceRequest, call: Call): object {
  const { tags, save } = tagged(deps, call, input.ResourceARN);
  save({ ...tags, ...tagRecord(input.Tags) });
  return {};
}

export function UntagResource(deps: Deps, input: UntagResourceRequest, call: Call): object {
  const { tags, save } = tagged(deps, call, input.ResourceARN);
  save(Object.fromEntries(Object.entries(tags).filter(([key]) => !input.TagKeys?.includes(key))));
  return {};
}

export function ListTagsForResource(deps: Deps, input: ListTagsForResourceRequest, call: Call): ListTagsForResourceResponse {
  return { Tags: Object.entries(tagged(deps, call, input.ResourceARN).tags).map(([Key, Value]) => ({ Key, Value })) };
}
