import type { CreateServiceRequest, CreateServiceResponse, DeploymentConfiguration, LoadBalancer, UpdateServiceRequest } from "@aws-sdk/client-ecs";
import { NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { checkLoadBalancers } from "../load-balancers.ts";
import { deploymentChange } from "../engine/service-events.ts";
import { activeTaskDefinition, clusterOf, invalid, serviceArn } from "../lookup.ts";
import { type Parts, now } from "../parts.ts";
import { type ClusterRow, type DeploymentRow, type ServiceRow, type TaskDefinitionRow, serviceKey, services } from "../state.ts";
import { serviceView } from "../views.ts";
import { checkCompatible, type Launch, launchOf, networkOf } from "../launch.ts";

export function CreateService(deps: Parts, input: CreateServiceRequest, call: Call): CreateServiceResponse {
  refuseAbsent("CreateService", input);
  const cluster = clusterOf(deps.store, call, input.cluster);
  const name = input.serviceName!;
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) throw invalid("Name must be 1 to 255 letters, numbers, hyphens, and underscores.");
  const table = services(deps.store, call);
  const existing = table.get(`${cluster.name}/${name}`);
  if (existing?.status === "DRAINING") throw invalid("Unable to Start a service that is still Draining.");
  if (existing?.status === "ACTIVE") {
    if (input.clientToken && existing.clientToken === input.clientToken) return { service: serviceView(deps.store, call, existing) };
    throw invalid("Creation of service was not idempotent.");
  }
  if (!input.taskDefinition) throw invalid("TaskDefinition can not be blank.");
  const definition = activeTaskDefinition(deps.store, call, input.taskDefinition);
  const launch = launchOf("CreateService", cluster, input);
  checkCompatible(definition, launch);
  networkOf(deps, call, definition, launch, input.networkConfiguration);
  checkLoadBalancers(deps, call, input.loadBalancers, definition);
  checkGrace(input.healthCheckGracePeriodSeconds, input.loadBalancers ?? []);
  const row = table.set(`${cluster.name}/${name}`, newService(deps, call, { input, cluster, name, definition, launch }));
  deploymentChange(deps, call, row, row.deployments[0]!);
  deps.scheduler.reconcile(call, serviceKey(row));
  return { service: serviceView(deps.store, call, table.get(serviceKey(row))!) };
}

function newService(
  deps: Parts,
  call: Call,
  from: { input: CreateServiceRequest; cluster: ClusterRow; name: string; definition: TaskDefinitionRow; launch: Launch },
): ServiceRow {
  const { input, cluster, name, definition, launch } = from;
  const schedulingStrategy = input.schedulingStrategy ?? "REPLICA";
  if (schedulingStrategy === "DAEMON" && input.desiredCount !== undefined && input.desiredCount !== 0) {
    throw invalid("The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again.");
  }
  if (schedulingStrategy === "REPLICA" && (input.desiredCount ?? 0) < 0) throw invalid("Desired count must not be negative.");
  if (schedulingStrategy === "DAEMON" && launch.launchType === "FARGATE")
    throw invalid("The daemon scheduling strategy is not supported with the FARGATE launch type.");
  const row: ServiceRow = {
    name,
    clusterName: cluster.name,
    arn: serviceArn(call, cluster.name, name),
    status: "ACTIVE",
    schedulingStrategy,
    desiredCount: input.desiredCount ?? 0,
    taskDefinition: definition.definition.taskDefinitionArn,
    launchType: launch.strategy ? undefined : launch.launchType,
    ...(launch.launchType === "FARGATE" ? { platformVersion: input.platformVersion ?? "LATEST" } : {}),
    ...(input.networkConfiguration ? { networkConfiguration: input.networkConfiguration } : {}),
    capacityProviderStrategy: launch.strategy,
    deploymentConfiguration: deploymentConfiguration(schedulingStrategy, input.deploymentConfiguration),
    loadBalancers: input.loadBalancers ?? [],
    ...(input.healthCheckGracePeriodSeconds === undefined ? {} : { healthCheckGracePeriodSeconds: input.healthCheckGracePeriodSeconds }),
    deployments: [],
    events: [],
    placementConstraints: constraints("CreateService", input.placementConstraints),
    placementStrategy: input.placementStrategy ?? [],
    createdAt: now(deps),
    createdBy: call.principal.arn,
    tags: input.tags ?? [],
    enableECSManagedTags: input.enableECSManagedTags ?? false,
    propagateTags: input.propagateTags ?? "NONE",
    clientToken: input.clientToken,
    request: input,
    steady: false,
  };
  return { ...row, deployments: [newDeployment(deps, row)] };
}

