import { aws_applicationautoscaling as scaling } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { Scale } from "../../config/schema.ts";
import { untagged } from "../rouse-stack.ts";

/** Policies, by the goal of `scale` (Application Auto Scaling API reference, PredefinedMetricSpecification). */
const METRICS = {
  cpu: "ECSServiceAverageCPUUtilization",
  memory: "ECSServiceAverageMemoryUtilization",
  requests: "ALBRequestCountPerTarget",
} as const;

export interface ServiceScalingProps {
  readonly scale: Scale;
  /** `<application>-<leaf>`. */
  readonly name: string;
  readonly cluster: string;
  /** Name of the service, as the service itself gives it: the target comes after it. */
  readonly service: string;
  /** `app/…/…/targetgroup/…/…`; undefined where no requests come. */
  readonly requestsOf?: string;
}

/**
 * Who writes the service's desired count. Also where nothing is scaled: the template has no count, which a deployment would reset,
 * and registering the target is what brings the count between `min` and `max` (docs/decisions/0022-always-on.md).
 */
export class ServiceScaling extends Construct {
  constructor(scope: Construct, id: string, { scale, name, cluster, service, requestsOf }: ServiceScalingProps) {
    super(scope, id);
    const target = untagged(
      new scaling.CfnScalableTarget(this, "Count", {
        serviceNamespace: "ecs",
        scalableDimension: "ecs:service:DesiredCount",
        resourceId: `service/${cluster}/${service}`,
        minCapacity: scale.min,
        maxCapacity: scale.max,
      }),
    );
    for (const goal of ["cpu", "memory", "requests"] as const) {
      const targetValue = scale[goal];
      if (targetValue === undefined) continue;
      const label = goal === "requests" ? { resourceLabel: requestsOf } : {};
      new scaling.CfnScalingPolicy(this, goal[0]!.toUpperCase() + goal.slice(1), {
        policyName: `${name}-${goal}`,
        policyType: "TargetTrackingScaling",
        scalingTargetId: target.ref,
        targetTrackingScalingPolicyConfiguration: {
          predefinedMetricSpecification: { predefinedMetricType: METRICS[goal], ...label },
          targetValue,
          scaleInCooldown: scale.cooldown,
          scaleOutCooldown: scale.cooldown,
        },
      });
    }
  }
}
