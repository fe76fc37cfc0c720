import { rollInstances } from "./autoscaling-rolling.ts";
import { gone, listChanges, omit, properties, tagChanges } from "./helpers.ts";
import { finishing } from "./partly-created.ts";
import type { ExistingResource, Properties, Resource, ResourceContext, ResourceProvider } from "./provider.ts";

const SERVICE = "autoscaling";
/** Properties that other operations than CreateAutoScalingGroup set. */
const OWN = ["NotificationConfigurations", "MetricsCollection", "VPCZoneIdentifier", "Cooldown", "Tags", "LifecycleHookSpecificationList"];
const RENAMES = { Cooldown: "DefaultCooldown" };
const SIZES = ["MinSize", "MaxSize", "DesiredCapacity"];
/** A change of one of these is what a rolling update replaces instances for ("UpdatePolicy attribute"). */
const ROLLING = ["LaunchTemplate", "MixedInstancesPolicy", "VPCZoneIdentifier", "AvailabilityZones", "LaunchConfigurationName"];

export async function describeGroup(context: ResourceContext, name: string): Promise<Properties | undefined> {
  const described = await context.call(SERVICE, "DescribeAutoScalingGroups", { AutoScalingGroupNames: [name] });
  return described.AutoScalingGroups?.[0] as Properties | undefined;
}

const zones = (props: Properties): Properties =>
  props["VPCZoneIdentifier"] === undefined ? {} : { VPCZoneIdentifier: [props["VPCZoneIdentifier"]].flat().join(",") };

const resourceTag = (name: string, tag: Properties): Properties => ({
  ResourceId: name,
  ResourceType: "auto-scaling-group",
  Key: tag["Key"] as string,
  Value: String(tag["Value"]),
  PropagateAtLaunch: String(tag["PropagateAtLaunch"]) === "true",
});

async function setExtras(context: ResourceContext, name: string, before: Properties, after: Properties): Promise<void> {
  const notifications = listChanges(before["NotificationConfigurations"] as Properties[], after["NotificationConfigurations"] as Properties[]);
  for (const one of notifications.removed)
    await context.call(SERVICE, "DeleteNotificationConfiguration", { AutoScalingGroupName: name, TopicARN: topicOf(one) });
  for (const one of notifications.added) {
    const NotificationTypes = [one["NotificationTypes"]].flat();
    await context.call(SERVICE, "PutNotificationConfiguration", { AutoScalingGroupName: name, TopicARN: topicOf(one), NotificationTypes });
  }
  const metrics = listChanges(before["MetricsCollection"] as Properties[], after["MetricsCollection"] as Properties[]);
  for (const one of metrics.removed) await context.call(SERVICE, "DisableMetricsCollection", { AutoScalingGroupName: name, Metrics: one["Metrics"] });
  for (const one of metrics.added) await context.call(SERVICE, "EnableMetricsCollection", { ...one, AutoScalingGroupName: name });
}

const topicOf = (one: Properties): string => String([one["TopicARN"]].flat()[0]);

/** Waits until as many instances are in service as the group wants, as CloudFormation does. */
async function stable(context: ResourceContext, name: string): Promise<void> {
  await context.until(`Group ${name}`, async () => {
    const group = await describeGroup(context, name);
    const wanted = Number(group?.["DesiredCapacity"] ?? 0);
    const inService = ((group?.["Instances"] as Properties[] | undefined) ?? []).filter((one) => one["LifecycleState"] === "InService").length;
    return inService >= wanted ? true : undefined;
  });
}

const asResource = async (context: ResourceContext, name: string): Promise<Resource> => ({
  physicalId: name,
  attributes: { AutoScalingGroupARN: (await describeGroup(context, name))?.["AutoScalingGroupARN"] },
});

/** Without IgnoreUnmodifiedGroupSizeProperties an update sets the sizes again; with it, only those that the template changed. */
function sizesToKeep(context: ResourceContext, changed: readonly string[]): string[] {
  const scheduled = context.definition.UpdatePolicy?.["AutoScalingScheduledAction"] as Properties | undefined;
  return String(scheduled?.["IgnoreUnmodifiedGroupSizeProperties"]) === "true" ? SIZES.filter((name) => !changed.includes(name)) : [];
}

