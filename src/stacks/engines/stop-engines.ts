import { aws_iam as iam, type Stack } from "aws-cdk-lib";
import { Construct } from "constructs";
import { writeEnv } from "../../functions/shared/env.ts";
import { STOP_ENGINES_ENV } from "../../functions/stop-engines/env.ts";
import type { EngineArns } from "../engine/engine-arns.ts";
import { lookStatements, tellReconcile } from "../engine/start-statements.ts";
import { acknowledgeWildcards, NO_NARROWER } from "../rouse-stack.ts";
import { RouseFunction } from "../rouse-function.ts";
import { attachManaged, policySize, shareOut, wildcardsOf } from "./policies.ts";
import { type EnginesProps, parametersStatement, TO_ANSWER } from "./start-engines.ts";

/** Marks tasks of engines that are to stop, all or some, and waits until they have. It stops none itself. */
export class StopEngines extends Construct {
  readonly function: RouseFunction;

  constructor(stack: Stack, id: string, { project, engines, functionsDir }: EnginesProps) {
    super(stack, id);
    const { poll, limit } = project.base.engines;
    const shares = shareOut(engines, (some) => policySize(this, ownStatements(some)));
    this.function = new RouseFunction(this, "Stop", {
      application: project.base.name,
      name: "stop-engines",
      description: "Stops engines by name",
      functionsDir,
      timeout: limit + TO_ANSWER,
      environment: writeEnv(STOP_ENGINES_ENV, {
        application: project.base.name,
        environment: project.environment.name,
        pollMs: String(poll * 1000),
        limitMs: String(limit * 1000),
      }),
      statements: [...ownStatements(shares.inline), parametersStatement(stack, project)],
    });
    acknowledgeWildcards(this.function.role, wildcardsOf(ownStatements(shares.inline)), NO_NARROWER);
    attachManaged(this, this.function, shares, ownStatements);
  }
}

function ownStatements(engines: readonly EngineArns[]): iam.PolicyStatement[] {
  return [
    ...lookStatements(engines),
    new iam.PolicyStatement({ sid: "Mark", actions: ["ecs:TagResource"], resources: engines.map(({ tasks }) => tasks) }),
    tellReconcile(engines),
  ];
}
