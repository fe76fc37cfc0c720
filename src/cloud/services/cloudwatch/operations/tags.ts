import type { ListTagsForResourceInput, ListTagsForResourceOutput, Tag, TagResourceInput, UntagResourceInput } from "@aws-sdk/client-cloudwatch";
import { AwsError } from "../../../core/errors.ts";
import { GLOBAL_REGION, parseArn } from "../../../core/scope.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Table } from "../../../core/store.ts";
import type { Call } from "../../../core/service.ts";
import { validationError } from "../errors.ts";
import type { CloudWatchDeps } from "../index.ts";
import { alarms, dashboards } from "../state.ts";

type Deps = Pick<CloudWatchDeps, "store">;
interface Tagged {
  tags: Record<string, string>;
}

export const tagsOf = (tags: Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key!, Value ?? ""]));

/** The alarm or dashboard behind an ARN. */
function resource(deps: Deps, call: Scope, resourceArn: string | undefined): { table: Table<Tagged>; key: string } {
  const parts = parseArn(resourceArn ?? "");
  if (!parts || parts.service !== "cloudwatch") throw validationError(`Invalid ARN: ${resourceArn}`);
  const [kind, name] = parts.resource.startsWith("alarm:")
    ? ["alarm", parts.resource.slice(6)]
    : ["dashboard", parts.resource.replace(/^dashboard\//, "")];
  const table = (kind === "alarm"
    ? alarms(deps.store, call)
    : dashboards(deps.store, { ...call, region: GLOBAL_REGION })) as unknown as Table<Tagged>;
  if (!table.has(name)) {
    throw new AwsError("ResourceNotFoundException", `Unknown ${kind}: ${resourceArn}`, {
      status: 404,
      fields: { ResourceType: kind, ResourceId: name },
    });
  }
  return { table, key: name };
}

export function ListTagsForResource(deps: Deps, input: ListTagsForResourceInput, call: Call): ListTagsForResourceOutput {
  const { table, key } = resource(deps, call, input.ResourceARN);
  return { Tags: Object.entries(table.get(key)!.tags).map(([Key, Value]) => ({ Key, Value })) };
}

export function TagResource(deps: Deps, input: TagResourceInput, call: Call): object {
  const { table, key } = resource(deps, call, input.ResourceARN);
  const tags = { ...table.get(key)!.tags, ...tagsOf(input.Tags) };
  if (Object.keys(tags).length > 50) throw validationError("A resource can have at most 50 tags.");
  table.update(key, { tags });
  return {};
}

export function UntagResource(deps: Deps, input: UntagResourceInput, call: Call): object {
  const { table, key } = resource(deps, call, input.ResourceARN);
  table.update(key, { tags: Object.fromEntries(Object.entries(table.get(key)!.tags).filter(([name]) => !input.TagKeys?.includes(name))) });
  return {};
}
