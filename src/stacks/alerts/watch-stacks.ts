import { aws_events as events, aws_iam as iam, type aws_sns as sns, type Stack } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { Project } from "../../config/schema.ts";
import { writeEnv } from "../../functions/shared/env.ts";
import { toldDeploymentsPath } from "../../functions/shared/names.ts";
import { FAILED_STATUSES, WATCH_STACKS_ENV } from "../../functions/watch-stacks/env.ts";
import { invokeOn } from "../leaf/invoke-on.ts";
import { DNS_REGION, stackPrefix } from "../names.ts";
import { RouseFunction } from "../rouse-function.ts";
import { acknowledgeWildcards } from "../rouse-stack.ts";

/** Seconds: a few pages of events, of stacks within stacks. */
const LIMIT = 60;

/** Events of stacks of the application, in a region, that have come to a bad end (AWS CloudFormation user guide, "Stack Status Change event detail"). */
export function failedStacks(stack: Stack, project: Project, regions: readonly string[]): object {
  const prefix = stackPrefix(project);
  return {
    source: ["aws.cloudformation"],
    "detail-type": ["CloudFormation Stack Status Change"],
    detail: {
      "stack-id": regions.map((region) => ({
        prefix: stack.formatArn({ service: "cloudformation", region, resource: "stack", resourceName: prefix }),
      })),
      "status-details": { status: [...FAILED_STATUSES] },
    },
  };
}

/** Tells of deployments that failed. It is in Base, and so tells of every stack but of a Base that is made for the first time. */
export class WatchStacks extends Construct {
  constructor(stack: Stack, id: string, { project, topic, functionsDir }: { project: Project; topic: sns.Topic; functionsDir: string }) {
    super(stack, id);
    const { name: application, region } = project.base;
    const environment = project.environment.name;
    const prefix = stackPrefix(project);
    const arn = (service: string, resource: string, resourceName: string, of?: string) =>
      stack.formatArn({ service, resource, resourceName, ...(of === undefined ? {} : { region: of }) });
    const regions = [...new Set([region, DNS_REGION])];
    const stacks = regions.map((of) => arn("cloudformation", "stack", `${prefix}*`, of));
    // CloudFormation begins the name of a leaf's topic with its stack's.
    const topics = stack.formatArn({ service: "sns", resource: `${prefix}*` });
    const told = `${toldDeploymentsPath(application, environment).slice(1)}/*`;
    const watch = new RouseFunction(this, "Watch", {
      application,
      name: "watch-stacks",
      description: "Tells of deployments that failed",
      functionsDir,
      timeout: LIMIT,
      environment: writeEnv(WATCH_STACKS_ENV, { application, environment, region, topic: topic.topicArn }),
      statements: [
        new iam.PolicyStatement({
          sid: "ReadStacks",
          actions: ["cloudformation:DescribeStacks", "cloudformation:DescribeStackEvents", "cloudformation:DescribeStackResources"],
          resources: stacks,
        }),
        new iam.PolicyStatement({ sid: "Tell", actions: ["sns:Publish"], resources: [topic.topicArn, topics] }),
        // What was told already.
        new iam.PolicyStatement({
          sid: "Told",
          actions: ["ssm:GetParametersByPath", "ssm:PutParameter", "ssm:DeleteParameter"],
          resources: [arn("ssm", "parameter", told)],
        }),
      ],
    });
    acknowledgeWildcards(
      watch.role,
      [...stacks, topics, arn("ssm", "parameter", told)],
      "All stacks of the application, whichever there are, and their topics.",
    );
    const rule = new events.CfnRule(this, "Failed", {
      description: `A deployment of ${application} has failed`,
      eventPattern: failedStacks(stack, project, regions),
      targets: [{ id: "Function", arn: watch.arn }],
    });
    invokeOn(this, "FailedMayInvoke", watch.arn, rule);
  }
}

/** Sends the failures of the stacks that are in us-east-1 for the sake of DNS to the region where they are told. */
export class ForwardFailures extends Construct {
  constructor(stack: Stack, id: string, project: Project) {
    super(stack, id);
    const bus = stack.formatArn({ service: "events", region: project.base.region, resource: "event-bus", resourceName: "default" });
    const role = new iam.Role(this, "Role", {
      assumedBy: new iam.ServicePrincipal("events.amazonaws.com", { conditions: { StringEquals: { "aws:SourceAccount": stack.account } } }),
      inlinePolicies: {
        Forward: new iam.PolicyDocument({
          statements: [new iam.PolicyStatement({ sid: "Forward", actions: ["events:PutEvents"], resources: [bus] })],
        }),
      },
    });
    new events.CfnRule(this, "Failed", {
      description: `A deployment of ${project.base.name} in ${DNS_REGION} has failed`,
      eventPattern: failedStacks(stack, project, [DNS_REGION]),
      targets: [{ id: "Home", arn: bus, roleArn: role.roleArn }],
    });
  }
}
