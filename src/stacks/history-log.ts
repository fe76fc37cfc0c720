import { aws_iam as iam, aws_logs as logs, RemovalPolicy } from "aws-cdk-lib";
import { Construct } from "constructs";
import { historyGroupName } from "../functions/shared/names.ts";

/**
 * The log in which functions write a leaf's history, beside the one of its container. It goes with the leaf, and stays when something else
 * wakes it: every kind of leaf has it as `History` in its own stack (src/deployment/reduce.ts).
 */
export class HistoryLog extends Construct {
  /** What a function needs that writes into it. */
  readonly write: iam.PolicyStatement;

  constructor(scope: Construct, id: string, { application, leaf }: { readonly application: string; readonly leaf: { readonly name: string } }) {
    super(scope, id);
    const group = new logs.LogGroup(this, "Log", {
      logGroupName: historyGroupName(application, leaf.name),
      // A season: who compares two months has both. A wake is some 3 kB.
      retention: logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.write = new iam.PolicyStatement({
      sid: "WriteHistory",
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [group.logGroupArn],
    });
  }
}
