import type {
  DeletePolicyType,
  DescribePoliciesType,
  ExecutePolicyType,
  PoliciesType,
  PolicyARNType,
  PutScalingPolicyType,
  ScalingPolicy,
} from "@aws-sdk/client-auto-scaling";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import { arn } from "../../../core/scope.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { blockingActivity } from "../engine/activities.ts";
import { userPolicy } from "../engine/causes.ts";
import { mistakeInSteps } from "../engine/adjust.ts";
import { itself } from "../engine/launch.ts";
import { applyPolicy } from "../engine/policy.ts";
import { page, requireGroup, requireLivingGroup, validationError } from "../errors.ts";
import type { AutoScalingDeps } from "../index.ts";
import { policies } from "../state.ts";
import type { PolicyRow } from "../state.ts";

const TYPES = ["ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"];
const AGGREGATIONS = ["Average", "Minimum", "Maximum"];

export function PutScalingPolicy(deps: AutoScalingDeps, input: PutScalingPolicyType, call: Call): PolicyARNType {
  const group = requireLivingGroup(deps.store, call, input.AutoScalingGroupName);
  const type = input.PolicyType ?? "SimpleScaling";
  if (type !== "StepScaling" && type !== "SimpleScaling") throw new NotSupported("autoscaling", "PutScalingPolicy", `the policy type ${type}`);
  if (input.TargetTrackingConfiguration || input.PredictiveScalingConfiguration)
    throw new NotSupported("autoscaling", "PutScalingPolicy", "TargetTrackingConfiguration and PredictiveScalingConfiguration");
  if (input.MinAdjustmentStep !== undefined)
    throw new NotSupported("autoscaling", "PutScalingPolicy", "MinAdjustmentStep; use MinAdjustmentMagnitude");
  validate(input, type);
  const table = policies(deps.store, call);
  const before = table.find((policy) => policy.group === group.name && policy.name === input.PolicyName);
  const row: PolicyRow = {
    group: group.name,
    name: input.PolicyName!,
    arn:
      before?.arn ?? arn("autoscaling", call, `scalingPolicy:${deps.ids.uuid()}:autoScalingGroupName/${group.name}:policyName/${input.PolicyName}`),
    type,
    adjustmentType: input.AdjustmentType as PolicyRow["adjustmentType"],
    minAdjustmentMagnitude: input.MinAdjustmentMagnitude,
    scalingAdjustment: input.ScalingAdjustment,
    cooldown: input.Cooldown,
    steps: input.StepAdjustments ?? [],
    aggregation: (input.MetricAggregationType ?? "Average") as PolicyRow["aggregation"],
    warmup: input.EstimatedInstanceWarmup,
    enabled: input.Enabled ?? true,
  };
  table.set(row.arn, row);
  return { PolicyARN: row.arn, Alarms: [] };
}

function validate(input: PutScalingPolicyType, type: string): void {
  if (!input.PolicyName) throw validationError("PolicyName is required.");
  if (!TYPES.includes(input.AdjustmentType ?? "")) throw validationError(`AdjustmentType must be one of [${TYPES.join(", ")}]`);
  const only = (member: keyof PutScalingPolicyType, other: string): void => {
    if (input[member] !== undefined && !(Array.isArray(input[member]) && input[member].length === 0))
      throw validationError(`${member} is only supported for policies of type ${other}`);
  };
  if (type === "StepScaling") {
    for (const member of ["ScalingAdjustment", "Cooldown"] as const) only(member, "SimpleScaling");
    if (!input.StepAdjustments?.length) throw validationError("StepAdjustments are required for policies of type StepScaling");
    const mistake = mistakeInSteps(input.StepAdjustments);
    if (mistake) throw validationError(mistake);
    if (input.MetricAggregationType !== undefined && !AGGREGATIONS.includes(input.MetricAggregationType))
      throw validationError(`MetricAggregationType must be one of [${AGGREGATIONS.join(", ")}]`);
  } else {
    for (const member of ["StepAdjustments", "MetricAggregationType", "EstimatedInstanceWarmup"] as const) only(member, "StepScaling");
    if (input.ScalingAdjustment === undefined) throw validationError("ScalingAdjustment is required for policies of type SimpleScaling");
  }
  const adjustments = [input.ScalingAdjustment, ...(input.StepAdjustments ?? []).map((step) => step.ScalingAdjustment)];
  if (input.AdjustmentType === "ExactCapacity" && adjustments.some((value) => value !== undefined && value < 0))
    throw validationError("ScalingAdjustment must not be negative for ExactCapacity");
  if (input.MinAdjustmentMagnitude !== undefined && input.AdjustmentType !== "PercentChangeInCapacity") {
    throw validationError("MinAdjustmentMagnitude is only supported for the adjustment type PercentChangeInCapacity");
  }
}

