import { aws_iam as iam, aws_route53 as route53 } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { DnsLeaf, Project } from "../config/schema.ts";
import { ASLEEP, RECORD_TTL, recordsPolicyName, stateRecordName, UNAVAILABLE_ADDRESS } from "../functions/shared/names.ts";
import type { BaseDnsStack } from "./base-dns-stack.ts";
import { delegatedZone } from "./dns/delegated-zone.ts";
import { recordStatements } from "./dns/record-statements.ts";
import { DNS_REGION, stackNames } from "./names.ts";
import { RouseStack } from "./rouse-stack.ts";

/** The leaf's two records: in the zone that leaves share, or in one of its own, delegated from the root zone and with a log of its queries. */
export class DomainStack extends RouseStack {
  /** Of the zone of its own; undefined in the shared one, whose ID the leaf's stack does without. */
  readonly ownZoneId?: string;

  constructor(scope: Construct, { project, leaf, baseDns }: { project: Project; leaf: DnsLeaf; baseDns: BaseDnsStack }) {
    const own = leaf.zone === "own";
    const description = own ? `${leaf.name}: the zone ${leaf.domain} and the log of its queries` : `${leaf.name}: its name, ${leaf.domain}`;
    super(scope, stackNames.domain(project, leaf), { project, leaf, region: DNS_REGION, crossRegionReferences: own, description });
    if (!project.base.domain) throw new Error(`leaf ${leaf.name}: rouse.yaml has no domain, which a leaf with wake: dns needs`);
    // Route 53 tries to write when query logging begins, so its leave to do so must be there.
    this.addStackDependency(baseDns);
    const zone = own ? delegatedZone(this, { name: leaf.domain, rootZoneId: project.base.domain.hostedZoneId }) : baseDns.zone;
    if (!zone) throw new Error(`leaf ${leaf.name}: there is no zone that leaves share`);
    const { hostedZoneId } = zone;
    // How the two records begin, and what they say whenever the leaf is asleep. The reconcile function alone writes them
    // afterwards; CloudFormation would only do so if this text changed.
    this.record("Address", { hostedZoneId, type: "A", name: leaf.domain, value: UNAVAILABLE_ADDRESS });
    this.record("State", { hostedZoneId, type: "TXT", name: stateRecordName(leaf.domain), value: `"${ASLEEP}"` });
    if (own) this.ownZoneId = hostedZoneId;
    // The role is in another region, and the zone's ID is known in this one: IAM is the same in both.
    else
      new iam.ManagedPolicy(this, "MayWriteRecords", {
        managedPolicyName: recordsPolicyName(project.base.name, leaf.name),
        description: `The records of ${leaf.domain}, for its reconcile function`,
        statements: recordStatements(this, { hostedZoneId, domain: leaf.domain }),
      });
  }

  private record(id: string, { hostedZoneId, type, name, value }: { hostedZoneId: string; type: "A" | "TXT"; name: string; value: string }): void {
    new route53.CfnRecordSet(this, id, { hostedZoneId, name: `${name}.`, type, ttl: String(RECORD_TTL), resourceRecords: [value] });
  }
}
