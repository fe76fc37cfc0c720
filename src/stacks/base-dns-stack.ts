import { ArnFormat, aws_logs as logs, aws_ssm as ssm } from "aws-cdk-lib";
import type { IPublicHostedZone } from "aws-cdk-lib/aws-route53";
import type { Construct } from "constructs";
import { isInSharedZone, type Project } from "../config/schema.ts";
import { zoneParameter } from "../functions/shared/names.ts";
import { anyHearer } from "./alerts/channels.ts";
import { ForwardFailures } from "./alerts/watch-stacks.ts";
import { delegatedZone } from "./dns/delegated-zone.ts";
import { starter } from "./dns/starter.ts";
import { DNS_REGION, stackNames } from "./names.ts";
import { RouseStack } from "./rouse-stack.ts";

/**
 * What the leaves' names share in us-east-1: leave for Route 53 to write query logs, one policy for all, because an account has ten
 * per region (CloudWatch Logs quotas); and the zone that leaves share, with the one function that wakes them, where a leaf is
 * in it. Why: docs/decisions/0025-one-zone-for-all-leaves.md.
 */
export class BaseDnsStack extends RouseStack {
  /** Undefined where every leaf has a zone of its own. */
  readonly zone?: IPublicHostedZone;

  constructor(scope: Construct, project: Project, functionsDir: string) {
    const { base, environment } = project;
    super(scope, stackNames.baseDns(project), { project, region: DNS_REGION, description: `${base.name}: what the names of all leaves share` });
    const policyName = `${base.name}-route53-query-logs`;
    const mayLog = new logs.CfnResourcePolicy(this, "QueryLogs", { policyName, policyDocument: this.toJsonString(this.policy()) });
    if (base.region !== DNS_REGION && anyHearer(project)) new ForwardFailures(this, "Stacks", project);
    if (!project.leaves.some(isInSharedZone)) return;
    if (base.domain?.zone === undefined) throw new Error("rouse.yaml has no domain, which a leaf with wake: dns needs");
    this.zone = delegatedZone(this, { name: base.domain.zone, rootZoneId: base.domain.hostedZoneId });
    // Route 53 tries to write when query logging begins.
    this.zone.node.addDependency(mayLog);
    new ssm.StringParameter(this, "ZoneId", {
      parameterName: zoneParameter(base.name, environment.name),
      description: `The zone ${base.domain.zone}, for the functions that keep records in it`,
      stringValue: this.zone.hostedZoneId,
    });
    starter(this, { project, functionsDir });
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
