import { gone, omit, pick, properties, tagChanges } from "./helpers.ts";
import { finishing } from "./partly-created.ts";
import type { Properties, ResourceContext, ResourceProvider } from "./provider.ts";

const SERVICE = "ecs";
const TAGS = { property: "Tags", form: "list" } as const;

const apiTags = (props: Properties): Properties =>
  (props["Tags"] as unknown[] | undefined)?.length
    ? { tags: (props["Tags"] as Properties[]).map((tag) => ({ key: tag["Key"] as string, value: String(tag["Value"]) })) }
    : {};

async function updateTags(context: ResourceContext, resourceArn: string, before: Properties, after: Properties): Promise<void> {
  const { set, remove } = tagChanges(before["Tags"], after["Tags"]);
  if (remove.length > 0) await context.call(SERVICE, "UntagResource", { resourceArn, tagKeys: remove });
  if (set.length > 0) await context.call(SERVICE, "TagResource", { resourceArn, tags: set.map(({ Key, Value }) => ({ key: Key, value: Value })) });
}

const CLUSTER_RENAMES = { ClusterSettings: "settings" };

const cluster: ResourceProvider = {
  type: "AWS::ECS::Cluster",
  properties: properties({
    replace: "ClusterName",
    update: "CapacityProviders ClusterSettings Configuration DefaultCapacityProviderStrategy ServiceConnectDefaults Tags",
  }),
  attributes: ["Arn"],
  schema: { service: SERVICE, operation: "CreateCluster", renames: CLUSTER_RENAMES },
  tags: TAGS,
  nameProperty: "ClusterName",
  async create(context, props) {
    const ClusterName = String(props["ClusterName"] ?? context.physicalName(255));
    const input = context.input(SERVICE, "CreateCluster", { ...omit(props, "Tags"), ClusterName }, CLUSTER_RENAMES);
    const made = await context.call(SERVICE, "CreateCluster", { ...input, ...apiTags(props) });
    return { physicalId: ClusterName, attributes: { Arn: made.cluster.clusterArn } };
  },
  async update(context, props, existing, changed) {
    const settings = omit(props, "Tags", "ClusterName", "CapacityProviders", "DefaultCapacityProviderStrategy");
    if (changed.some((name) => ["ClusterSettings", "Configuration", "ServiceConnectDefaults"].includes(name)))
      await context.call(SERVICE, "UpdateCluster", {
        ...context.input(SERVICE, "UpdateCluster", settings, CLUSTER_RENAMES),
        cluster: existing.physicalId,
      });
    if (changed.some((name) => ["CapacityProviders", "DefaultCapacityProviderStrategy"].includes(name)))
      await putProviders(context, { ...props, Cluster: existing.physicalId });
    await updateTags(context, String(existing.attributes["Arn"]), existing.properties, props);
  },
  delete: (context, existing) => gone(context.call(SERVICE, "DeleteCluster", { cluster: existing.physicalId })),
};

/** Another update of the cluster's attachments may be under way: ECS says UpdateInProgressException until it is done. */
async function putProviders(context: ResourceContext, props: Properties): Promise<void> {
  const input = context.input(SERVICE, "PutClusterCapacityProviders", {
    Cluster: props["Cluster"] as unknown,
    CapacityProviders: (props["CapacityProviders"] as unknown) ?? [],
    DefaultCapacityProviderStrategy: (props["DefaultCapacityProviderStrategy"] as unknown) ?? [],
  });
  await context.until("The cluster's capacity providers", async () => {
    try {
      await context.call(SERVICE, "PutClusterCapacityProviders", input);
      return true;
    } catch (error) {
      if ((error as { code?: string }).code === "UpdateInProgressException") return undefined;
      throw error;
    }
  });
}

const associations: ResourceProvider = {
  type: "AWS::ECS::ClusterCapacityProviderAssociations",
  properties: properties({ replace: "Cluster", update: "CapacityProviders DefaultCapacityProviderStrategy" }),
  required: ["Cluster"],
  schema: { service: SERVICE, operation: "PutClusterCapacityProviders" },
  async create(context, props) {
    await putProviders(context, props);
    return { physicalId: String(props["Cluster"]), attributes: {} };
  },
  update: (context, props) => putProviders(context, props),
  delete: (context, existing) => gone(putProviders(context, { Cluster: existing.physicalId })),
};