/** By name within a group, or by ARN. */
function requirePolicy(deps: Pick<AutoScalingDeps, "store">, scope: Scope, groupName: string | undefined, nameOrArn: string | undefined): PolicyRow {
  const table = policies(deps.store, scope);
  const byArn = table.get(nameOrArn ?? "");
  if (byArn) return byArn;
  if (groupName === undefined) throw validationError("Group name is required when the policy is not given by its ARN.");
  requireGroup(deps.store, scope, groupName);
  const found = table.find((policy) => policy.group === groupName && policy.name === nameOrArn);
  if (!found) throw validationError(`PolicyName ${nameOrArn} not found`);
  return found;
}

export function DescribePolicies(deps: AutoScalingDeps, input: DescribePoliciesType, call: Call): Promise<PoliciesType> {
  if (input.AutoScalingGroupName !== undefined) requireGroup(deps.store, call, input.AutoScalingGroupName);
  const found = policies(deps.store, call)
    .filter((policy) => input.AutoScalingGroupName === undefined || policy.group === input.AutoScalingGroupName)
    .filter((policy) => !input.PolicyNames?.length || input.PolicyNames.includes(policy.name) || input.PolicyNames.includes(policy.arn))
    .filter((policy) => !input.PolicyTypes?.length || input.PolicyTypes.includes(policy.type))
    .sort((a, b) => (a.arn < b.arn ? -1 : 1));
  const { items, ...rest } = page(found, input.NextToken, input.MaxRecords ?? 50);
  return Promise.all(items.map((policy) => describePolicy(deps, call, policy))).then((ScalingPolicies) => ({ ScalingPolicies, ...rest }));
}

async function describePolicy(deps: AutoScalingDeps, scope: Scope, policy: PolicyRow): Promise<ScalingPolicy> {
  interface Found {
    MetricAlarms?: { AlarmName?: string; AlarmArn?: string }[];
  }
  const { MetricAlarms } = await deps.api.call<Found>("cloudwatch", "DescribeAlarms", { ActionPrefix: policy.arn }, scope, itself(scope));
  return {
    AutoScalingGroupName: policy.group,
    PolicyName: policy.name,
    PolicyARN: policy.arn,
    PolicyType: policy.type,
    AdjustmentType: policy.adjustmentType,
    MinAdjustmentMagnitude: policy.minAdjustmentMagnitude,
    ScalingAdjustment: policy.scalingAdjustment,
    Cooldown: policy.cooldown,
    StepAdjustments: policy.steps,
    MetricAggregationType: policy.type === "StepScaling" ? policy.aggregation : undefined,
    EstimatedInstanceWarmup: policy.warmup,
    Alarms: (MetricAlarms ?? []).map(({ AlarmName, AlarmArn }) => ({ AlarmName, AlarmARN: AlarmArn })),
    Enabled: policy.enabled,
  };
}

export function DeletePolicy(deps: Pick<AutoScalingDeps, "store">, input: DeletePolicyType, call: Call): void {
  policies(deps.store, call).delete(requirePolicy(deps, call, input.AutoScalingGroupName, input.PolicyName).arn);
}

/** For tests of policies. Step policies need the metric's value and the threshold; simple ones may honor the cooldown. */
export function ExecutePolicy(deps: AutoScalingDeps, input: ExecutePolicyType, call: Call): void {
  const policy = requirePolicy(deps, call, input.AutoScalingGroupName, input.PolicyName);
  const group = requireLivingGroup(deps.store, call, policy.group);
  if (policy.type === "StepScaling") {
    if (input.HonorCooldown !== undefined) throw validationError("HonorCooldown is not supported for policies of type StepScaling");
    if (input.MetricValue === undefined || input.BreachThreshold === undefined)
      throw validationError("Both MetricValue and BreachThreshold are required for policies of type StepScaling");
  } else {
    if (input.MetricValue !== undefined || input.BreachThreshold !== undefined)
      throw validationError("MetricValue and BreachThreshold are only supported for policies of type StepScaling");
    const blocking = input.HonorCooldown ? blockingActivity(deps, call, group) : undefined;
    if (blocking) throw new AwsError("ScalingActivityInProgressFault", `Scaling activity ${blocking} is in progress and blocks this action`);
  }
  const difference = policy.type === "StepScaling" ? input.MetricValue! - input.BreachThreshold! : 0;
  applyPolicy(deps, call, policy, { difference, honorCooldown: false, cause: (from, to) => userPolicy(deps.clock.now(), policy.name, from, to) });
}

export const DescribeAdjustmentTypes = (): object => ({ AdjustmentTypes: TYPES.map((AdjustmentType) => ({ AdjustmentType })) });
