import type { GetTagsRequest, GetTagsResponse, TagResourceRequest, TagResourceResponse, UntagResourceRequest } from "@aws-sdk/client-apigatewayv2";
import { parseArn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { ApiGatewayDeps } from "../index.ts";
import { apis, partsOf } from "../state.ts";
import { apiOf, invalid, stageOf } from "./input.ts";

type Deps = Pick<ApiGatewayDeps, "store">;

interface Tagged {
  tags: Record<string, string>;
  save: (tags: Record<string, string>) => void;
}

/** APIs (`arn:aws:apigateway:<region>::/apis/<id>`) and stages (`…/stages/<name>`) have tags. */
function tagged({ store }: Deps, call: Call, resourceArn: string | undefined): Tagged {
  const [, apiId, stageName] = /^\/apis\/([^/]+)(?:\/stages\/([^/]+))?$/.exec(parseArn(resourceArn ?? "")?.resource ?? "") ?? [];
  if (apiId === undefined) throw invalid(`Invalid resource ARN ${resourceArn}`);
  const api = apiOf(store, call, apiId);
  if (stageName === undefined) return { tags: api.tags, save: (tags) => void apis(store, call).update(apiId, { tags }) };
  const stage = stageOf(store, call, apiId, stageName);
  return { tags: stage.tags, save: (tags) => void partsOf(store, call, apiId, "stages").set(stageName, { ...stage, tags }) };
}

export function TagResource(deps: Deps, input: TagResourceRequest, call: Call): TagResourceResponse {
  const { tags, save } = tagged(deps, call, input.ResourceArn);
  save({ ...tags, ...input.Tags });
  return {};
}

export function UntagResource(deps: Deps, input: UntagResourceRequest, call: Call): void {
  const { tags, save } = tagged(deps, call, input.ResourceArn);
  save(Object.fromEntries(Object.entries(tags).filter(([key]) => !input.TagKeys?.includes(key))));
}

export function GetTags(deps: Deps, input: GetTagsRequest, call: Call): GetTagsResponse {
  return { Tags: tagged(deps, call, input.ResourceArn).tags };
}