/** @throws AwsError InvalidParameterException */
export function checkGrace(seconds: number | undefined, loadBalancers: readonly LoadBalancer[]): void {
  if ((seconds ?? 0) > 0 && loadBalancers.length === 0)
    throw invalid("Health check grace period is only valid for services configured to use load balancers");
}

/** 0 % to 100 % for a daemon, 100 % to 200 % for replicas, unless told (API_DeploymentConfiguration). */
export function deploymentConfiguration(strategy: "DAEMON" | "REPLICA", wanted: DeploymentConfiguration = {}): ServiceRow["deploymentConfiguration"] {
  const usual = strategy === "DAEMON" ? { maximumPercent: 100, minimumHealthyPercent: 0 } : { maximumPercent: 200, minimumHealthyPercent: 100 };
  const { maximumPercent = usual.maximumPercent, minimumHealthyPercent = usual.minimumHealthyPercent } = wanted;
  if (minimumHealthyPercent < 0 || maximumPercent < 100 || (maximumPercent === 100 && minimumHealthyPercent === 100)) {
    throw invalid(
      "The deployment configuration is invalid: maximumPercent must be at least 100 and above minimumHealthyPercent, so that tasks can be replaced.",
    );
  }
  return {
    ...wanted,
    deploymentCircuitBreaker: checkedBreaker(wanted.deploymentCircuitBreaker),
    maximumPercent,
    minimumHealthyPercent,
    strategy: "ROLLING",
    bakeTimeInMinutes: 0,
  };
}

function checkedBreaker(
  wanted: DeploymentConfiguration["deploymentCircuitBreaker"],
): NonNullable<DeploymentConfiguration["deploymentCircuitBreaker"]> {
  const { value } = wanted?.thresholdConfiguration ?? {};
  if (value !== undefined && (!Number.isInteger(value) || value < 1)) throw invalid("The deployment circuit breaker's threshold must be at least 1.");
  return wanted ?? { enable: false, rollback: false };
}

/** A deployment of what the service is to be now. */
export function newDeployment(deps: Pick<Parts, "ids" | "clock">, service: ServiceRow): DeploymentRow {
  const { taskDefinition, launchType, platformVersion, networkConfiguration, capacityProviderStrategy, loadBalancers } = service;
  // As ECS's own: `ecs-svc/` and 19 digits.
  const id = `ecs-svc/${(BigInt(`0x${deps.ids.hex(15)}`) + 10n ** 18n).toString().padStart(19, "0").slice(0, 19)}`;
  return {
    id,
    status: "PRIMARY",
    taskDefinition,
    createdAt: now(deps),
    updatedAt: now(deps),
    rolloutState: "IN_PROGRESS",
    rolloutStateReason: `ECS deployment ${id} in progress.`,
    failedTasks: 0,
    revision: { taskDefinition, launchType, platformVersion, networkConfiguration, capacityProviderStrategy, loadBalancers },
  };
}

export function constraints(
  operation: string,
  list: CreateServiceRequest["placementConstraints"] = [],
): NonNullable<CreateServiceRequest["placementConstraints"]> {
  for (const { type, expression } of list)
    if (type === "memberOf") throw new NotSupported("ecs", operation, `the placement constraint memberOf ${expression ?? ""}`);
  return list;
}

/** Members that would change what a service does, and that are not here. */
export function refuseAbsent(operation: string, input: CreateServiceRequest | UpdateServiceRequest): void {
  const absent = (what: string): never => {
    throw new NotSupported("ecs", operation, what);
  };
  for (const member of ["serviceRegistries", "volumeConfigurations", "vpcLatticeConfigurations"] as const) if (input[member]?.length) absent(member);
  if (input.enableExecuteCommand) absent("enableExecuteCommand");
  if (input.serviceConnectConfiguration?.enabled) absent("serviceConnectConfiguration");
  if (input.deploymentController?.type && input.deploymentController.type !== "ECS")
    absent(`the deployment controller ${input.deploymentController.type}`);
  const configuration = input.deploymentConfiguration;
  if (configuration?.alarms?.enable) absent("deploymentConfiguration.alarms");
  if (configuration?.strategy && configuration.strategy !== "ROLLING") absent(`the deployment strategy ${configuration.strategy}`);
  if (configuration?.lifecycleHooks?.length) absent("deploymentConfiguration.lifecycleHooks");
  if (configuration?.bakeTimeInMinutes) absent("deploymentConfiguration.bakeTimeInMinutes");
  if (configuration?.earlySuccessCriteria?.enable) absent("deploymentConfiguration.earlySuccessCriteria");
  if (input.availabilityZoneRebalancing === "ENABLED") absent("availabilityZoneRebalancing ENABLED");
  if ("role" in input && input.role) absent("role; ECS acts for load balancers with its service-linked role");
}