const capacityProvider: ResourceProvider = {
  type: "AWS::ECS::CapacityProvider",
  properties: properties({ replace: "Name", update: "AutoScalingGroupProvider Tags" }),
  required: ["AutoScalingGroupProvider"],
  schema: { service: SERVICE, operation: "CreateCapacityProvider" },
  tags: TAGS,
  nameProperty: "Name",
  replaces: (_changed, props, existing) => groupOf(props) !== groupOf(existing.properties),
  async create(context, props) {
    const Name = String(props["Name"] ?? context.physicalName(255));
    const input = context.input(SERVICE, "CreateCapacityProvider", { ...omit(props, "Tags"), Name });
    const made = await context.call(SERVICE, "CreateCapacityProvider", { ...input, ...apiTags(props) });
    return { physicalId: Name, attributes: { Arn: made.capacityProvider.capacityProviderArn } };
  },
  async update(context, props, existing) {
    const rest = omit(props["AutoScalingGroupProvider"] as Properties, "AutoScalingGroupArn");
    const input = context.input(SERVICE, "UpdateCapacityProvider", { Name: existing.physicalId, AutoScalingGroupProvider: rest });
    await context.call(SERVICE, "UpdateCapacityProvider", input);
    await updateTags(context, String(existing.attributes["Arn"]), existing.properties, props);
  },
  async delete(context, existing) {
    // It is in use until the cluster has let go of it, which another resource's deletion does.
    await gone(context.call(SERVICE, "DeleteCapacityProvider", { capacityProvider: existing.physicalId }));
  },
};

const groupOf = (props: Properties): unknown => (props["AutoScalingGroupProvider"] as Properties | undefined)?.["AutoScalingGroupArn"];

const taskDefinition: ResourceProvider = {
  type: "AWS::ECS::TaskDefinition",
  properties: properties({
    replace:
      "ContainerDefinitions Cpu EnableFaultInjection EphemeralStorage ExecutionRoleArn Family IpcMode Memory NetworkMode PidMode PlacementConstraints ProxyConfiguration RequiresCompatibilities RuntimePlatform TaskRoleArn Volumes",
    update: "Tags",
  }),
  attributes: ["TaskDefinitionArn"],
  schema: { service: SERVICE, operation: "RegisterTaskDefinition" },
  tags: TAGS,
  async create(context, props) {
    // "If you use … and don't specify a family name, CloudFormation generates one" (AWS::ECS::TaskDefinition, Family).
    const Family = (props["Family"] as unknown) ?? context.physicalName(255);
    const input = context.input(SERVICE, "RegisterTaskDefinition", { ContainerDefinitions: [], ...omit(props, "Tags"), Family });
    const made = await context.call(SERVICE, "RegisterTaskDefinition", { ...input, ...apiTags(props) });
    const arn: string = made.taskDefinition.taskDefinitionArn;
    return { physicalId: arn, attributes: { TaskDefinitionArn: arn } };
  },
  update: (context, props, existing) => updateTags(context, existing.physicalId, existing.properties, props),
  delete: (context, existing) => gone(context.call(SERVICE, "DeregisterTaskDefinition", { taskDefinition: existing.physicalId })),
};

const SERVICE_RENAMES = { PlacementStrategies: "placementStrategy" };
const CREATE_ONLY = ["Cluster", "ServiceName", "SchedulingStrategy", "Role", "LaunchType", "Tags"];

