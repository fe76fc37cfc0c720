import { ECSClient } from "@aws-sdk/client-ecs";
import {
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { GetParameterCommand, ParameterNotFound, SSMClient } from "@aws-sdk/client-ssm";
import { type EngineLeaf, isRouted, type Project } from "../config/index.ts";
import { awsTasks, lookAtTasks } from "../functions/shared/aws-tasks.ts";
import { crashLoop } from "../functions/shared/crash-loop.ts";
import type { Engine } from "../functions/shared/engine.ts";
import { engineParameter } from "../functions/shared/names.ts";
import { describeEngine, type EngineObservation } from "./engine-state.ts";
import { clientOf, type Connection, serverTime } from "./environment.ts";
import type { LeafStatus } from "./leaf-state.ts";

/** Reads the status of an engine. @throws the SDK's errors */
export async function engineStatus(project: Project, leaf: EngineLeaf, connection: Connection): Promise<LeafStatus> {
  const ecs = clientOf(ECSClient, connection);
  const now = serverTime(ecs);
  const observed = await observeEngine(project, leaf, connection, ecs, now);
  return describeEngine(leaf.name, observed, now());
}

/** What the stack of the leaf says of its engine; undefined when it is not there. */
export async function engineOf(project: Project, leaf: EngineLeaf, connection: Connection): Promise<Engine | undefined> {
  const Name = engineParameter({ application: project.base.name, environment: project.environment.name, leaf: leaf.name });
  try {
    const { Parameter } = await clientOf(SSMClient, connection).send(new GetParameterCommand({ Name }));
    return JSON.parse(Parameter!.Value!) as Engine;
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  }
}

/** @returns undefined when the leaf's stack is not there */
export async function observeEngine(
  project: Project,
  leaf: EngineLeaf,
  connection: Connection,
  ecs: ECSClient,
  now: () => number,
): Promise<EngineObservation | undefined> {
  const engine = await engineOf(project, leaf, connection);
  if (!engine) return undefined;
  const [tasks, targets, url] = await Promise.all([
    lookAtTasks(ecs, engine),
    engine.targetGroup ? targetStates(engine.targetGroup, connection) : undefined,
    urlOf(project, leaf, engine, connection),
  ]);
  // Which revision would run next matters only where one has crashed.
  const revision = crashLoop(tasks, engine, now()) && (await awsTasks(ecs, engine, async () => {}).revision());
  return { engine, tasks, ...(revision ? { revision } : {}), ...(targets ? { targets } : {}), ...(url ? { url } : {}) };
}

async function targetStates(TargetGroupArn: string, connection: Connection): Promise<string[]> {
  const elb = clientOf(ElasticLoadBalancingV2Client, connection);
  const { TargetHealthDescriptions } = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
  return (TargetHealthDescriptions ?? []).map(({ TargetHealth }) => TargetHealth?.State ?? "");
}

/** Where an engine with a route is reached: the load balancer's domain, or its own name. */
async function urlOf(project: Project, leaf: EngineLeaf, engine: Engine, connection: Connection): Promise<string | undefined> {
  if (!isRouted(leaf)) return undefined;
  const path = leaf.route.patterns[0]!.replace(/\*.*$/, "");
  if (connection.loadBalancer) return `${connection.loadBalancer}${path}`;
  const { domain } = project.base.loadBalancer ?? {};
  if (domain) return `https://${domain}${path}`;
  const elb = clientOf(ElasticLoadBalancingV2Client, connection);
  const { TargetGroups } = await elb.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [engine.targetGroup!] }));
  const LoadBalancerArns = TargetGroups?.[0]?.LoadBalancerArns ?? [];
  if (LoadBalancerArns.length === 0) return undefined;
  const { LoadBalancers } = await elb.send(new DescribeLoadBalancersCommand({ LoadBalancerArns }));
  const name = LoadBalancers?.[0]?.DNSName;
  return name && `http://${name}${path}`;
}
