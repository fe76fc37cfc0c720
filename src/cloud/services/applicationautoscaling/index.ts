import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { Api, ScalingPort } from "../../core/ports.ts";
import { bind, type Service } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { accessOf } from "./access.ts";
import { Engine } from "./engine/engine.ts";
import { ScheduledActions } from "./engine/scheduled.ts";
import { PutScalingPolicy } from "./operations/put-scaling-policy.ts";
import { RegisterScalableTarget } from "./operations/register-scalable-target.ts";
import { DeregisterScalableTarget, DescribeScalableTargets } from "./operations/scalable-targets.ts";
import { DescribeScalingActivities } from "./operations/scaling-activities.ts";
import { DeleteScalingPolicy, DescribeScalingPolicies } from "./operations/scaling-policies.ts";
import { DeleteScheduledAction, DescribeScheduledActions, PutScheduledAction } from "./operations/scheduled-actions.ts";
import { ListTagsForResource, TagResource, UntagResource } from "./operations/tags.ts";

/** What Application Auto Scaling needs of the rest of the cloud. */
export interface ApplicationAutoScalingPorts {
  store: Store;
  clock: Clock;
  ids: Ids;
  /** Services are scaled, and alarms made, through the operations of ECS and CloudWatch. */
  api: Api;
}

/** What its handlers are given. */
export interface Parts extends ApplicationAutoScalingPorts {
  engine: Engine;
  scheduled: ScheduledActions;
}

/** Is it a policy of this service, and not of EC2 Auto Scaling? Both have ARNs of the service `autoscaling`. */
export const isApplicationPolicy = (actionArn: string): boolean => /:scalingPolicy:[^:]+:resource\//.test(actionArn);

/** Application Auto Scaling, for ECS services. See README.md for what it has and what it lacks. */
export function createApplicationAutoScaling(ports: ApplicationAutoScalingPorts): Service & ScalingPort {
  const engine = new Engine(ports);
  const scheduled = new ScheduledActions({ ...ports, engine });
  const parts: Parts = { ...ports, engine, scheduled };
  const stop = (): void => {
    engine.activities.stop();
    scheduled.stop();
  };
  return {
    name: "application-autoscaling",
    signingNames: ["application-autoscaling"],
    sdk: () => import("@aws-sdk/client-application-auto-scaling"),
    loadLate: true,
    protocols: ["awsJson1_1"],
    apiVersion: "2016-02-06",
    operations: bind(parts, {
      RegisterScalableTarget,
      DeregisterScalableTarget,
      DescribeScalableTargets,
      PutScalingPolicy,
      DeleteScalingPolicy,
      DescribeScalingPolicies,
      DescribeScalingActivities,
      PutScheduledAction,
      DeleteScheduledAction,
      DescribeScheduledActions,
      TagResource,
      UntagResource,
      ListTagsForResource,
    }),
    access: accessOf(ports.store),
    start() {
      engine.activities.start();
      scheduled.start();
    },
    stop,
    reset: stop,
    executePolicy: (actionArn, breach) => engine.executePolicy(actionArn, breach),
  };
}
