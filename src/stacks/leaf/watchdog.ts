import { aws_autoscaling as autoscaling, aws_events as events, aws_iam as iam, NestedStack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { BREAK_CRASH_LOOP_ENV } from "../../functions/break-crash-loop/env.ts";
import { writeEnv } from "../../functions/shared/env.ts";
import { clusterName, groupName, serviceName } from "../../functions/shared/names.ts";
import type { LeafContext } from "../leaf-stack.ts";
import { acknowledgeWildcards, groupArn, NO_NARROWER } from "../rouse-stack.ts";
import { RouseFunction } from "../rouse-function.ts";
import { invokeOn } from "./invoke-on.ts";

/** What puts the leaf to sleep: nobody uses it, it is left up, or it crashes. Why it is as it is: docs/decisions/0010-watchdog.md. */
export class Watchdog extends NestedStack {
  readonly breaker: RouseFunction;

  constructor(scope: Construct, id: string, props: LeafContext) {
    super(scope, id);
    // Its alarms are made while the leaf is up, by the reconcile function, which finds the policy by the group. It has one step on either side
    // of an alarm's threshold: whatever the value, the desired count becomes 0.
    new autoscaling.CfnScalingPolicy(this, "StopWhenIdle", {
      autoScalingGroupName: groupName(props.application, props.leaf.name),
      policyType: "StepScaling",
      adjustmentType: "ExactCapacity",
      metricAggregationType: "Average",
      stepAdjustments: [
        { metricIntervalUpperBound: 0, scalingAdjustment: 0 },
        { metricIntervalLowerBound: 0, scalingAdjustment: 0 },
      ],
    });
    this.breaker = this.crashLoopBreaker(props);
  }

  private crashLoopBreaker({ application, leaf, functionsDir }: LeafContext): RouseFunction {
    const cluster = clusterName(application, leaf.name);
    const service = serviceName(application, leaf.name);
    const clusterArn = this.formatArn({ service: "ecs", resource: "cluster", resourceName: cluster });
    const group = groupName(application, leaf.name);
    const tasks = this.formatArn({ service: "ecs", resource: "task", resourceName: `${cluster}/*` });
    const breaker = new RouseFunction(this, "BreakCrashLoop", {
      application,
      leaf: leaf.name,
      name: "break-crash-loop",
      description: `Stops ${leaf.name} when its container keeps crashing`,
      functionsDir,
      environment: writeEnv(BREAK_CRASH_LOOP_ENV, {
        leaf: leaf.name,
        group,
        cluster,
        service,
        stops: String(leaf.watchdog.crashLoop.stops),
        within: String(leaf.watchdog.crashLoop.within),
      }),
      statements: [
        // Describe actions of Auto Scaling have no resource types (Service Authorization Reference).
        new iam.PolicyStatement({ sid: "ReadGroup", actions: ["autoscaling:DescribeAutoScalingGroups"], resources: ["*"] }),
        new iam.PolicyStatement({
          sid: "StopGroup",
          actions: ["autoscaling:UpdateAutoScalingGroup", "autoscaling:CreateOrUpdateTags"],
          resources: [groupArn(this, this.region, group)],
        }),
        // ListTasks takes a container instance as its resource, and this call names none: the cluster is what narrows it.
        new iam.PolicyStatement({
          sid: "ListTasks",
          actions: ["ecs:ListTasks"],
          resources: ["*"],
          conditions: { ArnEquals: { "ecs:cluster": clusterArn } },
        }),
        new iam.PolicyStatement({
          sid: "ReadTasks",
          actions: ["ecs:DescribeTasks"],
          resources: [tasks],
        }),
        new iam.PolicyStatement({
          sid: "ReadService",
          actions: ["ecs:DescribeServices"],
          resources: [this.formatArn({ service: "ecs", resource: "service", resourceName: `${cluster}/${service}` })],
        }),
      ],
    });
    acknowledgeWildcards(breaker.role, ["*", tasks, groupArn(this, this.region, group)], NO_NARROWER);
    const stopped = new events.CfnRule(this, "TaskStopped", {
      description: `A task of ${leaf.name} has stopped`,
      eventPattern: {
        source: ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        detail: { clusterArn: [clusterArn], group: [`service:${service}`], lastStatus: ["STOPPED"] },
      },
      targets: [{ id: "BreakCrashLoop", arn: breaker.arn }],
    });
    invokeOn(this, "TaskStoppedMayInvoke", breaker.arn, stopped);
    return breaker;
  }
}
