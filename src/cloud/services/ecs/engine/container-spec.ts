import { mkdirSync } from "node:fs";
import { join, normalize } from "node:path";
import type { ContainerDefinition, TaskDefinition, Volume } from "@aws-sdk/client-ecs";
import type { Scope } from "../../../core/scope.ts";
import { type ContainerSpec, type Mount, RuntimeError } from "../../../machines/runtime.ts";
import type { Parts } from "../parts.ts";
import type { TaskRow } from "../state.ts";
import { effectivePorts } from "./resources.ts";
import { secretValues } from "./secrets.ts";

type Deps = Pick<Parts, "volumes" | "authorize" | "asRole" | "dataDir" | "api" | "credentials">;

/** Where a task runs, as far as its containers have to do with it. */
export interface Place {
  /** The folder, below the data folder, that is its disk. */
  disk: string;
  fargate: boolean;
  availabilityZone: string;
  vpcId: string;
  /** Of the instance. */
  roleArn?: string;
}

/** The spec of one container of a task, with the task's overrides applied. `onLine` is left to the caller. */
export async function containerSpec(
  deps: Deps,
  scope: Scope,
  task: { row: TaskRow; definition: TaskDefinition; place: Place },
  container: ContainerDefinition & { name: string },
): Promise<Omit<ContainerSpec, "onLine">> {
  const { row, definition } = task;
  const override = row.task.overrides?.containerOverrides?.find(({ name }) => name === container.name);
  const environment = Object.fromEntries(
    [...(container.environment ?? []), ...(override?.environment ?? [])].map(({ name, value }) => [name!, value ?? ""]),
  );
  return {
    // As the agent names them, with the task's id so that it is unique.
    name: `ecs-${definition.family}-${definition.revision}-${container.name}-${row.id}`,
    image: container.image!,
    command: override?.command ?? nonEmpty(container.command),
    entryPoint: nonEmpty(container.entryPoint),
    workingDirectory: container.workingDirectory,
    user: container.user,
    hostname: container.hostname,
    environment: {
      AWS_EXECUTION_ENV: task.place.fargate ? "AWS_ECS_FARGATE" : "AWS_ECS_EC2",
      ...deps.credentials.environment(scope, { id: row.id, roleArn: definition.taskRoleArn, fargate: task.place.fargate }),
      ...environment,
      ...(await secretValues(deps, scope, { taskId: row.id, definition, fargate: task.place.fargate }, container)),
    },
    labels: {
      ...container.dockerLabels,
      "com.amazonaws.ecs.cluster": row.clusterName,
      "com.amazonaws.ecs.container-name": container.name,
      "com.amazonaws.ecs.task-arn": row.task.taskArn,
      "com.amazonaws.ecs.task-definition-family": definition.family!,
      "com.amazonaws.ecs.task-definition-version": String(definition.revision),
    },
    ports: effectivePorts(definition, container),
    mounts: await mounts(deps, scope, task, container),
    memory: override?.memory ?? container.memory ?? (definition.memory ? Number(definition.memory) : undefined),
    memoryReservation: override?.memoryReservation ?? container.memoryReservation,
    cpu: override?.cpu ?? container.cpu,
    engine: engineOptions(container),
  };
}

const nonEmpty = (list?: string[]): string[] | undefined => (list && list.length > 0 ? list : undefined);

function engineOptions(container: ContainerDefinition): ContainerSpec["engine"] {
  const linux = container.linuxParameters;
  return {
    privileged: container.privileged,
    readonlyRootFilesystem: container.readonlyRootFilesystem,
    init: linux?.initProcessEnabled,
    tty: container.pseudoTerminal,
    openStdin: container.interactive,
    dnsServers: nonEmpty(container.dnsServers),
    dnsSearchDomains: nonEmpty(container.dnsSearchDomains),
    extraHosts: container.extraHosts?.map(({ hostname, ipAddress }) => `${hostname}:${ipAddress}`),
    ulimits: container.ulimits?.map(({ name, softLimit, hardLimit }) => ({ name: name!, soft: softLimit!, hard: hardLimit! })),
    capAdd: linux?.capabilities?.add,
    capDrop: linux?.capabilities?.drop,
    sysctls: container.systemControls && Object.fromEntries(container.systemControls.map(({ namespace, value }) => [namespace!, value ?? ""])),
    sharedMemory: linux?.sharedMemorySize,
    tmpfs:
      linux?.tmpfs &&
      Object.fromEntries(
        linux.tmpfs.map(({ containerPath, size, mountOptions }) => [containerPath!, [...(mountOptions ?? []), `size=${size}m`].join(",")]),
      ),
    securityOptions: nonEmpty(container.dockerSecurityOptions),
  };
}

async function mounts(
  deps: Deps,
  scope: Scope,
  task: { row: TaskRow; definition: TaskDefinition; place: Place },
  container: ContainerDefinition,
): Promise<Mount[]> {
  const list: Mount[] = [];
  for (const { sourceVolume, containerPath, readOnly } of container.mountPoints ?? []) {
    const volume = task.definition.volumes?.find(({ name }) => name === sourceVolume);
    if (!volume) continue; // RegisterTaskDefinition refuses it.
    const hostPath = volume.efsVolumeConfiguration ? await efsFolder(deps, scope, task, volume) : localFolder(deps, task, volume);
    list.push({ volume: volume.name!, hostPath, containerPath: containerPath!, readOnly: readOnly ?? false });
  }
  return list;
}

/** A folder of the instance's own disk: that of the path, or one for the task alone. Never the path on this machine. */
function localFolder(deps: Deps, task: { row: TaskRow; place: Place }, volume: Volume): string {
  const disk = join(deps.dataDir, task.place.disk);
  const path = volume.host?.sourcePath
    ? join(disk, "disk", normalize(join("/", volume.host.sourcePath)))
    : join(disk, "tasks", task.row.id, volume.name!);
  mkdirSync(path, { recursive: true });
  return path;
}

async function efsFolder(deps: Deps, scope: Scope, task: { definition: TaskDefinition; place: Place }, volume: Volume): Promise<string> {
  const efs = volume.efsVolumeConfiguration!;
  const accessPointId = efs.authorizationConfig?.accessPointId;
  const { availabilityZone, vpcId } = task.place;
  const mount = deps.volumes.mount(scope, { fileSystemId: efs.fileSystemId!, accessPointId, path: efs.rootDirectory, availabilityZone, vpcId });
  if (efs.authorizationConfig?.iam !== "ENABLED") return mount.hostPath;
  const role = task.definition.taskRoleArn;
  const denied = (why: string): RuntimeError =>
    new RuntimeError(
      "ResourceInitializationError",
      `failed to invoke EFS utils commands to set up EFS volumes: mount.nfs4: access denied by server while mounting 127.0.0.1:/: ${why}`,
    );
  if (!role) throw denied("the task has no role to authorize with");
  const context = {
    "elasticfilesystem:AccessedViaMountTarget": "true",
    ...(mount.accessPointArn ? { "elasticfilesystem:AccessPointArn": mount.accessPointArn } : {}),
  };
  const needs = [
    {
      action: "elasticfilesystem:ClientMount",
      resources: [mount.fileSystemArn],
      context: { ...context, "aws:SecureTransport": String(efs.transitEncryption === "ENABLED") },
    },
  ];
  const verdict = await deps.authorize(role, needs, { scope, resourcePolicy: mount.policy });
  if (!verdict.allowed) throw denied(verdict.reason ?? `${role} may not mount it`);
  return mount.hostPath;
}
