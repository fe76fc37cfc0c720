import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from "@aws-sdk/client-application-auto-scaling";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { constraint } from "../errors.ts";
import type { Parts } from "../index.ts";
import { targets, type TargetRow } from "../state.ts";

/** "Maximum number of tags per resource" (Tagging support for Application Auto Scaling). */
const MAX_TAGS = 50;

export function checkTags(tags: Record<string, string>, resource?: string): void {
  if (Object.keys(tags).length > MAX_TAGS)
    throw new AwsError("TooManyTagsException", `A scalable target cannot have more than ${MAX_TAGS} tags.`, { fields: { ResourceName: resource } });
  for (const [key, value] of Object.entries(tags)) {
    if (key.length < 1 || key.length > 128) throw constraint("tags", key, "Member must have length from 1 to 128");
    if (value.length > 256) throw constraint("tags", value, "Member must have length less than or equal to 256");
    if (/^aws:/i.test(key)) throw constraint("tags", key, "Member must not begin with aws:");
  }
}

/** Only scalable targets have tags (botocore: AmazonResourceName). @throws AwsError ResourceNotFoundException */
function tagged({ store }: Pick<Parts, "store">, call: Call, resourceArn: string | undefined): TargetRow {
  const found = targets(store, call).find((row) => row.arn === resourceArn);
  if (!found)
    throw new AwsError("ResourceNotFoundException", `The scalable target ${resourceArn} doesn't exist.`, { fields: { ResourceName: resourceArn } });
  return found;
}

export function TagResource(deps: Parts, input: TagResourceRequest, call: Call): object {
  const { resourceId, arn, tags } = tagged(deps, call, input.ResourceARN);
  const all = { ...tags, ...input.Tags };
  checkTags(all, arn);
  targets(deps.store, call).update(resourceId, { tags: all });
  return {};
}

export function UntagResource(deps: Parts, input: UntagResourceRequest, call: Call): object {
  const { resourceId, tags } = tagged(deps, call, input.ResourceARN);
  targets(deps.store, call).update(resourceId, { tags: Object.fromEntries(Object.entries(tags).filter(([key]) => !input.TagKeys?.includes(key))) });
  return {};
}

export const ListTagsForResource = (deps: Parts, input: ListTagsForResourceRequest, call: Call): ListTagsForResourceResponse => ({
  Tags: tagged(deps, call, input.ResourceARN).tags,
});
