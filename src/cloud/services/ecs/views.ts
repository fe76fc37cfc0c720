import type { CapacityProvider, Cluster, ContainerInstance, Deployment, Service, Task } from "@aws-sdk/client-ecs";
import type { Scope } from "../../core/scope.ts";
import type { Store } from "../../core/store.ts";
import { openInstances } from "./engine/place.ts";
import { remainingResources } from "./engine/resources.ts";
import { VERSION_INFO, instanceAttributes } from "./engine/task-state.ts";
import { clusterArn } from "./lookup.ts";
import {
  type CapacityProviderRow,
  type ClusterRow,
  type ContainerInstanceRow,
  type DeploymentRow,
  type ServiceRow,
  type TaskRow,
  containerInstances,
  services,
  tasks,
  wanted,
} from "./state.ts";

const isRunning = (row: TaskRow): boolean => row.task.lastStatus === "RUNNING";
const isPending = (row: TaskRow): boolean => wanted(row) && ["PROVISIONING", "PENDING", "ACTIVATING"].includes(row.task.lastStatus);

export function clusterView(store: Store, scope: Scope, row: ClusterRow, include: string[] = ["SETTINGS", "CONFIGURATIONS", "TAGS"]): Cluster {
  const mine = tasks(store, scope).filter((task) => task.clusterName === row.name);
  return {
    clusterArn: row.arn,
    clusterName: row.name,
    status: row.status,
    registeredContainerInstancesCount: containerInstances(store, scope).filter(({ clusterName }) => clusterName === row.name).length,
    runningTasksCount: mine.filter(isRunning).length,
    pendingTasksCount: mine.filter(isPending).length,
    activeServicesCount: services(store, scope).filter(({ clusterName, status }) => clusterName === row.name && status === "ACTIVE").length,
    statistics: [],
    settings: include.includes("SETTINGS") ? row.settings : [],
    configuration: include.includes("CONFIGURATIONS") ? row.configuration : undefined,
    tags: include.includes("TAGS") ? row.tags : [],
    capacityProviders: row.capacityProviders,
    defaultCapacityProviderStrategy: row.defaultCapacityProviderStrategy,
  };
}

export function capacityProviderView(row: CapacityProviderRow, include: string[] = ["TAGS"]): CapacityProvider {
  return {
    capacityProviderArn: row.arn,
    name: row.name,
    status: "ACTIVE",
    type: "EC2_AUTOSCALING",
    autoScalingGroupProvider: row.provider,
    updateStatus: row.updateStatus,
    tags: include.includes("TAGS") ? row.tags : [],
  };
}

export function serviceView(store: Store, scope: Scope, row: ServiceRow, include: string[] = ["TAGS"]): Service {
  const mine = tasks(store, scope).filter((task) => task.clusterName === row.clusterName && task.serviceName === row.name);
  const desired = desiredOf(store, scope, row);
  return {
    serviceArn: row.arn,
    serviceName: row.name,
    clusterArn: clusterArn(scope, row.clusterName),
    loadBalancers: row.loadBalancers,
    serviceRegistries: [],
    status: row.status,
    desiredCount: row.status === "ACTIVE" ? desired : 0,
    runningCount: mine.filter(isRunning).length,
    pendingCount: mine.filter(isPending).length,
    launchType: row.launchType,
    capacityProviderStrategy: row.capacityProviderStrategy,
    ...placeOf(row),
    taskDefinition: row.taskDefinition,
    deploymentConfiguration: row.deploymentConfiguration,
    deployments: row.deployments.map((one) => deploymentView(one, mine, one.status === "PRIMARY" ? desired : 0)),
    events: row.events,
    createdAt: row.createdAt,
    createdBy: row.createdBy,
    placementConstraints: row.placementConstraints,
    placementStrategy: row.placementStrategy,
    schedulingStrategy: row.schedulingStrategy,
    deploymentController: { type: "ECS" },
    ...(row.loadBalancers.length > 0 ? { healthCheckGracePeriodSeconds: row.healthCheckGracePeriodSeconds ?? 0 } : {}),
    availabilityZoneRebalancing: "DISABLED",
    enableECSManagedTags: row.enableECSManagedTags,
    propagateTags: row.propagateTags,
    enableExecuteCommand: false,
    tags: include.includes("TAGS") ? row.tags : undefined,
  };
}

function desiredOf(store: Store, scope: Scope, row: ServiceRow): number {
  if (row.schedulingStrategy === "REPLICA") return row.desiredCount;
  return openInstances(
    { store },
    scope,
    row.clusterName,
    row.capacityProviderStrategy?.map(({ capacityProvider }) => capacityProvider!),
  ).length;
}

function deploymentView(row: DeploymentRow, mine: TaskRow[], desiredCount: number): Deployment {
  const own = mine.filter(({ deploymentId }) => deploymentId === row.id);
  const { revision, ...shown } = row;
  return {
    ...shown,
    desiredCount,
    runningCount: own.filter(isRunning).length,
    pendingCount: own.filter(isPending).length,
    launchType: revision.launchType,
    capacityProviderStrategy: revision.capacityProviderStrategy,
    ...placeOf(revision),
  };
}

/** What services on Fargate, or with `awsvpc`, show besides. */
const placeOf = (
  row: Pick<ServiceRow, "platformVersion" | "networkConfiguration">,
): Pick<Service, "platformVersion" | "platformFamily" | "networkConfiguration"> => ({
  ...(row.platformVersion ? { platformVersion: row.platformVersion, platformFamily: "Linux" } : {}),
  ...(row.networkConfiguration ? { networkConfiguration: row.networkConfiguration } : {}),
});

export function taskView(row: TaskRow, include: string[] = []): Task {
  return { ...row.task, tags: include.includes("TAGS") ? row.task.tags : [] };
}

export function containerInstanceView(store: Store, scope: Scope, row: ContainerInstanceRow, include: string[] = []): ContainerInstance {
  const mine = tasks(store, scope).filter(({ containerInstanceId }) => containerInstanceId === row.id);
  return {
    containerInstanceArn: row.arn,
    ec2InstanceId: row.ec2InstanceId,
    capacityProviderName: row.capacityProviderName,
    version: row.version,
    versionInfo: VERSION_INFO,
    remainingResources: remainingResources(store, scope, row),
    registeredResources: row.registeredResources,
    status: row.status,
    agentConnected: row.agentConnected,
    runningTasksCount: mine.filter(isRunning).length,
    pendingTasksCount: mine.filter(isPending).length,
    attributes: instanceAttributes(row),
    registeredAt: row.registeredAt,
    attachments: [],
    tags: include.includes("TAGS") ? row.tags : [],
  };
}
