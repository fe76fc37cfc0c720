import { AutoScalingClient, DescribeAutoScalingGroupsCommand, DescribeScalingActivitiesCommand } from "@aws-sdk/client-auto-scaling";
import { DescribeTasksCommand, ECSClient, ListTasksCommand } from "@aws-sdk/client-ecs";
import { ListHostedZonesByNameCommand, ListResourceRecordSetsCommand, Route53Client } from "@aws-sdk/client-route-53";
import { type DnsLeaf, isDnsLeaf, type Leaf, type Project } from "../config/index.ts";
import { readMarks } from "../functions/shared/marks.ts";
import { clusterName, groupName, serviceName } from "../functions/shared/names.ts";
import { engineStatus } from "./engine-observe.ts";
import { clientOf, type Connection, serverTime } from "./environment.ts";
import { describeLeaf, type LeafObservation, type LeafStatus } from "./leaf-state.ts";
import { serviceStatus } from "./service-observe.ts";
import { taskStatus } from "./task-observe.ts";

/** Reads the status of a leaf. @throws the SDK's errors */
export async function leafStatus(project: Project, leaf: Leaf, connection: Connection): Promise<LeafStatus> {
  if (leaf.kind === "task") return taskStatus(project, leaf, connection);
  if (leaf.kind === "service") return serviceStatus(project, leaf, connection);
  if (!isDnsLeaf(leaf)) return engineStatus(project, leaf, connection);
  const autoScaling = clientOf(AutoScalingClient, connection);
  const now = serverTime(autoScaling);
  const observed = await observeLeaf(project, leaf, connection, autoScaling);
  return describeLeaf(leaf, observed, now());
}

/** @returns undefined when the leaf's stack is not there */
async function observeLeaf(
  project: Project,
  leaf: DnsLeaf,
  connection: Connection,
  autoScaling: AutoScalingClient,
): Promise<LeafObservation | undefined> {
  const name = groupName(project.base.name, leaf.name);
  const { AutoScalingGroups } = await autoScaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }));
  const group = AutoScalingGroups?.[0];
  if (!group) return undefined;
  const [{ Activities }, address, taskStartedAt] = await Promise.all([
    autoScaling.send(new DescribeScalingActivitiesCommand({ AutoScalingGroupName: name, MaxRecords: 1 })),
    readAddress(project, leaf, connection),
    oldestTask(project, leaf, connection),
  ]);
  const activity = Activities?.[0];
  return {
    desired: group.DesiredCapacity ?? 0,
    instances: (group.Instances ?? []).map(({ LifecycleState }) => LifecycleState ?? ""),
    marks: readMarks(group.Tags ?? []),
    createdAt: group.CreatedTime?.getTime() ?? 0,
    ...(address === undefined ? {} : { address }),
    ...(taskStartedAt === undefined ? {} : { taskStartedAt }),
    ...(activity?.StartTime ? { lastActivity: { startedAt: activity.StartTime.getTime(), endedAt: activity.EndTime?.getTime() } } : {}),
  };
}

/** The A record in the leaf's zone, as Route 53 has it. */
export async function readAddress({ base }: Project, { domain, zone: whose }: DnsLeaf, connection: Connection): Promise<string | undefined> {
  const zoneName = whose === "shared" ? base.domain!.zone! : domain;
  const route53 = clientOf(Route53Client, connection, "us-east-1");
  const { HostedZones } = await route53.send(new ListHostedZonesByNameCommand({ DNSName: zoneName, MaxItems: 1 }));
  const zone = HostedZones?.[0];
  if (zone?.Name !== `${zoneName}.`) return undefined;
  const records = await route53.send(
    new ListResourceRecordSetsCommand({ HostedZoneId: zone.Id, StartRecordName: domain, StartRecordType: "A", MaxItems: 1 }),
  );
  const record = records.ResourceRecordSets?.[0];
  return record?.Name === `${domain}.` && record.Type === "A" ? record.ResourceRecords?.[0]?.Value : undefined;
}

/** When the oldest task that runs was started, milliseconds; undefined where none does. */
export async function oldestTask(project: Project, leaf: DnsLeaf, connection: Connection): Promise<number | undefined> {
  const ecs = clientOf(ECSClient, connection);
  const cluster = clusterName(project.base.name, leaf.name);
  const { taskArns } = await ecs.send(
    new ListTasksCommand({ cluster, serviceName: serviceName(project.base.name, leaf.name), desiredStatus: "RUNNING" }),
  );
  if (!taskArns?.length) return undefined;
  const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  const starts = (tasks ?? []).flatMap(({ startedAt }) => (startedAt ? [startedAt.getTime()] : []));
  return starts.length === 0 ? undefined : Math.min(...starts);
}
