import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { CLIENT } from "../shared/sdk.ts";
import type { Minute } from "./idle.ts";

/** Metric dimensions of an Application Load Balancer and of a target group: `app/…/…`, `targetgroup/…/…`. */
export interface Dimensions {
  readonly loadBalancer: string;
  readonly targetGroup: string;
}

const MINUTE_MS = 60_000;

/** Requests and connections by the minute (Elastic Load Balancing User Guide, "CloudWatch metrics for your Application Load Balancer"). */
export async function readMinutes(
  dimensions: Dimensions,
  from: number,
  to: number,
  cloudWatch: CloudWatchClient = new CloudWatchClient(CLIENT),
): Promise<Minute[]> {
  const LoadBalancer = { Name: "LoadBalancer", Value: dimensions.loadBalancer };
  const query = (Id: string, MetricName: string, Dimensions: { Name: string; Value: string }[]): MetricDataQuery => ({
    Id,
    MetricStat: { Metric: { Namespace: "AWS/ApplicationELB", MetricName, Dimensions }, Period: 60, Stat: "Sum" },
  });
  const MetricDataQueries = [
    query("requests", "RequestCount", [{ Name: "TargetGroup", Value: dimensions.targetGroup }, LoadBalancer]),
    query("allRequests", "RequestCount", [LoadBalancer]),
    query("connections", "ActiveConnectionCount", [LoadBalancer]),
  ];
  const range = { StartTime: new Date(Math.floor(from / MINUTE_MS) * MINUTE_MS), EndTime: new Date(Math.ceil(to / MINUTE_MS) * MINUTE_MS) };
  const minutes = new Map<number, { -readonly [K in keyof Minute]: Minute[K] }>();
  let NextToken: string | undefined;
  do {
    const page = await cloudWatch.send(new GetMetricDataCommand({ MetricDataQueries, ...range, NextToken }));
    for (const { Id, Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
      for (const [index, time] of Timestamps.entries()) {
        const at = time.getTime();
        const minute = minutes.get(at) ?? { at, requests: 0, allRequests: 0, connections: 0 };
        minute[Id as "requests" | "allRequests" | "connections"] += Values[index] ?? 0;
        minutes.set(at, minute);
      }
    }
    ({ NextToken } = page);
  } while (NextToken);
  return [...minutes.values()].sort((a, b) => a.at - b.at);
}
