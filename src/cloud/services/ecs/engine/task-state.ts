import type { Attachment, Container, Task } from "@aws-sdk/client-ecs";
import type { EventsPort } from "../../../core/ports.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Store } from "../../../core/store.ts";
import { type ContainerInstanceRow, type TaskRow, containerInstances, occupies, tasks } from "../state.ts";
import { remainingResources } from "./resources.ts";

interface Deps {
  store: Store;
  events: EventsPort;
  clock: { now(): number };
}

/**
 * Changes a task. A change of its status, or of a container's or an attachment's, raises its version and is told as an "ECS Task State
 * Change" event, whose detail is the task with its times as text and without health
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html; that health changes make no event:
 * https://github.com/aws/containers-roadmap/issues/1019 and 1515).
 */
export function changeTask(deps: Deps, scope: Scope, id: string, change: Partial<Task>): TaskRow {
  const table = tasks(deps.store, scope);
  const before = table.get(id)!;
  const told = isStateChange(before.task, change);
  const task = { ...before.task, ...change, version: before.task.version + (told ? 1 : 0) } as TaskRow["task"];
  const row = table.set(id, { ...before, task });
  if (told) emitTask(deps, scope, row);
  if (row.containerInstanceId && occupies(before) && !occupies(row)) touchInstance(deps, scope, row.containerInstanceId);
  return row;
}

function isStateChange(before: Task, change: Partial<Task>): boolean {
  const containers = (list?: Container[]): string => (list ?? []).map(({ lastStatus }) => lastStatus).join();
  const attachments = (list?: Attachment[]): string => (list ?? []).map(({ status }) => status).join();
  return (
    (change.lastStatus !== undefined && change.lastStatus !== before.lastStatus) ||
    (change.desiredStatus !== undefined && change.desiredStatus !== before.desiredStatus) ||
    (change.containers !== undefined && containers(change.containers) !== containers(before.containers)) ||
    (change.attachments !== undefined && attachments(change.attachments) !== attachments(before.attachments))
  );
}

/** Changes one container of a task. */
export function changeContainer(deps: Deps, scope: Scope, id: string, name: string, change: Partial<Container>): TaskRow {
  const { task } = tasks(deps.store, scope).get(id)!;
  return changeTask(deps, scope, id, { containers: task.containers!.map((one) => (one.name === name ? { ...one, ...change } : one)) });
}

export function emitTask(deps: Deps, scope: Scope, row: TaskRow): void {
  const { healthStatus: _, tags: __, containers = [], ...task } = row.task;
  const detail = {
    ...task,
    attachments: task.attachments ?? [],
    attributes: task.attributes ?? [],
    containers: containers.map(({ healthStatus: ___, ...container }) => container),
    updatedAt: new Date(deps.clock.now()),
  };
  deps.events.emit(scope, { source: "aws.ecs", detailType: "ECS Task State Change", detail: plain(detail), resources: [row.task.taskArn] });
}

/** As it goes over the wire: times as ISO text, nothing undefined. */
const plain = (value: object): object => JSON.parse(JSON.stringify(value)) as object;

/** Changes a container instance, raises its version, and tells it. */
export function changeInstance(deps: Deps, scope: Scope, id: string, change: Partial<ContainerInstanceRow>): ContainerInstanceRow {
  const table = containerInstances(deps.store, scope);
  const row = table.set(id, { ...table.get(id)!, ...change, version: table.get(id)!.version + 1 });
  emitInstance(deps, scope, row);
  return row;
}

/** Its free resources have changed: that too is a change of state (see the events' page). */
export function touchInstance(deps: Deps, scope: Scope, id: string): void {
  if (containerInstances(deps.store, scope).has(id)) changeInstance(deps, scope, id, {});
}

export function emitInstance(deps: Deps, scope: Scope, row: ContainerInstanceRow): void {
  const detail = {
    agentConnected: row.agentConnected,
    attributes: instanceAttributes(row),
    clusterArn: row.arn.replace(/:container-instance\/([^/]+)\/.*/, ":cluster/$1"),
    containerInstanceArn: row.arn,
    ec2InstanceId: row.ec2InstanceId,
    registeredAt: row.registeredAt,
    registeredResources: row.registeredResources,
    remainingResources: remainingResources(deps.store, scope, row),
    status: row.status,
    version: row.version,
    versionInfo: VERSION_INFO,
    updatedAt: new Date(deps.clock.now()),
  };
  deps.events.emit(scope, { source: "aws.ecs", detailType: "ECS Container Instance State Change", detail: plain(detail), resources: [row.arn] });
}

/** The agent that this one behaves like. */
export const VERSION_INFO = { agentHash: "rouse", agentVersion: "1.100.0", dockerVersion: "DockerVersion: 25.0.8" };

export function instanceAttributes(row: ContainerInstanceRow): { name: string; value?: string }[] {
  return [
    { name: "ecs.availability-zone", value: row.availabilityZone },
    { name: "ecs.instance-type", value: row.instanceType },
    { name: "ecs.os-type", value: "linux" },
    { name: "ecs.os-family", value: "LINUX" },
    { name: "com.amazonaws.ecs.capability.logging-driver.awslogs" },
    { name: "com.amazonaws.ecs.capability.logging-driver.none" },
    { name: "ecs.capability.efs" },
    { name: "ecs.capability.efsAuth" },
    { name: "ecs.capability.container-health-check" },
    { name: "ecs.capability.container-ordering" },
  ];
}
