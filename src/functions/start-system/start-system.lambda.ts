import {
  AutoScalingClient,
  CreateOrUpdateTagsCommand,
  DescribeScalingActivitiesCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import { SSMClient } from "@aws-sdk/client-ssm";
import { readEnv } from "../shared/env.ts";
import { findGroup } from "../shared/group.ts";
import { logLine, told } from "../shared/log.ts";
import { readMarks, taskOf, writeMark } from "../shared/marks.ts";
import { HITS, hitDimensions, MARKS } from "../shared/names.ts";
import { CLIENT } from "../shared/sdk.ts";
import type { Sleeper } from "../shared/sleeper.ts";
import { START_SYSTEM_ENV } from "./env.ts";
import { byName, decodeLines, type Query } from "./query-log.ts";
import { type Sleepers, sleepersOf } from "./sleepers.ts";
import { afterCrash, afterWake, decide, latest } from "./start-system.ts";

const env = readEnv(START_SYSTEM_ENV);
const autoScaling = new AutoScalingClient({ ...CLIENT, region: env.region });
const cloudWatch = new CloudWatchClient({ ...CLIENT, region: env.region });
const ecs = new ECSClient({ ...CLIENT, region: env.region });
const sleepers: Sleepers = env.sleeper ? only(JSON.parse(env.sleeper) as Sleeper) : sleepersOf(new SSMClient(CLIENT), env, () => Date.now());

function only(sleeper: Sleeper): Sleepers {
  return async (name) => (name === sleeper.domain ? sleeper : undefined);
}

/** Raises the desired count of a group to 1 for a DNS query that counts, whatever the old instance is doing. */
export async function handler(event: { awslogs: { data: string } }): Promise<void> {
  const { queries, others } = byName(decodeLines(event));
  for (const line of others) logLine("ignored", { why: "not a query log line", line });
  // Several leaves may be asked for in one event; what goes wrong with one must not stand in the way of another.
  const done = await Promise.allSettled([...queries].map(([name, asked]) => wakeFor(name, asked)));
  const failed = done.filter((result) => result.status === "rejected");
  if (failed.length > 1)
    throw new AggregateError(
      failed.map(({ reason }) => reason as unknown),
      failed.map(({ reason }) => told(reason)).join("; "),
    );
  if (failed[0]) throw failed[0].reason;
}

async function wakeFor(name: string, asked: readonly Query[]): Promise<void> {
  const now = Date.now();
  const sleeper = await sleepers(name);
  if (!sleeper) return logLine("ignored", { why: "no leaf has this name", name, queries: asked.length });
  const { leaf } = sleeper;
  const query = latest(asked, sleeper, now, (ignored, why) => logLine("ignored", { why, leaf, query: ignored }));
  if (!query) return;
  const group = await findGroup(autoScaling, sleeper.group);
  if (!group) return logLine("ignored", { why: "its stack is gone, or going", leaf, query });
  const desired = group.DesiredCapacity ?? 0;
  let decision = decide(query, { desired, marks: readMarks(group.Tags ?? []), now, graceMs: sleeper.grace * 1000 });
  if (decision.action === "check-crash") decision = afterCrash(query, decision.mark, now, await currentTask(sleeper));
  if (decision.action === "check-wake") decision = afterWake(query, await launches(sleeper));
  if (decision.action !== "wake" && decision.action !== "none") throw new Error(`${decision.action} was asked for twice`);

  // Before the wake, so that nothing that the wake sets off can miss them. They must not stand in its way.
  const before = [
    ...(decision.hits.length > 0 ? [putHits(sleeper, decision.hits)] : []),
    ...(decision.action === "wake" ? [putWakeMark(sleeper, query, now)] : []),
  ];
  for (const result of await Promise.allSettled(before)) if (result.status === "rejected") logLine("not recorded", { error: told(result.reason) });
  if (decision.action === "wake")
    await autoScaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: sleeper.group, DesiredCapacity: 1 }));
  logLine(decision.action, { why: decision.why, leaf, desired, query, hits: decision.hits.length });
}

async function currentTask({ cluster, service }: Sleeper): Promise<string> {
  const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
  return taskOf(services?.[0]?.taskDefinition);
}

/** Auto Scaling describes a launch as `Launching a new EC2 instance: i-…` (Amazon EC2 Auto Scaling User Guide, "Verify a scaling activity"). */
async function launches({ group }: Sleeper): Promise<number[]> {
  const { Activities } = await autoScaling.send(new DescribeScalingActivitiesCommand({ AutoScalingGroupName: group, MaxRecords: 10 }));
  return (Activities ?? []).filter(({ Description }) => Description?.startsWith("Launching")).map(({ StartTime }) => StartTime?.getTime() ?? 0);
}

function putHits({ leaf }: Sleeper, times: readonly number[]): Promise<unknown> {
  const Dimensions = Object.entries(hitDimensions({ ...env, leaf })).map(([Name, Value]) => ({ Name, Value }));
  const MetricData = times.map((at) => ({ MetricName: HITS.name, Dimensions, Timestamp: new Date(at), Value: 1, Unit: "Count" as const }));
  return cloudWatch.send(new PutMetricDataCommand({ Namespace: HITS.namespace, MetricData }));
}

function putWakeMark({ group }: Sleeper, { at, resolver, subnet }: Query, now: number): Promise<unknown> {
  const [asked, noticed] = [at, now].map((time) => new Date(time).toISOString());
  const Value = writeMark({ at: asked!, noticed: noticed!, by: "dns", who: resolver, ...(subnet ? { subnet } : {}) });
  const tag = { ResourceId: group, ResourceType: "auto-scaling-group", Key: MARKS.wake, Value, PropagateAtLaunch: false };
  return autoScaling.send(new CreateOrUpdateTagsCommand({ Tags: [tag] }));
}
