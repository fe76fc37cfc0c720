import { ArnFormat, aws_events as events, aws_iam as iam, aws_lambda as lambda, CustomResource, Duration, type Stack } from "aws-cdk-lib";
import { Construct } from "constructs";
import { WATCHDOG_ALARMS } from "../../functions/reconcile/env.ts";
import { groupName, idleAlarmName, leftUpAlarmName } from "../../functions/shared/names.ts";
import { type Watch, watchdogAlarms } from "../../functions/shared/watchdog-alarms.ts";
import { leafId } from "../engine/engine-arns.ts";
import type { LeafContext } from "../leaf-stack.ts";
import { groupArn } from "../rouse-stack.ts";
import type { RouseFunction } from "../rouse-function.ts";
import { invokeOn } from "./invoke-on.ts";
import type { Volume } from "./volumes.ts";

type Watched = LeafContext & { readonly volumes: readonly Volume[] };

export const watchOf = ({ leaf, volumes }: Watched): Watch => ({
  idle: leaf.watchdog.idle,
  leftUp: leaf.watchdog.leftUp,
  fileSystems: volumes.map(({ fileSystemId }) => fileSystemId),
});

/** Seconds that CloudFormation waits for the function: ample, for a slow machine in whose cloud time passes sixty times faster. */
const ANSWER = 600;

export interface WatchdogAlarmsProps extends Watched {
  readonly reconcile: RouseFunction;
  /** That invoke it. */
  readonly rules: readonly events.CfnRule[];
}

/**
 * The watchdog's alarms, as far as a template can say: they exist only while the leaf is up, and the reconcile function makes them. Why it
 * is as it is: docs/decisions/0024-what-a-sleeping-leaf-costs.md.
 */
export class WatchdogAlarms extends Construct {
  constructor(stack: Stack, id: string, props: WatchdogAlarmsProps) {
    super(stack, id);
    const { project, application, leaf, reconcile } = props;
    const { idle, leftUp } = watchdogAlarms(leafId(project, leaf), watchOf(props));
    // Whole, so that a change of a threshold is a change of the template: `rouse diff` shows it, and CloudFormation tells the function.
    const alarms = new CustomResource(this, "Alarms", {
      resourceType: WATCHDOG_ALARMS,
      serviceToken: reconcile.arn,
      serviceTimeout: Duration.seconds(ANSWER),
      properties: { Alarms: [idle, leftUp] },
    });
    const daily = new events.CfnRule(stack, "Daily", {
      description: `Looks at ${leaf.name}, whatever events were lost`,
      scheduleExpression: "rate(1 day)",
      targets: [{ id: "Reconcile", arn: reconcile.arn }],
    });
    invokeOn(stack, "DailyMayInvoke", reconcile.arn, daily);
    // Deletion is in the reverse order of dependencies: when the alarms are deleted, nothing invokes the function any more that would make
    // them again; and the group is gone then, for its stack goes before this one.
    for (const rule of [...props.rules, daily]) rule.node.addDependency(alarms);
    new lambda.CfnPermission(this, "LeftUpMayInvoke", {
      action: "lambda:InvokeFunction",
      functionName: reconcile.arn,
      // Not cloudwatch.amazonaws.com, which is for topics ("Invoke a Lambda function from an alarm", CloudWatch user guide).
      principal: "lambda.alarms.cloudwatch.amazonaws.com",
      sourceAccount: stack.account,
      sourceArn: alarmArn(stack, leftUpAlarmName(application, leaf.name)),
    });
  }
}

const alarmArn = (stack: Stack, resourceName: string): string =>
  stack.formatArn({ service: "cloudwatch", resource: "alarm", resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });

/** What it takes to keep the alarms: these two, and no others. */
export function alarmStatements(stack: Stack, { application, leaf }: LeafContext): iam.PolicyStatement[] {
  const resources = [idleAlarmName, leftUpAlarmName].map((name) => alarmArn(stack, name(application, leaf.name)));
  return [
    new iam.PolicyStatement({
      sid: "KeepAlarms",
      // TagResource is for an alarm that is made with tags (CloudWatch API reference, PutMetricAlarm, Tags).
      actions: ["cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:DeleteAlarms"],
      resources,
    }),
    // A leaf whose alarms cannot be made must not stay up.
    new iam.PolicyStatement({
      sid: "StopUnwatched",
      actions: ["autoscaling:UpdateAutoScalingGroup", "autoscaling:CreateOrUpdateTags"],
      resources: [groupArn(stack, stack.region, groupName(application, leaf.name))],
    }),
  ];
}
