import { aws_ec2 as ec2, aws_elasticloadbalancingv2 as elbv2 } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { OwnEngine, Route, ServiceLeaf } from "../../config/schema.ts";
import type { LeafContext } from "../leaf-stack.ts";
import { untagged } from "../rouse-stack.ts";
import { ownTargetGroup } from "./engine-arns.ts";

export type Routed = OwnEngine & { readonly route: Route };

/** What a leaf's route says of its targets, whoever registers them. */
export const targetsOf = ({ port, check, drain }: Route): Partial<elbv2.CfnTargetGroupProps> => ({
  protocol: "HTTP",
  port,
  healthCheckEnabled: true,
  healthCheckProtocol: "HTTP",
  healthCheckPath: check.path,
  healthCheckIntervalSeconds: check.interval,
  healthCheckTimeoutSeconds: check.timeout,
  healthyThresholdCount: check.passes,
  unhealthyThresholdCount: check.retries,
  matcher: { httpCode: check.matcher },
  targetGroupAttributes: [{ key: "deregistration_delay.timeout_seconds", value: String(drain) }],
});

/** The target group of the engine's tasks. Who registers them is the reconcile function. */
export class EngineTargets extends Construct {
  readonly group: elbv2.CfnTargetGroup;

  constructor(scope: Construct, id: string, { leaf, application, vpc }: LeafContext<Routed> & { readonly vpc: ec2.IVpc }) {
    super(scope, id);
    this.group = new elbv2.CfnTargetGroup(this, "TargetGroup", {
      name: ownTargetGroup(application, leaf.name, leaf.route.port),
      targetType: "ip",
      vpcId: vpc.vpcId,
      ...targetsOf(leaf.route),
    });
  }
}

/**
 * The leaf's rule on the shared listener, as it is while the leaf sleeps; its action has another writer then, the reconcile
 * function. Both groups are in it always, or the load balancer would not check the health of the service's targets before it
 * sends them requests (see functions/shared/forwarding.ts).
 * @param groups ARNs; without a doorman requests always go to the service
 * @returns the rule's ARN
 */
export function engineRule(
  scope: Construct,
  leaf: Routed,
  listener: string,
  groups: { readonly service: string; readonly doorman?: string },
): string {
  const action =
    groups.doorman === undefined
      ? { type: "forward", targetGroupArn: groups.service }
      : {
          type: "forward",
          forwardConfig: {
            targetGroups: [
              { targetGroupArn: groups.service, weight: 0 },
              { targetGroupArn: groups.doorman, weight: 1 },
            ],
          },
        };
  const rule = new elbv2.CfnListenerRule(scope, "Rule", {
    listenerArn: listener,
    priority: leaf.route.priority,
    conditions: [{ field: "path-pattern", pathPatternConfig: { values: leaf.route.patterns } }],
    actions: [action],
  });
  return untagged(rule).ref;
}

/** Ports that ECS chooses on an instance: Linux's ephemeral ones (Amazon ECS API reference, PortMapping, hostPort). */
const DYNAMIC = [32_768, 60_999] as const;

export interface AccessProps extends LeafContext<OwnEngine | ServiceLeaf> {
  readonly vpc: ec2.IVpc;
  /** The load balancer's; undefined for a leaf that nothing reaches. */
  readonly from?: ec2.ISecurityGroup;
}

/** Who may reach the tasks of an engine or a service: the load balancer, on its one port, and SSH where rouse.yaml says so. */
export function engineSecurityGroup(scope: Construct, { leaf, project, vpc, from }: AccessProps): ec2.SecurityGroup {
  const group = new ec2.SecurityGroup(scope, "SecurityGroup", { vpc, description: `${leaf.name}: from the load balancer only` });
  const onInstance = leaf.compute.on === "ec2";
  if (from && leaf.route) {
    const port = onInstance ? ec2.Port.tcpRange(...DYNAMIC) : ec2.Port.tcp(leaf.route.port);
    // Not `group.connections`: a rule of the load balancer's own group would belong to the base's stack.
    group.addIngressRule(from, port, "HTTP from the load balancer");
  }
  if (onInstance) {
    for (const range of project.base.ssh?.from ?? []) {
      group.addIngressRule(range.includes(":") ? ec2.Peer.ipv6(range) : ec2.Peer.ipv4(range), ec2.Port.tcp(22), "SSH");
    }
  }
  return group;
}
