import { list, named, upperTags, type Reader } from "./reader.ts";

const ECS = "ecs";

const cluster: Reader = async (context, { physicalId }) => {
  const [found] = list((await context.call(ECS, "DescribeClusters", { clusters: [physicalId], include: ["SETTINGS", "TAGS"] })).clusters);
  if (found?.["status"] !== "ACTIVE") return undefined;
  return { ClusterName: found["clusterName"] as string, ClusterSettings: found["settings"] as unknown, Tags: upperTags(found["tags"]) };
};

const associations: Reader = async (context, { physicalId }) => {
  const [found] = list((await context.call(ECS, "DescribeClusters", { clusters: [physicalId] })).clusters);
  return found && named(found, "CapacityProviders DefaultCapacityProviderStrategy");
};

const capacityProvider: Reader = async (context, { physicalId }) => {
  const [found] = list((await context.call(ECS, "DescribeCapacityProviders", { capacityProviders: [physicalId] })).capacityProviders);
  return found && named(found, "AutoScalingGroupProvider");
};

const taskDefinition: Reader = async (context, { physicalId }) => {
  const { taskDefinition: found, tags } = await context.call(ECS, "DescribeTaskDefinition", { taskDefinition: physicalId, include: ["TAGS"] });
  if (found.status !== "ACTIVE") return undefined;
  const NAMES =
    "ContainerDefinitions Cpu ExecutionRoleArn Family Memory NetworkMode PlacementConstraints RequiresCompatibilities RuntimePlatform TaskRoleArn Volumes";
  return { ...named(found, NAMES), Tags: upperTags(tags) };
};

const service: Reader = async (context, { physicalId, properties }) => {
  const cluster = properties["Cluster"] as unknown;
  const [found] = list((await context.call(ECS, "DescribeServices", { cluster, services: [physicalId], include: ["TAGS"] })).services);
  if (found?.["status"] !== "ACTIVE") return undefined;
  const NAMES =
    "DesiredCount TaskDefinition CapacityProviderStrategy DeploymentConfiguration LoadBalancers NetworkConfiguration HealthCheckGracePeriodSeconds SchedulingStrategy EnableECSManagedTags EnableExecuteCommand";
  return { ...named(found, NAMES), Tags: upperTags(found["tags"]) };
};

const autoScalingGroup: Reader = async (context, { physicalId }) => {
  const answer = await context.call("autoscaling", "DescribeAutoScalingGroups", { AutoScalingGroupNames: [physicalId] });
  const [found] = list(answer.AutoScalingGroups);
  if (!found) return undefined;
  return {
    ...named(
      found,
      "MinSize MaxSize DesiredCapacity LaunchTemplate MixedInstancesPolicy HealthCheckType HealthCheckGracePeriod NewInstancesProtectedFromScaleIn",
    ),
    VPCZoneIdentifier: String(found["VPCZoneIdentifier"] ?? "").split(","),
  };
};

const lifecycleHook: Reader = async (context, { physicalId, properties }) => {
  const AutoScalingGroupName = properties["AutoScalingGroupName"] as unknown;
  const answer = await context.call("autoscaling", "DescribeLifecycleHooks", { AutoScalingGroupName, LifecycleHookNames: [physicalId] });
  const [found] = list(answer.LifecycleHooks);
  return found && named(found, "DefaultResult HeartbeatTimeout LifecycleTransition NotificationTargetARN RoleARN");
};

const scalableTarget: Reader = async (context, { properties }) => {
  const { ServiceNamespace, ScalableDimension, ResourceId } = properties;
  const answer = await context.call("application-autoscaling", "DescribeScalableTargets", {
    ServiceNamespace,
    ScalableDimension,
    ResourceIds: [ResourceId],
  });
  const [found] = list(answer.ScalableTargets);
  return found && named(found, "MinCapacity MaxCapacity");
};

/** The code itself cannot be read back, on AWS neither. */
const lambdaFunction: Reader = async (context, { physicalId }) => {
  const found = await context.call("lambda", "GetFunctionConfiguration", { FunctionName: physicalId });
  return named(found, "Architectures Description Environment EphemeralStorage Handler MemorySize Role Runtime Timeout DeadLetterConfig");
};

const fileSystem: Reader = async (context, { physicalId }) => {
  const [found] = list((await context.call("elasticfilesystem", "DescribeFileSystems", { FileSystemId: physicalId })).FileSystems);
  return found && { ...named(found, "Encrypted PerformanceMode ThroughputMode"), FileSystemTags: list(found["Tags"]) };
};

const accessPoint: Reader = async (context, { physicalId }) => {
  const [found] = list((await context.call("elasticfilesystem", "DescribeAccessPoints", { AccessPointId: physicalId })).AccessPoints);
  return found && named(found, "FileSystemId PosixUser RootDirectory");
};

const repository: Reader = async (context, { physicalId, properties }) => {
  const [found] = list((await context.call("ecr", "DescribeRepositories", { repositoryNames: [physicalId] })).repositories);
  if (!found) return undefined;
  const policy = properties["LifecyclePolicy"] as { LifecyclePolicyText?: string } | undefined;
  const text =
    policy?.LifecyclePolicyText === undefined ? undefined : await context.call("ecr", "GetLifecyclePolicy", { repositoryName: physicalId });
  return {
    ...named(found, "ImageScanningConfiguration ImageTagMutability RepositoryName"),
    ...(text === undefined ? {} : { LifecyclePolicy: { LifecyclePolicyText: text.lifecyclePolicyText as string } }),
  };
};

export const computeReaders: Record<string, Reader> = {
  "AWS::ECS::Cluster": cluster,
  "AWS::ECS::ClusterCapacityProviderAssociations": associations,
  "AWS::ECS::CapacityProvider": capacityProvider,
  "AWS::ECS::TaskDefinition": taskDefinition,
  "AWS::ECS::Service": service,
  "AWS::AutoScaling::AutoScalingGroup": autoScalingGroup,
  "AWS::AutoScaling::LifecycleHook": lifecycleHook,
  "AWS::ApplicationAutoScaling::ScalableTarget": scalableTarget,
  "AWS::Lambda::Function": lambdaFunction,
  "AWS::EFS::FileSystem": fileSystem,
  "AWS::EFS::AccessPoint": accessPoint,
  "AWS::ECR::Repository": repository,
};
