import type { UpdateServiceRequest, UpdateServiceResponse } from "@aws-sdk/client-ecs";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { deploymentChange } from "../engine/service-events.ts";
import { activeTaskDefinition, clusterOf, findService, invalid, lastPart } from "../lookup.ts";
import type { Parts } from "../parts.ts";
import { type ServiceRow, serviceKey, services, taskDefinitions } from "../state.ts";
import { serviceView } from "../views.ts";
import { constraints, deploymentConfiguration, newDeployment, refuseAbsent } from "./create-service.ts";
import { checkCompatible, launchOf, networkOf } from "../launch.ts";

/** A new task definition, network, platform version or capacity provider strategy, and `forceNewDeployment`, begin a deployment; the rest does not. */
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
    platformVersion: input.platformVersion ?? service.platformVersion,
  };
  const table = services(deps.store, call);
  const row = table.update(serviceKey(service), change);
  const elsewhere =
    JSON.stringify(networkConfiguration) !== JSON.stringify(service.networkConfiguration) || change.platformVersion !== service.platformVersion;
  const anew = input.capacityProviderStrategy !== undefined || elsewhere;
  if (input.forceNewDeployment || taskDefinition !== service.taskDefinition || anew) begin(deps, call, row);
  deps.scheduler.reconcile(call, serviceKey(service));
  return { service: serviceView(deps.store, call, table.get(serviceKey(service))!) };
}

function begin(deps: Parts, call: Call, service: ServiceRow): void {
  const deployment = newDeployment(deps, activeOrPresent(deps, call, service));
  const before = service.deployments.map((one) => ({ ...one, status: "ACTIVE" as const }));
  const row = services(deps.store, call).update(serviceKey(service), { deployments: [deployment, ...before], steady: false });
  deploymentChange(deps, call, row, deployment, "IN_PROGRESS");
}

/** A forced deployment of a revision that has been deregistered meanwhile is refused. */
const activeOrPresent = (deps: Parts, call: Call, service: ServiceRow): ReturnType<typeof activeTaskDefinition> =>
  activeTaskDefinition(deps.store, call, service.taskDefinition);
