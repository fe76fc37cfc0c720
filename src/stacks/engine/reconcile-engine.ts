import {
  aws_events as events,
  aws_iam as iam,
  aws_scheduler as scheduler,
  type aws_sns as sns,
  CustomResource,
  Duration,
  type Stack,
} from "aws-cdk-lib";
import { Construct, type IConstruct } from "constructs";
import type { EngineLeaf } from "../../config/schema.ts";
import { ENGINE_TASKS, RECONCILE_ENGINE_ENV } from "../../functions/reconcile-engine/env.ts";
import type { Engine } from "../../functions/shared/engine.ts";
import { writeEnv } from "../../functions/shared/env.ts";
import { scheduleGroupName } from "../../functions/shared/names.ts";
import { HistoryLog } from "../history-log.ts";
import { invokeOn } from "../leaf/invoke-on.ts";
import type { LeafContext } from "../leaf-stack.ts";
import { logStreamsOf } from "../log-streams.ts";
import { acknowledgeWildcards, NO_NARROWER } from "../rouse-stack.ts";
import { RouseFunction } from "../rouse-function.ts";
import { type EngineArns, engineArns, leafId } from "./engine-arns.ts";
import { lookStatements } from "./start-statements.ts";

/** Seconds. It waits for a target to become healthy, and for open requests to end; the next event or look goes on where it ends. */
const LIMIT = 300;

/** How the leaf is reached; all of it empty for one that is not behind our load balancer. */
export interface Reached {
  /** ARN of the rule that is switched; empty where requests do not wake it. */
  readonly rule: string;
  /** ARN of the doorman's target group. */
  readonly doorman: string;
  readonly targetGroupMetric: string;
  readonly loadBalancerMetric: string;
  readonly address: string;
}

export interface ReconcileProps extends LeafContext<EngineLeaf> {
  readonly engine: Engine;
  /** JSON of `engine`, with what CloudFormation puts in. */
  readonly engineJson: string;
  readonly reached: Reached;
  readonly drain: number;
  readonly topics: readonly sns.ITopic[];
  /** What its tasks run in and hold on to, and what goes only after them; none for an engine whose parts are not ours. */
  readonly tasksIn?: IConstruct;
}

/** Seconds that CloudFormation waits for the end of the tasks: as long as the function may, and its start. */
const END = LIMIT + 60;

/** The one writer of the engine's targets, its rule and its stops: whatever happens, it looks at what is there and makes the rest agree. */
export class ReconcileEngine extends Construct {
  readonly reconcile: RouseFunction;

  constructor(stack: Stack, id: string, props: ReconcileProps) {
    super(stack, id);
    const { project, application, leaf, functionsDir, engine, reached, topics } = props;
    const arns = engineArns(stack, project, leaf);
    const group = new scheduler.CfnScheduleGroup(this, "Checks", { name: scheduleGroupName(application, leaf.name) });
    const role = schedulerRole(this, stack.account, arns.reconcile);
    const { watchdog } = leaf;
    const logStreams = logStreamsOf(stack, application, leaf.name);
    const history = new HistoryLog(stack, "History", { application, leaf });
    const reconcile = new RouseFunction(this, "Reconcile", {
      application,
      leaf: leaf.name,
      name: "reconcile-engine",
      description: `Keeps targets, rule and stops of ${leaf.name} right`,
      functionsDir,
      timeout: LIMIT,
      environment: writeEnv(RECONCILE_ENGINE_ENV, {
        ...leafId(project, leaf),
        ...reached,
        engine: props.engineJson,
        idle: String(("idle" in watchdog ? watchdog.idle?.for : undefined) ?? 0),
        leftUp: String(watchdog.leftUp.after),
        leftUpStop: String(watchdog.leftUp.stop),
        drain: String(props.drain),
        // Set when the leaf's stack is complete.
        hourUsd: "",
        self: arns.reconcile,
        schedulerRole: role.roleArn,
        topics: stack.toJsonString(topics.map(({ topicArn }) => topicArn)),
      }),
      statements: [
        ...statements(arns, { engine, reached, schedulerRole: role.roleArn, topics }),
        history.write,
        new iam.PolicyStatement({ sid: "LastLines", actions: ["logs:GetLogEvents"], resources: [logStreams] }),
      ],
    });
    const wild = ["*", logStreams, arns.tasks, arns.schedules, arns.announced[1]!];
    acknowledgeWildcards(reconcile.role, engine.network === "bridge" ? [...wild, arns.containerInstances] : wild, NO_NARROWER);

    this.reconcile = reconcile;
    const target = { id: "Reconcile", arn: reconcile.arn };
    const changed = new events.CfnRule(this, "TaskChanged", {
      description: `A task of ${leaf.name} has changed`,
      eventPattern: {
        source: ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        // A task that RunTask starts is in the group of its family unless told otherwise (Amazon ECS API reference, RunTask, group).
        // Nothing that matters to its target comes before RUNNING; of the states on the way out the first and the last do.
        detail: {
          clusterArn: [arns.cluster],
          group: [`family:${familyOf(engine)}`],
          lastStatus: ["RUNNING", "DEACTIVATING", "STOPPED"],
        },
      },
      targets: [target],
    });
    const hourly = new events.CfnRule(this, "Hourly", {
      description: `Looks at ${leaf.name}, whatever events were lost`,
      scheduleExpression: "rate(1 hour)",
      targets: [target],
    });
    invokeOn(this, "TaskChangedMayInvoke", reconcile.arn, changed);
    invokeOn(this, "HourlyMayInvoke", reconcile.arn, hourly);
    // Its schedules are gone with it, so it goes after the function that makes them.
    reconcile.node.addDependency(group);
    this.endOfTasks(reconcile, props.tasksIn, [changed, hourly]);
  }

