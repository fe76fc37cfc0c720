import type { RunTaskRequest, Task } from "@aws-sdk/client-ecs";
import type { Scope } from "../../../core/scope.ts";
import { clusterArn, containerInstanceArn, taskArn } from "../lookup.ts";
import { type Parts, now } from "../parts.ts";
import { type ContainerInstanceRow, type TaskDefinitionRow, type TaskNetwork, type TaskRow, containerInstances, occupies, tasks } from "../state.ts";
import { arn } from "../../../core/scope.ts";
import { fixedHostPorts, lacks, sizeOf } from "./resources.ts";
import { precreated } from "./task-interface.ts";
import { changeTask, emitTask, touchInstance } from "./task-state.ts";

/** What `LATEST` means (Amazon ECS Developer Guide, "Fargate platform versions for Amazon ECS": Linux). */
export const LATEST_PLATFORM = "1.4.0";

/** The ACTIVE instances of a cluster, also those whose agent is not connected. `capacityProviders`: only theirs. */
export function activeInstances(deps: Pick<Parts, "store">, scope: Scope, clusterName: string, capacityProviders?: string[]): ContainerInstanceRow[] {
  return containerInstances(deps.store, scope).filter(
    (row) =>
      row.clusterName === clusterName &&
      row.status === "ACTIVE" &&
      (!capacityProviders || capacityProviders.includes(row.capacityProviderName ?? "")),
  );
}

/** Those that take tasks. */
export const openInstances = (...query: Parameters<typeof activeInstances>): ContainerInstanceRow[] =>
  activeInstances(...query).filter(({ agentConnected }) => agentConnected);

type NewNetwork = Omit<TaskNetwork, "attachmentId" | "attached">;

/** The subnet of a task's interface when it is on an instance: one in the instance's zone and VPC. */
function subnetFor(
  deps: Pick<Parts, "instances">,
  scope: Scope,
  row: ContainerInstanceRow,
  network: NewNetwork,
): TaskNetwork["subnets"][0] | undefined {
  const { vpcId } = deps.instances.get(scope, row.ec2InstanceId) ?? {};
  return network.subnets.find((subnet) => subnet.availabilityZone === row.availabilityZone && subnet.vpcId === vpcId);
}

/**
 * The instance with room for a task that has the fewest of its group; or, per instance, what it lacks.
 */
export function choose(
  deps: Pick<Parts, "store" | "instances">,
  scope: Scope,
  instances: ContainerInstanceRow[],
  task: { definition: TaskDefinitionRow; group?: string; distinct?: boolean; network?: NewNetwork },
): { instance?: ContainerInstanceRow; failures: { instance: ContainerInstanceRow; reason: string }[] } {
  const failures: { instance: ContainerInstanceRow; reason: string }[] = [];
  const fit: { instance: ContainerInstanceRow; load: number }[] = [];
  for (const instance of instances) {
    const load = tasks(deps.store, scope).filter(
      (row) => row.containerInstanceId === instance.id && row.task.lastStatus !== "STOPPED" && row.task.group === task.group,
    ).length;
    const reason = instance.agentConnected
      ? (lacks(deps.store, scope, instance, task.definition.definition) ??
        (task.distinct && load > 0 ? "RESOURCE:DISTINCT" : undefined) ??
        (task.network && !subnetFor(deps, scope, instance, task.network) ? "RESOURCE:ENI" : undefined))
      : "AGENT";
    if (reason) failures.push({ instance, reason });
    else fit.push({ instance, load });
  }
  fit.sort((a, b) => a.load - b.load);
  return { instance: fit[0]?.instance, failures };
}

export interface NewTask {
  clusterName: string;
  definition: TaskDefinitionRow;
  group: string;
  startedBy?: string;
  serviceName?: string;
  deploymentId?: string;
  overrides?: RunTaskRequest["overrides"];
  tags: { key?: string; value?: string }[];
  capacityProviderName?: string;
  enableExecuteCommand?: boolean;
  /** With `awsvpc`. */
  network?: NewNetwork;
}

/** Where a task is to run; `waitsFor`: on an instance of that capacity provider, once it has room. */
export type Spot = { instance: ContainerInstanceRow } | { fargate: true } | { waitsFor: string };

/** Writes down a task, tells it, and starts it, unless it has to wait. */
export function placeTask(deps: Parts, scope: Scope, spot: Spot, task: NewTask): TaskRow {
  const id = deps.ids.hex(32);
  const { definition } = task.definition;
  const network = task.network && { ...task.network, attachmentId: deps.ids.uuid() };
  const onFargate = "fargate" in spot;
  if (network && onFargate) network.subnets = [leastUsed(deps, scope, network.subnets, task.group)];
  const row = tasks(deps.store, scope).set(id, {
    id,
    clusterName: task.clusterName,
    serviceName: task.serviceName,
    deploymentId: task.deploymentId,
    hostPorts: fixedHostPorts(definition),
    ...(network ? { network } : {}),
    ...("waitsFor" in spot ? { waitsFor: spot.waitsFor } : {}),
    ...sizeOf(definition),
    task: { ...newTask(deps, scope, { ...task, id }), ...(onFargate ? fargateMembers(task, network!) : {}) } as TaskRow["task"],
  });
  if ("instance" in spot) return assign(deps, scope, row, spot.instance);
  if (network) tasks(deps.store, scope).update(id, { task: { ...row.task, lastStatus: "PROVISIONING", attachments: [precreated(network)] } });
  if ("waitsFor" in spot && !network) tasks(deps.store, scope).update(id, { task: { ...row.task, lastStatus: "PROVISIONING" } });
  const told = tasks(deps.store, scope).get(id)!;
  emitTask(deps, scope, told);
  if (onFargate) void deps.runner.start(scope, id);
  else deps.capacity.wait(scope, id);
  return told;
}

