import type { RunTaskRequest, Task } from "@aws-sdk/client-ecs";
import type { Scope } from "../../../core/scope.ts";
import { clusterArn, containerInstanceArn, taskArn } from "../lookup.ts";
import { type Parts, now } from "../parts.ts";
import { type ContainerInstanceRow, type TaskDefinitionRow, type TaskRow, containerInstances, tasks } from "../state.ts";
import { arn } from "../../../core/scope.ts";
import { fixedHostPorts, lacks, sizeOf } from "./resources.ts";
import { emitTask, touchInstance } from "./task-state.ts";

/** The instances of a cluster that take tasks. `capacityProviders`: only theirs. */
export function openInstances(deps: Pick<Parts, "store">, scope: Scope, clusterName: string, capacityProviders?: string[]): ContainerInstanceRow[] {
  return containerInstances(deps.store, scope).filter(
    (row) =>
      row.clusterName === clusterName &&
      row.status === "ACTIVE" &&
      row.agentConnected &&
      (!capacityProviders || capacityProviders.includes(row.capacityProviderName ?? "")),
  );
}

/**
 * The instance with room for a task that has the fewest of its group; or, per instance, what it lacks.
 */
export function choose(
  deps: Pick<Parts, "store">,
  scope: Scope,
  instances: ContainerInstanceRow[],
  task: { definition: TaskDefinitionRow; group?: string; distinct?: boolean },
): { instance?: ContainerInstanceRow; failures: { instance: ContainerInstanceRow; reason: string }[] } {
  const failures: { instance: ContainerInstanceRow; reason: string }[] = [];
  const fit: { instance: ContainerInstanceRow; load: number }[] = [];
  for (const instance of instances) {
    const load = tasks(deps.store, scope).filter(
      (row) => row.containerInstanceId === instance.id && row.task.lastStatus !== "STOPPED" && row.task.group === task.group,
    ).length;
    const reason = lacks(deps.store, scope, instance, task.definition.definition) ?? (task.distinct && load > 0 ? "RESOURCE:DISTINCT" : undefined);
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
  clientToken?: string;
  overrides?: RunTaskRequest["overrides"];
  tags: { key?: string; value?: string }[];
  capacityProviderName?: string;
  enableExecuteCommand?: boolean;
}

/** Writes down a task as PENDING on an instance, tells it, and starts it. */
export function placeTask(deps: Parts, scope: Scope, instance: ContainerInstanceRow, task: NewTask): TaskRow {
  const id = deps.ids.hex(32);
  const { definition } = task.definition;
  const size = sizeOf(definition);
  const row = tasks(deps.store, scope).set(id, {
    id,
    clusterName: task.clusterName,
    containerInstanceId: instance.id,
    ec2InstanceId: instance.ec2InstanceId,
    serviceName: task.serviceName,
    deploymentId: task.deploymentId,
    clientToken: task.clientToken,
    hostPorts: fixedHostPorts(definition),
    ...size,
    task: newTask(deps, scope, instance, { ...task, id }) as TaskRow["task"],
  });
  emitTask(deps, scope, row);
  touchInstance(deps, scope, instance.id);
  void deps.runner.start(scope, id);
  return row;
}

function newTask(deps: Parts, scope: Scope, instance: ContainerInstanceRow, task: NewTask & { id: string }): Task {
  const { definition } = task.definition;
  const self = taskArn(scope, task.clusterName, task.id);
  const size = sizeOf(definition);
  const health = definition.containerDefinitions!.some(({ healthCheck }) => healthCheck);
  return {
    attachments: [],
    attributes: [{ name: "ecs.cpu-architecture", value: process.arch === "arm64" ? "arm64" : "x86_64" }],
    availabilityZone: instance.availabilityZone,
    capacityProviderName: task.capacityProviderName,
    clusterArn: clusterArn(scope, task.clusterName),
    containerInstanceArn: containerInstanceArn(scope, task.clusterName, instance.id),
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
    launchType: task.capacityProviderName ? undefined : "EC2",
    overrides: {
      containerOverrides: definition.containerDefinitions!.map(
        ({ name }) => task.overrides?.containerOverrides?.find((one) => one.name === name) ?? { name },
      ),
      inferenceAcceleratorOverrides: [],
    },
    startedBy: task.startedBy,
    tags: task.tags,
    taskArn: self,
    taskDefinitionArn: definition.taskDefinitionArn,
    version: 1,
  };
}
