import { ArnFormat, aws_logs as logs, aws_route53 as route53, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { queryLogGroupName } from "../../functions/shared/names.ts";

/**
 * A hosted zone, delegated from the root zone, and the log of its queries. Its resources are the scope's own.
 * @param of.name lower case, no dot at the end
 * @param of.rootZoneId ID of the root zone
 */
export function delegatedZone(scope: Construct, of: { readonly name: string; readonly rootZoneId: string }): route53.PublicHostedZone {
  const logGroupName = queryLogGroupName(of.name);
  const logGroup = new logs.LogGroup(scope, "QueryLog", {
    logGroupName,
    retention: logs.RetentionDays.ONE_WEEK,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  // Without the `:*` that the log group's own ARN ends in (Amazon Route 53 API reference, CreateQueryLoggingConfig).
  const queryLogsLogGroupArn = Stack.of(scope).formatArn({
    service: "logs",
    resource: "log-group",
    resourceName: logGroupName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const zone = new route53.PublicHostedZone(scope, "Zone", { zoneName: of.name, queryLogsLogGroupArn });
  zone.node.addDependency(logGroup);
  new route53.CfnRecordSet(scope, "Delegation", {
    hostedZoneId: of.rootZoneId,
    name: `${of.name}.`,
    type: "NS",
    ttl: String(Duration.hours(1).toSeconds()),
    resourceRecords: zone.hostedZoneNameServers!,
  });
  return zone;
}
