import { aws_iam as iam, type aws_sns as sns, type Stack } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { Project } from "../../config/schema.ts";
import { writeEnv } from "../../functions/shared/env.ts";
import { enginesPath } from "../../functions/shared/names.ts";
import { START_ENGINES_ENV } from "../../functions/start-engines/env.ts";
import type { EngineArns } from "../engine/engine-arns.ts";
import { readForStart, startStatements } from "../engine/start-statements.ts";
import { acknowledgeWildcards, NO_NARROWER } from "../rouse-stack.ts";
import { RouseFunction } from "../rouse-function.ts";
import { attachManaged, policySize, shareOut, wildcardsOf } from "./policies.ts";

/** Seconds between the end of the waiting and the end of the function: for the answer. */
export const TO_ANSWER = 60;

export interface EnginesProps {
  readonly project: Project;
  readonly engines: readonly EngineArns[];
  readonly functionsDir: string;
}

/** ARNs of the parameters that say what engines there are, for GetParametersByPath. */
export const parametersStatement = (stack: Stack, { base, environment }: Project): iam.PolicyStatement =>
  new iam.PolicyStatement({
    sid: "KnowEngines",
    actions: ["ssm:GetParametersByPath"],
    resources: [stack.formatArn({ service: "ssm", resource: "parameter", resourceName: enginesPath(base.name, environment.name).slice(1) })],
  });

/** Starts tasks of engines by name, waits for them where it is asked to, and answers. */
export class StartEngines extends Construct {
  readonly function: RouseFunction;

  constructor(stack: Stack, id: string, { project, engines, functionsDir, topic }: EnginesProps & { readonly topic: sns.ITopic }) {
    super(stack, id);
    const { poll, limit } = project.base.engines;
    const shares = shareOut(engines, (some) => policySize(this, ownStatements(some)));
    this.function = new RouseFunction(this, "Start", {
      application: project.base.name,
      name: "start-engines",
      description: "Starts engines by name",
      functionsDir,
      timeout: limit + TO_ANSWER,
      environment: writeEnv(START_ENGINES_ENV, {
        application: project.base.name,
        environment: project.environment.name,
        pollMs: String(poll * 1000),
        limitMs: String(limit * 1000),
        topic: topic.topicArn,
      }),
      statements: [
        ...ownStatements(shares.inline),
        readForStart("elasticloadbalancing:DescribeTargetHealth"),
        parametersStatement(stack, project),
        // Where nobody reads the answer: events and schedules.
        new iam.PolicyStatement({ sid: "TellFailures", actions: ["sns:Publish"], resources: [topic.topicArn] }),
      ],
    });
    acknowledgeWildcards(this.function.role, wildcardsOf(ownStatements(shares.inline)), NO_NARROWER);
    attachManaged(this, this.function, shares, ownStatements);
  }
}

/** What it may on the engines' own resources. */
function ownStatements(engines: readonly EngineArns[]): iam.PolicyStatement[] {
  const groups = engines.flatMap(({ targetGroup }) => targetGroup ?? []);
  return [
    ...startStatements(engines),
    // A start may name another engine's target group than its own: that one's reconcile function would not register it.
    ...(groups.length === 0
      ? []
      : [new iam.PolicyStatement({ sid: "RegisterElsewhere", actions: ["elasticloadbalancing:RegisterTargets"], resources: groups })]),
  ];
}
