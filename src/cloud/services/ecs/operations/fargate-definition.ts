import type { RegisterTaskDefinitionRequest } from "@aws-sdk/client-ecs";
import { ecrImage } from "../../../core/image-address.ts";
import { isFargateSize } from "../engine/task-size.ts";
import { clientError } from "../lookup.ts";

/**
 * What a definition needs whose `requiresCompatibilities` has FARGATE
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html). The messages about size, roles
 * and network mode are ECS's own, as its users quote them (virtual-kubelet/virtual-kubelet #193, hashicorp/terraform-provider-aws
 * #3051); those about storage and volumes are not known to be.
 * @throws AwsError ClientException
 */
export function checkFargate(input: RegisterTaskDefinitionRequest): void {
  if (!input.requiresCompatibilities?.includes("FARGATE")) return;
  if (input.networkMode !== "awsvpc") throw clientError("Fargate only supports network mode ‘awsvpc’.");
  for (const member of ["memory", "cpu"] as const)
    if (!input[member]) throw clientError(`Fargate requires that '${member}' be defined at the task level.`);
  if (!isFargateSize(input.cpu, input.memory)) throw clientError("No Fargate configuration exists for given values.");
  checkRole(input);
  const { sizeInGiB } = input.ephemeralStorage ?? {};
  // The range is API_EphemeralStorage's.
  if (sizeInGiB !== undefined && (sizeInGiB < 21 || sizeInGiB > 200))
    throw clientError("The ephemeral storage of a task on Fargate must be between 21 and 200 GiB.");
  if (input.placementConstraints?.length) throw clientError("Placement constraints are not supported on Fargate.");
  for (const { name, host } of input.volumes ?? [])
    if (host?.sourcePath) throw clientError(`Volume '${name}': a sourcePath on the host is not supported on Fargate.`);
  for (const { name, privileged } of input.containerDefinitions ?? [])
    if (privileged) throw clientError(`Container '${name}': privileged containers are not supported on Fargate.`);
}

/** On Fargate there is no instance whose role could fetch images and write logs. */
function checkRole({ executionRoleArn, containerDefinitions = [] }: RegisterTaskDefinitionRequest): void {
  if (executionRoleArn) return;
  const needs = (what: string): never => {
    throw clientError(`Fargate requires task definition to have execution role ARN to support ${what}.`);
  };
  for (const { image, logConfiguration, secrets } of containerDefinitions) {
    if (ecrImage(image ?? "")) needs("ECR images");
    if (logConfiguration?.logDriver === "awslogs") needs("log driver awslogs");
    if (secrets?.length) throw clientError("When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.");
  }
}
