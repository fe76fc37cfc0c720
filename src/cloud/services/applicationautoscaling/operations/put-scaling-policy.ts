import type {
  PutScalingPolicyRequest,
  PutScalingPolicyResponse,
  StepScalingPolicyConfiguration,
  TargetTrackingScalingPolicyConfiguration,
} from "@aws-sdk/client-application-auto-scaling";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import { arn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { mistakeInSteps } from "../../autoscaling/engine/adjust.ts";
import { alarmsThatCall, deleteAlarms, LABEL, putAlarms, watchedBy } from "../engine/alarms.ts";
import { between, constraint, invalid, resourceOf, targetOf } from "../errors.ts";
import type { Parts } from "../index.ts";
import { policies, type PolicyRow, type StepPolicyRow, type TrackingPolicyRow } from "../state.ts";

const TYPES = ["PredictiveScaling", "StepScaling", "TargetTrackingScaling"];
const ADJUSTMENTS = ["ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"];
const AGGREGATIONS = ["Average", "Maximum", "Minimum"];
const STATISTICS = ["Average", "Maximum", "Minimum", "SampleCount", "Sum"];
/** Service endpoints and quotas, Application Auto Scaling. */
const MAX_POLICIES = 50;
const MAX_STEPS = 20;

/** Creates a policy, or updates one of that name, which keeps its ARN. A target tracking policy gets new alarms each time. */
export async function PutScalingPolicy(deps: Parts, input: PutScalingPolicyRequest, call: Call): Promise<PutScalingPolicyResponse> {
  const { resourceId } = targetOf(deps.store, call, resourceOf("PutScalingPolicy", input));
  const table = policies(deps.store, call);
  const ofTarget = table.filter((row) => row.resourceId === resourceId);
  const before = ofTarget.find((row) => row.name === input.PolicyName);
  const type = typeOf(input, before);
  if (!before && ofTarget.length >= MAX_POLICIES)
    throw new AwsError("LimitExceededException", `Maximum number of scaling policies has been reached for ${resourceId}`);
  const name = input.PolicyName!;
  const common = {
    resourceId,
    name,
    arn: before?.arn ?? arn("autoscaling", call, `scalingPolicy:${deps.ids.uuid()}:resource/ecs/${resourceId}:policyName/${name}`),
    createdAt: before?.createdAt ?? deps.clock.now(),
  };
  if (type === "StepScaling") {
    const step = stepOf(input.StepScalingPolicyConfiguration, before?.type === "StepScaling" ? before : undefined);
    table.set(common.arn, { ...common, type, step });
    await deleteAlarms(deps, call, before);
  } else {
    const tracking = trackingOf(input, ofTarget, resourceId);
    const row = trackingRow(deps, common, tracking, before);
    await putAlarms(deps, call, row);
    table.set(row.arn, row);
    await deleteAlarms(deps, call, before);
  }
  return { PolicyARN: common.arn, Alarms: await alarmsThatCall(deps, call, common.arn) };
}

function trackingRow(
  { ids }: Pick<Parts, "ids">,
  common: Pick<PolicyRow, "resourceId" | "name" | "arn" | "createdAt">,
  tracking: TargetTrackingScalingPolicyConfiguration,
  before: PolicyRow | undefined,
): TrackingPolicyRow {
  const alarmName = (kind: string): string => `TargetTracking-${common.resourceId}-Alarm${kind}-${ids.uuid()}`;
  return {
    ...common,
    type: "TargetTrackingScaling",
    tracking,
    createdBy: before?.type === "TargetTrackingScaling" ? before.createdBy : `createdBy/${ids.uuid()}`,
    high: alarmName("High"),
    ...(tracking.DisableScaleIn ? {} : { low: alarmName("Low") }),
  };
}

function typeOf(input: PutScalingPolicyRequest, before: PolicyRow | undefined): PolicyRow["type"] {
  if (!/^[\x20-\x7e]{1,256}$/.test(input.PolicyName ?? ""))
    throw constraint("policyName", input.PolicyName, "Member must satisfy regular expression pattern: \\p{Print}+");
  const type = input.PolicyType ?? before?.type ?? "StepScaling";
  if (!TYPES.includes(type)) throw constraint("policyType", type, `Member must satisfy enum value set: [${TYPES.join(", ")}]`);
  if (type === "PredictiveScaling" || input.PredictiveScalingPolicyConfiguration)
    throw new NotSupported("application-autoscaling", "PutScalingPolicy", "predictive scaling");
  if (type === "StepScaling" && input.TargetTrackingScalingPolicyConfiguration)
    throw invalid("TargetTrackingScalingPolicyConfiguration is only supported for policies of type TargetTrackingScaling");
  if (type === "TargetTrackingScaling" && input.StepScalingPolicyConfiguration)
    throw invalid("StepScalingPolicyConfiguration is only supported for policies of type StepScaling");
  return type;
}

/** "AdjustmentType is required if you are adding a new step scaling policy configuration": what is left out stays as it was. */
function stepOf(input: StepScalingPolicyConfiguration | undefined, before: StepPolicyRow | undefined): StepScalingPolicyConfiguration {
  const step = { ...before?.step, ...input };
  const { AdjustmentType, StepAdjustments: steps = [], MetricAggregationType } = step;
  if (!AdjustmentType || !ADJUSTMENTS.includes(AdjustmentType))
    throw constraint(
      "stepScalingPolicyConfiguration.adjustmentType",
      AdjustmentType,
      `Member must satisfy enum value set: [${ADJUSTMENTS.join(", ")}]`,
    );
  if (steps.length === 0) throw invalid("At least one step adjustment must be specified");
  if (steps.length > MAX_STEPS) throw invalid(`A step scaling policy cannot have more than ${MAX_STEPS} step adjustments`);
  if (MetricAggregationType !== undefined && !AGGREGATIONS.includes(MetricAggregationType))
    throw constraint(
      "stepScalingPolicyConfiguration.metricAggregationType",
      MetricAggregationType,
      `Member must satisfy enum value set: [${AGGREGATIONS.join(", ")}]`,
    );
  if (steps.some((one) => one.MetricIntervalLowerBound === undefined && one.MetricIntervalUpperBound === undefined))
    throw invalid("The upper and lower bound can't be null in the same step adjustment");
  const mistake = mistakeInSteps(steps);
  if (mistake) throw invalid(mistake);
  if (AdjustmentType === "ExactCapacity" && steps.some((one) => one.ScalingAdjustment! < 0))
    throw invalid("ScalingAdjustment must not be negative for ExactCapacity");
  if (step.MinAdjustmentMagnitude !== undefined && AdjustmentType !== "PercentChangeInCapacity")
    throw invalid("MinAdjustmentMagnitude is only supported for the adjustment type PercentChangeInCapacity");
  between("stepScalingPolicyConfiguration.cooldown", step.Cooldown, 0);
  return step;
}

function trackingOf(input: PutScalingPolicyRequest, ofTarget: PolicyRow[], resourceId: string): TargetTrackingScalingPolicyConfiguration {
  const tracking = input.TargetTrackingScalingPolicyConfiguration;
  if (!tracking) throw invalid("TargetTrackingScalingPolicyConfiguration is required for policies of type TargetTrackingScaling");
  const { PredefinedMetricSpecification: predefined, CustomizedMetricSpecification: customized, TargetValue } = tracking;
  if (TargetValue === undefined || !Number.isFinite(TargetValue) || TargetValue <= 0)
    throw invalid(`The target value ${TargetValue} must be a number greater than 0`);
  if ((predefined === undefined) === (customized === undefined))
    throw invalid("Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified");
  checkPredefined(predefined);
  checkCustomized(customized);
  between("targetTrackingScalingPolicyConfiguration.scaleOutCooldown", tracking.ScaleOutCooldown, 0);
  between("targetTrackingScalingPolicyConfiguration.scaleInCooldown", tracking.ScaleInCooldown, 0);
  const metric = JSON.stringify(watchedBy(tracking, resourceId));
  const same = ofTarget.some(
    (row) => row.type === "TargetTrackingScaling" && row.name !== input.PolicyName && JSON.stringify(watchedBy(row.tracking, resourceId)) === metric,
  );
  // Quoted in github.com/gravitational/teleport, which looks for these words.
  if (same) throw invalid("Only one TargetTrackingScaling policy for a given metric specification is allowed.");
  return tracking;
}

function checkPredefined(predefined: TargetTrackingScalingPolicyConfiguration["PredefinedMetricSpecification"]): void {
  if (!predefined) return;
  const { PredefinedMetricType: type, ResourceLabel: label } = predefined;
  if (type === "ECSServiceAverageCPUUtilization" || type === "ECSServiceAverageMemoryUtilization") {
    // "You can't specify a resource label unless the metric type is ALBRequestCountPerTarget."
    if (label !== undefined) throw invalid(`Resource label is not supported for the predefined metric type ${type}`);
  } else if (type === "ALBRequestCountPerTarget") {
    if (!LABEL.test(label ?? "")) throw invalid(`Invalid resource label: ${label}. It must be app/<name>/<id>/targetgroup/<name>/<id>`);
  } else if (type?.startsWith("ECSService")) {
    throw new NotSupported("application-autoscaling", "PutScalingPolicy", `the predefined metric ${type}`);
  } else {
    throw invalid(`Predefined metric type ${type} is not supported for the service namespace ecs`);
  }
}

function checkCustomized(customized: TargetTrackingScalingPolicyConfiguration["CustomizedMetricSpecification"]): void {
  if (!customized) return;
  const single = [customized.MetricName, customized.Namespace, customized.Statistic];
  if (customized.Metrics) {
    if (single.some((member) => member !== undefined)) throw invalid("Metrics cannot be combined with MetricName, Namespace or Statistic");
    return;
  }
  if (single.includes(undefined))
    throw invalid("MetricName, Namespace and Statistic are required in a customized metric specification without Metrics");
  if (!STATISTICS.includes(customized.Statistic!))
    throw constraint(
      "customizedMetricSpecification.statistic",
      customized.Statistic,
      `Member must satisfy enum value set: [${STATISTICS.join(", ")}]`,
    );
}
