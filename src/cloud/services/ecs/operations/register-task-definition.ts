import type { ContainerDefinition, RegisterTaskDefinitionRequest, RegisterTaskDefinitionResponse, TaskDefinition } from "@aws-sdk/client-ecs";
import { NotSupported } from "../../../core/errors.ts";
import { arn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { cycle } from "../engine/ordering.ts";
import { cpuUnits, isFargateSize, memoryMib } from "../engine/task-size.ts";
import { clientError } from "../lookup.ts";
import { type Parts, now } from "../parts.ts";
import { families, taskDefinitions } from "../state.ts";
import { checkFargate } from "./fargate-definition.ts";

/** Members that would change what a task does, and that are not here. Empty ones do no harm. */
const ABSENT_OF_TASK = ["pidMode", "ipcMode", "proxyConfiguration", "inferenceAccelerators", "enableFaultInjection"] as const;
const ABSENT_OF_CONTAINER = [
  "repositoryCredentials",
  "links",
  "environmentFiles",
  "volumesFrom",
  "disableNetworking",
  "resourceRequirements",
  "firelensConfiguration",
  "credentialSpecs",
] as const;
const ABSENT_OF_VOLUME = ["dockerVolumeConfiguration", "fsxWindowsFileServerVolumeConfiguration", "s3filesVolumeConfiguration"] as const;
const LOG_OPTIONS = ["awslogs-group", "awslogs-region", "awslogs-stream-prefix", "awslogs-create-group", "mode", "max-buffer-size"];

export function RegisterTaskDefinition(deps: Parts, given: RegisterTaskDefinitionRequest, call: Call): RegisterTaskDefinitionResponse {
  refuseAbsent(given);
  const input = sized(given);
  checkFargate(input);
  validate(input);
  const family = input.family!;
  const counter = families(deps.store, call);
  const revision = (counter.get(family)?.lastRevision ?? 0) + 1;
  counter.set(family, { lastRevision: revision });
  const { tags, ...rest } = input;
  const row = taskDefinitions(deps.store, call).set(`${family}:${revision}`, {
    tags: tags ?? [],
    definition: {
      ...rest,
      family,
      revision,
      taskDefinitionArn: arn("ecs", call, `task-definition/${family}:${revision}`),
      containerDefinitions: input.containerDefinitions!.map((container) => withDefaults(container, input)),
      volumes: (input.volumes ?? []).map(({ host, ...volume }) => (volume.efsVolumeConfiguration ? volume : { ...volume, host: host ?? {} })),
      placementConstraints: input.placementConstraints ?? [],
      status: "ACTIVE",
      compatibilities: compatibilities(input),
      requiresAttributes: [],
      registeredAt: now(deps),
      registeredBy: call.principal.arn,
    },
  });
  return { taskDefinition: row.definition, tags: row.tags };
}

/** CPU and memory as numbers of units and MiB. */
const sized = (input: RegisterTaskDefinitionRequest): RegisterTaskDefinitionRequest => ({
  ...input,
  cpu: cpuUnits(input.cpu),
  memory: memoryMib(input.memory),
});

/** What the definition could run on (API_TaskDefinition). */
function compatibilities({ networkMode, cpu, memory }: RegisterTaskDefinitionRequest): TaskDefinition["compatibilities"] {
  if (networkMode !== "awsvpc") return ["EXTERNAL", "EC2"];
  return isFargateSize(cpu, memory) ? ["EC2", "FARGATE"] : ["EC2"];
}

/** The defaults that DescribeTaskDefinition shows. */
function withDefaults(container: ContainerDefinition, task: { networkMode?: string }): ContainerDefinition {
  return {
    ...container,
    cpu: container.cpu ?? 0,
    essential: container.essential ?? true,
    environment: container.environment ?? [],
    mountPoints: container.mountPoints ?? [],
    volumesFrom: [],
    systemControls: container.systemControls ?? [],
    portMappings: (container.portMappings ?? []).map((mapping) => ({
      ...mapping,
      hostPort: mapping.hostPort ?? (task.networkMode === "host" || task.networkMode === "awsvpc" ? mapping.containerPort : 0),
      protocol: mapping.protocol ?? "tcp",
    })),
  };
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);

function refuseAbsent(input: RegisterTaskDefinitionRequest): void {
  const absent = (what: string): never => {
    throw new NotSupported("ecs", "RegisterTaskDefinition", what);
  };
  for (const member of ABSENT_OF_TASK) if (isGiven(input[member])) absent(member);
  const system = input.runtimePlatform?.operatingSystemFamily;
  if (system && system !== "LINUX") absent(`the operating system ${system}`);
  for (const volume of input.volumes ?? []) {
    for (const member of ABSENT_OF_VOLUME) if (isGiven(volume[member])) absent(`volumes[].${member}`);
    if (volume.configuredAtLaunch) absent("volumes[].configuredAtLaunch");
  }
  for (const container of input.containerDefinitions ?? []) {
    for (const member of ABSENT_OF_CONTAINER) if (isGiven(container[member])) absent(`containerDefinitions[].${member}`);
    if (container.restartPolicy?.enabled) absent("containerDefinitions[].restartPolicy");
    for (const member of ["devices", "maxSwap", "swappiness"] as const)
      if (isGiven(container.linuxParameters?.[member])) absent(`containerDefinitions[].linuxParameters.${member}`);
    if (container.portMappings?.some((mapping) => mapping.containerPortRange)) absent("containerDefinitions[].portMappings[].containerPortRange");
    refuseAbsentLogging(container, absent);
  }
}

function refuseAbsentLogging({ logConfiguration }: ContainerDefinition, absent: (what: string) => never): void {
  if (!logConfiguration) return;
  if (!["awslogs", "none", "json-file"].includes(logConfiguration.logDriver!)) absent(`the log driver ${logConfiguration.logDriver}`);
  if (logConfiguration.logDriver !== "awslogs") return;
  for (const option of Object.keys(logConfiguration.options ?? {})) if (!LOG_OPTIONS.includes(option)) absent(`the log option ${option}`);
  if (isGiven(logConfiguration.secretOptions)) absent("logConfiguration.secretOptions");
}

function validate(input: RegisterTaskDefinitionRequest): void {
  const containers = input.containerDefinitions ?? [];
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(input.family ?? "")) throw clientError("Family must be 1 to 255 letters, numbers, hyphens, and underscores.");
  if (containers.length === 0) throw clientError("Container list cannot be empty.");
  if (containers.length > 10) throw clientError("A task definition can have at most 10 containers.");
  if (!containers.some(({ essential }) => essential !== false)) throw clientError("The task definition does not have any essential containers.");
  const names = new Set<string>();
  for (const container of containers) {
    validateContainer(container, input);
    if (names.has(container.name!)) throw clientError(`Container name '${container.name}' is not unique in the task definition.`);
    names.add(container.name!);
  }
  validateVolumes(input);
  for (const container of containers) {
    for (const { containerName } of container.dependsOn ?? [])
      if (!names.has(containerName!)) throw clientError(`Container '${container.name}' depends on the unknown container '${containerName}'.`);
  }
  const circular = cycle(containers);
  if (circular) throw clientError(`Container '${circular}' depends on itself.`);
}

