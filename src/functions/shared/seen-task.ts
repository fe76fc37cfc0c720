import type { Task } from "@aws-sdk/client-ecs";
import type { StopMark, TargetTag, WokenTag } from "./engine.ts";
import { STOP_MARK, TARGET_TAG, USED_TAG, WOKEN_TAG } from "./names.ts";
import { readStopMark, readTargetTag, readWokenTag } from "./task-tags.ts";

/** A task as ECS shows it, as far as engines depend on it. Times are milliseconds. */
export interface SeenTask {
  readonly arn: string;
  /** ARN, with the revision. */
  readonly definition: string;
  readonly lastStatus: string;
  readonly desiredStatus: string;
  readonly createdAt: number;
  readonly startedAt?: number;
  /** When it stopped, or began to. */
  readonly stoppedAt?: number;
  readonly pullStartedAt?: number;
  readonly pullStoppedAt?: number;
  readonly stopCode?: string;
  readonly stoppedReason?: string;
  /** `rouse/<source>`, where Rouse has started it. */
  readonly startedBy?: string;
  /** Capacity provider. */
  readonly capacity?: string;
  /** Private address of its own network interface. */
  readonly address?: string;
  /** ARN of the container instance that it shares an address with. */
  readonly instance?: string;
  readonly containers: readonly SeenContainer[];
  readonly mark?: StopMark;
  readonly target?: TargetTag;
  /** While it runs. */
  readonly woken?: WokenTag;
  /** When somebody wanted it last while it was up, as far as ECS was told. */
  readonly usedAt?: number;
}

export interface SeenContainer {
  readonly name: string;
  readonly lastStatus?: string;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly ports: readonly { readonly container: number; readonly host: number }[];
}

/**
 * @returns undefined for a task of an ECS service: it has a scheduler of its own, even where it runs an engine's family.
 * The group is `service:<name>` then (Amazon ECS API reference, Task, group).
 */
export function readTask(task: Task): SeenTask | undefined {
  if (task.group?.startsWith("service:")) return undefined;
  const tag = (key: string): string | undefined => task.tags?.find((tag) => tag.key === key)?.value;
  const mark = tag(STOP_MARK);
  const target = tag(TARGET_TAG);
  const woken = tag(WOKEN_TAG);
  return {
    arn: task.taskArn!,
    definition: task.taskDefinitionArn ?? "",
    lastStatus: task.lastStatus ?? "",
    desiredStatus: task.desiredStatus ?? "",
    createdAt: task.createdAt?.getTime() ?? 0,
    startedAt: task.startedAt?.getTime(),
    stoppedAt: (task.stoppedAt ?? task.stoppingAt)?.getTime(),
    pullStartedAt: task.pullStartedAt?.getTime(),
    pullStoppedAt: task.pullStoppedAt?.getTime(),
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    startedBy: task.startedBy,
    capacity: task.capacityProviderName,
    address: privateAddress(task),
    instance: task.containerInstanceArn,
    containers: (task.containers ?? []).map(({ name, lastStatus, exitCode, reason, networkBindings }) => ({
      name: name ?? "",
      lastStatus,
      exitCode,
      reason,
      ports: (networkBindings ?? []).map(({ containerPort, hostPort }) => ({ container: containerPort ?? 0, host: hostPort ?? 0 })),
    })),
    mark: mark === undefined ? undefined : readStopMark(mark, task.createdAt?.getTime() ?? 0),
    target: target === undefined ? undefined : readTargetTag(target),
    ...(woken === undefined ? {} : { woken: readWokenTag(woken) }),
    usedAt: Date.parse(tag(USED_TAG) ?? "") || undefined,
  };
}

/** Of the attachment `ElasticNetworkInterface`, detail `privateIPv4Address` (Amazon ECS Developer Guide, "Task metadata", Attachment). */
function privateAddress({ attachments }: Task): string | undefined {
  const details = attachments?.find(({ type }) => type === "ElasticNetworkInterface")?.details;
  return details?.find(({ name }) => name === "privateIPv4Address")?.value;
}

/** See `startedBy`. */
export const isByRouse = (startedBy: string | undefined): boolean => startedBy?.startsWith("rouse/") === true;

/** The last part of a task's ARN. */
export const taskId = (arn: string): string => arn.split("/").at(-1) ?? arn;

/** ECS means it to run. A task that is to stop stays so for ever. */
export const isLiving = ({ desiredStatus, lastStatus }: SeenTask): boolean => desiredStatus === "RUNNING" && lastStatus !== "STOPPED";

/** By age, the oldest first; the ARN decides between two of the same millisecond, so that everybody has the same order. */
export const byAge = (a: SeenTask, b: SeenTask): number => a.createdAt - b.createdAt || (a.arn < b.arn ? -1 : 1);
