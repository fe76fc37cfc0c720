import {
  aws_autoscaling as autoscaling,
  aws_cloudwatch as cloudwatch,
  aws_events as events,
  aws_iam as iam,
  type aws_sns as sns,
  NestedStack,
} from "aws-cdk-lib";
import type { Construct } from "constructs";
import { BREAK_CRASH_LOOP_ENV } from "../../functions/break-crash-loop/env.ts";
import { writeEnv } from "../../functions/shared/env.ts";
import { clusterName, groupName, idleAlarmName, leftUpAlarmName, serviceName } from "../../functions/shared/names.ts";
import type { LeafContext } from "../leaf-stack.ts";
import { acknowledgeWildcards, groupArn, NO_NARROWER } from "../rouse-stack.ts";
import { RouseFunction } from "../rouse-function.ts";
import { invokeOn } from "./invoke-on.ts";
import type { Volume } from "./volumes.ts";
import { activity, leftUp, MINUTE } from "./watchdog-metrics.ts";

/** What puts the leaf to sleep: nobody uses it, it is left up, or it crashes. Why it is as it is: docs/decisions/0010-watchdog.md. */
export class Watchdog extends NestedStack {
  readonly idleAlarm: cloudwatch.CfnAlarm;
  readonly leftUpAlarm: cloudwatch.CfnAlarm;
  readonly breaker: RouseFunction;

  constructor(scope: Construct, id: string, props: LeafContext & { topics: readonly sns.ITopic[]; volumes: readonly Volume[] }) {
    super(scope, id);
    const { leaf, application, topics } = props;
    const { idle, leftUp: limit } = leaf.watchdog;

    this.idleAlarm = new cloudwatch.CfnAlarm(this, "Idle", {
      alarmName: idleAlarmName(application, leaf.name),
      alarmDescription: `Less than ${idle.below} bytes per second into ${leaf.name} for ${idle.for / MINUTE} min: nobody uses it. Puts it to sleep.`,
      metrics: activity(props),
      comparisonOperator: "LessThanThreshold",
      threshold: idle.below,
      // All of the newest N points. No point (asleep, booting, a late metric) is no idleness.
      evaluationPeriods: idle.for / MINUTE,
      datapointsToAlarm: idle.for / MINUTE,
      treatMissingData: "notBreaching",
      // The step ends at the threshold: a breach is below it.
      alarmActions: [this.toZero("StopWhenIdle", props, { metricIntervalUpperBound: 0 })],
    });

    this.leftUpAlarm = new cloudwatch.CfnAlarm(this, "LeftUp", {
      alarmName: leftUpAlarmName(application, leaf.name),
      alarmDescription: `${leaf.name} has been up for ${limit.after / MINUTE} min since it was woken.${limit.stop ? " Puts it to sleep." : ""}`,
      metrics: leftUp(props),
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      evaluationPeriods: limit.after / MINUTE,
      datapointsToAlarm: limit.after / MINUTE,
      treatMissingData: "notBreaching",
      alarmActions: [
        ...topics.map(({ topicArn }) => topicArn),
        ...(limit.stop ? [this.toZero("StopWhenLeftUp", props, { metricIntervalLowerBound: 0 })] : []),
      ],
    });

    this.breaker = this.crashLoopBreaker(props);
  }

  /** A step policy that sets the desired count to 0, whatever the alarm's value in its only step. */
  private toZero(
    id: string,
    { application, leaf }: LeafContext,
    step: { metricIntervalLowerBound: number } | { metricIntervalUpperBound: number },
  ): string {
    const policy = new autoscaling.CfnScalingPolicy(this, id, {
      autoScalingGroupName: groupName(application, leaf.name),
      policyType: "StepScaling",
      adjustmentType: "ExactCapacity",
      metricAggregationType: "Average",
      stepAdjustments: [{ ...step, scalingAdjustment: 0 }],
    });
    return policy.ref;
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
