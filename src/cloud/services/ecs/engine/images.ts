import type { ContainerDefinition, TaskDefinition } from "@aws-sdk/client-ecs";
import { type EcrImage, ecrImage } from "../../../core/image-address.ts";
import { arn, type Scope } from "../../../core/scope.ts";
import { RuntimeError } from "../../../machines/runtime.ts";
import type { EcsDeps } from "../parts.ts";
import { imageDigests } from "../state.ts";
import type { Place } from "./container-spec.ts";

type Deps = Pick<EcsDeps, "authorize" | "registry" | "runtime" | "store">;

/** The task that an image is for. */
export interface ImageUser {
  scope: Scope;
  definition: TaskDefinition;
  place: Pick<Place, "fargate" | "roleArn">;
  /** Of a task of a service. */
  deploymentId?: string;
}

/**
 * Sees to it that a container's image is there. An image of ECR is looked up each time a task starts; child processes have
 * none, and there it is only the permissions that count.
 * @returns the name under which the container engine has it, and its digest in its registry
 * @throws RuntimeError CannotPullContainerError, ResourceInitializationError
 */
export async function fetchImage(
  deps: Deps,
  user: ImageUser,
  container: ContainerDefinition & { name: string },
): Promise<{ name: string; digest?: string }> {
  const { runtime } = deps;
  const image = container.image!;
  const named = ecrImage(image);
  if (!named || !deps.registry.resolve(image) || runtime.kind !== "docker") {
    if (named && user.place.fargate) await pullRole(deps, user, image, named);
    await runtime.ensureImage(image, { ...container.dockerLabels, "com.amazonaws.ecs.task-definition-family": user.definition.family ?? "" });
    return { name: image };
  }
  try {
    return await fromRegistry(deps, user, container, named);
  } catch (error) {
    // On an instance, "if the image pull fails, then the container uses the Docker image cache on the instance"
    // (ECS_IMAGE_PULL_BEHAVIOR=default). Fargate has no such cache.
    if (user.place.fargate || !(error instanceof RuntimeError) || !(await runtime.imageInfo(image))) throw error;
    return { name: image };
  }
}

async function fromRegistry(
  deps: Deps,
  user: ImageUser,
  container: ContainerDefinition & { name: string },
  named: EcrImage,
): Promise<{ name: string; digest: string }> {
  const { runtime, registry } = deps;
  const image = container.image!;
  const role = await pullRole(deps, user, image, named);
  const pinned = pinnedDigest(deps, user, container, named);
  const wanted = pinned === undefined ? image : `${image.replace(/@.*$/, "")}@${pinned}`;
  const found = registry.resolve(wanted)!;
  if (found.kind === "no-image" || found.kind === "no-repository") throw notFound(user, wanted, named, found.kind);
  if (found.kind === "in-engine") {
    if (!(await runtime.imageInfo(found.name))) throw notFound(user, image, named, "no-image");
    return { name: found.name, digest: found.digest };
  }
  pin(deps, user, container, found.digest);
  await runtime.ensureImage(found.reference, container.dockerLabels ?? {}, registry.credentials(role));
  return { name: found.reference, digest: found.digest };
}

/**
 * All tasks of a deployment run the image that the tag had when its first task started, unless the container's
 * `versionConsistency` is `disabled` (Amazon ECS Developer Guide, "Container image resolution").
 */
function pinnedDigest(
  { store }: Deps,
  { scope, deploymentId }: ImageUser,
  container: ContainerDefinition & { name: string },
  named: EcrImage,
): string | undefined {
  if (deploymentId === undefined || container.versionConsistency === "disabled" || named.digest !== undefined) return undefined;
  return imageDigests(store, scope).get(deploymentId)?.[container.name];
}

function pin({ store }: Deps, { scope, deploymentId }: ImageUser, { name }: { name: string }, digest: string): void {
  if (deploymentId === undefined) return;
  const table = imageDigests(store, scope);
  table.set(deploymentId, { ...table.get(deploymentId), [name]: digest });
}

/** The words of containerd, which Fargate has, and of Docker, which an instance's agent has. */
function notFound({ place }: ImageUser, image: string, { account, name }: EcrImage, kind: "no-image" | "no-repository"): RuntimeError {
  if (place.fargate)
    return new RuntimeError(
      "CannotPullContainerError",
      `pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: ${image}: not found`,
    );
  return new RuntimeError(
    "CannotPullContainerError",
    kind === "no-image"
      ? `Error response from daemon: manifest for ${image} not found: manifest unknown: Requested image not found`
      : `Error response from daemon: repository ${image.split(/[:@](?=[^/]*$)/)[0]} not found: name unknown: The repository with name '${name}' does not exist in the registry with id '${account}'`,
  );
}

/**
 * Who fetches an image from ECR, and is allowed to. On Fargate nobody else than the task's execution role can (Amazon ECS
 * Developer Guide, "Amazon ECS task execution IAM role", AmazonECSTaskExecutionRolePolicy). On an instance it is that role
 * where the definition has one, and else the instance's ("Using Amazon ECR images with Amazon ECS"); here either will do.
 * @returns the role's ARN
 * @throws RuntimeError ResourceInitializationError, CannotPullContainerError
 */
async function pullRole(
  deps: Pick<Deps, "authorize">,
  { scope, definition, place }: ImageUser,
  image: string,
  repository: EcrImage,
): Promise<string> {
  const roles = [definition.executionRoleArn, place.fargate ? undefined : place.roleArn].filter((role) => role !== undefined);
  let denied = new RuntimeError("CannotPullContainerError", `Error response from daemon: Head "${image}": no basic auth credentials`);
  for (const role of roles) {
    const problem = await denial(deps, scope, { role, image, repository });
    if (!problem) return role;
    denied = problem;
  }
  throw denied;
}

async function denial(
  deps: Pick<Deps, "authorize">,
  scope: Scope,
  { role, image, repository }: { role: string; image: string; repository: EcrImage },
): Promise<RuntimeError | undefined> {
  const token = await deps.authorize(role, [{ action: "ecr:GetAuthorizationToken", resources: ["*"] }], { scope });
  if (!token.allowed)
    return new RuntimeError(
      "ResourceInitializationError",
      `unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 3 time(s): AccessDeniedException: ${token.reason ?? ""}`,
    );
  const resources = [arn("ecr", repository, `repository/${repository.name}`)];
  const needs = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"].map((action) => ({ action, resources }));
  const pull = await deps.authorize(role, needs, { scope: { account: repository.account, region: repository.region } });
  if (pull.allowed) return undefined;
  return new RuntimeError(
    "CannotPullContainerError",
    `pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: unexpected status from HEAD request: 403 Forbidden: ${pull.reason ?? ""}`,
  );
}
