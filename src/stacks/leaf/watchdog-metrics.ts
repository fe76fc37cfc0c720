import type { aws_cloudwatch as cloudwatch } from "aws-cdk-lib";
import { clusterName, groupName, hitDimensions, HITS, serviceName } from "../../functions/shared/names.ts";
import type { LeafContext } from "../leaf-stack.ts";
import type { Volume } from "./volumes.ts";

type Query = cloudwatch.CfnAlarm.MetricDataQueryProperty;

/** Seconds; the finest period of AWS's own metrics. */
export const MINUTE = 60;

function metric(id: string, namespace: string, metricName: string, stat: "Sum" | "SampleCount", dimensions: Record<string, string>): Query {
  return {
    id,
    returnData: false,
    metricStat: {
      stat,
      period: MINUTE,
      metric: { namespace, metricName, dimensions: Object.entries(dimensions).map(([name, value]) => ({ name, value })) },
    },
  };
}

const math = (id: string, expression: string, label: string, returnData = false): Query => ({ id, expression, label, returnData });

/** The instance's own metrics: one sample a minute while there is one (detailed monitoring). */
const instance = ({ application, leaf }: LeafContext): Record<string, string> => ({ AutoScalingGroupName: groupName(application, leaf.name) });

/** DNS queries that count as activity. Put by start-system. */
const hits = ({ application, project, leaf }: LeafContext): Query =>
  metric("hits", HITS.namespace, HITS.name, "Sum", hitDimensions({ application, environment: project.environment.name, leaf: leaf.name }));

const samples = (context: LeafContext): Query => metric("samples", "AWS/EC2", "NetworkIn", "SampleCount", instance(context));

/**
 * Bytes per second into the container, each minute in which the container runs; and each minute in which a DNS query
 * counts is at least at the threshold. In all other minutes there is no value. docs/decisions/0010-watchdog.md explains each part.
 */
export function activity(context: LeafContext & { volumes: readonly Volume[] }): Query[] {
  const { application, leaf, volumes } = context;
  const reads = volumes.map(({ fileSystemId }, index) =>
    metric(`reads${index}`, "AWS/EFS", "DataReadIOBytes", "Sum", { FileSystemId: fileSystemId }),
  );
  const less = reads.map(({ id }) => ` - FILL(${id}, 0)`).join("");
  return [
    metric("received", "AWS/EC2", "NetworkIn", "Sum", instance(context)),
    samples(context),
    // ECS reports a service's CPU once per running task and minute: the number of samples is the number of running tasks.
    metric("tasks", "AWS/ECS", "CPUUtilization", "SampleCount", {
      ClusterName: clusterName(application, leaf.name),
      ServiceName: serviceName(application, leaf.name),
    }),
    ...reads,
    hits(context),
    math("traffic", `IF((tasks > 0) AND (samples > 0), (received${less}) / ${MINUTE})`, "Bytes per second into the container"),
    math("queries", `hits * ${Math.max(1, leaf.watchdog.idle.below)}`, "DNS queries that count, at the threshold"),
    math("activity", "SUM([traffic, queries])", "Activity (bytes per second)", true),
  ];
}

/** 1 in each minute in which the instance is up, far below 0 in a minute of a DNS query that counts, else no value. */
export function leftUp(context: LeafContext): Query[] {
  return [
    samples(context),
    hits(context),
    math("up", "IF(samples > 0, 1)", "Up"),
    math("woken", "hits * -1000", "Woken"),
    math("since", "SUM([up, woken])", "Up since the last wake", true),
  ];
}
