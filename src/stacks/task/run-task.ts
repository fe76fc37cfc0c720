import { aws_iam as iam, type aws_sqs as sqs, type Stack } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { TaskLeaf } from "../../config/schema.ts";
import { RUN_TASK_ENV } from "../../functions/run-task/env.ts";
import { writeEnv } from "../../functions/shared/env.ts";
import { SKIPPED } from "../../functions/shared/names.ts";
import { leafId } from "../engine/engine-arns.ts";
import type { LeafContext } from "../leaf-stack.ts";
import { acknowledgeWildcards, NO_NARROWER } from "../rouse-stack.ts";
import { RouseFunction } from "../rouse-function.ts";
import { type TaskArns, taskArns } from "./task-arns.ts";

/** Seconds: ten retries wait for six minutes. */
const LIMIT = 600;

export interface RunTaskProps extends LeafContext<TaskLeaf> {
  /** JSON of `RunSpec`, with what CloudFormation puts in. */
  readonly spec: string;
  readonly deadLetters: sqs.CfnQueue;
}

/** Starts one run for one tick, where EventBridge Scheduler cannot do it: it must look before, or have another try on demand. */
export class RunTask extends Construct {
  readonly name: string;
  readonly arn: string;

  constructor(stack: Stack, id: string, { project, application, leaf, functionsDir, spec, deadLetters }: RunTaskProps) {
    super(stack, id);
    const arns = taskArns(stack, project, leaf);
    const runTask = new RouseFunction(this, "RunTask", {
      application,
      leaf: leaf.name,
      name: "run-task",
      description: `Starts one run of ${leaf.name} for each tick of its schedule`,
      functionsDir,
      timeout: LIMIT,
      environment: writeEnv(RUN_TASK_ENV, { ...leafId(project, leaf), spec, deadLetters: deadLetters.ref }),
      statements: statements(arns, leaf, deadLetters),
      // What it does not come to the end of is not lost either.
      deadLetters: deadLetters.attrArn,
    });
    acknowledgeWildcards(runTask.role, ["*", arns.tasks, arns.taskDefinition, arns.roles, ...(hasRate(leaf) ? [arns.schedules] : [])], NO_NARROWER);
    this.name = runTask.name;
    this.arn = runTask.arn;
  }
}

export const isRate = (expression: string): boolean => expression.startsWith("rate(");
const hasRate = ({ wake }: TaskLeaf): boolean => wake.schedule.expressions.some(isRate);

/** What it takes to start a run: on its own task definition in its own cluster, with its own two roles. */
export const startStatements = ({ taskDefinition, cluster, roles }: TaskArns): iam.PolicyStatement[] => [
  new iam.PolicyStatement({
    sid: "Run",
    actions: ["ecs:RunTask"],
    resources: [taskDefinition],
    conditions: { ArnEquals: { "ecs:cluster": cluster } },
  }),
  new iam.PolicyStatement({
    sid: "PassTaskRoles",
    actions: ["iam:PassRole"],
    resources: [roles],
    conditions: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
  }),
];

/** ListTasks takes a container instance as its resource, and this call names none: the cluster is what narrows it. */
export const listTasks = ({ cluster }: TaskArns): iam.PolicyStatement =>
  new iam.PolicyStatement({ sid: "ListTasks", actions: ["ecs:ListTasks"], resources: ["*"], conditions: { ArnEquals: { "ecs:cluster": cluster } } });

function statements(arns: TaskArns, leaf: TaskLeaf, deadLetters: sqs.CfnQueue): iam.PolicyStatement[] {
  return [
    ...startStatements(arns),
    listTasks(arns),
    // Of two runs that a tick and a person have started in the same moment, the second one is stopped.
    new iam.PolicyStatement({ sid: "Tasks", actions: ["ecs:DescribeTasks", "ecs:StopTask"], resources: [arns.tasks] }),
    new iam.PolicyStatement({ sid: "Letter", actions: ["sqs:SendMessage"], resources: [deadLetters.attrArn] }),
    // It has no resource types (Service Authorization Reference).
    new iam.PolicyStatement({
      sid: "CountSkips",
      actions: ["cloudwatch:PutMetricData"],
      resources: ["*"],
      conditions: { StringEquals: { "cloudwatch:namespace": SKIPPED.namespace } },
    }),
    // A rate's first tick comes with its making, which a deployment is to be told from.
    ...(hasRate(leaf) ? [new iam.PolicyStatement({ sid: "ReadSchedules", actions: ["scheduler:GetSchedule"], resources: [arns.schedules] })] : []),
  ];
}
