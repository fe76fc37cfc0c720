import type { Action, RuleCondition, TargetHealthReasonEnum } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";

export interface SubnetRef {
  id: string;
  zone: string;
}

export interface LoadBalancerRow {
  arn: string;
  name: string;
  /** `app/<name>/<id>`. */
  fullName: string;
  dnsName: string;
  scheme: "internet-facing" | "internal";
  vpcId: string;
  subnets: SubnetRef[];
  securityGroups: string[];
  /** Those that were set; the others have their defaults. */
  attributes: Record<string, string>;
  createdAt: number;
}

export interface ListenerRow {
  arn: string;
  loadBalancerArn: string;
  port: number;
  protocol: "HTTP" | "HTTPS";
  sslPolicy?: string;
  /** The default one, for HTTPS. */
  certificate?: string;
  /** The certificate list: chosen by server name. */
  certificates: string[];
  attributes: Record<string, string>;
  /** The port of this machine that it has; kept, so that it is the same after a restart. */
  hostPort?: number;
}

export interface RuleRow {
  arn: string;
  listenerArn: string;
  priority: number | "default";
  conditions: RuleCondition[];
  actions: Action[];
}

export interface HealthCheck {
  enabled: boolean;
  protocol: "HTTP" | "HTTPS";
  /** `traffic-port`, or a number. */
  port: string;
  path: string;
  /** Seconds. */
  interval: number;
  timeout: number;
  healthyThreshold: number;
  unhealthyThreshold: number;
  /** `200`, `200,202` or `200-299`. */
  matcher: string;
}

export type TargetType = "ip" | "instance" | "lambda";

export interface TargetGroupRow {
  arn: string;
  name: string;
  /** `targetgroup/<name>/<id>`. */
  fullName: string;
  targetType: TargetType;
  protocol?: "HTTP" | "HTTPS";
  port?: number;
  vpcId?: string;
  healthCheck: HealthCheck;
  attributes: Record<string, string>;
}

export interface TargetRow {
  groupArn: string;
  id: string;
  port?: number;
  /** Of the target; `all` for one outside of the VPC. Absent for functions. */
  zone?: string;
  registeredAt: number;
  /** What health checks have found; it counts while the group is in use and checks are enabled. */
  health: TargetHealthRow;
  /** When it became healthy first after its registration. */
  healthySince?: number;
  /** Set while it is deregistered and its delay has not passed. */
  drainingUntil?: number;
}

export interface TargetHealthRow {
  state: "initial" | "healthy" | "unhealthy";
  reason?: TargetHealthReasonEnum;
  description?: string;
}

/** By ARN. */
export const loadBalancers = (store: Store, scope: Scope): Table<LoadBalancerRow> => store.table("elb.loadBalancers", scope);
/** By ARN. */
export const listeners = (store: Store, scope: Scope): Table<ListenerRow> => store.table("elb.listeners", scope);
/** By ARN; a listener's default actions are its default rule. */
export const rules = (store: Store, scope: Scope): Table<RuleRow> => store.table("elb.rules", scope);
/** By ARN. */
export const targetGroups = (store: Store, scope: Scope): Table<TargetGroupRow> => store.table("elb.targetGroups", scope);
/** By `targetKey`. */
export const targets = (store: Store, scope: Scope): Table<TargetRow> => store.table("elb.targets", scope);
/** Tags by the ARN of what has them. */
export const tags = (store: Store, scope: Scope): Table<Record<string, string>> => store.table("elb.tags", scope);

export const targetKey = (target: { groupArn: string; id: string; port?: number }): string => `${target.groupArn} ${target.id} ${target.port ?? ""}`;

export const scopesOf = (store: Store): Scope[] => {
  const all = ["elb.loadBalancers", "elb.targetGroups"].flatMap((name) => store.scopes(name));
  return [...new Map(all.map((scope) => [`${scope.account} ${scope.region}`, scope])).values()];
};

export const listenersOf = (store: Store, scope: Scope, loadBalancerArn: string): ListenerRow[] =>
  listeners(store, scope)
    .filter((row) => row.loadBalancerArn === loadBalancerArn)
    .sort((a, b) => a.port - b.port);

const rank = ({ priority }: RuleRow): number => (priority === "default" ? Infinity : priority);

/** In the order in which they are tried; the default rule is the last. */
export const rulesOf = (store: Store, scope: Scope, listenerArn: string): RuleRow[] =>
  rules(store, scope)
    .filter((row) => row.listenerArn === listenerArn)
    .sort((a, b) => rank(a) - rank(b));

export const targetsOf = (store: Store, scope: Scope, groupArn: string): TargetRow[] =>
  targets(store, scope).filter((row) => row.groupArn === groupArn);

/** The target groups that actions forward to. */
export const groupsIn = (actions: readonly Action[]): string[] =>
  actions.flatMap(({ TargetGroupArn, ForwardConfig }) => [
    ...new Set([...(TargetGroupArn ? [TargetGroupArn] : []), ...(ForwardConfig?.TargetGroups ?? []).flatMap((one) => one.TargetGroupArn ?? [])]),
  ]);

/** Which load balancer uses each target group that is in use: a group belongs to one at most. */
export function usersOf(store: Store, scope: Scope): Map<string, string> {
  const users = new Map<string, string>();
  const byListener = new Map(
    listeners(store, scope)
      .values()
      .map((row) => [row.arn, row.loadBalancerArn]),
  );
  for (const rule of rules(store, scope).values()) {
    const user = byListener.get(rule.listenerArn);
    if (user !== undefined) for (const group of groupsIn(rule.actions)) users.set(group, user);
  }
  return users;
}
