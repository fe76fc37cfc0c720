import type { Scope } from "../../../core/scope.ts";
import { listenerAttributes, loadBalancerAttributes, targetGroupAttributes } from "../attributes.ts";
import type { ElbPorts } from "../deps.ts";
import { loadBalancers, rulesOf, targetsOf, usersOf, type ListenerRow, type TargetGroupRow, type TargetRow } from "../state.ts";
import { healthOf } from "./health/states.ts";
import type { ListenerPlan, TargetGroupPlan } from "./model.ts";

/** What the data plane is told of a listener. */
export function listenerPlan({ store, certificates }: Pick<ElbPorts, "store" | "certificates">, scope: Scope, row: ListenerRow): ListenerPlan {
  const lb = loadBalancers(store, scope).get(row.loadBalancerArn)!;
  const usable = [...new Set([...(row.certificate ? [row.certificate] : []), ...row.certificates])].flatMap((arn) => {
    const pair = certificates.tls(arn);
    return pair ? [{ arn, ...pair }] : [];
  });
  return {
    arn: row.arn,
    scope: { account: scope.account, region: scope.region },
    loadBalancer: {
      arn: lb.arn,
      name: lb.name,
      fullName: lb.fullName,
      dnsName: lb.dnsName,
      vpcId: lb.vpcId,
      securityGroupIds: lb.securityGroups,
      attributes: loadBalancerAttributes(lb),
    },
    port: row.port,
    protocol: row.protocol,
    certificates: row.protocol === "HTTPS" ? usable : [],
    ...(row.sslPolicy === undefined ? {} : { sslPolicy: row.sslPolicy }),
    attributes: listenerAttributes(row),
    rules: rulesOf(store, scope, row.arn).map(({ arn, priority, conditions, actions }) => ({ arn, priority, conditions, actions })),
  };
}

/** What the data plane is told of a target group. */
export function groupPlan(
  deps: Pick<ElbPorts, "store" | "instances">,
  scope: Scope,
  row: TargetGroupRow,
  users = usersOf(deps.store, scope),
): TargetGroupPlan {
  return {
    arn: row.arn,
    scope: { account: scope.account, region: scope.region },
    fullName: row.fullName,
    targetType: row.targetType,
    ...(row.protocol === undefined ? {} : { protocol: row.protocol }),
    ...(row.port === undefined ? {} : { port: row.port }),
    ...(row.vpcId === undefined ? {} : { vpcId: row.vpcId }),
    attributes: targetGroupAttributes(row),
    targets: targetsOf(deps.store, scope, row.arn).map((target) => ({
      id: target.id,
      ...addressOf(deps, scope, row, target),
      ...(target.port === undefined ? {} : { port: target.port }),
      state: healthOf(deps, scope, row, target, users).state,
      ...(target.healthySince === undefined ? {} : { healthySince: target.healthySince }),
    })),
  };
}

/** The private address of an instance; other targets are addresses themselves, or functions. */
function addressOf({ instances }: Pick<ElbPorts, "instances">, scope: Scope, group: TargetGroupRow, target: TargetRow): { address?: string } {
  const address = group.targetType === "instance" ? instances.get(scope, target.id)?.privateIp : undefined;
  return address === undefined ? {} : { address };
}
