import { ArnFormat, aws_logs as logs, aws_route53 as route53, Duration, RemovalPolicy } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { DnsLeaf, Project } from "../config/schema.ts";
import { ASLEEP, queryLogGroupName, RECORD_TTL, stateRecordName, UNAVAILABLE_ADDRESS } from "../functions/shared/names.ts";
import type { BaseDnsStack } from "./base-dns-stack.ts";
import { DNS_REGION, stackNames } from "./names.ts";
import { RouseStack } from "./rouse-stack.ts";

/** The leaf's hosted zone, delegated from the root zone, and the log of its queries. */
export class DomainStack extends RouseStack {
  readonly zone: route53.PublicHostedZone;

  constructor(scope: Construct, { project, leaf, baseDns }: { project: Project; leaf: DnsLeaf; baseDns: BaseDnsStack }) {
    const description = `${leaf.name}: the zone ${leaf.domain} and the log of its queries`;
    super(scope, stackNames.domain(project, leaf), { project, leaf, region: DNS_REGION, crossRegionReferences: true, description });
    if (!project.base.domain) throw new Error(`leaf ${leaf.name}: rouse.yaml has no domain, which a leaf with wake: dns needs`);
    // Route 53 tries to write when query logging begins, so its leave to do so must be there.
    this.addStackDependency(baseDns);

    const logGroupName = queryLogGroupName(leaf.domain);
    const logGroup = new logs.LogGroup(this, "QueryLog", {
      logGroupName,
      retention: logs.RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Without the `:*` that the log group's own ARN ends in (Amazon Route 53 API reference, CreateQueryLoggingConfig).
    const queryLogsLogGroupArn = this.formatArn({
      service: "logs",
      resource: "log-group",
      resourceName: logGroupName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.zone = new route53.PublicHostedZone(this, "Zone", { zoneName: leaf.domain, queryLogsLogGroupArn });
    this.zone.node.addDependency(logGroup);

    new route53.CfnRecordSet(this, "Delegation", {
      hostedZoneId: project.base.domain.hostedZoneId,
      name: `${leaf.domain}.`,
      type: "NS",
      ttl: String(Duration.hours(1).toSeconds()),
      resourceRecords: this.zone.hostedZoneNameServers!,
    });
    // How the two records begin, and what they say whenever the leaf is asleep. The reconcile function alone writes them
    // afterwards; CloudFormation would only do so if this text changed.
    this.record("Address", "A", leaf.domain, UNAVAILABLE_ADDRESS);
    this.record("State", "TXT", stateRecordName(leaf.domain), `"${ASLEEP}"`);
  }

  private record(id: string, type: "A" | "TXT", name: string, value: string): void {
    new route53.CfnRecordSet(this, id, {
      hostedZoneId: this.zone.hostedZoneId,
      name: `${name}.`,
      type,
      ttl: String(RECORD_TTL),
      resourceRecords: [value],
    });
  }
}
