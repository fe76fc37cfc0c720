import { aws_ec2 as ec2, type aws_sns as sns, aws_ssm as ssm } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { EngineLeaf, ExistingEngine, OwnEngine, Project } from "../config/schema.ts";
import { RECONCILE_ENGINE_ENV } from "../functions/reconcile-engine/env.ts";
import type { Engine } from "../functions/shared/engine.ts";
import { clusterName, engineParameter, taskFamily } from "../functions/shared/names.ts";
import { alertTopic, subscribeMails } from "./alert-topic.ts";
import type { BaseStack } from "./base-stack.ts";
import { LeafCompute } from "./compute/leaf-compute.ts";
import { leafVolumes } from "./compute/leaf-volumes.ts";
import { Doorman } from "./engine/doorman.ts";
import { leafId, reconcileName } from "./engine/engine-arns.ts";
import { engineRule, engineSecurityGroup, EngineTargets } from "./engine/engine-route.ts";
import { ReconcileEngine, type Reached } from "./engine/reconcile-engine.ts";
import { hourUsd } from "./hour-price.ts";
import type { LeafContext } from "./leaf-stack.ts";
import { stackNames } from "./names.ts";
import { RouseStack } from "./rouse-stack.ts";

export interface EngineStackProps {
  readonly project: Project;
  readonly leaf: EngineLeaf;
  readonly base: BaseStack;
  readonly functionsDir: string;
}

const UNREACHED: Reached = { rule: "", doorman: "", targetGroupMetric: "", loadBalancerMetric: "", address: "" };

/** One engine: what its tasks are, how requests find them, and the function that keeps the two in step. */
export class EngineStack extends RouseStack {
  constructor(scope: Construct, { project, leaf, base, functionsDir }: EngineStackProps) {
    super(scope, stackNames.leaf(project, leaf), {
      project,
      leaf,
      region: project.base.region,
      description: `${leaf.name}: its tasks, and what wakes them and puts them to sleep`,
    });
    const topic = alertTopic(this, "Topic", leaf.name);
    subscribeMails(topic, leaf.alerts);
    const context = { project, application: project.base.name, functionsDir };
    const topics = [topic, base.topic];
    if (leaf.existing) this.ofExisting({ ...context, leaf }, topics);
    else this.ofOwn({ ...context, leaf }, base, topics);
  }

  private ofOwn(context: LeafContext<OwnEngine>, base: BaseStack, topics: readonly sns.ITopic[]): void {
    const { leaf, application } = context;
    const { vpc, keyPair, loadBalancer } = base;
    const securityGroup = engineSecurityGroup(this, { ...context, vpc, ...(loadBalancer ? { from: loadBalancer.securityGroup } : {}) });
    const volumes = leafVolumes(this, context, vpc, securityGroup);
    const compute = new LeafCompute(this, "Compute", { ...context, vpc, keyPair, securityGroup, volumes });
    const { route } = leaf;
    const routed = route && { ...context, leaf: { ...leaf, route } };
    const targets = routed && new EngineTargets(this, "Targets", { ...routed, vpc }).group;
    const onInstance = leaf.compute.on === "ec2";
    const engine: Engine = {
      service: leaf.name,
      cluster: clusterName(application, leaf.name),
      taskDefinition: taskFamily(application, leaf.name),
      ...(targets ? { targetGroup: targets.ref } : {}),
      subnets: vpc.selectSubnets({ subnetType: ec2.SubnetType.PUBLIC }).subnetIds,
      securityGroups: [securityGroup.securityGroupId],
      container: leaf.name,
      ...(route ? { port: route.port } : {}),
      network: onInstance ? "bridge" : "awsvpc",
      capacity: compute.capacity,
      publicIp: !onInstance,
      reconcile: reconcileName(application, leaf.name),
      crashLoop: leaf.watchdog.crashLoop,
    };
    const engineJson = this.toJsonString(engine);
    let reached = UNREACHED;
    if (routed && targets) {
      if (!loadBalancer) throw new Error(`leaf ${leaf.name}: it has a route, and the base has no load balancer`);
      const { listener, fullName, address } = loadBalancer;
      const doorman = leaf.wake.http && new Doorman(this, "AtTheDoor", { ...routed, engine: engineJson, listener }).targetGroup;
      const rule = engineRule(this, routed.leaf, listener, { service: targets.ref, ...(doorman ? { doorman } : {}) });
      reached = {
        rule: doorman ? rule : "",
        doorman: doorman ?? "",
        targetGroupMetric: targets.attrTargetGroupFullName,
        loadBalancerMetric: fullName,
        address: `${address}${routed.leaf.route.patterns[0]}`,
      };
    }
    this.know(context, { engine, engineJson, reached, drain: route?.drain ?? 0, topics, tasksIn: compute });
  }

  private ofExisting(context: LeafContext<ExistingEngine>, topics: readonly sns.ITopic[]): void {
    const { leaf, application } = context;
    const { existing } = leaf;
    const engine: Engine = {
      service: leaf.name,
      cluster: existing.cluster,
      taskDefinition: existing.taskDefinition,
      ...(existing.targetGroup === undefined ? {} : { targetGroup: existing.targetGroup }),
      subnets: existing.subnets,
      securityGroups: existing.securityGroups,
      container: existing.container,
      ...(existing.port === undefined ? {} : { port: existing.port }),
      network: "awsvpc",
      capacity: { launchType: existing.launchType },
      publicIp: existing.assignPublicIp,
      reconcile: reconcileName(application, leaf.name),
      crashLoop: leaf.watchdog.crashLoop,
    };
    this.know(context, { engine, engineJson: JSON.stringify(engine), reached: UNREACHED, drain: leaf.drain, topics });
  }

  /** The function that keeps it right, and the parameter from which the start and stop functions know it. */
  private know(
    context: LeafContext<EngineLeaf>,
    given: { engine: Engine; engineJson: string; reached: Reached; drain: number; topics: readonly sns.ITopic[]; tasksIn?: Construct },
  ): void {
    const { reconcile } = new ReconcileEngine(this, "Engine", { ...context, ...given });
    new ssm.CfnParameter(this, "Parameter", {
      name: engineParameter(leafId(context.project, context.leaf)),
      description: `${context.leaf.name}: what it takes to start and stop it`,
      type: "String",
      value: given.engineJson,
    });
    reconcile.setVariable(RECONCILE_ENGINE_ENV.hourUsd, hourUsd(this));
  }
}