  /**
   * The tasks go before their cluster, which ECS does not delete with tasks in it; and after the rules that tell of them, so that
   * nobody opens the door again that the function has closed. Deletion is in the reverse order of dependencies.
   */
  private endOfTasks(reconcile: RouseFunction, tasksIn: IConstruct | undefined, rules: readonly events.CfnRule[]): void {
    const tasks = new CustomResource(this, "Tasks", {
      resourceType: ENGINE_TASKS.type,
      serviceToken: reconcile.arn,
      serviceTimeout: Duration.seconds(END),
      properties: { [ENGINE_TASKS.stop]: tasksIn ? ENGINE_TASKS.all : ENGINE_TASKS.own },
    });
    if (tasksIn) tasks.node.addDependency(tasksIn);
    for (const rule of rules) rule.node.addDependency(tasks);
  }
}

const familyOf = ({ taskDefinition }: Engine): string => taskDefinition.split("/").at(-1)!.split(":")[0]!;

/** With which EventBridge Scheduler invokes the function, and nothing else. */
function schedulerRole(scope: Construct, account: string, functionArn: string): iam.Role {
  return new iam.Role(scope, "SchedulerRole", {
    // Not for the schedules of another account (EventBridge Scheduler user guide, "Confused deputy prevention").
    assumedBy: new iam.ServicePrincipal("scheduler.amazonaws.com", { conditions: { StringEquals: { "aws:SourceAccount": account } } }),
    inlinePolicies: {
      Invoke: new iam.PolicyDocument({
        statements: [new iam.PolicyStatement({ sid: "Invoke", actions: ["lambda:InvokeFunction"], resources: [functionArn] })],
      }),
    },
  });
}

function statements(
  arns: EngineArns,
  to: { engine: Engine; reached: Reached; schedulerRole: string; topics: readonly sns.ITopic[] },
): iam.PolicyStatement[] {
  const { engine, reached } = to;
  const read = [
    ...(engine.targetGroup === undefined ? [] : ["elasticloadbalancing:DescribeTargetHealth"]),
    ...(reached.rule === "" ? [] : ["elasticloadbalancing:DescribeRules"]),
    ...(reached.targetGroupMetric === "" ? [] : ["cloudwatch:GetMetricData"]),
    ...(engine.network === "bridge" ? ["ec2:DescribeInstances"] : []),
  ];
  return [
    ...lookStatements([arns]),
    // Marks tasks that are to stop, takes the mark off again, and stops them.
    new iam.PolicyStatement({ sid: "StopTasks", actions: ["ecs:StopTask", "ecs:TagResource", "ecs:UntagResource"], resources: [arns.tasks] }),
    ...(engine.network === "bridge"
      ? [new iam.PolicyStatement({ sid: "ReadInstances", actions: ["ecs:DescribeContainerInstances"], resources: [arns.containerInstances] })]
      : []),
    // None of these has resource types (Service Authorization Reference).
    ...(read.length === 0 ? [] : [new iam.PolicyStatement({ sid: "Read", actions: read, resources: ["*"] })]),
    ...(engine.targetGroup === undefined
      ? []
      : [
          new iam.PolicyStatement({
            sid: "Targets",
            actions: ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"],
            resources: [engine.targetGroup],
          }),
        ]),
    ...(reached.rule === ""
      ? []
      : [new iam.PolicyStatement({ sid: "SwitchRule", actions: ["elasticloadbalancing:ModifyRule"], resources: [reached.rule] })]),
    new iam.PolicyStatement({
      sid: "NextLook",
      actions: ["scheduler:GetSchedule", "scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"],
      resources: [arns.schedules],
    }),
    new iam.PolicyStatement({
      sid: "PassSchedulerRole",
      actions: ["iam:PassRole"],
      resources: [to.schedulerRole],
      conditions: { StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } },
    }),
    new iam.PolicyStatement({
      sid: "Announced",
      actions: ["ssm:GetParametersByPath", "ssm:PutParameter", "ssm:DeleteParameter"],
      resources: [...arns.announced],
    }),
    new iam.PolicyStatement({ sid: "Announce", actions: ["sns:Publish"], resources: to.topics.map(({ topicArn }) => topicArn) }),
  ];
}
