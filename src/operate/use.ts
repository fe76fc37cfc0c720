import { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand, type MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { ECSClient } from "@aws-sdk/client-ecs";
import { DescribeTargetGroupsCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { GetFunctionConfigurationCommand, LambdaClient, ResourceNotFoundException } from "@aws-sdk/client-lambda";
import { type DnsLeaf, type EngineLeaf, isDnsLeaf, type Leaf, type Project } from "../config/index.ts";
import { readMinutes } from "../functions/reconcile-engine/aws-minutes.ts";
import { activityFrom, lastActivity, METRICS_LATE_MS, type Minute, wantedAt } from "../functions/reconcile-engine/idle.ts";
import type { Config } from "../functions/reconcile-engine/observation.ts";
import { RECONCILE_ENV } from "../functions/reconcile/env.ts";
import { lookAtTasks } from "../functions/shared/aws-tasks.ts";
import type { Engine } from "../functions/shared/engine.ts";
import type { LeafId } from "../functions/shared/names.ts";
import { byAge, isLiving, type SeenTask } from "../functions/shared/seen-task.ts";
import { type Watch, watchdogAlarms } from "../functions/shared/watchdog-alarms.ts";
import { functionName } from "../stacks/names.ts";
import { engineOf } from "./engine-observe.ts";
import { clientOf, type Connection, serverTime } from "./environment.ts";
import { ALARM_LAG_MS, idleAlarmAt, lastMinutes, leftUpAlarmAt, type Measured, MINUTE_MS, minuteOf } from "./idle.ts";
import type { Use } from "./idle-types.ts";
import { oldestTask } from "./observe.ts";

export interface UseOptions {
  /** How many of the newest minutes. */
  readonly minutes: number;
}

/**
 * How much a leaf is used, as its watchdog measures it, and when it goes to sleep.
 * @returns null for what nothing puts to sleep (tasks, services), and where the leaf is not deployed
 * @throws the SDK's errors
 */
export async function readUse(project: Project, leaf: Leaf, connection: Connection, options: UseOptions): Promise<Use | null> {
  if (isDnsLeaf(leaf)) return await useOfDns(project, leaf, connection, options);
  return leaf.kind === "engine" ? await useOfEngine(project, leaf, connection, options) : null;
}

// ------------------------------------------------------------------------------------------------------------ DNS leaves

/** CloudWatch takes values of up to two hours ahead (CloudWatch API reference, PutMetricData): those of a boot that is waited for. */
const AHEAD_MS = 2 * 3_600_000;

async function useOfDns(project: Project, leaf: DnsLeaf, connection: Connection, { minutes }: UseOptions): Promise<Use | null> {
  const id: LeafId = { application: project.base.name, environment: project.environment.name, leaf: leaf.name };
  const cloudWatch = clientOf(CloudWatchClient, connection);
  const time = serverTime(cloudWatch);
  const watch = await deployedWatch(id, connection);
  if (!watch) return null;
  // Of a leaf that is not deployed there is no cluster either, which ECS calls an error.
  const since = await oldestTask(project, leaf, connection);
  const { idle } = watchdogAlarms(id, watch);
  // The first answer tells the environment's time, which may be hours ahead of this machine's.
  const { MetricAlarms } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [idle.AlarmName!] }));
  const alarm = MetricAlarms?.[0]?.StateValue ?? null;
  const now = time();
  const leftUpMs = watch.leftUp.stop && since !== undefined ? watch.leftUp.after * 1000 : 0;
  const back = Math.max(minutes * MINUTE_MS, watch.idle.for * 1000 + 5 * MINUTE_MS, leftUpMs);
  const queries = idle.Metrics.map((query) => (query.Id === "hits" ? { ...query, ReturnData: true } : query));
  const values = await readMetrics(cloudWatch, queries, now - back, now + AHEAD_MS);
  const activity = values.get("activity") ?? [];
  const lagMs = connection.endpoint === undefined ? ALARM_LAG_MS.aws : ALARM_LAG_MS.local;
  const ends: (number | undefined)[] =
    since === undefined
      ? []
      : [
          alarm === "ALARM" ? now : idleAlarmAt(activity, since, { below: watch.idle.below, forMs: watch.idle.for * 1000, lagMs }, now),
          watch.leftUp.stop ? leftUpAlarmAt(values.get("hits") ?? [], since, leftUpMs, lagMs, now) : undefined,
        ];
  return {
    unit: "bytes/s",
    threshold: watch.idle.below > 0 ? watch.idle.below : null,
    forSeconds: watch.idle.for,
    minutes: lastMinutes(activity, minutes, now),
    sleepsAt: earliest(ends),
    alarm,
  };
}

