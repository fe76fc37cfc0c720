import type {
  DescribeTagsRequest,
  DescribeTagsResponse,
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  Tag,
  TagResourceRequest,
  UntagResourceRequest,
} from "@aws-sdk/client-efs";
import type { Call } from "../../../core/service.ts";
import type { EfsDeps } from "../index.ts";
import { accessPointOf, badRequest, fileSystemOf, idOf } from "../lookup.ts";
import { accessPoints, fileSystems } from "../state.ts";

export function ListTagsForResource(deps: EfsDeps, input: ListTagsForResourceRequest, call: Call): ListTagsForResourceResponse {
  return { Tags: tagsOf(deps, input.ResourceId!, call) };
}

export function DescribeTags(deps: EfsDeps, input: DescribeTagsRequest, call: Call): DescribeTagsResponse {
  return { Tags: fileSystemOf(deps.store, call, input.FileSystemId!).tags };
}

export function TagResource(deps: EfsDeps, input: TagResourceRequest, call: Call): void {
  const added = input.Tags ?? [];
  setTags(deps, input.ResourceId!, call, [
    ...tagsOf(deps, input.ResourceId!, call).filter(({ Key }) => !added.some((tag) => tag.Key === Key)),
    ...added,
  ]);
}

export function UntagResource(deps: EfsDeps, input: UntagResourceRequest, call: Call): void {
  setTags(
    deps,
    input.ResourceId!,
    call,
    tagsOf(deps, input.ResourceId!, call).filter(({ Key }) => !input.TagKeys?.includes(Key!)),
  );
}

const isAccessPoint = (resource: string): boolean => idOf(resource).startsWith("fsap-");

function tagsOf(deps: EfsDeps, resource: string, call: Call): Tag[] {
  return isAccessPoint(resource) ? (accessPointOf(deps.store, call, resource).view.Tags ?? []) : fileSystemOf(deps.store, call, resource).tags;
}

function setTags(deps: EfsDeps, resource: string, call: Call, tags: Tag[]): void {
  if (tags.length > 50) throw badRequest("A resource can have at most 50 tags.");
  if (!isAccessPoint(resource)) return void fileSystems(deps.store, call).update(idOf(resource), { tags });
  const { id, view } = accessPointOf(deps.store, call, resource);
  accessPoints(deps.store, call).update(id, { view: { ...view, Tags: tags, Name: tags.find(({ Key }) => Key === "Name")?.Value } });
}
