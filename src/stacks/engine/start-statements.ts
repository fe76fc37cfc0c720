import { aws_iam as iam } from "aws-cdk-lib";
import type { EngineArns } from "./engine-arns.ts";

/**
 * What it takes to start a task of some engines, to see it and to take its stop mark off: for start-engines, which starts all of
 * them, and for the doorman of one.
 */
export function startStatements(engines: readonly EngineArns[]): iam.PolicyStatement[] {
  const roles = engines.flatMap((engine) => engine.roles);
  return [
    ...lookStatements(engines),
    new iam.PolicyStatement({
      sid: "Start",
      actions: ["ecs:RunTask"],
      resources: engines.map(({ taskDefinition }) => taskDefinition),
      conditions: { ArnEquals: { "ecs:cluster": engines.map(({ cluster }) => cluster) } },
    }),
    // The stop mark and the time of the last use are tags; a task that is started otherwise than usual gets one at its start.
    new iam.PolicyStatement({ sid: "Want", actions: ["ecs:TagResource", "ecs:UntagResource"], resources: engines.map(({ tasks }) => tasks) }),
    ...(roles.length === 0
      ? []
      : [
          new iam.PolicyStatement({
            sid: "PassTaskRoles",
            actions: ["iam:PassRole"],
            resources: roles,
            conditions: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
          }),
        ]),
    tellReconcile(engines),
  ];
}

/** What a start also reads: which revision crashed, and what it waits for. None of it has resource types (Service Authorization Reference). */
export const readForStart = (waitsFor: string): iam.PolicyStatement =>
  new iam.PolicyStatement({ sid: "ReadForStart", actions: ["ecs:DescribeTaskDefinition", waitsFor], resources: ["*"] });

export function lookStatements(engines: readonly EngineArns[]): iam.PolicyStatement[] {
  return [
    // ListTasks takes a container instance as its resource, and this call names none: the cluster is what narrows it.
    new iam.PolicyStatement({
      sid: "ListTasks",
      actions: ["ecs:ListTasks"],
      resources: ["*"],
      conditions: { ArnEquals: { "ecs:cluster": engines.map(({ cluster }) => cluster) } },
    }),
    new iam.PolicyStatement({ sid: "ReadTasks", actions: ["ecs:DescribeTasks"], resources: engines.map(({ tasks }) => tasks) }),
  ];
}

/** Targets, rules and stops have one writer, the engine's reconcile function: the others ask it to look. */
export const tellReconcile = (engines: readonly EngineArns[]): iam.PolicyStatement =>
  new iam.PolicyStatement({ sid: "TellReconcile", actions: ["lambda:InvokeFunction"], resources: engines.map(({ reconcile }) => reconcile) });
