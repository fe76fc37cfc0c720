import type { TaskDefinition } from "@aws-sdk/client-ecs";
import { arn, type Scope } from "../../../core/scope.ts";
import { RuntimeError } from "../../../machines/runtime.ts";
import type { EcsDeps } from "../parts.ts";
import type { Place } from "./container-spec.ts";

/** `<account>.dkr.ecr.<region>.amazonaws.com/<repository>`, with a tag or a digest. */
const ECR = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)/;

/** The private repository of ECR that an image is in; undefined for every other registry. */
export function ecrRepository(image: string): { account: string; region: string; name: string } | undefined {
  const match = ECR.exec(image);
  return match ? { account: match[1]!, region: match[2]!, name: match[3]! } : undefined;
}

/**
 * On Fargate nobody else than the task's execution role can fetch an image from ECR, and it needs to be allowed to
 * (Amazon ECS Developer Guide, "Amazon ECS task execution IAM role", AmazonECSTaskExecutionRolePolicy).
 * @throws RuntimeError ResourceInitializationError, CannotPullContainerError
 */
export async function registryAccess(
  deps: Pick<EcsDeps, "authorize">,
  scope: Scope,
  definition: TaskDefinition,
  place: Pick<Place, "fargate">,
): Promise<void> {
  if (!place.fargate) return;
  for (const { image } of definition.containerDefinitions ?? []) {
    const repository = ecrRepository(image ?? "");
    const role = definition.executionRoleArn;
    if (!repository || !role) continue; // RegisterTaskDefinition asks for the role.
    const token = await deps.authorize(role, [{ action: "ecr:GetAuthorizationToken", resources: ["*"] }], { scope });
    if (!token.allowed)
      throw new RuntimeError(
        "ResourceInitializationError",
        `unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 3 time(s): AccessDeniedException: ${token.reason ?? ""}`,
      );
    const resources = [arn("ecr", repository, `repository/${repository.name}`)];
    const needs = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"].map((action) => ({ action, resources }));
    const pull = await deps.authorize(role, needs, { scope: { account: repository.account, region: repository.region } });
    if (!pull.allowed)
      throw new RuntimeError(
        "CannotPullContainerError",
        `pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: unexpected status from HEAD request: 403 Forbidden: ${pull.reason ?? ""}`,
      );
  }
}