const group: ResourceProvider = {
  type: "AWS::AutoScaling::AutoScalingGroup",
  properties: properties({
    replace: "AutoScalingGroupName",
    update:
      "AvailabilityZones CapacityRebalance Cooldown DefaultInstanceWarmup DesiredCapacity DesiredCapacityType HealthCheckGracePeriod HealthCheckType LaunchTemplate LifecycleHookSpecificationList MaxInstanceLifetime MaxSize MetricsCollection MinSize MixedInstancesPolicy NewInstancesProtectedFromScaleIn NotificationConfigurations PlacementGroup ServiceLinkedRoleARN Tags TargetGroupARNs TerminationPolicies VPCZoneIdentifier",
  }),
  required: ["MinSize", "MaxSize"],
  attributes: ["AutoScalingGroupARN"],
  schema: { service: SERVICE, operation: "CreateAutoScalingGroup", renames: RENAMES, own: OWN },
  tags: { property: "Tags", form: "propagating" },
  nameProperty: "AutoScalingGroupName",
  replaces: (changed, _properties, _existing, definition) =>
    String((definition.UpdatePolicy?.["AutoScalingReplacingUpdate"] as Properties | undefined)?.["WillReplace"]) === "true" &&
    changed.some((name) => ROLLING.includes(name)),
  async create(context, props) {
    const name = String(props["AutoScalingGroupName"] ?? context.physicalName(255));
    const plain = { ...omit(props, ...OWN), ...zones(props), AutoScalingGroupName: name };
    const Cooldown = props["Cooldown"] as unknown;
    const LifecycleHookSpecificationList = props["LifecycleHookSpecificationList"] as unknown;
    const input = context.input(SERVICE, "CreateAutoScalingGroup", { ...plain, Cooldown, LifecycleHookSpecificationList }, RENAMES);
    const Tags = ((props["Tags"] as Properties[] | undefined) ?? []).map((tag) => resourceTag(name, tag));
    await context.call(SERVICE, "CreateAutoScalingGroup", { ...input, Tags });
    return finishing(await asResource(context, name), async () => {
      await setExtras(context, name, {}, props);
      await stable(context, name);
    });
  },
  async update(context, props, existing, changed) {
    const name = existing.physicalId;
    const left = omit(
      { ...props, ...zones(props), Cooldown: props["Cooldown"] as unknown },
      ...OWN.filter((one) => one !== "VPCZoneIdentifier" && one !== "Cooldown"),
      ...sizesToKeep(context, changed),
    );
    const input = context.input(SERVICE, "UpdateAutoScalingGroup", { ...left, AutoScalingGroupName: name }, RENAMES);
    if (changed.some((one) => !["Tags", "NotificationConfigurations", "MetricsCollection", "LifecycleHookSpecificationList"].includes(one)))
      await context.call(SERVICE, "UpdateAutoScalingGroup", input);
    await updateHooks(context, existing, props);
    await updateTags(context, existing, props);
    await setExtras(context, name, existing.properties, props);
    if (changed.some((one) => ROLLING.includes(one))) await rollInstances(context, name);
    await stable(context, name);
  },
  async delete(context, existing) {
    const name = existing.physicalId;
    await gone(context.call(SERVICE, "DeleteAutoScalingGroup", { AutoScalingGroupName: name, ForceDelete: true }));
    await context.until(`Deletion of group ${name}`, async () => ((await describeGroup(context, name)) === undefined ? true : undefined));
  },
};