/** Gives a task its instance, and starts it. */
export function assign(deps: Parts, scope: Scope, row: TaskRow, instance: ContainerInstanceRow): TaskRow {
  const table = tasks(deps.store, scope);
  const waited = row.waitsFor !== undefined;
  const network = row.network && { ...row.network, subnets: [subnetFor(deps, scope, instance, row.network) ?? row.network.subnets[0]!] };
  const placed = table.update(row.id, {
    containerInstanceId: instance.id,
    ec2InstanceId: instance.ec2InstanceId,
    waitsFor: undefined,
    ...(network ? { network } : {}),
  });
  const change: Partial<Task> = {
    availabilityZone: instance.availabilityZone,
    containerInstanceArn: containerInstanceArn(scope, row.clusterName, instance.id),
    ...(network ? { lastStatus: "PROVISIONING", attachments: [precreated(network)] } : { lastStatus: "PENDING" }),
  };
  if (waited) changeTask(deps, scope, row.id, change);
  else emitTask(deps, scope, table.update(row.id, { task: { ...placed.task, ...change } }));
  touchInstance(deps, scope, instance.id);
  const told = table.get(row.id)!;
  void deps.runner.start(scope, row.id);
  return told;
}

/** Fargate spreads tasks over the zones of their subnets. */
function leastUsed(deps: Parts, scope: Scope, subnets: TaskNetwork["subnets"], group: string): TaskNetwork["subnets"][0] {
  const others = tasks(deps.store, scope).filter((row) => occupies(row) && row.task.group === group && row.network !== undefined);
  const load = (subnetId: string): number => others.filter(({ network }) => network!.subnets[0]!.subnetId === subnetId).length;
  return subnets.reduce((best, subnet) => (load(subnet.subnetId) < load(best.subnetId) ? subnet : best));
}

/** What only tasks on Fargate show (API_Task). */
function fargateMembers({ definition: { definition } }: NewTask, network: TaskNetwork): Partial<Task> {
  // 20 GiB are there without asking (API_EphemeralStorage).
  const storage = definition.ephemeralStorage ?? { sizeInGiB: 20 };
  const architecture = definition.runtimePlatform?.cpuArchitecture === "ARM64" ? "arm64" : "x86_64";
  return {
    launchType: "FARGATE",
    platformVersion: LATEST_PLATFORM,
    platformFamily: "Linux",
    ephemeralStorage: storage,
    fargateEphemeralStorage: storage,
    availabilityZone: network.subnets[0]!.availabilityZone,
    attributes: [{ name: "ecs.cpu-architecture", value: architecture }],
  };
}

function newTask(deps: Parts, scope: Scope, task: NewTask & { id: string }): Task {
  const { definition } = task.definition;
  const self = taskArn(scope, task.clusterName, task.id);
  const size = sizeOf(definition);
  const health = definition.containerDefinitions!.some(({ healthCheck }) => healthCheck);
  return {
    attachments: [],
    attributes: [{ name: "ecs.cpu-architecture", value: process.arch === "arm64" ? "arm64" : "x86_64" }],
    capacityProviderName: task.capacityProviderName,
    clusterArn: clusterArn(scope, task.clusterName),
    containers: definition.containerDefinitions!.map((container) => ({
      containerArn: arn("ecs", scope, `container/${task.clusterName}/${task.id}/${deps.ids.uuid()}`),
      taskArn: self,
      name: container.name,
      image: container.image,
      lastStatus: "PENDING",
      networkInterfaces: [],
      healthStatus: health ? "UNKNOWN" : undefined,
      cpu: String(container.cpu ?? 0),
      memory: container.memory === undefined ? undefined : String(container.memory),
      memoryReservation: container.memoryReservation === undefined ? undefined : String(container.memoryReservation),
    })),
    cpu: String(size.cpu),
    memory: String(size.memory),
    createdAt: now(deps),
    desiredStatus: "RUNNING",
    enableExecuteCommand: task.enableExecuteCommand ?? false,
    group: task.group,
    healthStatus: health ? "UNKNOWN" : undefined,
    lastStatus: "PENDING",
    launchType: "EC2",
    overrides: {
      containerOverrides: definition.containerDefinitions!.map(
        ({ name }) => task.overrides?.containerOverrides?.find((one) => one.name === name) ?? { name },
      ),
      inferenceAcceleratorOverrides: [],
      ...wholeTask(task.overrides),
    },
    startedBy: task.startedBy,
    tags: task.tags,
    taskArn: self,
    taskDefinitionArn: definition.taskDefinitionArn,
    version: 1,
  };
}

/** Overrides of the task as a whole. */
function wholeTask(overrides: RunTaskRequest["overrides"] = {}): RunTaskRequest["overrides"] {
  const { containerOverrides: _, inferenceAcceleratorOverrides: __, ...rest } = overrides;
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
}
