import { AutoScalingClient, DescribeAutoScalingGroupsCommand, DescribeScalingActivitiesCommand } from "@aws-sdk/client-auto-scaling";
import { DescribeTasksCommand, ECSClient, ListTasksCommand } from "@aws-sdk/client-ecs";
import { type DnsLeaf, isDnsLeaf, isRouted, type Leaf, type Project } from "../config/index.ts";
import { readMarks } from "../functions/shared/marks.ts";
import { clusterName, groupName, serviceName } from "../functions/shared/names.ts";
import { taskId } from "../functions/shared/seen-task.ts";
import { observeEngine } from "./engine-observe.ts";
import { clientOf, type Connection, serverTime } from "./environment.ts";
import type { LeafStatus } from "./leaf-state.ts";
import { type DnsPathObservation, dnsPath, enginePath, servicePath, taskPath } from "./live-path.ts";
import { readAddress } from "./observe.ts";
import type { LivePath } from "./path-types.ts";

/** Where a leaf is on its way, part by part. @param status of the same moment @throws the SDK's errors */
export async function livePath(project: Project, leaf: Leaf, status: LeafStatus, connection: Connection): Promise<LivePath> {
  if (leaf.kind === "task") return taskPath(status);
  if (leaf.kind === "service") return servicePath(status);
  if (isDnsLeaf(leaf)) {
    const autoScaling = clientOf(AutoScalingClient, connection);
    const now = serverTime(autoScaling);
    const observed = await observeDns(project, leaf, connection, autoScaling);
    return dnsPath(observed, now());
  }
  const ecs = clientOf(ECSClient, connection);
  const now = serverTime(ecs);
  const observed = await observeEngine(project, leaf, connection, ecs, now);
  return enginePath(observed, { http: leaf.existing === undefined && leaf.wake.http !== undefined, routed: isRouted(leaf) }, now());
}

async function observeDns(project: Project, leaf: DnsLeaf, connection: Connection, autoScaling: AutoScalingClient): Promise<DnsPathObservation> {
  const name = groupName(project.base.name, leaf.name);
  const { AutoScalingGroups } = await autoScaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }));
  const group = AutoScalingGroups?.[0];
  if (!group) return { desired: 0, marks: {}, instances: [], tasks: [], healthCheck: false };
  const [{ Activities }, address, tasks] = await Promise.all([
    autoScaling.send(new DescribeScalingActivitiesCommand({ AutoScalingGroupName: name, MaxRecords: 5 })),
    readAddress(project, leaf, connection),
    tasksOf(project, leaf, connection),
  ]);
  const launch = Activities?.find(({ Description }) => Description?.startsWith("Launching"));
  return {
    desired: group.DesiredCapacity ?? 0,
    marks: readMarks(group.Tags ?? []),
    instances: (group.Instances ?? []).map(({ InstanceId, LifecycleState }) => ({ id: InstanceId ?? "", lifecycle: LifecycleState ?? "" })),
    tasks,
    healthCheck: leaf.health !== undefined,
    ...(address === undefined ? {} : { address }),
    ...(launch?.StartTime
      ? { launch: { startedAt: launch.StartTime.getTime(), ...(launch.EndTime ? { endedAt: launch.EndTime.getTime() } : {}) } }
      : {}),
  };
}

/** Those that are not stopped, pending ones too: ListTasks with RUNNING means what ECS wants them to be. */
async function tasksOf(project: Project, leaf: DnsLeaf, connection: Connection): Promise<DnsPathObservation["tasks"]> {
  const ecs = clientOf(ECSClient, connection);
  const cluster = clusterName(project.base.name, leaf.name);
  const { taskArns } = await ecs.send(new ListTasksCommand({ cluster, serviceName: serviceName(project.base.name, leaf.name) }));
  if (!taskArns?.length) return [];
  const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  return (tasks ?? [])
    .map(({ taskArn, lastStatus, healthStatus, createdAt, startedAt }) => ({
      id: taskId(taskArn ?? ""),
      lastStatus: lastStatus ?? "",
      ...(healthStatus ? { health: healthStatus } : {}),
      ...(createdAt ? { createdAt: createdAt.getTime() } : {}),
      ...(startedAt ? { startedAt: startedAt.getTime() } : {}),
    }))
    .sort((a, b) => (b.createdAt ?? 0) - (a.createdAt ?? 0));
}
