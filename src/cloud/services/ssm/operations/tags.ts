import type {
  AddTagsToResourceRequest,
  ListTagsForResourceRequest,
  ListTagsForResourceResult,
  RemoveTagsFromResourceRequest,
} from "@aws-sdk/client-ssm";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { SsmDeps } from "../index.ts";
import { plainName } from "../names.ts";
import { fromTags, rowOf, toTags } from "../shared.ts";
import { parameters, type ParameterRow } from "../state.ts";

type Deps = Pick<SsmDeps, "store">;

/** @throws AwsError InvalidResourceId, by which the CDK's export reader knows that an export is gone. */
function requireTagged(deps: Deps, call: Call, operation: string, type: string, id: string): ParameterRow {
  if (type !== "Parameter") throw new NotSupported("ssm", operation, `tags of ${type}`);
  const row = rowOf(deps, call, plainName(id));
  if (!row) throw new AwsError("InvalidResourceId", `The resource ID "${id}" is not valid. Verify the ID and try again.`);
  return row;
}

export function AddTagsToResource(deps: Deps, input: AddTagsToResourceRequest, call: Call): object {
  const row = requireTagged(deps, call, "AddTagsToResource", input.ResourceType!, input.ResourceId!);
  const tags = { ...row.tags, ...fromTags(input.Tags) };
  if (Object.keys(tags).length > 50) throw new AwsError("TooManyTagsError", "The Targets parameter includes too many tags.");
  parameters(deps.store, call).update(row.name, { tags });
  return {};
}

export function RemoveTagsFromResource(deps: Deps, input: RemoveTagsFromResourceRequest, call: Call): object {
  const row = requireTagged(deps, call, "RemoveTagsFromResource", input.ResourceType!, input.ResourceId!);
  const tags = Object.fromEntries(Object.entries(row.tags).filter(([key]) => !input.TagKeys?.includes(key)));
  parameters(deps.store, call).update(row.name, { tags });
  return {};
}

export function ListTagsForResource(deps: Deps, input: ListTagsForResourceRequest, call: Call): ListTagsForResourceResult {
  return { TagList: toTags(requireTagged(deps, call, "ListTagsForResource", input.ResourceType!, input.ResourceId!).tags) };
}
