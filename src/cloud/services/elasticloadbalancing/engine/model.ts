import type { Action, RuleCondition } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Scope } from "../../../core/scope.ts";

/**
 * What the data plane (the proxy) is told by the control plane: plain data, made anew from the state at every change.
 * The proxy never reads the store.
 */

export interface LoadBalancerPlan {
  arn: string;
  name: string;
  /** `app/<name>/<id>`: the metric dimension LoadBalancer. */
  fullName: string;
  dnsName: string;
  vpcId: string;
  securityGroupIds: string[];
  /** Every attribute with its default put in: `idle_timeout.timeout_seconds`, `routing.http.drop_invalid_header_fields.enabled`, … */
  attributes: Record<string, string>;
}

export interface RulePlan {
  arn: string;
  /** `default` comes last. */
  priority: number | "default";
  conditions: RuleCondition[];
  actions: Action[];
}

export interface ListenerPlan {
  arn: string;
  scope: Scope;
  loadBalancer: LoadBalancerPlan;
  /** As in the API: 80, 443. Which port of this machine that is, the data plane is told apart. */
  port: number;
  protocol: "HTTP" | "HTTPS";
  /** For HTTPS; the first is the default one, the others are chosen by server name. */
  certificates: { arn: string; key: string; cert: string }[];
  /** For HTTPS: the security policy's name, such as `ELBSecurityPolicy-2016-08`; ssl-policies.ts has their protocols and ciphers. */
  sslPolicy?: string;
  attributes: Record<string, string>;
  /** In the order in which they are tried. */
  rules: RulePlan[];
}

export type TargetState = "initial" | "healthy" | "unhealthy" | "unused" | "draining" | "unavailable";

export interface TargetPlan {
  /** IP address, instance id, or the function's ARN. */
  id: string;
  /** The private address of an instance, where `id` is the instance's: looked up by the control plane. */
  address?: string;
  port?: number;
  state: TargetState;
  /** When it became healthy first after its registration (ms of the cloud's clock): the start of slow start. */
  healthySince?: number;
}

export interface TargetGroupPlan {
  arn: string;
  scope: Scope;
  /** `targetgroup/<name>/<id>`: the metric dimension TargetGroup. */
  fullName: string;
  targetType: "ip" | "instance" | "lambda";
  protocol?: "HTTP" | "HTTPS";
  port?: number;
  vpcId?: string;
  /** With defaults: `deregistration_delay.timeout_seconds`, `slow_start.duration_seconds`, `stickiness.*`, `load_balancing.algorithm.type`, `lambda.multi_value_headers.enabled`. */
  attributes: Record<string, string>;
  targets: TargetPlan[];
}

/** The data plane, as the control plane drives it. */
export interface DataPlane {
  /** Opens a listener, or changes what an open one serves; requests under way go on. Resolves with the port that is really open. @throws Error with `code` EADDRINUSE */
  setListener(plan: ListenerPlan, at: { host: string; port: number }): Promise<{ port: number }>;
  removeListener(arn: string): Promise<void>;
  /** Makes a target group known, or changed; its targets and their states with it. */
  setTargetGroup(plan: TargetGroupPlan): void;
  removeTargetGroup(arn: string): void;
  /** Requests and upgraded connections that are under way to a target: what draining waits for. */
  inFlight(targetGroupArn: string, target: { id: string; port?: number }): number;
  /** Ends all listeners and connections. */
  stop(): Promise<void>;
}
