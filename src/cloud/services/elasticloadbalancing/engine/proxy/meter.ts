import type { Clock } from "../../../../core/clock.ts";
import { EachMinute } from "../../../../core/each-minute.ts";
import type { MetricsPort } from "../../../../core/ports.ts";
import type { Scope } from "../../../../core/scope.ts";
import { BalancerCounters, type GroupCounters } from "./counters.ts";

type Datum = Parameters<MetricsPort["put"]>[2][number];

const NAMESPACE = "AWS/ApplicationELB";

/**
 * What the load balancers have done, counted in memory and put once a minute, at its end, with the time at which it began.
 * Names, dimensions and "reporting criteria" (only what is not zero, and nothing at all without traffic) are those of
 * "CloudWatch metrics for your Application Load Balancer"; not those by AvailabilityZone, for this cloud's load balancers
 * are in one place.
 *
 * ActiveConnectionCount, "the total number of concurrent TCP connections active from clients to the load balancer and from
 * the load balancer to targets", is put for every minute in which any connection was open, upgraded and idle ones alike:
 * the most that were open at a time.
 */
export class Meter {
  private readonly metrics: MetricsPort;
  private readonly balancers = new Map<string, BalancerCounters>();
  private readonly minutes: EachMinute;
  private isCounting = false;
  /** What is asked before a minute is put: bytes of connections that are still open. */
  private readonly collectors = new Set<() => void>();

  constructor(clock: Clock, metrics: MetricsPort) {
    this.metrics = metrics;
    this.minutes = new EachMinute(clock, { wanted: () => this.isCounting, work: (begin) => this.put(begin) });
  }

  of(scope: Scope, fullName: string): BalancerCounters {
    const key = `${scope.account} ${scope.region} ${fullName}`;
    let counters = this.balancers.get(key);
    if (!counters) this.balancers.set(key, (counters = new BalancerCounters(scope, fullName)));
    return counters;
  }

  onCollect(collect: () => void): () => void {
    this.collectors.add(collect);
    return () => void this.collectors.delete(collect);
  }

  /** To be called where something is counted: the minute it belongs to will be put. */
  started(): void {
    if (this.isCounting) return;
    this.isCounting = true;
    this.minutes.wake();
  }

  stop(): void {
    this.isCounting = false;
    this.minutes.stop();
  }

  private put(at: number): void {
    for (const collect of this.collectors) collect();
    this.isCounting = false;
    for (const counters of this.balancers.values()) {
      const data = dataOf(counters).map((datum) => ({ ...datum, at }));
      if (data.length > 0) this.metrics.put(counters.scope, NAMESPACE, data);
      this.isCounting ||= counters.open > 0;
      counters.restart();
    }
  }
}

function dataOf(counters: BalancerCounters): Datum[] {
  const data = new Data();
  const { fullName, own } = counters;
  const balancer = { LoadBalancer: fullName };
  let requests = 0;
  for (const group of counters.groups.values()) {
    requests += group.requests;
    putGroup(data, group, fullName);
  }
  data.counts("RequestCount", balancer, requests);
  for (const hundreds of [3, 4, 5]) {
    data.counts(
      `HTTPCode_ELB_${hundreds}XX_Count`,
      balancer,
      sumOf(own, (status) => Math.floor(status / 100) === hundreds),
    );
  }
  for (const status of [500, 502, 503, 504]) data.counts(`HTTPCode_ELB_${status}_Count`, balancer, own.get(status) ?? 0);
  data.counts("HTTP_Redirect_Count", balancer, counters.redirects);
  data.counts("HTTP_Redirect_Url_Limit_Exceeded_Count", balancer, counters.redirectsTooLong);
  data.counts("HTTP_Fixed_Response_Count", balancer, counters.fixed);
  data.counts("ClientTLSNegotiationErrorCount", balancer, counters.tlsErrors);
  data.counts("DesyncMitigationMode_NonCompliant_Request_Count", balancer, counters.nonCompliant);
  data.counts("NonStickyRequestCount", balancer, counters.nonSticky);
  data.value("ActiveConnectionCount", balancer, counters.peak, "Count");
  data.value("NewConnectionCount", balancer, counters.newConnections, "Count");
  data.value("ProcessedBytes", balancer, counters.bytes, "Bytes");
  data.value("LambdaTargetProcessedBytes", balancer, counters.lambdaBytes, "Bytes");
  return data.all;
}

/** Each by the load balancer, and by the load balancer and the target group: a statistic over the one is one over all groups. */
function putGroup(data: Data, group: GroupCounters, balancerName: string): void {
  const both = { TargetGroup: group.fullName, LoadBalancer: balancerName };
  const alone = { TargetGroup: group.fullName };
  const balancer = { LoadBalancer: balancerName };
  data.counts("RequestCount", both, group.requests);
  for (const dimensions of [balancer, both]) {
    for (const hundreds of [2, 3, 4, 5]) data.counts(`HTTPCode_Target_${hundreds}XX_Count`, dimensions, group.responses[hundreds] ?? 0);
    data.counts("TargetConnectionErrorCount", dimensions, group.connectionErrors);
    data.counts("TargetTLSNegotiationErrorCount", dimensions, group.tlsErrors);
    for (const [seconds, count] of group.times()) data.all.push({ name: "TargetResponseTime", dimensions, value: seconds, count, unit: "Seconds" });
  }
  for (const dimensions of [alone, both]) {
    if (group.targets > 0) data.value("RequestCountPerTarget", dimensions, group.requests / group.targets, "Count");
    data.counts("LambdaUserError", dimensions, group.lambdaUserErrors);
    data.counts("LambdaInternalError", dimensions, group.lambdaInternalErrors);
  }
}

class Data {
  readonly all: Datum[] = [];

  /** One sample of 1 for each: "Minimum, Maximum, and Average all return 1". */
  counts(name: string, dimensions: Record<string, string>, count: number): void {
    if (count > 0) this.all.push({ name, dimensions, value: 1, count, unit: "Count" });
  }

  value(name: string, dimensions: Record<string, string>, value: number, unit: string): void {
    if (value > 0) this.all.push({ name, dimensions, value, unit });
  }
}

function sumOf(counts: Map<number, number>, which: (status: number) => boolean): number {
  let sum = 0;
  for (const [status, count] of counts) if (which(status)) sum += count;
  return sum;
}
