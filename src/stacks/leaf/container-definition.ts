import { aws_ecr_assets as assets, aws_ecs as ecs, aws_iam as iam, aws_logs as logs, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { resolve } from "node:path";
import type { ContainerLeaf, Ec2Compute, FargateCompute } from "../../config/schema.ts";
import { memoryReservation } from "../instance-memory.ts";
import type { LeafContext } from "../leaf-stack.ts";
import { LOCAL } from "../names.ts";
import { acknowledge, acknowledgeWildcards } from "../rouse-stack.ts";
import { permissionStatements } from "./permissions.ts";
import { secretsOf } from "./secrets.ts";
import type { Volume } from "./volumes.ts";

/** The embedded cloud runs this as a child process where there is no container engine; elsewhere it is not there. */
const PROCESS_LABEL = "dev.rouse.process";

type Containered = ContainerLeaf & { readonly compute: Ec2Compute | FargateCompute };

/** MiB that a container reserves of its instance. */
export const reservedMemory = (leaf: { readonly name: string; readonly compute: Ec2Compute }): number =>
  leaf.compute.memory ?? memoryReservation(leaf.compute.instanceType, leaf.name);

/** The one container of a task definition, its log below `scope`, and its volumes. `options`: what differs with the network and the machine. */
export function addContainer(
  scope: Construct,
  taskDefinition: ecs.TaskDefinition,
  { leaf, project, application }: Pick<LeafContext, "project" | "application"> & { readonly leaf: Containered },
  volumes: readonly Volume[],
  options: Pick<ecs.ContainerDefinitionOptions, "portMappings" | "memoryReservationMiB">,
): void {
  const isLocal = project.environment.name === LOCAL;
  const logGroup = new logs.LogGroup(scope, "Log", {
    logGroupName: `/rouse/${application}/${leaf.name}`,
    retention: project.base.logs.retention,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const container = taskDefinition.addContainer("Container", {
    containerName: leaf.name,
    image: imageOf(leaf, isLocal),
    command: leaf.command,
    entryPoint: leaf.entrypoint,
    environment: leaf.environment,
    secrets: secretsOf(scope, leaf, taskDefinition.obtainExecutionRole()),
    ...options,
    stopTimeout: Duration.seconds(leaf.stopTimeout),
    healthCheck: healthOf(leaf),
    logging: ecs.LogDrivers.awsLogs({ logGroup, streamPrefix: leaf.name }),
    dockerLabels:
      isLocal && leaf.process ? { [PROCESS_LABEL]: JSON.stringify({ ...leaf.process, directory: resolve(leaf.process.directory) }) } : undefined,
  });
  mount(taskDefinition, container, volumes);
  permit(taskDefinition, leaf);
  acknowledge(taskDefinition, "AwsSolutions-ECS2", "The variables are the leaf's own settings; the reference says that secrets do not belong there.");
  acknowledgeWildcards(
    taskDefinition.obtainExecutionRole(),
    ["*"],
    "Getting an ECR token has no resource (Service Authorization Reference, ecr:GetAuthorizationToken).",
  );
}

/** What the leaf says that its container may do, and nothing else but its volumes. */
function permit(taskDefinition: ecs.TaskDefinition, { permissions }: ContainerLeaf): void {
  for (const statement of permissionStatements(Stack.of(taskDefinition), permissions)) {
    taskDefinition.addToTaskRolePolicy(statement);
    const wild = statement.resources.filter((resource) => resource.includes("*"));
    acknowledgeWildcards(taskDefinition, wild, "The leaf's own permissions say so.");
    for (const action of statement.actions.filter((each) => each.includes("*")))
      acknowledge(taskDefinition, `AwsSolutions-IAM5[Action::${action}]`, "The leaf's own permissions say so.");
  }
}

function mount(taskDefinition: ecs.TaskDefinition, container: ecs.ContainerDefinition, volumes: readonly Volume[]): void {
  for (const { name, fileSystemId, fileSystemArn, paths } of volumes) {
    for (const [index, { path, accessPointId }] of paths.entries()) {
      const volume = `${name}-${index}`;
      const efsVolumeConfiguration = { fileSystemId, transitEncryption: "ENABLED", authorizationConfig: { accessPointId, iam: "ENABLED" } };
      taskDefinition.addVolume({ name: volume, efsVolumeConfiguration });
      container.addMountPoints({ sourceVolume: volume, containerPath: path, readOnly: false });
    }
    const accessPoints = paths.map(({ accessPointArn }) => accessPointArn);
    taskDefinition.addToTaskRolePolicy(
      new iam.PolicyStatement({
        // Root access, because servers that start as root hand their files to another user.
        actions: ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite", "elasticfilesystem:ClientRootAccess"],
        resources: [fileSystemArn],
        conditions: { StringEquals: { "elasticfilesystem:AccessPointArn": accessPoints } },
      }),
    );
  }
}

function imageOf(leaf: Containered, isLocal: boolean): ecs.ContainerImage {
  if (leaf.image) return ecs.ContainerImage.fromRegistry(leaf.image);
  if (!leaf.build) throw new Error(`leaf ${leaf.name}: neither image nor build`);
  const { context, dockerfile, args } = leaf.build;
  const arm = leaf.compute.architecture === "arm64";
  return ecs.ContainerImage.fromAsset(context, {
    file: dockerfile,
    buildArgs: args,
    // On this machine its own processor runs it, whatever the leaf says.
    platform: isLocal ? undefined : arm ? assets.Platform.LINUX_ARM64 : assets.Platform.LINUX_AMD64,
  });
}

function healthOf({ health }: ContainerLeaf): ecs.HealthCheck | undefined {
  if (!health) return undefined;
  const { command, retries } = health;
  return {
    command,
    retries,
    interval: Duration.seconds(health.interval),
    timeout: Duration.seconds(health.timeout),
    ...(health.startPeriod > 0 ? { startPeriod: Duration.seconds(health.startPeriod) } : {}),
  };
}