async function updateHooks(context: ResourceContext, existing: ExistingResource, props: Properties): Promise<void> {
  const { added, removed } = listChanges(
    existing.properties["LifecycleHookSpecificationList"] as Properties[],
    props["LifecycleHookSpecificationList"] as Properties[],
  );
  const names = new Set(added.map((one) => one["LifecycleHookName"] as string));
  for (const one of removed) {
    if (!names.has(one["LifecycleHookName"] as string))
      await context.call(SERVICE, "DeleteLifecycleHook", { AutoScalingGroupName: existing.physicalId, LifecycleHookName: one["LifecycleHookName"] });
  }
  for (const one of added)
    await context.call(
      SERVICE,
      "PutLifecycleHook",
      context.input(SERVICE, "PutLifecycleHook", { ...one, AutoScalingGroupName: existing.physicalId }),
    );
}

async function updateTags(context: ResourceContext, existing: ExistingResource, props: Properties): Promise<void> {
  const name = existing.physicalId;
  const before = (existing.properties["Tags"] as Properties[] | undefined) ?? [];
  const after = (props["Tags"] as Properties[] | undefined) ?? [];
  const { remove } = tagChanges(before, after);
  const { added } = listChanges(before, after);
  if (remove.length > 0)
    await context.call(SERVICE, "DeleteTags", { Tags: remove.map((Key) => ({ ResourceId: name, ResourceType: "auto-scaling-group", Key })) });
  if (added.length > 0) await context.call(SERVICE, "CreateOrUpdateTags", { Tags: added.map((tag) => resourceTag(name, tag)) });
}

const policy: ResourceProvider = {
  type: "AWS::AutoScaling::ScalingPolicy",
  properties: properties({
    replace: "AutoScalingGroupName",
    update:
      "AdjustmentType Cooldown EstimatedInstanceWarmup MetricAggregationType MinAdjustmentMagnitude PolicyType ScalingAdjustment StepAdjustments TargetTrackingConfiguration",
  }),
  required: ["AutoScalingGroupName"],
  attributes: ["Arn", "PolicyName"],
  schema: { service: SERVICE, operation: "PutScalingPolicy" },
  create: (context, props) => putPolicy(context, props, context.physicalName(255)),
  update: (context, props, existing) => putPolicy(context, props, String(existing.attributes["PolicyName"])),
  delete: (context, existing) =>
    gone(
      context.call(SERVICE, "DeletePolicy", { AutoScalingGroupName: existing.properties["AutoScalingGroupName"], PolicyName: existing.physicalId }),
    ),
};

async function putPolicy(context: ResourceContext, props: Properties, PolicyName: string): Promise<Resource> {
  const made = await context.call(SERVICE, "PutScalingPolicy", context.input(SERVICE, "PutScalingPolicy", { ...props, PolicyName }));
  return { physicalId: made.PolicyARN, attributes: { Arn: made.PolicyARN, PolicyName } };
}

const putHook = async (context: ResourceContext, props: Properties, LifecycleHookName: string): Promise<Resource> => {
  await context.call(SERVICE, "PutLifecycleHook", context.input(SERVICE, "PutLifecycleHook", { ...props, LifecycleHookName }));
  return { physicalId: LifecycleHookName, attributes: {} };
};

const hook: ResourceProvider = {
  type: "AWS::AutoScaling::LifecycleHook",
  properties: properties({
    replace: "AutoScalingGroupName LifecycleHookName",
    update: "DefaultResult HeartbeatTimeout LifecycleTransition NotificationMetadata NotificationTargetARN RoleARN",
  }),
  required: ["AutoScalingGroupName", "LifecycleTransition"],
  schema: { service: SERVICE, operation: "PutLifecycleHook" },
  nameProperty: "LifecycleHookName",
  create: (context, props) => putHook(context, props, String(props["LifecycleHookName"] ?? context.physicalName(255))),
  update: (context, props, existing) => putHook(context, props, existing.physicalId),
  delete: (context, existing) =>
    gone(
      context.call(SERVICE, "DeleteLifecycleHook", {
        AutoScalingGroupName: existing.properties["AutoScalingGroupName"],
        LifecycleHookName: existing.physicalId,
      }),
    ),
};

export const autoScalingProviders: ResourceProvider[] = [group, policy, hook];
