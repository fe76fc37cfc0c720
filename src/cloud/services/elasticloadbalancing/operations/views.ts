import type { Listener, LoadBalancer, Rule, TargetGroup } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Scope } from "../../../core/scope.ts";
import type { Store } from "../../../core/store.ts";
import { canonicalZoneOf } from "../names.ts";
import { rulesOf, type ListenerRow, type LoadBalancerRow, type RuleRow, type SubnetRef, type TargetGroupRow } from "../state.ts";

export const describeZones = (subnets: readonly SubnetRef[]): NonNullable<LoadBalancer["AvailabilityZones"]> =>
  subnets.map(({ id, zone }) => ({ ZoneName: zone, SubnetId: id, LoadBalancerAddresses: [] }));

export const describeLoadBalancer = (row: LoadBalancerRow, scope: Scope): LoadBalancer => ({
  LoadBalancerArn: row.arn,
  DNSName: row.dnsName,
  CanonicalHostedZoneId: canonicalZoneOf(scope.region),
  CreatedTime: new Date(row.createdAt),
  LoadBalancerName: row.name,
  Scheme: row.scheme,
  VpcId: row.vpcId,
  State: { Code: "active" },
  Type: "application",
  AvailabilityZones: describeZones(row.subnets),
  SecurityGroups: row.securityGroups,
  IpAddressType: "ipv4",
});

export const describeListener = (store: Store, scope: Scope, row: ListenerRow): Listener => ({
  ListenerArn: row.arn,
  LoadBalancerArn: row.loadBalancerArn,
  Port: row.port,
  Protocol: row.protocol,
  ...(row.certificate ? { Certificates: [{ CertificateArn: row.certificate }] } : {}),
  ...(row.sslPolicy ? { SslPolicy: row.sslPolicy, MutualAuthentication: { Mode: "off" } } : {}),
  DefaultActions: rulesOf(store, scope, row.arn).at(-1)?.actions ?? [],
});

export const describeRule = (row: RuleRow): Rule => ({
  RuleArn: row.arn,
  Priority: String(row.priority),
  Conditions: row.conditions,
  Actions: row.actions,
  IsDefault: row.priority === "default",
});

/** @param users load balancers by the target groups that they use */
export function describeTargetGroup(row: TargetGroupRow, users: ReadonlyMap<string, string>): TargetGroup {
  const check = row.healthCheck;
  const user = users.get(row.arn);
  const network = { Protocol: row.protocol, Port: row.port, VpcId: row.vpcId, HealthCheckProtocol: check.protocol, HealthCheckPort: check.port };
  return {
    TargetGroupArn: row.arn,
    TargetGroupName: row.name,
    ...(row.targetType === "lambda" ? {} : { ...network, ProtocolVersion: "HTTP1" }),
    HealthCheckEnabled: check.enabled,
    HealthCheckIntervalSeconds: check.interval,
    HealthCheckTimeoutSeconds: check.timeout,
    HealthyThresholdCount: check.healthyThreshold,
    UnhealthyThresholdCount: check.unhealthyThreshold,
    HealthCheckPath: check.path,
    Matcher: { HttpCode: check.matcher },
    LoadBalancerArns: user === undefined ? [] : [user],
    TargetType: row.targetType,
    IpAddressType: "ipv4",
  };
}
