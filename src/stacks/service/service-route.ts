import { type aws_ec2 as ec2, aws_elasticloadbalancingv2 as elbv2 } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { ServiceLeaf, ServiceRoute as Route } from "../../config/schema.ts";
import { ownTargetGroup } from "../engine/engine-arns.ts";
import { targetsOf } from "../engine/engine-route.ts";
import type { LeafContext } from "../leaf-stack.ts";
import { aliasRecord, type LoadBalancer, TO_HTTPS } from "../load-balancer.ts";
import { targetGroupName } from "../names.ts";
import { untagged } from "../rouse-stack.ts";

export type RoutedService = ServiceLeaf & { readonly route: Route };

/** The target group of the service's tasks. Who registers them is ECS. */
export class ServiceTargets extends Construct {
  readonly group: elbv2.CfnTargetGroup;

  constructor(scope: Construct, id: string, { leaf, application, vpc }: LeafContext<RoutedService> & { readonly vpc: ec2.IVpc }) {
    super(scope, id);
    const { port } = leaf.route;
    // On an instance a task shares the instance's address: with one of its own (awsvpc) it would have no public one, and could reach
    // nothing without NAT. See docs/decisions/0022-always-on.md.
    const onInstance = leaf.compute.on === "ec2";
    this.group = new elbv2.CfnTargetGroup(this, "TargetGroup", {
      // The type cannot be changed: the new group needs another name while the old one is there.
      name: onInstance ? targetGroupName(application, leaf.name, `instances:${port}`) : ownTargetGroup(application, leaf.name, port),
      targetType: onInstance ? "instance" : "ip",
      vpcId: vpc.vpcId,
      ...targetsOf(leaf.route),
      // The port at which each task is registered; on an instance ECS chooses it.
      healthCheckPort: "traffic-port",
    });
  }
}

export interface ServiceRulesProps extends LeafContext<RoutedService> {
  readonly balancer: LoadBalancer;
  readonly targetGroup: string;
}

/**
 * The service's rules on the shared load balancer; with a name of its own also the record, and the way from HTTP to HTTPS. The rule
 * has the id of an engine's: a leaf that becomes a service keeps it, and two of the same priority would be one too many.
 * @returns the rule before which ECS cannot register targets: the group belongs to no load balancer
 */
export function serviceRules(stack: Construct, { project, leaf, balancer, targetGroup }: ServiceRulesProps): elbv2.CfnListenerRule {
  const { domain, patterns, priority } = leaf.route;
  const path = { field: "path-pattern", pathPatternConfig: { values: patterns } };
  const toService = { type: "forward", targetGroupArn: targetGroup };
  const rule = (name: string, props: Pick<elbv2.CfnListenerRuleProps, "listenerArn" | "conditions" | "actions">) =>
    untagged(new elbv2.CfnListenerRule(stack, name, { priority, ...props }));
  if (domain === undefined) return rule("Rule", { listenerArn: balancer.listener, conditions: [path], actions: [toService] });
  if (balancer.https === undefined) throw new Error(`leaf ${leaf.name}: it has a domain, and its load balancer no certificate`);
  const host = { field: "host-header", hostHeaderConfig: { values: [domain] } };
  if (balancer.redirectFrom) rule("Redirect", { listenerArn: balancer.redirectFrom, conditions: [host], actions: [TO_HTTPS] });
  aliasRecord(stack, "Alias", project, domain, balancer);
  return rule("Rule", { listenerArn: balancer.https, conditions: [host, path], actions: [toService] });
}
