import { type aws_events as events, aws_lambda as lambda } from "aws-cdk-lib";
import type { Construct } from "constructs";

/** Lets a rule invoke a function. */
export function invokeOn(scope: Construct, id: string, functionArn: string, rule: events.CfnRule): void {
  new lambda.CfnPermission(scope, id, {
    action: "lambda:InvokeFunction",
    functionName: functionArn,
    principal: "events.amazonaws.com",
    sourceArn: rule.attrArn,
  });
}
