import { aws_ec2 as ec2, aws_ecs as ecs, aws_iam as iam, CfnOutput, CfnResource } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { Project, ServiceLeaf } from "../config/schema.ts";
import { groupName, serviceName } from "../functions/shared/names.ts";
import { alertTopic, subscribeMails } from "./alert-topic.ts";
import type { BaseStack } from "./base-stack.ts";
import { LeafCompute } from "./compute/leaf-compute.ts";
import { leafVolumes } from "./compute/leaf-volumes.ts";
import { engineSecurityGroup } from "./engine/engine-route.ts";
import type { LeafContext } from "./leaf-stack.ts";
import type { LoadBalancer } from "./load-balancer.ts";
import { stackNames } from "./names.ts";
import { RouseStack } from "./rouse-stack.ts";
import { type RoutedService, serviceRules, ServiceTargets } from "./service/service-route.ts";
import { ServiceScaling } from "./service/service-scaling.ts";
import { WatchService } from "./service/watch-service.ts";

export interface ServiceStackProps {
  readonly project: Project;
  readonly leaf: ServiceLeaf;
  readonly base: BaseStack;
  readonly functionsDir: string;
}

interface Reached {
  readonly balancer: LoadBalancer;
  readonly targets: ServiceTargets["group"];
  readonly rule: CfnResource;
}

/** One service that is always on: its tasks, how requests find them, how many there are, and who is told when something is wrong. */
export class ServiceStack extends RouseStack {
  constructor(scope: Construct, { project, leaf, base, functionsDir }: ServiceStackProps) {
    super(scope, stackNames.leaf(project, leaf), {
      project,
      leaf,
      region: project.base.region,
      description: `${leaf.name}: a service that is always on`,
    });
    const topic = alertTopic(this, "Topic", leaf.name);
    subscribeMails(topic, leaf.alerts);
    const context: LeafContext<ServiceLeaf> = { project, leaf, application: project.base.name, functionsDir };
    const { vpc, keyPair } = base;
    const balancer = balancerOf(leaf, base);

    const securityGroup = engineSecurityGroup(this, { ...context, vpc, ...(balancer ? { from: balancer.securityGroup } : {}) });
    const volumes = leafVolumes(this, context, vpc, securityGroup);
    // A deployment has the new tasks beside the old ones, and the smallest instances have room for one.
    const mostInstances = 2 * leaf.scale.max;
    const compute = new LeafCompute(this, "Compute", { ...context, vpc, keyPair, securityGroup, volumes, mostInstances });
    const reached = balancer && this.reached({ ...context, leaf: leaf as RoutedService }, vpc, balancer);
    const watch = new WatchService(this, "Watch", { ...context, topics: [topic, base.topic] });
    const service = this.service(context, { compute, securityGroup, vpc, ...(reached ? { reached } : {}) });
    service.node.addDependency(watch);
    new ServiceScaling(this, "Scaling", {
      scale: leaf.scale,
      name: groupName(context.application, leaf.name),
      cluster: compute.cluster.ref,
      service: service.attrName,
      ...(reached ? { requestsOf: `${reached.balancer.fullName}/${reached.targets.attrTargetGroupFullName}` } : {}),
    });
    const domain = leaf.route?.domain;
    if (domain !== undefined) new CfnOutput(this, "Address", { value: `https://${domain}`, description: "Where it is reached." });
  }

  private reached(context: LeafContext<RoutedService>, vpc: ec2.IVpc, balancer: LoadBalancer): Reached {
    const targets = new ServiceTargets(this, "Targets", { ...context, vpc }).group;
    return { balancer, targets, rule: serviceRules(this, { ...context, balancer, targetGroup: targets.ref }) };
  }

  private service(
    { leaf, application }: LeafContext<ServiceLeaf>,
    given: { compute: LeafCompute; securityGroup: ec2.ISecurityGroup; vpc: ec2.IVpc; reached?: Reached },
  ): ecs.CfnService {
    const { compute, securityGroup, vpc, reached } = given;
    const { subnetIds: subnets } = vpc.selectSubnets({ subnetType: ec2.SubnetType.PUBLIC });
    const service = new ecs.CfnService(this, "Service", {
      serviceName: serviceName(application, leaf.name),
      cluster: compute.cluster.ref,
      taskDefinition: compute.taskDefinition.taskDefinitionArn,
      // No desired count: a deployment would reset what scaling has made of it. See service/service-scaling.ts.
      capacityProviderStrategy: strategyOf(leaf, compute),
      deploymentConfiguration: {
        // The old tasks go when the new ones are healthy, and not before.
        minimumHealthyPercent: 100,
        maximumPercent: 200,
        deploymentCircuitBreaker: { enable: true, rollback: true },
      },
      enableEcsManagedTags: true,
      propagateTags: "SERVICE",
      ...(leaf.compute.on === "ec2"
        ? {}
        : {
            networkConfiguration: {
              // A public address, for there is no NAT; nobody reaches it but the load balancer.
              awsvpcConfiguration: { subnets, securityGroups: [securityGroup.securityGroupId], assignPublicIp: "ENABLED" },
            },
          }),
      ...(reached && leaf.route
        ? {
            loadBalancers: [{ containerName: leaf.name, containerPort: leaf.route.port, targetGroupArn: reached.targets.ref }],
            healthCheckGracePeriodSeconds: leaf.route.grace,
          }
        : {}),
    });
    if (reached) service.addResourceDependency(reached.rule);
    // What the tasks need and the service does not refer to.
    for (const part of compute.node.findAll()) {
      const isNeeded = part instanceof iam.CfnPolicy || part instanceof ecs.CfnClusterCapacityProviderAssociations;
      if (isNeeded && CfnResource.isCfnResource(part)) service.addResourceDependency(part);
    }
    return service;
  }
}

function balancerOf({ name, route }: ServiceLeaf, base: BaseStack): LoadBalancer | undefined {
  if (!route) return undefined;
  const balancer = route.visibility === "public" ? base.loadBalancer : base.internalLoadBalancer;
  if (!balancer) throw new Error(`leaf ${name}: it has a route, and the base has no ${route.visibility} load balancer`);
  return balancer;
}

/**
 * Always a strategy and never a launch type: one can be changed in place, the other replaces the service.
 *
 * ECS does not fall back: where Spot is out of capacity, it goes on trying. So one task is on demand where there are at least
 * two, and the service answers while Spot is short.
 */
function strategyOf({ compute: { on }, scale }: ServiceLeaf, { capacity }: LeafCompute): ecs.CfnService.CapacityProviderStrategyItemProperty[] {
  switch (on) {
    case "fargate":
      return [{ capacityProvider: "FARGATE", weight: 1 }];
    case "fargate-spot":
      return [...(scale.min >= 2 ? [{ capacityProvider: "FARGATE", base: 1, weight: 0 }] : []), { capacityProvider: "FARGATE_SPOT", weight: 1 }];
    case "ec2":
      return "providers" in capacity ? capacity.providers.map(({ name, weight }) => ({ capacityProvider: name, weight })) : [];
  }
}
