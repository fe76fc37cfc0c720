import { aws_events as events, aws_iam as iam, aws_lambda as lambda, type aws_sns as sns, CustomResource, Duration, type Stack } from "aws-cdk-lib";
import { Construct, type IConstruct } from "constructs";
import type { TaskLeaf } from "../../config/schema.ts";
import { writeEnv } from "../../functions/shared/env.ts";
import { deadLetterAlarmName, taskFamily } from "../../functions/shared/names.ts";
import { RUNS_RESOURCE, WATCH_TASK_ENV } from "../../functions/watch-task/env.ts";
import { functionArn, leafId } from "../engine/engine-arns.ts";
import { HistoryLog } from "../history-log.ts";
import { invokeOn } from "../leaf/invoke-on.ts";
import type { LeafContext } from "../leaf-stack.ts";
import { functionName } from "../names.ts";
import { acknowledgeWildcards, NO_NARROWER } from "../rouse-stack.ts";
import { RouseFunction } from "../rouse-function.ts";
import { deadLetterAlarm, type DeadLetters } from "./dead-letters.ts";
import { listTasks, type RunTask } from "./run-task.ts";
import { type TaskArns, taskArns } from "./task-arns.ts";

/** Seconds: at the leaf's end it waits for its runs' end. */
const LIMIT = 300;
/** Seconds that CloudFormation waits for that: as long as the function may, and its start. */
const END = LIMIT + 60;

export interface WatchTaskProps extends LeafContext<TaskLeaf> {
  /** JSON of `RunSpec`, with what CloudFormation puts in. */
  readonly spec: string;
  readonly letters: DeadLetters;
  readonly topics: readonly sns.ITopic[];
  /** Where there is such a function: it replaces runs for which there was no spot capacity. */
  readonly runTask?: RunTask;
  /** What its tasks run in and hold on to, and what goes only after them. */
  readonly tasksIn: IConstruct;
  /** Its schedule group, in which this function makes schedules of its own. */
  readonly group: IConstruct;
}

/** Tells people why a run failed, did not end or was not started, and ends the runs of a leaf that goes. */
export class WatchTask extends Construct {
  readonly watch: RouseFunction;

  constructor(stack: Stack, id: string, props: WatchTaskProps) {
    super(stack, id);
    const { project, application, leaf, functionsDir, spec, letters, topics, runTask } = props;
    const arns = taskArns(stack, project, leaf);
    const self = functionArn(stack, functionName(application, leaf.name, "watch-task"));
    const schedulerRole = new iam.Role(this, "SchedulerRole", {
      assumedBy: new iam.ServicePrincipal("scheduler.amazonaws.com", { conditions: { StringEquals: { "aws:SourceAccount": stack.account } } }),
      inlinePolicies: {
        Invoke: new iam.PolicyDocument({
          statements: [new iam.PolicyStatement({ sid: "Invoke", actions: ["lambda:InvokeFunction"], resources: [self] })],
        }),
      },
    });
    const { leftUp } = leaf.watchdog;
    const history = new HistoryLog(stack, "History", { application, leaf });
    const watch = new RouseFunction(this, "WatchTask", {
      application,
      leaf: leaf.name,
      name: "watch-task",
      description: `Tells people of runs of ${leaf.name} that failed, take too long or could not start`,
      functionsDir,
      timeout: LIMIT,
      environment: writeEnv(WATCH_TASK_ENV, {
        ...leafId(project, leaf),
        spec,
        deadLetters: letters.queue.ref,
        keptLetters: letters.kept.ref,
        alarm: deadLetterAlarmName(application, leaf.name),
        leftUp: String(leftUp.after),
        leftUpStop: String(leftUp.stop),
        stopTimeout: String(leaf.stopTimeout),
        self,
        schedulerRole: schedulerRole.roleArn,
        runTask: runTask?.name ?? "",
        // Set when the leaf's stack is complete.
        hourUsd: "",
        topics: stack.toJsonString(topics.map(({ topicArn }) => topicArn)),
      }),
      statements: [...statements(arns, { ...props, schedulerRole }), history.write],
    });
    acknowledgeWildcards(watch.role, ["*", arns.tasks, arns.schedules, arns.announced[1]!, arns.logStreams], NO_NARROWER);
    watch.node.addDependency(props.group);
    this.watch = watch;

    const alarm = deadLetterAlarm(this, "Alarm", { application, leaf: leaf.name, queue: letters.queue, action: watch.arn });
    new lambda.CfnPermission(this, "AlarmMayInvoke", {
      action: "lambda:InvokeFunction",
      functionName: watch.arn,
      // Not cloudwatch.amazonaws.com, which is for topics ("Invoke a Lambda function from an alarm", CloudWatch user guide).
      principal: "lambda.alarms.cloudwatch.amazonaws.com",
      sourceAccount: stack.account,
      sourceArn: alarm.attrArn,
    });
    const changed = new events.CfnRule(this, "RunChanged", {
      description: `A run of ${leaf.name} has begun or ended`,
      eventPattern: {
        source: ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        // A task that RunTask starts is in the group of its family unless told otherwise (Amazon ECS API reference, RunTask, group).
        detail: { clusterArn: [arns.cluster], group: [`family:${taskFamily(application, leaf.name)}`], lastStatus: ["RUNNING", "STOPPED"] },
      },
      targets: [{ id: "WatchTask", arn: watch.arn }],
    });
    invokeOn(this, "RunChangedMayInvoke", watch.arn, changed);
    // Runs end before their cluster, which ECS does not delete with tasks in it. Deletion is in the reverse order of dependencies.
    const runs = new CustomResource(this, "Runs", { resourceType: RUNS_RESOURCE, serviceToken: watch.arn, serviceTimeout: Duration.seconds(END) });
    runs.node.addDependency(props.tasksIn);
    changed.node.addDependency(runs);
  }
}

function statements(arns: TaskArns, of: WatchTaskProps & { schedulerRole: iam.IRole }): iam.PolicyStatement[] {
  const { letters, topics, schedulerRole, runTask } = of;
  const allow = (sid: string, actions: string[], resources: string[]): iam.PolicyStatement => new iam.PolicyStatement({ sid, actions, resources });
  return [
    listTasks(arns),
    allow("Tasks", ["ecs:DescribeTasks", "ecs:StopTask"], [arns.tasks]),
    allow("LastLines", ["logs:GetLogEvents"], [arns.logStreams]),
    allow("Tell", ["sns:Publish"], [...new Set(topics.map(({ topicArn }) => topicArn))]),
    // What was told, so that it is told once, and how the last run went.
    allow("Remember", ["ssm:GetParametersByPath", "ssm:PutParameter", "ssm:DeleteParameter"], [...arns.announced]),
    allow("LastRun", ["ssm:GetParameter", "ssm:PutParameter", "ssm:DeleteParameter"], [arns.lastRun]),
    allow("ReadLetters", ["sqs:ReceiveMessage", "sqs:DeleteMessage"], [letters.queue.attrArn]),
    allow("KeepLetters", ["sqs:SendMessage"], [letters.kept.attrArn]),
    allow("EndAlarm", ["cloudwatch:SetAlarmState"], [arns.alarm]),
    allow("LookAgain", ["scheduler:CreateSchedule", "scheduler:DeleteSchedule"], [arns.schedules]),
    new iam.PolicyStatement({
      sid: "PassSchedulerRole",
      actions: ["iam:PassRole"],
      resources: [schedulerRole.roleArn],
      conditions: { StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } },
    }),
    ...(runTask ? [allow("Replace", ["lambda:InvokeFunction"], [runTask.arn])] : []),
  ];
}
