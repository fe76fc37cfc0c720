import { gone, listChanges, omit, pick, properties } from "./helpers.ts";
import { finishing } from "./partly-created.ts";
import type { Properties, ResourceContext, ResourceProvider } from "./provider.ts";

const SERVICE = "application-autoscaling";
const IDENTITY = ["ResourceId", "ScalableDimension", "ServiceNamespace"];

/** What `Ref` of a scalable target gives, and what ScalingTargetId of a policy takes: `service/…|ecs:service:DesiredCount|ecs`. */
const idOf = (props: Properties): string => IDENTITY.map((name) => String(props[name])).join("|");

const register = (context: ResourceContext, props: Properties): Promise<unknown> =>
  context.call(SERVICE, "RegisterScalableTarget", context.input(SERVICE, "RegisterScalableTarget", omit(props, "ScheduledActions")));

async function setActions(context: ResourceContext, before: Properties, after: Properties): Promise<void> {
  const identity = pick(after, IDENTITY);
  const actions = (props: Properties): Properties[] => (props["ScheduledActions"] as Properties[] | undefined) ?? [];
  const { added, removed } = listChanges(actions(before), actions(after));
  const names = new Set(actions(after).map((one) => one["ScheduledActionName"] as string));
  for (const { ScheduledActionName } of removed.filter((one) => !names.has(one["ScheduledActionName"] as string)))
    await gone(context.call(SERVICE, "DeleteScheduledAction", { ...identity, ScheduledActionName: ScheduledActionName as string }));
  for (const action of added)
    await context.call(SERVICE, "PutScheduledAction", context.input(SERVICE, "PutScheduledAction", { ...action, ...identity }));
}

/** SuspendedState that a template no longer has is over. */
const RESUMED = { DynamicScalingInSuspended: false, DynamicScalingOutSuspended: false, ScheduledScalingSuspended: false };

const target: ResourceProvider = {
  type: "AWS::ApplicationAutoScaling::ScalableTarget",
  properties: properties({
    replace: "ResourceId ScalableDimension ServiceNamespace",
    update: "MaxCapacity MinCapacity RoleARN ScheduledActions SuspendedState",
  }),
  required: ["MaxCapacity", "MinCapacity", ...IDENTITY],
  attributes: ["Id"],
  schema: { service: SERVICE, operation: "RegisterScalableTarget", own: ["ScheduledActions"] },
  async create(context, props) {
    await register(context, props);
    return finishing({ physicalId: idOf(props), attributes: { Id: idOf(props) } }, () => setActions(context, {}, props));
  },
  async update(context, props, existing, changed) {
    const SuspendedState = { ...RESUMED, ...(props["SuspendedState"] as Properties | undefined) };
    if (changed.some((name) => name !== "ScheduledActions")) await register(context, { ...props, SuspendedState });
    await setActions(context, existing.properties, props);
  },
  delete: (context, existing) => gone(context.call(SERVICE, "DeregisterScalableTarget", pick(existing.properties, IDENTITY))),
};

/** A policy names its target by its three parts, or by the target's own ID. */
function identityOf(props: Properties): Properties {
  const id = props["ScalingTargetId"] as string | undefined;
  if (id === undefined) return pick(props, IDENTITY);
  const [ResourceId, ScalableDimension, ServiceNamespace] = id.split("|");
  if (ServiceNamespace === undefined) throw new Error(`ScalingTargetId is not the ID of a scalable target: ${id}`);
  return { ResourceId, ScalableDimension, ServiceNamespace };
}

async function putPolicy(context: ResourceContext, props: Properties): Promise<{ physicalId: string; attributes: Properties }> {
  const input = context.input(SERVICE, "PutScalingPolicy", { ...omit(props, "ScalingTargetId"), ...identityOf(props) });
  const { PolicyARN } = await context.call(SERVICE, "PutScalingPolicy", input);
  return { physicalId: PolicyARN, attributes: { Arn: PolicyARN } };
}

const policy: ResourceProvider = {
  type: "AWS::ApplicationAutoScaling::ScalingPolicy",
  properties: properties({
    replace: "PolicyName ResourceId ScalableDimension ScalingTargetId ServiceNamespace",
    update: "PolicyType PredictiveScalingPolicyConfiguration StepScalingPolicyConfiguration TargetTrackingScalingPolicyConfiguration",
  }),
  required: ["PolicyName", "PolicyType"],
  attributes: ["Arn"],
  schema: { service: SERVICE, operation: "PutScalingPolicy", own: ["ScalingTargetId"] },
  create: putPolicy,
  update: putPolicy,
  delete: (context, existing) =>
    gone(
      context.call(SERVICE, "DeleteScalingPolicy", {
        ...identityOf(existing.properties),
        PolicyName: existing.properties["PolicyName"] as string,
      }),
    ),
};

export const applicationAutoScalingProviders: ResourceProvider[] = [target, policy];
