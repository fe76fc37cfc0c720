import { type AutoScalingClient, DescribeScalingActivitiesCommand } from "@aws-sdk/client-auto-scaling";
import { type CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeInstancesCommand, type EC2Client, type Instance } from "@aws-sdk/client-ec2";
import { DescribeContainerInstancesCommand, DescribeTasksCommand, type ECSClient, ListTasksCommand, type Task } from "@aws-sdk/client-ecs";
import {
  type Change,
  ChangeResourceRecordSetsCommand,
  InvalidChangeBatch,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  type Route53Client,
} from "@aws-sdk/client-route-53";
import type { SNSClient } from "@aws-sdk/client-sns";
import { awsRecord } from "../shared/aws-record.ts";
import { tailOf } from "../shared/aws-tail.ts";
import { tell } from "../shared/aws-tell.ts";
import type { Values } from "../shared/env.ts";
import { findGroup } from "../shared/group.ts";
import { logLine } from "../shared/log.ts";
import { readMarks } from "../shared/marks.ts";
import { ASLEEP, HITS, hitDimensions, RECORD_TTL, stateRecordName, UNAVAILABLE_ADDRESS } from "../shared/names.ts";
import { taskId } from "../shared/seen-task.ts";
import type { Watch } from "../shared/watchdog-alarms.ts";
import { readUse } from "./aws-use.ts";
import { awsWatchdog } from "./aws-watchdog.ts";
import type { World } from "./converge.ts";
import type { RECONCILE_ENV } from "./env.ts";
import { isComing, type Observation, type ObservedInstance, type ObservedTask, type Published } from "./reconcile.ts";

export interface Clients {
  readonly autoScaling: AutoScalingClient;
  readonly cloudWatch: CloudWatchClient;
  readonly ec2: EC2Client;
  readonly ecs: ECSClient;
  readonly logs: CloudWatchLogsClient;
  readonly route53: Route53Client;
  readonly sns: SNSClient;
}

type Env = Values<typeof RECONCILE_ENV>;

/** The world as AWS tells it, for one run. */
export function awsWorld(clients: Clients, env: Env): World {
  // As Route 53 gave them, for the swap: it must name what is there down to the TTL.
  let records: Records = {};
  const watch = JSON.parse(env.watch) as Watch;
  const record = awsRecord(env, "reconcile", logLine, () => clients.logs);
  const topics = JSON.parse(env.topics) as string[];
  return {
    observe: (before, whenKnown) => observe(clients, env, before, whenKnown),
    published: async () => {
      records = await readRecords(clients.route53, env);
      return said(records);
    },
    swap: (_before, after) => swap(clients.route53, env, records, after),
    activities: async () => {
      const { Activities } = await clients.autoScaling.send(
        new DescribeScalingActivitiesCommand({ AutoScalingGroupName: env.group, IncludeDeletedGroups: true, MaxRecords: 10 }),
      );
      return (Activities ?? []).map(({ Cause, Description, StartTime, EndTime, StatusCode, StatusMessage }) => ({
        cause: Cause ?? "",
        at: StartTime?.getTime() ?? 0,
        description: Description ?? "",
        ...(EndTime ? { endedAt: EndTime.getTime() } : {}),
        ...(StatusCode === "Failed" ? { failed: StatusMessage ?? "Auto Scaling does not say why" } : {}),
      }));
    },
    use: (from, to) => readUse(clients.cloudWatch, env, watch, from, to),
    tail: () => lastTail(clients, env),
    tell: (message) => tell(topics, { ...message, subject: message.subject.slice(0, 100) }, clients.sns),
    record,
    used: async (times) => {
      const Dimensions = Object.entries(hitDimensions(env)).map(([Name, Value]) => ({ Name, Value }));
      // CloudWatch takes times of up to two hours from now (PutMetricData); a boot is less than one.
      const MetricData = times.map((at) => ({ MetricName: HITS.name, Dimensions, Timestamp: new Date(at), Value: 1, Unit: "Count" as const }));
      await clients.cloudWatch.send(new PutMetricDataCommand({ Namespace: HITS.namespace, MetricData }));
    },
    watchdog: awsWatchdog({ ...clients, id: env, group: env.group, watch, self: env.self }),
    now: () => Date.now(),
  };
}

async function observe(clients: Clients, env: Env, before: Published, whenKnown?: (desired: number) => void): Promise<Observation> {
  const group = await findGroup(clients.autoScaling, env.group);
  whenKnown?.(group?.DesiredCapacity ?? 0);
  // The stack is being deleted: CloudFormation deletes the records only if they say what its template says.
  if (!group) return { desired: 0, instances: [], tasks: [], marks: {} };
  const members = group.Instances ?? [];
  // What goes down after the leaf was said to be asleep makes no difference: several events tell of it, none of them news.
  const isQuiet = before.announced === ASLEEP && !members.some(({ LifecycleState }) => isComing({ lifecycle: LifecycleState ?? "" }));
  const tasks = isQuiet ? [] : await serviceTasks(clients.ecs, env);
  const known = await describeInstances(clients.ec2, isQuiet ? [] : members.map(({ InstanceId }) => InstanceId!));
  const instances = members.map(({ InstanceId, LifecycleState }): ObservedInstance => {
    const instance = known.get(InstanceId!);
    return {
      id: InstanceId!,
      lifecycle: LifecycleState ?? "",
      state: instance?.State?.Name,
      address: instance?.PublicIpAddress,
      launchedAt: instance?.LaunchTime?.getTime(),
    };
  });
  return { desired: group.DesiredCapacity ?? 0, instances, tasks, marks: readMarks(group.Tags ?? []) };
}

