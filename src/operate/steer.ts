import { AutoScalingClient, CreateOrUpdateTagsCommand, DeleteTagsCommand, UpdateAutoScalingGroupCommand } from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { type DnsLeaf, isDnsLeaf, type Leaf, type Project } from "../config/index.ts";
import { describeGroup } from "../functions/shared/group.ts";
import { writeMark } from "../functions/shared/marks.ts";
import { groupName, HITS, hitDimensions, MARKS } from "../functions/shared/names.ts";
import { sleepEngine, wakeEngine } from "./engine-steer.ts";
import { clientOf, type Connection, serverTime } from "./environment.ts";
import { runTaskNow, stopRuns } from "./task-run.ts";

const MINUTE_MS = 60_000;

/** Characters of a person's name. */
const LONGEST_WHO = 100;

/** For who would wake a service that is always on, or put it to sleep. */
export class NeverSleeps extends Error {
  constructor(leaf: string) {
    super(
      `${leaf} is always on: it neither sleeps nor is woken. How many tasks it has is said by scale: {min, max} in its file; with wake: http it would sleep while nobody asks for it`,
    );
  }
}

/**
 * Wakes a leaf as a visitor's query would, and forgets a broken crash loop: a person has decided.
 * @param who shown in messages and in the status
 * @returns whether it had to be woken
 */
export async function wakeLeaf(project: Project, leaf: Leaf, connection: Connection, who: string): Promise<boolean> {
  if (leaf.kind === "task") return (await runTaskNow(project, leaf, connection, { who })).kind === "started";
  if (leaf.kind === "service") throw new NeverSleeps(leaf.name);
  if (!isDnsLeaf(leaf)) return wakeEngine(project, leaf, connection, who);
  const autoScaling = clientOf(AutoScalingClient, connection);
  const time = serverTime(autoScaling);
  const ResourceId = groupName(project.base.name, leaf.name);
  const group = await describeGroup(autoScaling, ResourceId);
  const now = time();
  const tag = (Key: string) => ({ ResourceId, ResourceType: "auto-scaling-group", Key });
  await autoScaling.send(new DeleteTagsCommand({ Tags: [tag(MARKS.crashed)] }));
  if ((group.DesiredCapacity ?? 0) > 0) return false;
  // In the start-system function's order, and for its reasons: what the wake sets off must find the hit and the mark.
  const at = new Date(now).toISOString();
  // What a person asks for is noticed at once. A name that is too long is cut: the mark must stay one.
  const Value = writeMark({ at, noticed: at, by: "cli", who: who.slice(0, LONGEST_WHO) });
  await Promise.all([
    putHits(project, leaf, connection, [now - MINUTE_MS, now]),
    autoScaling.send(new CreateOrUpdateTagsCommand({ Tags: [{ ...tag(MARKS.wake), Value, PropagateAtLaunch: false }] })),
  ]);
  await autoScaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: ResourceId, DesiredCapacity: 1 }));
  return true;
}

async function putHits(project: Project, leaf: DnsLeaf, connection: Connection, times: number[]): Promise<void> {
  const id = { application: project.base.name, environment: project.environment.name, leaf: leaf.name };
  const Dimensions = Object.entries(hitDimensions(id)).map(([Name, Value]) => ({ Name, Value }));
  const MetricData = times.map((at) => ({ MetricName: HITS.name, Dimensions, Timestamp: new Date(at), Value: 1, Unit: "Count" as const }));
  await clientOf(CloudWatchClient, connection).send(new PutMetricDataCommand({ Namespace: HITS.namespace, MetricData }));
}

/** Puts a leaf to sleep now: its container gets its stop signal and its stop timeout. @returns whether it was up */
export async function sleepLeaf(project: Project, leaf: Leaf, connection: Connection): Promise<boolean> {
  if (leaf.kind === "task") return stopRuns(project, leaf, connection);
  if (leaf.kind === "service") throw new NeverSleeps(leaf.name);
  if (!isDnsLeaf(leaf)) return sleepEngine(project, leaf, connection);
  const autoScaling = clientOf(AutoScalingClient, connection);
  const AutoScalingGroupName = groupName(project.base.name, leaf.name);
  const group = await describeGroup(autoScaling, AutoScalingGroupName);
  if ((group.DesiredCapacity ?? 0) === 0) return false;
  await autoScaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, DesiredCapacity: 0 }));
  return true;
}
