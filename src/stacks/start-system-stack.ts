import { ArnFormat, aws_iam as iam, aws_lambda as lambda, aws_logs as logs } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { DnsLeaf, Project } from "../config/schema.ts";
import { clusterName, groupName, HITS, queryLogGroupName, serviceName } from "../functions/shared/names.ts";
import { writeEnv } from "../functions/shared/env.ts";
import { START_SYSTEM_ENV } from "../functions/start-system/env.ts";
import { DNS_REGION, stackNames } from "./names.ts";
import { queryFilter } from "./query-filter.ts";
import { RouseFunction } from "./rouse-function.ts";
import { acknowledgeWildcards, groupArn, NO_NARROWER, RouseStack } from "./rouse-stack.ts";

/**
 * The link from the query log (us-east-1) to the leaf's group (anywhere): a subscription filter and the function that wakes.
 * It knows both by their names and imports nothing, so that it can be deployed and deleted by itself.
 */
export class StartSystemStack extends RouseStack {
  constructor(scope: Construct, { project, leaf, functionsDir }: { project: Project; leaf: DnsLeaf; functionsDir: string }) {
    const description = `${leaf.name}: a DNS query for ${leaf.domain} wakes it`;
    super(scope, stackNames.startSystem(project, leaf), { project, leaf, region: DNS_REGION, description });
    const application = project.base.name;
    const names = {
      group: groupName(application, leaf.name),
      cluster: clusterName(application, leaf.name),
      service: serviceName(application, leaf.name),
    };
    const starter = new RouseFunction(this, "StartSystem", {
      application,
      leaf: leaf.name,
      name: "start-system",
      description: `Wakes ${leaf.name}`,
      functionsDir,
      environment: writeEnv(START_SYSTEM_ENV, {
        ...names,
        application,
        environment: project.environment.name,
        leaf: leaf.name,
        domain: leaf.domain,
        region: project.base.region,
        grace: String(leaf.watchdog.grace),
        ignore: JSON.stringify(leaf.wake.dns.ignore.resolvers),
      }),
      statements: this.statements(project.base.region, names),
    });
    acknowledgeWildcards(starter.role, ["*", groupArn(this, project.base.region, names.group)], NO_NARROWER);

    const logGroupName = queryLogGroupName(leaf.domain);
    const permission = new lambda.CfnPermission(this, "QueryLogMayInvoke", {
      action: "lambda:InvokeFunction",
      functionName: starter.arn,
      principal: "logs.amazonaws.com",
      sourceArn: this.formatArn({
        service: "logs",
        resource: "log-group",
        resourceName: `${logGroupName}:*`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
      sourceAccount: this.account,
    });
    const filter = new logs.CfnSubscriptionFilter(this, "Queries", {
      logGroupName,
      filterPattern: queryFilter(leaf.domain),
      destinationArn: starter.arn,
    });
    // CloudWatch Logs tries the destination when the filter is made.
    filter.addResourceDependency(permission);
  }

  private statements(region: string, { group, cluster, service }: { group: string; cluster: string; service: string }): iam.PolicyStatement[] {
    return [
      // Describe actions of Auto Scaling have no resource types (Service Authorization Reference).
      new iam.PolicyStatement({
        sid: "ReadGroup",
        actions: ["autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities"],
        resources: ["*"],
      }),
      new iam.PolicyStatement({
        sid: "WakeGroup",
        actions: ["autoscaling:UpdateAutoScalingGroup", "autoscaling:CreateOrUpdateTags"],
        resources: [groupArn(this, region, group)],
      }),
      // PutMetricData has no resource types; the namespace is all that narrows it.
      new iam.PolicyStatement({
        sid: "RecordHit",
        actions: ["cloudwatch:PutMetricData"],
        resources: ["*"],
        conditions: { StringEquals: { "cloudwatch:namespace": HITS.namespace } },
      }),
      new iam.PolicyStatement({
        sid: "WhatWouldRun",
        actions: ["ecs:DescribeServices"],
        resources: [this.formatArn({ service: "ecs", region, resource: "service", resourceName: `${cluster}/${service}` })],
      }),
    ];
  }
}
