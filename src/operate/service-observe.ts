import { ApplicationAutoScalingClient, DescribeScalableTargetsCommand } from "@aws-sdk/client-application-auto-scaling";
import { ClusterNotFoundException, DescribeServicesCommand, ECSClient, type Service } from "@aws-sdk/client-ecs";
import {
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Project, ServiceLeaf } from "../config/index.ts";
import { taskOf } from "../functions/shared/marks.ts";
import { clusterName, serviceName } from "../functions/shared/names.ts";
import { clientOf, type Connection } from "./environment.ts";
import type { LeafStatus } from "./leaf-state.ts";
import { describeService, type ServiceObservation } from "./service-state.ts";

/** Reads the status of a service that is always on. @throws the SDK's errors */
export async function serviceStatus(project: Project, leaf: ServiceLeaf, connection: Connection): Promise<LeafStatus> {
  return describeService(leaf.name, await observe(project, leaf, connection));
}

async function observe(project: Project, leaf: ServiceLeaf, connection: Connection): Promise<ServiceObservation | undefined> {
  const cluster = clusterName(project.base.name, leaf.name);
  const service = serviceName(project.base.name, leaf.name);
  const found = await describe(clientOf(ECSClient, connection), cluster, service);
  const primary = found?.deployments?.find(({ status }) => status === "PRIMARY");
  if (!found || !primary) return undefined;
  const group = found.loadBalancers?.[0]?.targetGroupArn;
  const [limits, targets, url] = await Promise.all([
    limitsOf(`service/${cluster}/${service}`, connection),
    group && targetStates(group, connection),
    group && urlOf(project, leaf, group, connection),
  ]);
  return {
    desired: found.desiredCount ?? 0,
    running: found.runningCount ?? 0,
    deployment: {
      definition: taskOf(primary.taskDefinition),
      state: primary.rolloutState ?? "",
      ...(primary.updatedAt ? { at: primary.updatedAt.getTime() } : {}),
      ...(primary.rolloutState === "FAILED" && primary.rolloutStateReason ? { reason: primary.rolloutStateReason } : {}),
    },
    ...(limits ? { limits } : {}),
    ...(targets ? { targets } : {}),
    ...(leaf.route ? { visibility: leaf.route.visibility } : {}),
    ...(found.events?.[0]?.message ? { event: found.events[0].message } : {}),
    ...(url ? { url } : {}),
  };
}

async function describe(ecs: ECSClient, cluster: string, service: string): Promise<Service | undefined> {
  try {
    const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
    return services?.find(({ status }) => status !== "INACTIVE");
  } catch (error) {
    if (error instanceof ClusterNotFoundException) return undefined;
    throw error;
  }
}

async function limitsOf(resourceId: string, connection: Connection): Promise<{ min: number; max: number } | undefined> {
  const command = new DescribeScalableTargetsCommand({ ServiceNamespace: "ecs", ResourceIds: [resourceId] });
  const { ScalableTargets } = await clientOf(ApplicationAutoScalingClient, connection).send(command);
  const target = ScalableTargets?.[0];
  return target && { min: target.MinCapacity ?? 0, max: target.MaxCapacity ?? 0 };
}

async function targetStates(TargetGroupArn: string, connection: Connection): Promise<string[]> {
  const elb = clientOf(ElasticLoadBalancingV2Client, connection);
  const { TargetHealthDescriptions } = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
  return (TargetHealthDescriptions ?? []).map(({ TargetHealth }) => TargetHealth?.State ?? "");
}

/** Where the service is reached: its own name or the load balancer's; in the embedded cloud the listener on this machine. */
async function urlOf(project: Project, { route }: ServiceLeaf, group: string, connection: Connection): Promise<string | undefined> {
  if (!route) return undefined;
  const path = route.patterns[0]!.replace(/\*.*$/, "");
  const name = nameOf(project, route);
  if (name !== undefined && !connection.endpoint) return `https://${name}${path}`;
  const elb = clientOf(ElasticLoadBalancingV2Client, connection);
  const { TargetGroups } = await elb.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [group] }));
  const arn = TargetGroups?.[0]?.LoadBalancerArns?.[0];
  if (arn === undefined) return undefined;
  if (connection.endpoint) {
    const here = await listenerHere(connection.endpoint, arn, name === undefined ? 80 : 443);
    return here && `${here}${path}`;
  }
  const { LoadBalancers } = await elb.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] }));
  const dnsName = LoadBalancers?.[0]?.DNSName;
  return dnsName && `http://${dnsName}${path}`;
}

/** The host that requests to the service name, for TLS and its rule; undefined for a load balancer without a name. */
export const nameOf = ({ base }: Project, { domain, visibility }: NonNullable<ServiceLeaf["route"]>): string | undefined =>
  domain ?? (visibility === "public" ? base.loadBalancer?.domain : undefined);

/** Where the embedded cloud's listener of a load balancer is on this machine. */
async function listenerHere(endpoint: string, arn: string, port: number): Promise<string | undefined> {
  const answer = await fetch(`${endpoint}/_cloud/load-balancers`);
  const balancers = (await answer.json()) as { arn: string; listeners: { port: number; url: string }[] }[];
  return balancers.find((one) => one.arn === arn)?.listeners.find((one) => one.port === port)?.url;
}
