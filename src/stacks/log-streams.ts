import { ArnFormat, type Stack } from "aws-cdk-lib";
import { logGroupName } from "../functions/shared/names.ts";

/** ARN of the streams in the log of a leaf's container: one for each task, whose id ECS makes up. */
export function logStreamsOf(stack: Stack, application: string, leaf: string): string {
  const group = stack.formatArn({
    service: "logs",
    resource: "log-group",
    resourceName: logGroupName(application, leaf),
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return `${group}:log-stream:*`;
}
