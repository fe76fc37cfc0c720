import type { LoadBalancer } from "@aws-sdk/client-ecs";
import { NotSupported } from "../../core/errors.ts";
import type { Scope } from "../../core/scope.ts";
import { invalid } from "./lookup.ts";
import type { Parts } from "./parts.ts";
import type { TaskDefinitionRow } from "./state.ts";

/**
 * Checks the load balancers of a service against its task definition. The words are ECS's own, as people report them.
 * @throws AwsError InvalidParameterException
 */
export function checkLoadBalancers(
  deps: Pick<Parts, "targetGroups">,
  scope: Scope,
  list: readonly LoadBalancer[] = [],
  { definition }: TaskDefinitionRow,
): void {
  for (const { loadBalancerName, advancedConfiguration, targetGroupArn, containerName = "", containerPort } of list) {
    if (loadBalancerName) throw new NotSupported("ecs", "CreateService", "Classic Load Balancers (loadBalancers[].loadBalancerName)");
    if (advancedConfiguration) throw new NotSupported("ecs", "CreateService", "loadBalancers[].advancedConfiguration");
    if (!targetGroupArn) throw invalid("Target group ARN can not be blank.");
    const container = definition.containerDefinitions!.find(({ name }) => name === containerName);
    if (!container) throw invalid(`The container ${containerName} does not exist in the task definition.`);
    if (!container.portMappings?.some((mapping) => mapping.containerPort === containerPort))
      throw invalid(`The container ${containerName} did not have a container port ${containerPort} defined.`);
    const group = deps.targetGroups.targetGroup(scope, targetGroupArn);
    if (!group) throw invalid(`The target group with targetGroupArn ${targetGroupArn} does not exist.`);
    if (!group.loadBalancerArn) throw invalid(`The target group with targetGroupArn ${targetGroupArn} does not have an associated load balancer.`);
    const mode = definition.networkMode ?? "bridge";
    if (group.targetType !== (mode === "awsvpc" ? "ip" : "instance"))
      throw invalid(
        `The provided target group ${targetGroupArn} has target type ${group.targetType}, which is incompatible with the ${mode} network mode specified in the task definition.`,
      );
  }
}