const service: ResourceProvider = {
  type: "AWS::ECS::Service",
  properties: properties({
    replace: "Cluster Role SchedulingStrategy ServiceName LaunchType DeploymentController",
    update:
      "AvailabilityZoneRebalancing CapacityProviderStrategy DeploymentConfiguration DesiredCount EnableECSManagedTags EnableExecuteCommand HealthCheckGracePeriodSeconds LoadBalancers NetworkConfiguration PlacementConstraints PlacementStrategies PlatformVersion PropagateTags ServiceConnectConfiguration ServiceRegistries Tags TaskDefinition VolumeConfigurations",
  }),
  attributes: ["ServiceArn", "Name"],
  schema: { service: SERVICE, operation: "CreateService", renames: SERVICE_RENAMES },
  tags: TAGS,
  nameProperty: "ServiceName",
  async create(context, props) {
    const ServiceName = String(props["ServiceName"] ?? context.physicalName(255));
    const desired = props["SchedulingStrategy"] === "DAEMON" || props["DesiredCount"] !== undefined ? {} : { DesiredCount: 1 };
    const input = context.input(SERVICE, "CreateService", { ...desired, ...omit(props, "Tags"), ServiceName }, SERVICE_RENAMES);
    const made = await context.call(SERVICE, "CreateService", { ...input, ...apiTags(props) });
    const arn: string = made.service.serviceArn;
    const deployment = made.service.deployments?.[0]?.id as string | undefined;
    return finishing({ physicalId: arn, attributes: { ServiceArn: arn, Name: ServiceName } }, () => steady(context, arn, props, deployment));
  },
  async update(context, props, existing, changed) {
    const rest = omit(props, ...CREATE_ONLY, "DeploymentController", "DesiredCount");
    // A count that the template leaves alone is somebody else's to set: a deploy must not reset it.
    const count = changed.includes("DesiredCount") ? pick(props, ["DesiredCount"]) : {};
    const unbalanced = changed.includes("LoadBalancers") && props["LoadBalancers"] === undefined ? { LoadBalancers: [] } : {};
    const input = context.input(SERVICE, "UpdateService", { ...rest, ...count, ...unbalanced }, SERVICE_RENAMES);
    const made = await context.call(SERVICE, "UpdateService", { ...input, service: existing.physicalId, cluster: props["Cluster"] as unknown });
    await updateTags(context, existing.physicalId, existing.properties, props);
    await steady(context, existing.physicalId, props, made.service.deployments?.[0]?.id as string | undefined);
  },
  async delete(context, existing) {
    await gone(
      context.call(SERVICE, "DeleteService", { cluster: existing.properties["Cluster"] as unknown, service: existing.physicalId, force: true }),
    );
    await context.until(`Deletion of service ${existing.physicalId}`, async () => {
      const found = await describeService(context, existing.physicalId, existing.properties).catch(() => undefined);
      return found === undefined || found["status"] === "INACTIVE" ? true : undefined;
    });
  },
};

async function describeService(context: ResourceContext, arn: string, props: Properties): Promise<Properties | undefined> {
  const described = await context.call(SERVICE, "DescribeServices", { cluster: props["Cluster"] as unknown, services: [arn] });
  return described.services?.[0] as Properties | undefined;
}

/**
 * CloudFormation waits for a steady state: one deployment, completed, with all of its tasks running. It fails when the circuit breaker has
 * ended the deployment: that is FAILED then or, where it was rolled back, no longer the PRIMARY one.
 */
async function steady(context: ResourceContext, arn: string, props: Properties, deployment: string | undefined): Promise<void> {
  await context.until(`Service ${arn}`, async () => {
    const found = await describeService(context, arn, props);
    const deployments = (found?.["deployments"] as Properties[] | undefined) ?? [];
    const [primary] = deployments;
    if (primary?.["rolloutState"] === "FAILED" || (deployment !== undefined && primary !== undefined && primary["id"] !== deployment))
      throw new Error(
        `Resource handler returned message: "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'." (RequestToken: ${context.ids.uuid()}, HandlerErrorCode: GeneralServiceException)`,
      );
    const settled =
      deployments.length === 1 &&
      primary?.["rolloutState"] === "COMPLETED" &&
      Number(found?.["runningCount"] ?? 0) >= Number(found?.["desiredCount"] ?? 0);
    return settled ? true : undefined;
  });
}

export const ecsProviders: ResourceProvider[] = [cluster, associations, capacityProvider, taskDefinition, service];
