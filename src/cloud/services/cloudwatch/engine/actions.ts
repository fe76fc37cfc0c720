import { parseArn } from "../../../core/scope.ts";
import type { Scope } from "../../../core/scope.ts";
import type { CloudWatchDeps } from "../index.ts";
import type { AlarmRow, AlarmState } from "../state.ts";
import { record } from "./history.ts";
import { javaTime } from "./java.ts";
import { snsMessage } from "./message.ts";
import { stateChange } from "./views.ts";

/** The values that led to the state; Auto Scaling chooses its step by them. Empty where only missing data did. */
export interface Evidence {
  datapoints: number[];
}

export function actionsOf(alarm: AlarmRow): string[] {
  switch (alarm.state.value) {
    case "ALARM":
      return alarm.alarmActions;
    case "OK":
      return alarm.okActions;
    case "INSUFFICIENT_DATA":
      return alarm.insufficientDataActions;
  }
}

export const isScalingAction = (action: string): boolean => parseArn(action)?.service === "autoscaling";

type Deps = Pick<CloudWatchDeps, "store" | "clock" | "ids" | "sns" | "lambda" | "scaling">;

/** Does one action of an alarm and writes it into the alarm's history. A failure is written there too; it stops nothing. */
export async function act(deps: Deps, scope: Scope, alarm: AlarmRow, previous: AlarmState, action: string, evidence: Evidence): Promise<void> {
  try {
    const message = await execute(deps, scope, alarm, previous, action, evidence);
    const data = {
      actionState: "Succeeded",
      stateUpdateTimestamp: alarm.state.at,
      notificationResource: action,
      publishedMessage: message ?? null,
      error: null,
    };
    record(deps, scope, { alarm: alarm.name, type: "Action", summary: `Successfully executed action ${action}`, data });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const data = { actionState: "Failed", stateUpdateTimestamp: alarm.state.at, notificationResource: action, publishedMessage: null, error: reason };
    record(deps, scope, { alarm: alarm.name, type: "Action", summary: `Failed to execute action ${action}. Received error: "${reason}"`, data });
  }
}

async function execute(
  deps: Deps,
  scope: Scope,
  alarm: AlarmRow,
  previous: AlarmState,
  action: string,
  evidence: Evidence,
): Promise<string | undefined> {
  switch (parseArn(action)?.service ?? "none") {
    case "sns": {
      const message = snsMessage(scope, alarm, previous);
      await deps.sns.publish(action, message, { principal: "cloudwatch.amazonaws.com", arn: alarm.arn });
      return JSON.stringify({ default: message.body });
    }
    case "lambda": {
      // "Invoke a Lambda function from an alarm": the event object that the function gets.
      const payload = {
        source: "aws.cloudwatch",
        alarmArn: alarm.arn,
        accountId: scope.account,
        time: javaTime(alarm.state.at),
        region: scope.region,
        alarmData: stateChange(alarm, previous),
      };
      await deps.lambda.invokeAsync(action, payload, { principal: "lambda.alarms.cloudwatch.amazonaws.com", arn: alarm.arn });
      return JSON.stringify(payload);
    }
    case "autoscaling": {
      // Without data points (missing data taken for breaching) the threshold stands for the value: it is in every policy's first step.
      const metricValue = evidence.datapoints[0] ?? alarm.threshold;
      await deps.scaling.executePolicy(action, {
        metricValue,
        threshold: alarm.threshold,
        datapoints: evidence.datapoints,
        alarm: { name: alarm.name, state: alarm.state.value },
      });
      return undefined;
    }
    default:
      throw new Error(`Unknown kind of action ${action}`);
  }
}
