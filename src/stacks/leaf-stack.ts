import { type aws_sns as sns, CfnOutput } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { DnsLeaf, Leaf, Project } from "../config/schema.ts";
import { RECONCILE_ENV } from "../functions/reconcile/env.ts";
import { alertTopic, subscribeMails } from "./alert-topic.ts";
import type { BaseStack } from "./base-stack.ts";
import type { DomainStack } from "./domain-stack.ts";
import { HistoryLog } from "./history-log.ts";
import { hourUsd } from "./hour-price.ts";
import { AsgStateChangeHook } from "./leaf/asg-state-change-hook.ts";
import { Container } from "./leaf/container.ts";
import { Dashboard } from "./leaf/dashboard.ts";
import { EcsAsg } from "./leaf/ecs-asg.ts";
import { SecurityGroups } from "./leaf/security-groups.ts";
import { Volumes } from "./leaf/volumes.ts";
import { Watchdog } from "./leaf/watchdog.ts";
import { stackNames } from "./names.ts";
import { RouseStack } from "./rouse-stack.ts";

export interface LeafStackProps {
  readonly project: Project;
  readonly leaf: DnsLeaf;
  readonly base: BaseStack;
  readonly domain: DomainStack;
  readonly functionsDir: string;
}

/** What the parts of a leaf are given. */
export interface LeafContext<L extends Leaf = DnsLeaf> {
  readonly project: Project;
  readonly leaf: L;
  readonly application: string;
  readonly functionsDir: string;
}

/** One container: what it runs on, what puts it to sleep, and what keeps its address right. */
export class LeafStack extends RouseStack {
  readonly topic: sns.Topic;

  constructor(scope: Construct, { project, leaf, base, domain, functionsDir }: LeafStackProps) {
    const description = `${leaf.name}: its container, and what puts it to sleep`;
    super(scope, stackNames.leaf(project, leaf), {
      project,
      leaf,
      region: project.base.region,
      crossRegionReferences: leaf.zone === "own",
      description,
    });
    const context: LeafContext = { project, leaf, application: project.base.name, functionsDir };
    this.topic = alertTopic(this, "Topic", leaf.name);
    subscribeMails(this.topic, leaf.alerts);
    const topics = [this.topic, base.topic];

    const { instance, fileSystems } = new SecurityGroups(this, "SecurityGroups", { ...context, vpc: base.vpc });
    // A stack without a resource is none: CloudFormation refuses it.
    const volumes = fileSystems ? new Volumes(this, "Volumes", { ...context, vpc: base.vpc, securityGroup: fileSystems }).all : [];
    const container = new Container(this, "Container", { ...context, volumes });
    const ecsAsg = new EcsAsg(this, "EcsAsg", {
      ...context,
      vpc: base.vpc,
      keyPair: base.keyPair,
      securityGroup: instance,
      volumes,
      taskDefinition: container.taskDefinition,
    });
    const watchdog = new Watchdog(this, "Watchdog", context);
    watchdog.addStackDependency(ecsAsg);
    const hook = new AsgStateChangeHook(this, "AsgStateChangeHook", {
      ...context,
      topics,
      history: new HistoryLog(this, "History", context),
      volumes,
      ...(domain.ownZoneId === undefined ? {} : { ownZoneId: domain.ownZoneId }),
    });
    // The group comes after what keeps its record right and goes before it: a leaf may be deleted while it is awake, and a
    // record that does not say what the template says would be left, and the zone with it.
    ecsAsg.addStackDependency(hook);
    // It costs more than all else of a leaf that sleeps (docs/decisions/0024-what-a-sleeping-leaf-costs.md).
    if (project.base.dashboard) new Dashboard(this, "Dashboard", { ...context, volumes, functions: [watchdog.breaker, hook.reconcile] });
    hook.reconcile.setVariable(RECONCILE_ENV.hourUsd, hourUsd(this));
    new CfnOutput(this, "Name", { value: leaf.domain, description: "Connect to this name. The first query wakes it." });
  }
}
