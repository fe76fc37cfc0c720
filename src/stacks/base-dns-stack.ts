import { ArnFormat, aws_logs as logs } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { Project } from "../config/schema.ts";
import { anyHearer } from "./alerts/channels.ts";
import { ForwardFailures } from "./alerts/watch-stacks.ts";
import { DNS_REGION, stackNames } from "./names.ts";
import { RouseStack } from "./rouse-stack.ts";

/**
 * What the leaves' zones share in us-east-1: leave for Route 53 to write their query logs. One policy for all, because an
 * account has ten per region (CloudWatch Logs quotas).
 */
export class BaseDnsStack extends RouseStack {
  constructor(scope: Construct, project: Project) {
    const { base } = project;
    super(scope, stackNames.baseDns(project), { project, region: DNS_REGION, description: `${base.name}: what the zones of all leaves share` });
    const policyName = `${base.name}-route53-query-logs`;
    new logs.CfnResourcePolicy(this, "QueryLogs", { policyName, policyDocument: this.toJsonString(this.policy()) });
    if (base.region !== DNS_REGION && anyHearer(project)) new ForwardFailures(this, "Stacks", project);
  }

  private policy(): object {
    return {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "Route53QueryLogs",
          Effect: "Allow",
          Principal: { Service: "route53.amazonaws.com" },
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: this.formatArn({
            service: "logs",
            resource: "log-group",
            resourceName: "/aws/route53/*",
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
          Condition: { StringEquals: { "aws:SourceAccount": this.account } },
        },
      ],
    };
  }
}
