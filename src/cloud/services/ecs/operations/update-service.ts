import type { UpdateServiceRequest, UpdateServiceResponse } from "@aws-sdk/client-ecs";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { checkLoadBalancers } from "../load-balancers.ts";
import { deploymentChange } from "../engine/service-events.ts";
import { activeTaskDefinition, clusterOf, findService, invalid, lastPart } from "../lookup.ts";
import type { Parts } from "../parts.ts";
import { type ServiceRow, serviceKey, services, taskDefinitions } from "../state.ts";
import { serviceView } from "../views.ts";
import { checkGrace, constraints, deploymentConfiguration, newDeployment, refuseAbsent } from "./create-service.ts";
import { checkCompatible, launchOf, networkOf } from "../launch.ts";

/** A new task definition, network, load balancer, platform version or capacity provider strategy, and `forceNewDeployment`, begin a deployment; the rest does not. */
export function UpdateService(deps: Parts, input: UpdateServiceRequest, call: Call): UpdateServiceResponse {
  refuseAbsent("UpdateService", input);
  const cluster = clusterOf(deps.store, call, input.cluster);
  const service = findService(deps.store, call, cluster, input.service!);
  if (!service) throw new AwsError("ServiceNotFoundException", "Service not found.");
  if (service.status !== "ACTIVE") throw new AwsError("ServiceNotActiveException", "Service was not ACTIVE.");
  if (service.schedulingStrategy === "DAEMON" && input.desiredCount !== undefined) {
    throw invalid("The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again.");
  }
  const definition = input.taskDefinition ? activeTaskDefinition(deps.store, call, input.taskDefinition) : undefined;
  const strategy = input.capacityProviderStrategy ?? service.capacityProviderStrategy;
  const asked = { launchType: service.launchType, capacityProviderStrategy: strategy, platformVersion: input.platformVersion };
  const launch = launchOf("UpdateService", cluster, strategy ? { ...asked, launchType: undefined } : asked);
  if (definition) checkCompatible(definition, launch);
  const networkConfiguration = input.networkConfiguration ?? service.networkConfiguration;
  const present = definition ?? taskDefinitions(deps.store, call).get(lastPart(service.taskDefinition));
  if (present && (definition || input.networkConfiguration)) networkOf(deps, call, present, launch, networkConfiguration);
  const loadBalancers = input.loadBalancers ?? service.loadBalancers;
  if (present && (definition || input.loadBalancers)) checkLoadBalancers(deps, call, loadBalancers, present);
  checkGrace(input.healthCheckGracePeriodSeconds, loadBalancers);
  const taskDefinition = definition?.definition.taskDefinitionArn ?? service.taskDefinition;
  const change: Partial<ServiceRow> = {
    taskDefinition,
    desiredCount: input.desiredCount ?? service.desiredCount,
    deploymentConfiguration: input.deploymentConfiguration
      ? deploymentConfiguration(service.schedulingStrategy, { ...service.deploymentConfiguration, ...input.deploymentConfiguration })
      : service.deploymentConfiguration,
    placementConstraints: input.placementConstraints ? constraints("UpdateService", input.placementConstraints) : service.placementConstraints,
    placementStrategy: input.placementStrategy ?? service.placementStrategy,
    enableECSManagedTags: input.enableECSManagedTags ?? service.enableECSManagedTags,
    propagateTags: input.propagateTags ?? service.propagateTags,
    capacityProviderStrategy: strategy,
    ...(strategy ? { launchType: undefined } : {}),
    networkConfiguration,
    loadBalancers,
    healthCheckGracePeriodSeconds: input.healthCheckGracePeriodSeconds ?? service.healthCheckGracePeriodSeconds,
    platformVersion: input.platformVersion ?? service.platformVersion,
  };
  const table = services(deps.store, call);
  const row = table.update(serviceKey(service), change);
  const elsewhere =
    JSON.stringify(networkConfiguration) !== JSON.stringify(service.networkConfiguration) ||
    JSON.stringify(loadBalancers) !== JSON.stringify(service.loadBalancers) ||
    change.platformVersion !== service.platformVersion;
  const anew = input.capacityProviderStrategy !== undefined || elsewhere;
  if (input.forceNewDeployment || taskDefinition !== service.taskDefinition || anew) begin(deps, call, row);
  deps.scheduler.reconcile(call, serviceKey(service));
  return { service: serviceView(deps.store, call, table.get(serviceKey(service))!) };
}

function begin(deps: Parts, call: Call, service: ServiceRow): void {
  // A forced deployment of a revision that has been deregistered meanwhile is refused.
  activeTaskDefinition(deps.store, call, service.taskDefinition);
  const deployment = newDeployment(deps, service);
  const before = service.deployments.map((one) => ({ ...one, status: "ACTIVE" as const }));
  const row = services(deps.store, call).update(serviceKey(service), { deployments: [deployment, ...before], steady: false });
  deploymentChange(deps, call, row, deployment);
}
