import { ArnFormat, aws_iam as iam, aws_lambda as lambda, aws_logs as logs, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { DnsLeaf, Project } from "../../config/schema.ts";
import { writeEnv } from "../../functions/shared/env.ts";
import { clusterName, groupName, HITS, MARKS, queryLogGroupName, serviceName, sleepersPath, TAGS } from "../../functions/shared/names.ts";
import type { Sleeper } from "../../functions/shared/sleeper.ts";
import { START_SYSTEM_ENV } from "../../functions/start-system/env.ts";
import { functionName } from "../names.ts";
import { RouseFunction } from "../rouse-function.ts";
import { acknowledgeWildcards, groupArn, NO_NARROWER } from "../rouse-stack.ts";
import { queryFilter, queryFilterBelow } from "./query-filter.ts";

/** What the function must know of a leaf to wake it. */
export function sleeperOf(project: Project, leaf: DnsLeaf): Sleeper {
  const application = project.base.name;
  return {
    leaf: leaf.name,
    domain: leaf.domain,
    group: groupName(application, leaf.name),
    cluster: clusterName(application, leaf.name),
    service: serviceName(application, leaf.name),
    grace: leaf.watchdog.grace,
    ignore: leaf.wake.dns.ignore.resolvers,
  };
}

export const starterName = (application: string, leaf: DnsLeaf): string =>
  functionName(application, leaf.zone === "shared" ? undefined : leaf.name, "start-system");

interface StarterProps {
  readonly project: Project;
  readonly functionsDir: string;
  /** The leaf with a zone of its own; undefined for all that share one. */
  readonly leaf?: DnsLeaf;
}

/** The function that wakes, and the subscription filter that hands it the queries. Its resources are the scope's own. */
export function starter(scope: Construct, { project, functionsDir, leaf }: StarterProps): void {
  const { name: application, region } = project.base;
  const zone = leaf?.domain ?? project.base.domain!.zone!;
  const names = leaf ? sleeperOf(project, leaf) : { group: `${application}-*`, cluster: `${application}-*`, service: `${application}-*` };
  const stack = Stack.of(scope);
  const wakes = new RouseFunction(scope, "StartSystem", {
    application,
    ...(leaf ? { leaf: leaf.name } : {}),
    name: "start-system",
    description: leaf ? `Wakes ${leaf.name}` : `Wakes the leaves of ${zone}`,
    functionsDir,
    environment: writeEnv(START_SYSTEM_ENV, {
      application,
      environment: project.environment.name,
      region,
      zone,
      sleeper: leaf ? JSON.stringify(sleeperOf(project, leaf)) : "",
    }),
    statements: [...statements(stack, region, names), ...(leaf ? [] : [readSleepers(stack, project)])].map((statement) =>
      leaf ? statement : ofApplicationOnly(statement, project),
    ),
  });
  const wildcards = ["*", groupArn(stack, region, names.group)];
  acknowledgeWildcards(wakes.role, leaf ? wildcards : [...wildcards, serviceArn(stack, region, names), sleepersArn(stack, project)], NO_NARROWER);

  const logGroupName = queryLogGroupName(zone);
  const permission = new lambda.CfnPermission(scope, "QueryLogMayInvoke", {
    action: "lambda:InvokeFunction",
    functionName: wakes.arn,
    principal: "logs.amazonaws.com",
    sourceArn: stack.formatArn({
      service: "logs",
      resource: "log-group",
      resourceName: `${logGroupName}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
    sourceAccount: stack.account,
  });
  const filter = new logs.CfnSubscriptionFilter(scope, "Queries", {
    logGroupName,
    filterPattern: leaf ? queryFilter(zone) : queryFilterBelow(zone),
    destinationArn: wakes.arn,
  });
  // CloudWatch Logs tries the destination when the filter is made.
  filter.addResourceDependency(permission);
}

const serviceArn = (stack: Stack, region: string, { cluster, service }: { cluster: string; service: string }): string =>
  stack.formatArn({ service: "ecs", region, resource: "service", resourceName: `${cluster}/${service}` });

const sleepersArn = (stack: Stack, { base, environment }: Project): string =>
  stack.formatArn({ service: "ssm", resource: "parameter", resourceName: `${sleepersPath(base.name, environment.name).slice(1)}/*` });

/** The one parameter of the queried name is read; which it is, the query says. */
const readSleepers = (stack: Stack, project: Project): iam.PolicyStatement =>
  new iam.PolicyStatement({ sid: "ReadLeaf", actions: ["ssm:GetParameter"], resources: [sleepersArn(stack, project)] });

/**
 * One function wakes all leaves, and no template that it is in names them: their groups begin with the application's name, and so do
 * those of an application that is called the same and more. Tags tell them apart. (Service Authorization Reference, Amazon EC2
 * Auto Scaling: both actions take the group, and `aws:ResourceTag` of it; CreateOrUpdateTags takes `aws:TagKeys`.)
 */
function ofApplicationOnly(statement: iam.PolicyStatement, { base, environment }: Project): iam.PolicyStatement {
  if (statement.sid !== "WakeGroup" && statement.sid !== "MarkWake") return statement;
  statement.addConditions({
    StringEquals: { [`aws:ResourceTag/${TAGS.application}`]: base.name, [`aws:ResourceTag/${TAGS.environment}`]: environment.name },
  });
  return statement;
}

function statements(stack: Stack, region: string, names: Pick<Sleeper, "group" | "cluster" | "service">): iam.PolicyStatement[] {
  const group = groupArn(stack, region, names.group);
  return [
    // Describe actions of Auto Scaling have no resource types (Service Authorization Reference).
    new iam.PolicyStatement({
      sid: "ReadGroup",
      actions: ["autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities"],
      resources: ["*"],
    }),
    new iam.PolicyStatement({ sid: "WakeGroup", actions: ["autoscaling:UpdateAutoScalingGroup"], resources: [group] }),
    new iam.PolicyStatement({
      sid: "MarkWake",
      actions: ["autoscaling:CreateOrUpdateTags"],
      resources: [group],
      conditions: { "ForAllValues:StringEquals": { "aws:TagKeys": [MARKS.wake] } },
    }),
    // PutMetricData has no resource types; the namespace is all that narrows it.
    new iam.PolicyStatement({
      sid: "RecordHit",
      actions: ["cloudwatch:PutMetricData"],
      resources: ["*"],
      conditions: { StringEquals: { "cloudwatch:namespace": HITS.namespace } },
    }),
    new iam.PolicyStatement({ sid: "WhatWouldRun", actions: ["ecs:DescribeServices"], resources: [serviceArn(stack, region, names)] }),
  ];
}
