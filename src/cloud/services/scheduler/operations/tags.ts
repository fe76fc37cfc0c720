import type { ListTagsForResourceInput, ListTagsForResourceOutput, Tag, TagResourceInput, UntagResourceInput } from "@aws-sdk/client-scheduler";
import { parseArn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { SchedulerParts } from "../index.ts";
import { groups, type GroupRow } from "../state.ts";
import { groupOf, invalid } from "./input.ts";

type Deps = Pick<SchedulerParts, "store">;

export const tagRecord = (tags: readonly Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key!, Value!]));

/** Only groups have tags (botocore: TagResourceArn). */
function tagged({ store }: Deps, call: Call, resourceArn: string | undefined): GroupRow {
  const [, name] = /^schedule-group\/([^/]+)$/.exec(parseArn(resourceArn ?? "")?.resource ?? "") ?? [];
  if (name === undefined) throw invalid(`${resourceArn} is not the ARN of a schedule group.`);
  return groupOf(store, call, name);
}

export function TagResource(deps: Deps, input: TagResourceInput, call: Call): object {
  const row = tagged(deps, call, input.ResourceArn);
  groups(deps.store, call).set(row.name, { ...row, tags: { ...row.tags, ...tagRecord(input.Tags) } });
  return {};
}

export function UntagResource(deps: Deps, input: UntagResourceInput, call: Call): object {
  const row = tagged(deps, call, input.ResourceArn);
  const tags = Object.fromEntries(Object.entries(row.tags).filter(([key]) => !input.TagKeys?.includes(key)));
  groups(deps.store, call).set(row.name, { ...row, tags });
  return {};
}

export function ListTagsForResource(deps: Deps, input: ListTagsForResourceInput, call: Call): ListTagsForResourceOutput {
  return { Tags: Object.entries(tagged(deps, call, input.ResourceArn).tags).map(([Key, Value]) => ({ Key, Value })) };
}
