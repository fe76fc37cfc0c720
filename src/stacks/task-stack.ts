import { aws_ec2 as ec2, aws_scheduler as scheduler, aws_ssm as ssm } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { Project, TaskLeaf } from "../config/schema.ts";
import { overridesOf } from "../functions/shared/overrides.ts";
import type { Runnable } from "../functions/shared/engine.ts";
import { clusterName, scheduleGroupName, taskFamily, taskParameter } from "../functions/shared/names.ts";
import type { RunSpec } from "../functions/shared/run-spec.ts";
import { WATCH_TASK_ENV } from "../functions/watch-task/env.ts";
import { alertTopic, subscribeMails } from "./alert-topic.ts";
import type { BaseStack } from "./base-stack.ts";
import { LeafCompute } from "./compute/leaf-compute.ts";
import { leafVolumes } from "./compute/leaf-volumes.ts";
import { leafId } from "./engine/engine-arns.ts";
import { hourUsd } from "./hour-price.ts";
import type { LeafContext } from "./leaf-stack.ts";
import { stackNames } from "./names.ts";
import { RouseStack } from "./rouse-stack.ts";
import { DeadLetters } from "./task/dead-letters.ts";
import { isRate, RunTask } from "./task/run-task.ts";
import { TaskSchedules, type TickTarget } from "./task/task-schedules.ts";
import { WatchTask } from "./task/watch-task.ts";

export interface TaskStackProps {
  readonly project: Project;
  readonly leaf: TaskLeaf;
  readonly base: BaseStack;
  readonly functionsDir: string;
}

/** With `overlap: allow`: as many runs may need an instance each. */
const MOST_INSTANCES = 10;

/** One scheduled task: what its runs are, when they start, and who hears of those that fail. */
export class TaskStack extends RouseStack {
  constructor(scope: Construct, { project, leaf, base, functionsDir }: TaskStackProps) {
    super(scope, stackNames.leaf(project, leaf), {
      project,
      leaf,
      region: project.base.region,
      description: `${leaf.name}: its runs, and when they start`,
    });
    const context: LeafContext<TaskLeaf> = { project, leaf, application: project.base.name, functionsDir };
    const topic = alertTopic(this, "Topic", leaf.name);
    subscribeMails(topic, leaf.alerts);
    const { vpc, keyPair } = base;
    const securityGroup = this.securityGroup(context, vpc);
    const volumes = leafVolumes(this, context, vpc, securityGroup);
    const { overlap } = leaf.wake.schedule;
    const mostInstances = overlap === "allow" ? MOST_INSTANCES : 1;
    const compute = new LeafCompute(this, "Compute", { ...context, vpc, keyPair, securityGroup, volumes, mostInstances });
    const spec = this.spec(context, vpc, securityGroup, compute);
    const specJson = this.toJsonString(spec);
    new ssm.CfnParameter(this, "Parameter", {
      name: taskParameter(leafId(project, leaf)),
      description: `${leaf.name}: what it takes to run it`,
      type: "String",
      value: specJson,
    });

    const group = new scheduler.CfnScheduleGroup(this, "Schedules", { name: scheduleGroupName(context.application, leaf.name) });
    const letters = new DeadLetters(this, "DeadLetters");
    const runTask = needsFunction(leaf) ? new RunTask(this, "Start", { ...context, spec: specJson, deadLetters: letters.queue }) : undefined;
    const watch = new WatchTask(this, "Watch", {
      ...context,
      spec: specJson,
      letters,
      topics: [topic, base.topic],
      ...(runTask ? { runTask } : {}),
      tasksIn: compute,
      group,
    });
    const schedules = new TaskSchedules(this, "Ticks", {
      project,
      leaf,
      group: group.ref,
      target: runTask ? { functionArn: runTask.arn } : directTarget(compute, spec),
      deadLetters: letters.queue,
    });
    // The first tick finds everything there, and at the end no tick starts a run that nobody would end.
    schedules.node.addDependency(watch);
    watch.watch.setVariable(WATCH_TASK_ENV.hourUsd, hourUsd(this));
  }

  /** Nothing reaches it; SSH to its instances where rouse.yaml says so. */
  private securityGroup({ leaf, project }: LeafContext<TaskLeaf>, vpc: ec2.IVpc): ec2.SecurityGroup {
    const group = new ec2.SecurityGroup(this, "SecurityGroup", { vpc, description: `${leaf.name}: nothing reaches it` });
    if (leaf.compute.on !== "ec2") return group;
    for (const range of project.base.ssh?.from ?? []) {
      group.addIngressRule(range.includes(":") ? ec2.Peer.ipv6(range) : ec2.Peer.ipv4(range), ec2.Port.tcp(22), "SSH");
    }
    return group;
  }

  private spec({ leaf, application }: LeafContext<TaskLeaf>, vpc: ec2.IVpc, securityGroup: ec2.ISecurityGroup, { capacity }: LeafCompute): RunSpec {
    const onInstance = leaf.compute.on === "ec2";
    const { overlap, retries, input } = leaf.wake.schedule;
    return {
      leaf: leaf.name,
      cluster: clusterName(application, leaf.name),
      taskDefinition: taskFamily(application, leaf.name),
      subnets: vpc.selectSubnets({ subnetType: ec2.SubnetType.PUBLIC }).subnetIds,
      securityGroups: [securityGroup.securityGroupId],
      container: leaf.name,
      network: onInstance ? "bridge" : "awsvpc",
      capacity,
      publicIp: !onInstance,
      overlap,
      retries,
      input,
    };
  }
}

/**
 * Scheduler itself starts runs where nothing has to be decided. It does not look whether one goes on, has no second choice of
 * capacity, and begins a rate with a run in the moment of a deployment: see docs/decisions/0019-scheduled-tasks.md.
 */
export const needsFunction = ({ wake, compute }: TaskLeaf): boolean =>
  wake.schedule.overlap === "skip" || compute.on === "fargate-spot" || wake.schedule.expressions.some(isRate);

function directTarget({ cluster, taskDefinition }: LeafCompute, spec: RunSpec): TickTarget {
  const overrides = overridesOf(spec.container, spec.input);
  return {
    cluster: cluster.attrArn,
    parameters: {
      taskDefinitionArn: taskDefinition.taskDefinitionArn,
      taskCount: 1,
      ...capacityOf(spec),
      ...(spec.network === "awsvpc"
        ? {
            networkConfiguration: {
              awsvpcConfiguration: {
                subnets: [...spec.subnets],
                securityGroups: [...spec.securityGroups],
                assignPublicIp: spec.publicIp ? "ENABLED" : "DISABLED",
              },
            },
          }
        : {}),
    },
    ...(overrides ? { overrides: JSON.stringify(overrides) } : {}),
  };
}

function capacityOf({ capacity }: Runnable): Pick<scheduler.CfnSchedule.EcsParametersProperty, "launchType" | "capacityProviderStrategy"> {
  if ("launchType" in capacity) return { launchType: capacity.launchType };
  return { capacityProviderStrategy: capacity.providers.map(({ name, weight, base }) => ({ capacityProvider: name, weight, base })) };
}
