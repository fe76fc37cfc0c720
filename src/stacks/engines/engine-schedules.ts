import { aws_iam as iam, aws_scheduler as scheduler, type Stack } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { Schedule } from "../../config/schema.ts";
import { scheduleGroupName } from "../../functions/shared/names.ts";
import type { RouseFunction } from "../rouse-function.ts";

export interface SchedulesProps {
  readonly application: string;
  readonly schedules: Readonly<Record<string, Schedule>>;
  readonly start: RouseFunction;
  readonly stop: RouseFunction;
}

/** Times at which engines are started and stopped. */
export class EngineSchedules extends Construct {
  constructor(stack: Stack, id: string, { application, schedules, start, stop }: SchedulesProps) {
    super(stack, id);
    // No leaf has this name where there are engines: its stack would be named like this one.
    const group = new scheduler.CfnScheduleGroup(this, "Group", { name: scheduleGroupName(application, "engines") });
    const role = new iam.Role(this, "Role", {
      assumedBy: new iam.ServicePrincipal("scheduler.amazonaws.com", { conditions: { StringEquals: { "aws:SourceAccount": stack.account } } }),
      inlinePolicies: {
        Invoke: new iam.PolicyDocument({
          statements: [new iam.PolicyStatement({ sid: "Invoke", actions: ["lambda:InvokeFunction"], resources: [start.arn, stop.arn] })],
        }),
      },
    });
    for (const [name, schedule] of Object.entries(schedules)) {
      for (const [what, to] of [["start", start] as const, ["stop", stop] as const]) {
        const expression = schedule[what];
        if (expression === undefined) continue;
        new scheduler.CfnSchedule(this, `${name}-${what}`, {
          name: `${name}-${what}`,
          groupName: group.ref,
          description: `Schedule ${name}: ${what} ${schedule.services.join(", ")}`.slice(0, 512),
          scheduleExpression: expression,
          scheduleExpressionTimezone: schedule.timezone,
          flexibleTimeWindow: { mode: "OFF" },
          target: { arn: to.arn, roleArn: role.roleArn, input: JSON.stringify({ services: schedule.services, source: "schedule", who: name }) },
        });
      }
    }
  }
}
