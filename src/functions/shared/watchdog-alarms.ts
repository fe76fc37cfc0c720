import { createHash } from "node:crypto";
import type { MetricDataQuery, PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import { clusterName, groupName, hitDimensions, HITS, idleAlarmName, type LeafId, leftUpAlarmName, serviceName, TAGS } from "./names.ts";

/** What a leaf's watchdog watches for. Times are seconds, whole minutes of them. */
export interface Watch {
  /** Less than `below` bytes per second, for so long. */
  readonly idle: { readonly below: number; readonly for: number };
  /** Up for so long since it was woken; `stop`: it is put to sleep then. */
  readonly leftUp: { readonly after: number; readonly stop: boolean };
  /** Ids of its volumes' file systems: what is read from them comes in, and is no use. */
  readonly fileSystems: readonly string[];
}

/** Whom the alarms tell, ARNs. */
export interface Told {
  /** Scaling policy that sets the desired count to 0. */
  readonly stop: string;
  /** Function that tells people. */
  readonly tell: string;
}

/** An alarm as PutMetricAlarm takes it, but for what it does. */
export type AlarmDefinition = Omit<PutMetricAlarmInput, "AlarmActions"> &
  Required<Pick<PutMetricAlarmInput, "AlarmName" | "AlarmDescription" | "Metrics">>;

/** Seconds; the finest period of AWS's own metrics. */
const MINUTE = 60;

/** The two alarms of a leaf, idle and left up. docs/decisions/0010-watchdog.md explains what they compute. */
export function watchdogAlarms(id: LeafId, watch: Watch): { readonly idle: AlarmDefinition; readonly leftUp: AlarmDefinition } {
  const { application, leaf } = id;
  const { idle, leftUp } = watch;
  return {
    idle: {
      AlarmName: idleAlarmName(application, leaf),
      AlarmDescription: `Less than ${idle.below} bytes per second into ${leaf} for ${idle.for / MINUTE} min: nobody uses it. Puts it to sleep.`,
      Metrics: activity(id, watch),
      ComparisonOperator: "LessThanThreshold",
      Threshold: idle.below,
      ...allOf(idle.for / MINUTE),
      Tags: tags(id),
    },
    leftUp: {
      AlarmName: leftUpAlarmName(application, leaf),
      AlarmDescription: `${leaf} has been up for ${leftUp.after / MINUTE} min since it was woken.${leftUp.stop ? " Puts it to sleep." : ""}`,
      Metrics: upSinceWake(id),
      ComparisonOperator: "GreaterThanThreshold",
      Threshold: 0,
      ...allOf(leftUp.after / MINUTE),
      Tags: tags(id),
    },
  };
}

/**
 * The same with a mark of the whole definition at the end of its description: an alarm that says another one is not as it should be.
 * CloudWatch gives a description back as it was given; of metrics it may not (it fills in what was left out).
 */
export function marked(definition: AlarmDefinition): AlarmDefinition {
  const mark = createHash("sha256").update(JSON.stringify(definition)).digest("hex").slice(0, 8);
  return { ...definition, AlarmDescription: `${definition.AlarmDescription} [${mark}]` };
}

/** Both alarms, marked, as PutMetricAlarm takes them. */
export function withActions(id: LeafId, watch: Watch, { stop, tell }: Told): PutMetricAlarmInput[] {
  const { idle, leftUp } = watchdogAlarms(id, watch);
  return [
    { ...marked(idle), AlarmActions: [stop] },
    { ...marked(leftUp), AlarmActions: watch.leftUp.stop ? [tell, stop] : [tell] },
  ];
}

/** All of the newest N points. No point (asleep, booting, a late metric) is no idleness. */
const allOf = (minutes: number) => ({ EvaluationPeriods: minutes, DatapointsToAlarm: minutes, TreatMissingData: "notBreaching" });

const tags = ({ application, environment, leaf }: LeafId) => [
  { Key: TAGS.application, Value: application },
  { Key: TAGS.environment, Value: environment },
  { Key: TAGS.leaf, Value: leaf },
];

function metric(
  id: string,
  namespace: string,
  name: string,
  stat: "Sum" | "SampleCount",
  dimensions: Record<string, string>,
): MetricDataQuery & { MetricStat: object } {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  return {
    Id: id,
    MetricStat: { Metric: { Namespace: namespace, MetricName: name, Dimensions }, Period: MINUTE, Stat: stat },
    ReturnData: false,
  };
}

const math = (Id: string, Expression: string, Label: string, ReturnData = false): MetricDataQuery => ({ Id, Expression, Label, ReturnData });

/** The instance's own metrics: one sample a minute while there is one (detailed monitoring). */
const instance = ({ application, leaf }: LeafId): Record<string, string> => ({ AutoScalingGroupName: groupName(application, leaf) });

const samples = (id: LeafId): MetricDataQuery => metric("samples", "AWS/EC2", "NetworkIn", "SampleCount", instance(id));

/** DNS queries that count as activity. Put by start-system. */
const hits = (id: LeafId): MetricDataQuery => metric("hits", HITS.namespace, HITS.name, "Sum", hitDimensions(id));

/**
 * Bytes per second into the container, each minute in which the container runs; and each minute in which a DNS query
 * counts is at least at the threshold. In all other minutes there is no value.
 */
function activity(id: LeafId, { idle, fileSystems }: Watch): MetricDataQuery[] {
  const { application, leaf } = id;
  const reads = fileSystems.map((FileSystemId, index) => metric(`reads${index}`, "AWS/EFS", "DataReadIOBytes", "Sum", { FileSystemId }));
  const less = reads.map(({ Id }) => ` - FILL(${Id}, 0)`).join("");
  return [
    metric("received", "AWS/EC2", "NetworkIn", "Sum", instance(id)),
    samples(id),
    // ECS reports a service's CPU once per running task and minute: the number of samples is the number of running tasks.
    metric("tasks", "AWS/ECS", "CPUUtilization", "SampleCount", {
      ClusterName: clusterName(application, leaf),
      ServiceName: serviceName(application, leaf),
    }),
    ...reads,
    hits(id),
    math("traffic", `IF((tasks > 0) AND (samples > 0), (received${less}) / ${MINUTE})`, "Bytes per second into the container"),
    math("queries", `hits * ${Math.max(1, idle.below)}`, "DNS queries that count, at the threshold"),
    math("activity", "SUM([traffic, queries])", "Activity (bytes per second)", true),
  ];
}

/** 1 in each minute in which the instance is up, far below 0 in a minute of a DNS query that counts, else no value. */
function upSinceWake(id: LeafId): MetricDataQuery[] {
  return [
    samples(id),
    hits(id),
    math("up", "IF(samples > 0, 1)", "Up"),
    math("woken", "hits * -1000", "Woken"),
    math("since", "SUM([up, woken])", "Up since the last wake", true),
  ];
}