function validateContainer(container: ContainerDefinition, task: Pick<TaskDefinition, "memory" | "networkMode" | "volumes">): void {
  const { name, memory, memoryReservation } = container;
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(name ?? "")) throw clientError("Container.name should not be null or empty.");
  if (!container.image) throw clientError("Container.image should not be null or empty.");
  // In ECS's own words.
  if (!memory && !memoryReservation && !task.memory)
    throw clientError(`Invalid setting for container '${name}'. At least one of 'memory' or 'memoryReservation' must be specified.`);
  if (memory !== undefined && memory < 4) throw clientError(`Invalid setting for container '${name}'. 'memory' must be at least 4 MiB.`);
  if (memory && memoryReservation && memoryReservation > memory)
    throw clientError(`Invalid setting for container '${name}'. 'memory' must be greater than or equal to 'memoryReservation'.`);
  for (const { containerPort, hostPort, protocol } of container.portMappings ?? []) {
    for (const port of [containerPort, hostPort ?? 0])
      if (port === undefined || port < 0 || port > 65_535)
        throw clientError(`Invalid setting for container '${name}'. Ports must be between 0 and 65535.`);
    if (protocol && !["tcp", "udp"].includes(protocol))
      throw clientError(`Invalid setting for container '${name}'. The protocol must be tcp or udp.`);
    const { networkMode } = task;
    if ((networkMode === "host" || networkMode === "awsvpc") && hostPort && hostPort !== containerPort)
      throw clientError(`When networkMode=${networkMode}, the host ports and container ports in port mappings must match.`);
  }
  validateHealthCheck(container);
}

/** The ranges are those of API_HealthCheck. */
function validateHealthCheck({ name, healthCheck, stopTimeout }: ContainerDefinition): void {
  if (stopTimeout !== undefined && stopTimeout < 0) throw clientError(`Invalid setting for container '${name}'. 'stopTimeout' must not be negative.`);
  if (!healthCheck) return;
  if (!["CMD", "CMD-SHELL", "NONE"].includes(healthCheck.command?.[0] ?? ""))
    throw clientError(`Invalid setting for container '${name}'. The health check command must start with CMD or CMD-SHELL.`);
  const ranges = { interval: [5, 300], timeout: [2, 60], retries: [1, 10], startPeriod: [0, 300] } as const;
  for (const [member, [least, most]] of Object.entries(ranges)) {
    const value = healthCheck[member as keyof typeof ranges];
    if (value !== undefined && (value < least || value > most))
      throw clientError(`Invalid setting for container '${name}'. The health check's ${member} must be between ${least} and ${most}.`);
  }
}

function validateVolumes(input: RegisterTaskDefinitionRequest): void {
  const names = new Set<string>();
  for (const volume of input.volumes ?? []) {
    if (!volume.name || names.has(volume.name)) throw clientError(`Volume name '${volume.name ?? ""}' is missing or not unique.`);
    names.add(volume.name);
    const efs = volume.efsVolumeConfiguration;
    if (!efs) continue;
    if (efs.authorizationConfig?.accessPointId && efs.rootDirectory && efs.rootDirectory !== "/")
      throw clientError("When an EFS access point is specified, the root directory must be omitted or set to '/'.");
    const needsTls = efs.authorizationConfig?.accessPointId || efs.authorizationConfig?.iam === "ENABLED";
    if (needsTls && efs.transitEncryption !== "ENABLED")
      throw clientError("Transit encryption must be enabled when an EFS access point or IAM authorization is used.");
  }
  for (const container of input.containerDefinitions ?? []) {
    for (const { sourceVolume } of container.mountPoints ?? [])
      if (!names.has(sourceVolume ?? "")) throw clientError(`Unknown volume '${sourceVolume}'.`);
  }
}
