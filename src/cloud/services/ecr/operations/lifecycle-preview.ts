import type {
  GetLifecyclePolicyPreviewRequest,
  GetLifecyclePolicyPreviewResponse,
  StartLifecyclePolicyPreviewRequest,
  StartLifecyclePolicyPreviewResponse,
} from "@aws-sdk/client-ecr";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { findImage } from "../content/images.ts";
import type { EcrDeps } from "../index.ts";
import { expiring } from "../lifecycle/evaluate.ts";
import { checkPolicy } from "../lifecycle/policy.ts";
import { ownRegistry, page, repositoryOf } from "../shared.ts";
import { images, repositories } from "../state.ts";
import { lifecycleOf } from "./policies.ts";

/** Works out at once what the policy given, or else the repository's own, would expire now. */
export function StartLifecyclePolicyPreview(
  { store, clock }: Pick<EcrDeps, "store" | "clock">,
  input: StartLifecyclePolicyPreviewRequest,
  call: Call,
): StartLifecyclePolicyPreviewResponse {
  ownRegistry("StartLifecyclePolicyPreview", input.registryId, call);
  const { name, ...row } = repositoryOf(store, call, input.repositoryName);
  const policy = input.lifecyclePolicyText ?? lifecycleOf({ name, ...row }, call);
  const rules = checkPolicy("StartLifecyclePolicyPreview", policy);
  const result = expiring(rules, images(store, call, name).values(), clock.now());
  repositories(store, call).update(name, { preview: { policy, expiring: Object.fromEntries(result) } });
  return { registryId: call.account, repositoryName: name, lifecyclePolicyText: policy, status: "IN_PROGRESS" };
}

export function GetLifecyclePolicyPreview(
  { store }: Pick<EcrDeps, "store">,
  input: GetLifecyclePolicyPreviewRequest,
  call: Call,
): GetLifecyclePolicyPreviewResponse {
  ownRegistry("GetLifecyclePolicyPreview", input.registryId, call);
  const { name, preview } = repositoryOf(store, call, input.repositoryName);
  if (!preview)
    throw new AwsError(
      "LifecyclePolicyPreviewNotFoundException",
      `Lifecycle policy preview does not exist for the repository with name '${name}' in the registry with id '${call.account}'`,
    );
  const rows = images(store, call, name).filter(({ digest }) => digest in preview.expiring);
  const wanted = input.imageIds ? rows.filter((row) => input.imageIds!.some((id) => findImage([row], id))) : rows;
  const status = input.filter?.tagStatus ?? "ANY";
  const { items, nextToken } = page(
    wanted.filter(({ tags }) => status === "ANY" || (status === "TAGGED") === tags.length > 0),
    input,
  );
  return {
    registryId: call.account,
    repositoryName: name,
    lifecyclePolicyText: preview.policy,
    status: "COMPLETE",
    nextToken,
    previewResults: items.map(({ digest, tags, pushed }) => ({
      imageDigest: digest,
      ...(tags.length > 0 ? { imageTags: tags } : {}),
      imagePushedAt: new Date(pushed),
      action: { type: "EXPIRE" },
      appliedRulePriority: preview.expiring[digest]!,
    })),
    summary: { expiringImageTotalCount: rows.length },
  };
}