/** What the leaf's alarms watch for as it is deployed, file systems and all; undefined where it is not. */
async function deployedWatch({ application, leaf }: LeafId, connection: Connection): Promise<Watch | undefined> {
  const FunctionName = functionName(application, leaf, "reconcile");
  try {
    const { Environment } = await clientOf(LambdaClient, connection).send(new GetFunctionConfigurationCommand({ FunctionName }));
    const watch = Environment?.Variables?.[RECONCILE_ENV.watch];
    return watch === undefined ? undefined : (JSON.parse(watch) as Watch);
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** By the query's id, the oldest first. */
async function readMetrics(
  client: CloudWatchClient,
  MetricDataQueries: MetricDataQuery[],
  from: number,
  to: number,
): Promise<Map<string, Measured[]>> {
  const found = new Map<string, Measured[]>();
  const range = { StartTime: new Date(minuteOf(from)), EndTime: new Date(minuteOf(to)), ScanBy: "TimestampAscending" as const };
  let NextToken: string | undefined;
  do {
    const page = await client.send(new GetMetricDataCommand({ MetricDataQueries, ...range, NextToken }));
    for (const { Id, Timestamps = [], Values = [] } of page.MetricDataResults ?? [])
      found.set(Id!, [...(found.get(Id!) ?? []), ...Timestamps.map((at, i) => ({ at: at.getTime(), value: Values[i]! }))]);
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  return found;
}

// --------------------------------------------------------------------------------------------------------------- engines

async function useOfEngine(project: Project, leaf: EngineLeaf, connection: Connection, { minutes }: UseOptions): Promise<Use | null> {
  const ecs = clientOf(ECSClient, connection);
  const time = serverTime(ecs);
  const engine = await engineOf(project, leaf, connection);
  if (!engine) return null;
  const tasks = await lookAtTasks(ecs, engine);
  const now = time();
  const idleSeconds = "idle" in leaf.watchdog ? (leaf.watchdog.idle?.for ?? 0) : 0;
  const config = {
    idleMs: idleSeconds * 1000,
    leftUpMs: leaf.watchdog.leftUp.after * 1000,
    leftUpStop: leaf.watchdog.leftUp.stop,
  };
  const [task] = tasks.filter(isLiving).sort(byAge);
  const from = Math.min(now - minutes * MINUTE_MS, task ? activityFrom(task, config, now) : now);
  const seen = await minutesOf(engine, from, now, connection);
  const requests = seen?.map(({ at, requests: value }) => ({ at, value })) ?? [];
  const measured = seen === undefined ? [] : everyMinute(requests, minutes, now);
  return {
    unit: "requests",
    threshold: config.idleMs > 0 && seen !== undefined ? 1 : null,
    forSeconds: idleSeconds,
    minutes: lastMinutes(measured, minutes, now),
    sleepsAt: task ? earliest(engineEnds(task, seen, config, now)) : null,
    alarm: null,
  };
}

/** The load balancer says nothing of a minute without requests (Elastic Load Balancing User Guide, "CloudWatch metrics…", RequestCount). */
function everyMinute(requests: readonly Measured[], count: number, now: number): Measured[] {
  const known = new Map(requests.map(({ at, value }) => [at, value]));
  const end = minuteOf(now);
  return Array.from({ length: count }, (_, i) => end - (count - i) * MINUTE_MS).map((at) => ({ at, value: known.get(at) ?? 0 }));
}

/** What reconcile-engine decides by: docs/decisions/0017-idle-of-engines.md. It sleeps from the moment in which it leaves its targets. */
type Watched = Pick<Config, "idleMs" | "leftUpMs" | "leftUpStop">;

function engineEnds(task: SeenTask, minutes: readonly Minute[] | undefined, config: Watched, now: number): (number | undefined)[] {
  if (task.lastStatus !== "RUNNING" || task.mark) return [];
  const idle = minutes && config.idleMs > 0 ? Math.max(now, lastActivity(task, minutes, config, now) + config.idleMs + METRICS_LATE_MS) : undefined;
  const leftUp = config.leftUpStop && config.leftUpMs > 0 ? Math.max(now, wantedAt(task) + config.leftUpMs) : undefined;
  return [idle, leftUp];
}

/** @returns undefined for an engine that no load balancer has */
async function minutesOf({ targetGroup }: Engine, from: number, to: number, connection: Connection): Promise<Minute[] | undefined> {
  if (targetGroup === undefined) return undefined;
  const elb = clientOf(ElasticLoadBalancingV2Client, connection);
  const { TargetGroups } = await elb.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [targetGroup] }));
  const loadBalancer = TargetGroups?.[0]?.LoadBalancerArns?.[0];
  if (loadBalancer === undefined) return undefined;
  // Dimensions are the ARNs' ends (Elastic Load Balancing User Guide, "Metric dimensions for Application Load Balancers").
  const dimensions = { loadBalancer: loadBalancer.replace(/^.*:loadbalancer\//, ""), targetGroup: targetGroup.replace(/^.*:/, "") };
  return await readMinutes(dimensions, from, to, clientOf(CloudWatchClient, connection));
}

function earliest(times: readonly (number | undefined)[]): string | null {
  const known = times.filter((at) => at !== undefined);
  return known.length === 0 ? null : new Date(Math.min(...known)).toISOString();
}
