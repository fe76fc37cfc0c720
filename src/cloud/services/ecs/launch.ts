import type { CapacityProviderStrategyItem, NetworkConfiguration, RunTaskRequest } from "@aws-sdk/client-ecs";
import { AwsError, NotSupported } from "../../core/errors.ts";
import type { Scope } from "../../core/scope.ts";
import { isFargateSize } from "./engine/task-size.ts";
import { checkStrategy, isFargate } from "./engine/strategy.ts";
import { clientError, invalid } from "./lookup.ts";
import type { Parts } from "./parts.ts";
import type { ClusterRow, TaskDefinitionRow, TaskNetwork } from "./state.ts";

/** What tasks are to run on, as RunTask and CreateService are told. */
export interface Launch {
  launchType: "EC2" | "FARGATE";
  strategy?: CapacityProviderStrategyItem[];
}

type Wanted = Pick<
  RunTaskRequest,
  "launchType" | "capacityProviderStrategy" | "platformVersion" | "networkConfiguration" | "placementConstraints" | "placementStrategy"
>;

/** The launch type, the strategy, or the cluster's default strategy, in this order (API_RunTask). @throws AwsError InvalidParameterException */
export function launchOf(operation: string, cluster: ClusterRow, input: Wanted): Launch {
  const { launchType, platformVersion } = input;
  if (launchType && launchType !== "EC2" && launchType !== "FARGATE") throw new NotSupported("ecs", operation, `the launch type ${launchType}`);
  if (launchType && input.capacityProviderStrategy?.length)
    throw invalid("Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.");
  const strategy = input.capacityProviderStrategy?.length
    ? input.capacityProviderStrategy
    : launchType
      ? []
      : cluster.defaultCapacityProviderStrategy;
  checkStrategy(cluster, strategy);
  const onFargate = launchType === "FARGATE" || isFargate(strategy[0]?.capacityProvider);
  if (onFargate) checkFargate(operation, input);
  else if (platformVersion) throw invalid("The platform version must be null when specifying an EC2 launch type.");
  return { launchType: onFargate ? "FARGATE" : "EC2", ...(strategy.length > 0 ? { strategy } : {}) };
}

function checkFargate(operation: string, input: Wanted): void {
  if (input.placementConstraints?.length) throw invalid("Placement constraints are not supported with FARGATE launch type.");
  if (input.placementStrategy?.length) throw invalid("Placement strategies are not supported with FARGATE launch type.");
  const { platformVersion = "LATEST" } = input;
  if (platformVersion === "1.3.0") throw new NotSupported("ecs", operation, "the platform version 1.3.0; there is 1.4.0");
  if (platformVersion !== "LATEST" && platformVersion !== "1.4.0")
    throw new AwsError("PlatformUnknownException", "The specified platform does not exist.");
}

/** @throws AwsError when the definition cannot run on what was chosen */
export function checkCompatible({ definition }: TaskDefinitionRow, launch: Launch): void {
  const wanted = definition.requiresCompatibilities?.length ? definition.requiresCompatibilities : (definition.compatibilities ?? []);
  if (!wanted.includes(launch.launchType)) throw invalid(`Task definition does not support launch_type ${launch.launchType}.`);
  // Overrides of RunTask may have changed the size.
  if (launch.launchType === "FARGATE" && !isFargateSize(definition.cpu, definition.memory))
    throw clientError("No Fargate configuration exists for given values.");
}

type NewNetwork = Omit<TaskNetwork, "attachmentId" | "attached">;

/**
 * Where the interfaces of tasks go; undefined for network modes without them. What EC2 says about subnets and groups is
 * passed on in ECS's words. @throws AwsError InvalidParameterException
 */
export function networkOf(
  deps: Pick<Parts, "network">,
  scope: Scope,
  { definition }: TaskDefinitionRow,
  launch: Launch,
  configuration: NetworkConfiguration | undefined,
): NewNetwork | undefined {
  const { awsvpcConfiguration: wanted } = configuration ?? {};
  if (definition.networkMode !== "awsvpc") {
    if (wanted) throw invalid("Network Configuration is not valid for the given networkMode of this task definition.");
    return undefined;
  }
  if (!wanted) throw invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  if (!wanted.subnets?.length) throw invalid("subnets can not be empty.");
  if (wanted.subnets.length > 16) throw invalid("subnets can have at most 16 items.");
  if ((wanted.securityGroups?.length ?? 0) > 5) throw invalid("securityGroups can have at most 5 items.");
  const publicIp = wanted.assignPublicIp === "ENABLED";
  if (publicIp && launch.launchType === "EC2") throw invalid("Assign public IP is not supported for this launch type.");
  const subnets = ask(() => deps.network.subnets(scope, wanted.subnets!), "subnet", wanted.subnets);
  const securityGroupIds = wanted.securityGroups ?? [];
  const groups = ask(() => deps.network.securityGroups(scope, securityGroupIds), "security group", securityGroupIds);
  const { vpcId } = subnets[0]!;
  if (subnets.some((subnet) => subnet.vpcId !== vpcId)) throw invalid("The provided subnets do not belong to the same VPC.");
  const foreign = groups.find((group) => group.vpcId !== vpcId);
  if (foreign) throw invalid(`Security Group ${foreign.groupId} does not appear to belong to the same VPC as the input subnets.`);
  return { subnets, securityGroupIds, publicIp };
}

function ask<T>(question: () => T, what: string, ids: readonly string[]): T {
  try {
    return question();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw invalid(`Error retrieving ${what} information for [${ids.join(", ")}]: ${error.message} (ErrorCode: ${error.code})`);
  }
}
