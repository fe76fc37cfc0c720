import { aws_iam as iam, aws_scheduler as scheduler, type aws_sqs as sqs, type Stack } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { TaskLeaf } from "../../config/schema.ts";
import { tickEvent } from "../../functions/run-task/env.ts";
import { TICK_SCHEDULE } from "../../functions/shared/names.ts";
import type { LeafContext } from "../leaf-stack.ts";
import { acknowledgeWildcards, NO_NARROWER } from "../rouse-stack.ts";
import { isRate, startStatements } from "./run-task.ts";
import { taskArns } from "./task-arns.ts";

/** Seconds: a run that could not be started for this long would be a run of another time. */
const LONGEST_TRY = 3600;

/** The function that starts runs, or RunTask itself. */
export type TickTarget =
  | { readonly functionArn: string }
  | {
      readonly cluster: string;
      readonly parameters: scheduler.CfnSchedule.EcsParametersProperty;
      /** RunTask's overrides, JSON. */
      readonly overrides?: string;
    };

export interface TaskSchedulesProps extends Pick<LeafContext<TaskLeaf>, "project" | "leaf"> {
  /** Name of its schedule group. */
  readonly group: string;
  readonly target: TickTarget;
  readonly deadLetters: sqs.CfnQueue;
}

/** When the leaf runs: one schedule for each expression. */
export class TaskSchedules extends Construct {
  constructor(stack: Stack, id: string, { project, leaf, group, target, deadLetters }: TaskSchedulesProps) {
    super(stack, id);
    const { expressions, timezone, enabled, retries } = leaf.wake.schedule;
    const arns = taskArns(stack, project, leaf);
    const isDirect = "cluster" in target;
    const role = new iam.Role(this, "EventsRole", {
      // Not for the schedules of another account (EventBridge Scheduler user guide, "Confused deputy prevention").
      assumedBy: new iam.ServicePrincipal("scheduler.amazonaws.com", { conditions: { StringEquals: { "aws:SourceAccount": stack.account } } }),
      inlinePolicies: {
        Events: new iam.PolicyDocument({
          statements: isDirect
            ? startStatements(arns)
            : [new iam.PolicyStatement({ sid: "Invoke", actions: ["lambda:InvokeFunction"], resources: [target.functionArn] })],
        }),
        // Of its own, for it starts nothing.
        Letters: new iam.PolicyDocument({
          statements: [new iam.PolicyStatement({ sid: "Letter", actions: ["sqs:SendMessage"], resources: [deadLetters.attrArn] })],
        }),
      },
    });
    if (isDirect) acknowledgeWildcards(role, [arns.taskDefinition, arns.roles], NO_NARROWER);
    for (const [index, expression] of expressions.entries()) {
      const name = index === 0 ? TICK_SCHEDULE : `${TICK_SCHEDULE}-${index + 1}`;
      new scheduler.CfnSchedule(this, name, {
        name,
        groupName: group,
        description: `Runs ${leaf.name}`,
        scheduleExpression: expression,
        scheduleExpressionTimezone: timezone,
        state: enabled ? "ENABLED" : "DISABLED",
        flexibleTimeWindow: { mode: "OFF" },
        target: {
          arn: isDirect ? target.cluster : target.functionArn,
          roleArn: role.roleArn,
          ...(isDirect
            ? { ecsParameters: target.parameters, ...(target.overrides === undefined ? {} : { input: target.overrides }) }
            : { input: JSON.stringify(tickEvent(isRate(expression))) }),
          deadLetterConfig: { arn: deadLetters.attrArn },
          retryPolicy: { maximumRetryAttempts: retries, maximumEventAgeInSeconds: LONGEST_TRY },
        },
      });
    }
  }
}
