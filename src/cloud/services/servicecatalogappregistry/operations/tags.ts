import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from "@aws-sdk/client-service-catalog-appregistry";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { AppRegistryDeps } from "../index.ts";
import { applicationTags, checkTags, groupTags, invalid, notFound } from "../shared.ts";
import { applications, attributeGroups, type EntityRow } from "../state.ts";

type Deps = Pick<AppRegistryDeps, "store">;

interface Tagged {
  row: EntityRow;
  /** With those that AppRegistry adds. */
  all: Record<string, string>;
  write: (tags: Record<string, string>) => void;
}

/** @throws AwsError ResourceNotFoundException */
function tagged({ store }: Deps, scope: Scope, resourceArn: string | undefined): Tagged {
  const application = applications(store, scope).find(({ arn }) => arn === resourceArn);
  if (application)
    return { row: application, all: applicationTags(application), write: (tags) => void applications(store, scope).update(application.id, { tags }) };
  const group = attributeGroups(store, scope).find(({ arn }) => arn === resourceArn);
  if (group) return { row: group, all: groupTags(group), write: (tags) => void attributeGroups(store, scope).update(group.id, { tags }) };
  throw notFound(`Resource '${resourceArn ?? ""}' was not found.`);
}

export function TagResource(deps: Deps, input: TagResourceRequest, call: Call): object {
  const { row, write } = tagged(deps, call, input.resourceArn);
  write(checkTags(row.tags, input.tags ?? {}));
  return {};
}

export function UntagResource(deps: Deps, input: UntagResourceRequest, call: Call): object {
  const { row, write } = tagged(deps, call, input.resourceArn);
  if (input.tagKeys?.some((key) => /^aws:/i.test(key))) throw invalid("Customers cannot remove tag keys starting with aws:");
  write(Object.fromEntries(Object.entries(row.tags).filter(([key]) => !input.tagKeys?.includes(key))));
  return {};
}

export function ListTagsForResource(deps: Deps, input: ListTagsForResourceRequest, call: Call): ListTagsForResourceResponse {
  return { tags: tagged(deps, call, input.resourceArn).all };
}
