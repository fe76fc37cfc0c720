import type { LoadBalancersPort, TargetGroupsPort } from "../../core/ports.ts";
import { bind, type Service } from "../../core/service.ts";
import { accessOf } from "./access.ts";
import type { ElbDeps, ElbPorts } from "./deps.ts";
import { Engine } from "./engine/engine.ts";
import { healthOf, NOT_REGISTERED } from "./engine/health/states.ts";
import { HOST } from "./engine/host-ports.ts";
import { bareDnsName } from "./names.ts";
import * as attributeOperations from "./operations/attributes.ts";
import { AddListenerCertificates, DescribeListenerCertificates, RemoveListenerCertificates } from "./operations/listener-certificates.ts";
import { CreateListener, DeleteListener, DescribeListeners, ModifyListener } from "./operations/listeners.ts";
import * as limitOperations from "./operations/limits.ts";
import { SetIpAddressType, SetSecurityGroups, SetSubnets } from "./operations/load-balancer-settings.ts";
import { CreateLoadBalancer, DeleteLoadBalancer, DescribeLoadBalancers } from "./operations/load-balancers.ts";
import { CreateRule, DeleteRule, DescribeRules, ModifyRule, SetRulePriorities } from "./operations/rules.ts";
import { AddTags, DescribeTags, RemoveTags } from "./operations/tags.ts";
import { CreateTargetGroup, DeleteTargetGroup, DescribeTargetGroups, ModifyTargetGroup } from "./operations/target-groups.ts";
import { DeregisterTargets, DescribeTargetHealth, RegisterTargets } from "./operations/targets.ts";
import { SERVICE } from "./names.ts";
import { listenersOf, loadBalancers, scopesOf, targetGroups, targetKey, targets, usersOf } from "./state.ts";

export type { LoadBalancerPorts } from "./deps.ts";

/** A load balancer, with where it is on this machine. */
export interface LoadBalancerView {
  arn: string;
  name: string;
  dnsName: string;
  scheme: "internet-facing" | "internal";
  listeners: { arn: string; port: number; protocol: "HTTP" | "HTTPS"; url: string }[];
}

export interface ElbExtras {
  /** The load balancers of all accounts and regions. */
  list(): LoadBalancerView[];
}

/** Elastic Load Balancing v2: Application Load Balancers. See README.md for what it has and what it lacks. */
export function createElb(ports: ElbPorts): Service & LoadBalancersPort & TargetGroupsPort & ElbExtras {
  const engine = new Engine(ports);
  const deps: ElbDeps = { ...ports, engine };
  return {
    name: SERVICE,
    signingNames: [SERVICE],
    sdk: () => import("@aws-sdk/client-elastic-load-balancing-v2"),
    protocols: ["awsQuery"],
    xmlNamespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
    apiVersion: "2015-12-01",
    operations: bind(deps, {
      CreateLoadBalancer,
      DeleteLoadBalancer,
      DescribeLoadBalancers,
      SetSecurityGroups,
      SetSubnets,
      SetIpAddressType,
      CreateListener,
      ModifyListener,
      DeleteListener,
      DescribeListeners,
      AddListenerCertificates,
      RemoveListenerCertificates,
      DescribeListenerCertificates,
      CreateRule,
      ModifyRule,
      DeleteRule,
      DescribeRules,
      SetRulePriorities,
      CreateTargetGroup,
      ModifyTargetGroup,
      DeleteTargetGroup,
      DescribeTargetGroups,
      RegisterTargets,
      DeregisterTargets,
      DescribeTargetHealth,
      AddTags,
      RemoveTags,
      DescribeTags,
      ...attributeOperations,
      ...limitOperations,
    }),
    access: accessOf(ports.store),
    start: () => engine.start(),
    stop: () => engine.stop(),
    addressesOf: (dnsName) => engine.addressesOf(bareDnsName(dnsName)),
    targetGroup: (scope, arn) => {
      const group = targetGroups(ports.store, scope).get(arn);
      const user = usersOf(ports.store, scope).get(arn);
      return group && { targetType: group.targetType, ...(user === undefined ? {} : { loadBalancerArn: user }) };
    },
    targetStanding: (scope, groupArn, target) => {
      const group = targetGroups(ports.store, scope).get(groupArn);
      const row = targets(ports.store, scope).get(targetKey({ groupArn, ...target }));
      if (!group || !row) return { state: "unused", reason: NOT_REGISTERED.Description };
      const { state, description } = healthOf({ store: ports.store, instances: ports.instances }, scope, group, row);
      return { state, ...(description === undefined ? {} : { reason: description }) };
    },
    onTargetsChange: (listener) => engine.onTargetsChange(listener),
    list: () =>
      scopesOf(ports.store).flatMap((scope) =>
        loadBalancers(ports.store, scope)
          .values()
          .map((lb) => ({
            arn: lb.arn,
            name: lb.name,
            dnsName: lb.dnsName,
            scheme: lb.scheme,
            listeners: listenersOf(ports.store, scope, lb.arn).flatMap(({ arn, port, protocol, hostPort }) =>
              hostPort === undefined ? [] : [{ arn, port, protocol, url: `${protocol.toLowerCase()}://${HOST}:${hostPort}` }],
            ),
          })),
      ),
  };
}
