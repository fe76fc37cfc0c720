import { aws_elasticloadbalancingv2 as elbv2, aws_lambda as lambda, type Stack } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { OwnEngine, Route } from "../../config/schema.ts";
import { DOORMAN_ENV } from "../../functions/doorman/env.ts";
import { writeEnv } from "../../functions/shared/env.ts";
import type { LeafContext } from "../leaf-stack.ts";
import { targetGroupName } from "../names.ts";
import { acknowledgeWildcards, NO_NARROWER } from "../rouse-stack.ts";
import { RouseFunction } from "../rouse-function.ts";
import { engineArns, leafId } from "./engine-arns.ts";
import { readForStart, startStatements } from "./start-statements.ts";

/** Seconds between the end of a hold and the end of the function: for the answer, and for what was begun before the hold. */
const TO_ANSWER = 10;

export interface DoormanProps extends LeafContext<OwnEngine & { readonly route: Route }> {
  /** JSON of `Engine`. */
  readonly engine: string;
  readonly listener: string;
}

/** Who opens while the leaf is asleep: a function that wakes it, as a target of the load balancer. */
export class Doorman extends Construct {
  readonly targetGroup: string;

  constructor(stack: Stack, id: string, { project, application, leaf, functionsDir, engine, listener }: DoormanProps) {
    super(stack, id);
    const http = leaf.wake.http;
    if (!http) throw new Error(`leaf ${leaf.name}: a doorman for a leaf that requests do not wake`);
    const arns = engineArns(stack, project, leaf);
    const doorman = new RouseFunction(this, "Doorman", {
      application,
      leaf: leaf.name,
      name: "doorman",
      description: `Answers requests to ${leaf.name} while it sleeps, and wakes it`,
      functionsDir,
      timeout: http.hold + TO_ANSWER,
      environment: writeEnv(DOORMAN_ENV, {
        ...leafId(project, leaf),
        engine,
        listener,
        priority: String(leaf.route.priority),
        holdMs: String(http.hold * 1000),
        ignoreAgents: JSON.stringify(http.ignore.userAgents),
        ignorePaths: JSON.stringify(http.ignore.paths),
        route: JSON.stringify(leaf.route.patterns),
        healthPath: leaf.route.check.path,
      }),
      statements: [...startStatements([arns]), readForStart("elasticloadbalancing:DescribeRules")],
    });
    acknowledgeWildcards(doorman.role, ["*", arns.tasks, arns.taskDefinition, ...arns.roles], NO_NARROWER);

    const name = targetGroupName(application, leaf.name, "doorman");
    const permission = new lambda.CfnPermission(this, "LoadBalancerMayInvoke", {
      action: "lambda:InvokeFunction",
      functionName: doorman.arn,
      principal: "elasticloadbalancing.amazonaws.com",
      // The group comes after the permission, which it is registered with, and ELB makes up the end of its ARN.
      sourceArn: stack.formatArn({ service: "elasticloadbalancing", resource: "targetgroup", resourceName: `${name}/*` }),
    });
    const group = new elbv2.CfnTargetGroup(this, "TargetGroup", {
      name,
      targetType: "lambda",
      targets: [{ id: doorman.arn }],
      // All values of a header that comes twice (ELB user guide, "Use Lambda functions as targets", multi-value headers).
      targetGroupAttributes: [{ key: "lambda.multi_value_headers.enabled", value: "true" }],
    });
    group.addResourceDependency(permission);
    this.targetGroup = group.ref;
  }
}
