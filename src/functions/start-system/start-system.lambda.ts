import {
  AutoScalingClient,
  CreateOrUpdateTagsCommand,
  DescribeScalingActivitiesCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import { readEnv } from "../shared/env.ts";
import { describeGroup } from "../shared/group.ts";
import { logLine, told } from "../shared/log.ts";
import { readMarks, taskOf, writeMark } from "../shared/marks.ts";
import { HITS, hitDimensions, MARKS } from "../shared/names.ts";
import { START_SYSTEM_ENV } from "./env.ts";
import { decodeLines, parseQuery, type Query } from "./query-log.ts";
import { afterCrash, afterWake, decide, whyNot } from "./start-system.ts";

const env = readEnv(START_SYSTEM_ENV);
const wanted = { domain: env.domain, ignore: JSON.parse(env.ignore) as string[] };
const autoScaling = new AutoScalingClient({ region: env.region });
const cloudWatch = new CloudWatchClient({ region: env.region });
const ecs = new ECSClient({ region: env.region });

/** Raises the group's desired count to 1 for a DNS query that counts, whatever the old instance is doing. */
export async function handler(event: { awslogs: { data: string } }): Promise<void> {
  const now = Date.now();
  const query = latest(decodeLines(event), now);
  if (!query) return;
  const group = await describeGroup(autoScaling, env.group);
  const desired = group.DesiredCapacity ?? 0;
  let decision = decide(query, { desired, marks: readMarks(group.Tags ?? []), now, graceMs: Number(env.grace) * 1000 });
  if (decision.action === "check-crash") decision = afterCrash(query, decision.mark, now, await currentTask());
  if (decision.action === "check-wake") decision = afterWake(query, await launches());
  if (decision.action !== "wake" && decision.action !== "none") throw new Error(`${decision.action} was asked for twice`);

  // Before the wake, so that nothing that the wake sets off can miss them. They must not stand in its way.
  const before = [...(decision.hits.length > 0 ? [putHits(decision.hits)] : []), ...(decision.action === "wake" ? [putWakeMark(query)] : [])];
  for (const result of await Promise.allSettled(before)) if (result.status === "rejected") logLine("not recorded", { error: told(result.reason) });
  if (decision.action === "wake") await autoScaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: env.group, DesiredCapacity: 1 }));
  logLine(decision.action, { why: decision.why, leaf: env.leaf, desired, query, hits: decision.hits.length });
}

function latest(lines: string[], now: number): Query | undefined {
  let found: Query | undefined;
  for (const line of lines) {
    const query = parseQuery(line);
    const why = query ? whyNot(query, wanted, now) : "not a query log line";
    if (why || !query) logLine("ignored", { why, leaf: env.leaf, ...(query ? { query } : { line }) });
    else if (!found || query.at > found.at) found = query;
  }
  return found;
}

async function currentTask(): Promise<string> {
  const { services } = await ecs.send(new DescribeServicesCommand({ cluster: env.cluster, services: [env.service] }));
  return taskOf(services?.[0]?.taskDefinition);
}

/** Auto Scaling describes a launch as `Launching a new EC2 instance: i-…` (Amazon EC2 Auto Scaling User Guide, "Verify a scaling activity"). */
async function launches(): Promise<number[]> {
  const { Activities } = await autoScaling.send(new DescribeScalingActivitiesCommand({ AutoScalingGroupName: env.group, MaxRecords: 10 }));
  return (Activities ?? []).filter(({ Description }) => Description?.startsWith("Launching")).map(({ StartTime }) => StartTime?.getTime() ?? 0);
}

function putHits(times: readonly number[]): Promise<unknown> {
  const Dimensions = Object.entries(hitDimensions(env)).map(([Name, Value]) => ({ Name, Value }));
  const MetricData = times.map((at) => ({ MetricName: HITS.name, Dimensions, Timestamp: new Date(at), Value: 1, Unit: "Count" as const }));
  return cloudWatch.send(new PutMetricDataCommand({ Namespace: HITS.namespace, MetricData }));
}

function putWakeMark({ at, resolver, subnet }: Query): Promise<unknown> {
  const Value = writeMark({ at: new Date(at).toISOString(), by: "dns", who: resolver, ...(subnet ? { subnet } : {}) });
  const tag = { ResourceId: env.group, ResourceType: "auto-scaling-group", Key: MARKS.wake, Value, PropagateAtLaunch: false };
  return autoScaling.send(new CreateOrUpdateTagsCommand({ Tags: [tag] }));
}
