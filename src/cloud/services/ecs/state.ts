import type {
  AutoScalingGroupProvider,
  CapacityProviderStrategyItem,
  ClusterConfiguration,
  ClusterSetting,
  CreateServiceRequest,
  DeploymentConfiguration,
  LoadBalancer,
  NetworkConfiguration,
  PlacementConstraint,
  PlacementStrategy,
  Resource,
  ServiceEvent,
  Tag,
  Task,
  TaskDefinition,
} from "@aws-sdk/client-ecs";
import type { InterfaceView, TargetStanding } from "../../core/ports.ts";
import type { Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";

/** Key: its name. */
export interface ClusterRow {
  name: string;
  arn: string;
  status: "ACTIVE" | "INACTIVE";
  settings: ClusterSetting[];
  configuration?: ClusterConfiguration;
  capacityProviders: string[];
  defaultCapacityProviderStrategy: CapacityProviderStrategyItem[];
  tags: Tag[];
}

/** Key: its name. */
export interface CapacityProviderRow {
  name: string;
  arn: string;
  provider: AutoScalingGroupProvider;
  updateStatus?: "UPDATE_COMPLETE";
  tags: Tag[];
}

/** Key: `<family>:<revision>`. */
export interface TaskDefinitionRow {
  definition: TaskDefinition & { family: string; revision: number; taskDefinitionArn: string };
  tags: Tag[];
}

/** Key: the family. Revisions go on counting when all have been deleted. */
export interface FamilyRow {
  lastRevision: number;
}

/** What a deployment brings about, so that a failed one can be rolled back to one that was completed. */
export type Revision = Pick<
  ServiceRow,
  "taskDefinition" | "launchType" | "platformVersion" | "networkConfiguration" | "capacityProviderStrategy" | "loadBalancers"
>;

export interface DeploymentRow {
  id: string;
  status: "PRIMARY" | "ACTIVE";
  taskDefinition: string;
  createdAt: Date;
  updatedAt: Date;
  rolloutState: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  rolloutStateReason: string;
  failedTasks: number;
  revision: Revision;
}

/** Key: `<cluster>/<name>`. */
export interface ServiceRow {
  name: string;
  clusterName: string;
  arn: string;
  status: "ACTIVE" | "DRAINING" | "INACTIVE";
  schedulingStrategy: "DAEMON" | "REPLICA";
  /** Of a REPLICA service; a DAEMON's is the number of its instances. */
  desiredCount: number;
  taskDefinition: string;
  launchType?: "EC2" | "FARGATE";
  /** Of Fargate: `LATEST` unless told. */
  platformVersion?: string;
  networkConfiguration?: NetworkConfiguration;
  capacityProviderStrategy?: CapacityProviderStrategyItem[];
  loadBalancers: LoadBalancer[];
  /** Seconds after a task's start in which it is not replaced for being unhealthy. */
  healthCheckGracePeriodSeconds?: number;
  deploymentConfiguration: DeploymentConfiguration & { maximumPercent: number; minimumHealthyPercent: number };
  /** The first is PRIMARY. */
  deployments: DeploymentRow[];
  /** The last one that was completed: what the circuit breaker goes back to. */
  completed?: DeploymentRow;
  /** Newest first, at most 100. */
  events: ServiceEvent[];
  placementConstraints: PlacementConstraint[];
  placementStrategy: PlacementStrategy[];
  createdAt: Date;
  createdBy?: string;
  tags: Tag[];
  enableECSManagedTags: boolean;
  propagateTags: "NONE" | "SERVICE" | "TASK_DEFINITION";
  clientToken?: string;
  /** What was asked for, to recognise a repeated CreateService. */
  request: CreateServiceRequest;
  /** It has reported its steady state since it last left it. */
  steady: boolean;
  /** When it became INACTIVE; it can be described for a while. */
  inactiveAt?: Date;
}

/** Where the network interface of a task with `awsvpc` goes, and the interface once it is there. */
export interface TaskNetwork {
  /** The subnets that it may go to, all of one VPC. */
  subnets: { subnetId: string; vpcId: string; availabilityZone: string }[];
  /** None: the VPC's default group. */
  securityGroupIds: string[];
  publicIp: boolean;
  attachmentId: string;
  attached?: InterfaceView;
}

/** A port of a task in a target group of its service, with what the load balancer has said of it last. */
export interface TaskTarget extends TargetStanding {
  groupArn: string;
  /** The address of the task's own interface, or the id of the instance. */
  id: string;
  port: number;
}

/** Key: the task's id (the last part of its ARN). */
export interface TaskRow {
  id: string;
  clusterName: string;
  /** The id of its container instance: not there on Fargate, nor while it waits for one. */
  containerInstanceId?: string;
  ec2InstanceId?: string;
  /** It is PROVISIONING until this capacity provider has room for it. */
  waitsFor?: string;
  network?: TaskNetwork;
  serviceName?: string;
  deploymentId?: string;
  /** Where its service has registered it. */
  targets?: TaskTarget[];
  /** It has been healthy: what becomes of it says nothing about its deployment any more. */
  wasHealthy?: true;
  /** Ports of its instance that it occupies, `<port>/<protocol>`. */
  hostPorts: string[];
  /** CPU units and MiB that it takes of its instance. */
  cpu: number;
  memory: number;
  task: Task & { taskArn: string; taskDefinitionArn: string; lastStatus: string; desiredStatus: string; version: number; clusterArn: string };
}

/** What RunTask has done for a client token. Key: `<cluster>/<token>`. */
export interface RunTokenRow {
  /** The request, in one form whatever the order of its members. */
  request: string;
  taskIds: string[];
  at: number;
}

/** Key: its id (the last part of its ARN). */
export interface ContainerInstanceRow {
  id: string;
  arn: string;
  clusterName: string;
  ec2InstanceId: string;
  status: "ACTIVE" | "DRAINING" | "INACTIVE";
  agentConnected: boolean;
  capacityProviderName?: string;
  availabilityZone: string;
  instanceType: string;
  registeredResources: Resource[];
  /** CPU units and MiB that it has. */
  cpu: number;
  memory: number;
  registeredAt: Date;
  version: number;
  tags: Tag[];
}

/** An instance whose tasks are being stopped before it terminates. Key: the EC2 instance's id. */
export interface DrainRow {
  ec2InstanceId: string;
  autoScalingGroupName: string;
  lifecycleHookName: string;
  lifecycleActionToken: string;
  since: Date;
}

/** Key: the setting's name. */
export interface SettingRow {
  value: string;
}

export const clusters = (store: Store, scope: Scope): Table<ClusterRow> => store.table("ecs.clusters", scope);
export const capacityProviders = (store: Store, scope: Scope): Table<CapacityProviderRow> => store.table("ecs.capacity-providers", scope);
export const taskDefinitions = (store: Store, scope: Scope): Table<TaskDefinitionRow> => store.table("ecs.task-definitions", scope);
export const families = (store: Store, scope: Scope): Table<FamilyRow> => store.table("ecs.families", scope);
export const services = (store: Store, scope: Scope): Table<ServiceRow> => store.table("ecs.services", scope);
export const tasks = (store: Store, scope: Scope): Table<TaskRow> => store.table("ecs.tasks", scope);
export const runTokens = (store: Store, scope: Scope): Table<RunTokenRow> => store.table("ecs.run-tokens", scope);
export const containerInstances = (store: Store, scope: Scope): Table<ContainerInstanceRow> => store.table("ecs.container-instances", scope);
export const drains = (store: Store, scope: Scope): Table<DrainRow> => store.table("ecs.drains", scope);
/** By deployment: the digests of its containers' images, by container. */
export const imageDigests = (store: Store, scope: Scope): Table<Record<string, string>> => store.table("ecs.image-digests", scope);
export const settings = (store: Store, scope: Scope): Table<SettingRow> => store.table("ecs.account-settings", scope);

/** The key of a service's row. */
export const serviceKey = (service: { clusterName: string; name: string }): string => `${service.clusterName}/${service.name}`;

/** The tasks that take room on an instance: those that have not stopped. */
export const occupies = (row: TaskRow): boolean => row.task.lastStatus !== "STOPPED";

/** The tasks that a scheduler counts: those that are not on their way out. */
export const wanted = (row: TaskRow): boolean => row.task.desiredStatus !== "STOPPED";
