import { aws_ssm as ssm } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { DnsLeaf, Project } from "../config/schema.ts";
import { sleeperParameter } from "../functions/shared/names.ts";
import { sleeperOf, starter } from "./dns/starter.ts";
import { DNS_REGION, stackNames } from "./names.ts";
import { RouseStack } from "./rouse-stack.ts";

/**
 * The link from the query log (us-east-1) to the leaf's group (anywhere): what wakes knows both by their names and imports
 * nothing, so that this can be deployed and deleted by itself. Where leaves share a zone it is a parameter, which the function that
 * they share reads; until it is there, and when it is gone, a query does nothing. Otherwise it is a function of the leaf's own.
 */
export class StartSystemStack extends RouseStack {
  constructor(scope: Construct, { project, leaf, functionsDir }: { project: Project; leaf: DnsLeaf; functionsDir: string }) {
    const description = `${leaf.name}: a DNS query for ${leaf.domain} wakes it`;
    super(scope, stackNames.startSystem(project, leaf), { project, leaf, region: DNS_REGION, description });
    if (leaf.zone === "own") starter(this, { project, functionsDir, leaf });
    else
      new ssm.StringParameter(this, "Sleeper", {
        parameterName: sleeperParameter(project.base.name, project.environment.name, leaf.domain.split(".")[0]!),
        description: `What wakes ${leaf.name}`,
        stringValue: JSON.stringify(sleeperOf(project, leaf)),
      });
  }
}