/** By filter and not by id: an id that EC2 has forgotten would be an error. */
async function describeInstances(ec2: EC2Client, ids: string[]): Promise<Map<string, Instance>> {
  if (ids.length === 0) return new Map();
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ Filters: [{ Name: "instance-id", Values: ids }] }));
  return new Map((Reservations ?? []).flatMap(({ Instances }) => (Instances ?? []).map((instance) => [instance.InstanceId!, instance] as const)));
}

/** Tasks of the service that are to run, each with its EC2 instance. */
async function serviceTasks(ecs: ECSClient, { cluster, service }: Env): Promise<ObservedTask[]> {
  const { taskArns } = await ecs.send(new ListTasksCommand({ cluster, serviceName: service, desiredStatus: "RUNNING" }));
  if (!taskArns?.length) return [];
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  const hosts = [...new Set(tasks.map(({ containerInstanceArn }) => containerInstanceArn).filter((arn) => arn !== undefined))];
  const { containerInstances = [] } =
    hosts.length > 0 ? await ecs.send(new DescribeContainerInstancesCommand({ cluster, containerInstances: hosts })) : {};
  const instanceOf = (task: Task): string | undefined =>
    containerInstances.find(({ containerInstanceArn }) => containerInstanceArn === task.containerInstanceArn)?.ec2InstanceId;
  return tasks.map((task) => ({
    instanceId: instanceOf(task),
    lastStatus: task.lastStatus ?? "",
    desiredStatus: task.desiredStatus ?? "",
    health: task.healthStatus,
    createdAt: task.createdAt?.getTime(),
    pulledAt: task.pullStoppedAt?.getTime(),
    startedAt: task.startedAt?.getTime(),
  }));
}

/** Of the service's tasks the one that stopped last (ECS shows stopped tasks for an hour: Amazon ECS API reference, DescribeTasks). */
async function lastTail({ ecs, logs }: Clients, { cluster, service, application, leaf }: Env): Promise<readonly string[]> {
  const { taskArns } = await ecs.send(new ListTasksCommand({ cluster, serviceName: service, desiredStatus: "STOPPED" }));
  if (!taskArns?.length) return [];
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  const endOf = ({ stoppedAt, stoppingAt }: Task): number => (stoppedAt ?? stoppingAt)?.getTime() ?? 0;
  // A task that could not start has written nothing.
  const last = tasks.filter(({ startedAt }) => startedAt).sort((a, b) => endOf(b) - endOf(a))[0];
  return last ? (await tailOf({ application, leaf }, leaf, taskId(last.taskArn!), logs)).lines : [];
}

interface Records {
  readonly a?: ResourceRecordSet;
  readonly txt?: ResourceRecordSet;
}

/** Some records of others may be between the two, where the leaf has the name of its zone: NS, SOA, MX. */
const LISTED = 4;

/**
 * A listing is in the order of the names with their labels reversed, then of the types (Amazon Route 53 API reference,
 * ListResourceRecordSets), so that one finds both: Route 53 answers five times a second, to all that an account runs (Route 53 developer
 * guide, "Quotas", API requests).
 */
async function readRecords(route53: Route53Client, { hostedZone, domain }: Env): Promise<Records> {
  const txtName = stateRecordName(domain);
  const list = async (name: string, type: "A" | "TXT", MaxItems: number) => {
    const input = { HostedZoneId: hostedZone, StartRecordName: name, StartRecordType: type, MaxItems };
    const { ResourceRecordSets = [], IsTruncated } = await route53.send(new ListResourceRecordSetsCommand(input));
    // It starts at the name and goes on after it.
    const find = (of: string, kind: "A" | "TXT") => ResourceRecordSets.find((set) => set.Type === kind && set.Name?.replace(/\.$/, "") === of);
    return { find, isAll: !IsTruncated };
  };
  const { find, isAll } = await list(domain, "A", LISTED);
  const [a, txt] = [find(domain, "A"), find(txtName, "TXT")];
  return { a, txt: txt ?? (isAll ? undefined : (await list(txtName, "TXT", 1)).find(txtName, "TXT")) };
}

const said = ({ a, txt }: Records): Published => ({
  address: a?.ResourceRecords?.[0]?.Value ?? UNAVAILABLE_ADDRESS,
  announced: txt?.ResourceRecords?.[0]?.Value?.replaceAll('"', "") ?? ASLEEP,
});

/**
 * A batch is applied whole or not at all, and a DELETE must give the record as it is (Amazon Route 53 API reference,
 * ChangeResourceRecordSets): DELETE of the old and CREATE of the new in one batch is a compare-and-swap.
 */
async function swap(route53: Route53Client, env: Env, { a, txt }: Records, after: Published): Promise<boolean> {
  const record = (Name: string, Type: "A" | "TXT", Value: string): ResourceRecordSet => ({
    Name,
    Type,
    TTL: RECORD_TTL,
    ResourceRecords: [{ Value }],
  });
  const replace = (old: ResourceRecordSet | undefined, next: ResourceRecordSet): Change[] => [
    ...(old ? [{ Action: "DELETE" as const, ResourceRecordSet: old }] : []),
    { Action: "CREATE" as const, ResourceRecordSet: next },
  ];
  // Both always, so that the batch fails when either has changed.
  const Changes = [
    ...replace(a, record(env.domain, "A", after.address)),
    ...replace(txt, record(stateRecordName(env.domain), "TXT", `"${after.announced}"`)),
  ];
  try {
    await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: env.hostedZone, ChangeBatch: { Changes } }));
    return true;
  } catch (error) {
    if (error instanceof InvalidChangeBatch) return false;
    throw error;
  }
}
