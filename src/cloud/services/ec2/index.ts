import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { Api, EventsPort, InstancesPort, InstanceView, InterfacesPort, MetricsPort, NetworkPort } from "../../core/ports.ts";
import type { Scope } from "../../core/scope.ts";
import { bind, type Service } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { createAccess } from "./access.ts";
import { Addresses } from "./engine/addresses.ts";
import { Lifecycle } from "./engine/lifecycle.ts";
import { InstanceMetrics } from "./engine/metrics.ts";
import { Network } from "./engine/network.ts";
import { viewOf } from "./engine/view.ts";
import { operations } from "./operations/index.ts";
import { ingressAllowed } from "./rules.ts";
import { instances, securityGroups } from "./state.ts";

export interface Ec2Options {
  store: Store;
  clock: Clock;
  ids: Pick<Ids, "hex">;
  api: Api;
  events: EventsPort;
  metrics: MetricsPort;
  /** Of IAM: an instance profile by name or ARN, with the ARN of its role. */
  iam: { instanceProfile(account: string, by: { name?: string; arn?: string }): { arn: string; id: string; roleArn?: string } | undefined };
  /** Milliseconds from pending to running; 5 unless told. */
  bootDelayMs?: number | ((instance: InstanceView) => number);
  /** Milliseconds from shutting-down to terminated and from stopping to stopped; 5 unless told. */
  stopDelayMs?: number | ((instance: InstanceView) => number);
  /** The host's platform (`linux`): only Linux has loopback addresses besides 127.0.0.1. */
  platform?: string;
  /** Which of the loopback addresses the first instance gets, 0 to 65023. */
  firstAddress?: number;
}

/** What handlers may ask for: the options, and the parts that move by themselves. */
export interface Ec2Deps extends Ec2Options {
  lifecycle: Lifecycle;
  network: Network;
  /** To be called after a change of the rules of a security group. */
  rulesChanged: (scope: Scope) => void;
}

/** EC2: networks and their interfaces, security groups, key pairs, launch templates, and instances that are loopback addresses of this machine. */
export function createEc2(options: Ec2Options): Service & InstancesPort & NetworkPort & InterfacesPort {
  const { store, clock } = options;
  const addresses = new Addresses(store, { platform: options.platform, start: options.firstAddress });
  const lifecycle = new Lifecycle(options, addresses);
  const metrics = new InstanceMetrics(clock, options.metrics);
  lifecycle.follow((scope, instance) => metrics.follow(scope, instance));
  const network = new Network(options, addresses, metrics);
  const ruleListeners = new Set<(scope: Scope) => void>();
  const rulesChanged = (scope: Scope): void => {
    for (const listener of ruleListeners) listener({ account: scope.account, region: scope.region });
  };
  const deps: Ec2Deps = { ...options, lifecycle, network, rulesChanged };
  return {
    name: "ec2",
    signingNames: ["ec2"],
    sdk: () => import("@aws-sdk/client-ec2"),
    protocols: ["ec2Query"],
    xmlNamespace: "http://ec2.amazonaws.com/doc/2016-11-15/",
    apiVersion: "2016-11-15",
    operations: bind(deps, operations),
    access: createAccess(deps),
    start: () => lifecycle.recover(),
    stop: () => {
      lifecycle.cancel();
      metrics.stop();
      network.clear();
    },
    reset: () => {
      lifecycle.cancel();
      metrics.stop();
      network.clear();
    },
    get(scope, instanceId) {
      const row = instances(store, scope).get(instanceId);
      return row && viewOf(store, scope, row);
    },
    onChange: (listener) => lifecycle.onChange(listener),
    allowsIngress: (scope, securityGroupIds, protocol, port) =>
      ingressAllowed(
        securityGroupIds.flatMap((id) => securityGroups(store, scope).get(id) ?? []),
        protocol,
        port,
      ),
    onRulesChange(listener) {
      ruleListeners.add(listener);
      return () => void ruleListeners.delete(listener);
    },
    publish: (...given) => network.publish(...given),
    route: (...given) => network.route(...given),
    subnets: (...given) => network.subnets(...given),
    securityGroups: (...given) => network.securityGroups(...given),
    createInterface: (...given) => network.createInterface(...given),
    deleteInterface: (...given) => network.deleteInterface(...given),
    countTraffic: (scope, instanceId, bytes) => metrics.count(scope, instanceId, bytes),
  };
}
