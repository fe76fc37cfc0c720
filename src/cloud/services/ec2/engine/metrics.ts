import type { Clock } from "../../../core/clock.ts";
import { EachMinute, MINUTE } from "../../../core/each-minute.ts";
import type { InstanceView, MetricsPort } from "../../../core/ports.ts";
import type { Scope } from "../../../core/scope.ts";

interface Counter {
  scope: Scope;
  instanceId: string;
  group?: string;
  detailed: boolean;
  in: number;
  out: number;
  packetsIn: number;
  packetsOut: number;
  /** No longer running: what it still counted is published once more, and then it is forgotten. */
  ended: boolean;
}

const GROUP_TAG = "aws:autoscaling:groupName";

/**
 * Publishes AWS/EC2 metrics of running instances: each minute with detailed monitoring, each five minutes without; status
 * checks each minute always (EC2 User Guide, "CloudWatch metrics that are available for your instances"). Periods begin at
 * full minutes of the clock, and a sample carries the beginning of its period. By instance, and by Auto Scaling group.
 *
 * CPUUtilization is not published: what a task uses is known to the machines, not here.
 */
export class InstanceMetrics {
  private readonly metrics: MetricsPort;
  private readonly counters = new Map<string, Counter>();
  private readonly minutes: EachMinute;

  constructor(clock: Clock, metrics: MetricsPort) {
    this.metrics = metrics;
    this.minutes = new EachMinute(clock, { wanted: () => this.counters.size > 0, work: (begin) => this.publish(begin + MINUTE) });
  }

  /** To be told of every change of an instance. */
  follow(scope: Scope, instance: InstanceView): void {
    const key = keyOf(scope, instance.instanceId);
    const counter = this.counters.get(key);
    if (instance.state === "running") {
      this.counters.set(key, {
        in: 0,
        out: 0,
        packetsIn: 0,
        packetsOut: 0,
        ...counter,
        scope: { account: scope.account, region: scope.region },
        instanceId: instance.instanceId,
        group: instance.tags[GROUP_TAG],
        detailed: instance.detailedMonitoring,
        ended: false,
      });
      this.minutes.wake();
    } else if (counter && (instance.state === "terminated" || instance.state === "stopped")) counter.ended = true;
  }

  count(scope: Scope, instanceId: string, bytes: { in?: number; out?: number; packetsIn?: number; packetsOut?: number }): void {
    const counter = this.counters.get(keyOf(scope, instanceId));
    if (!counter) return;
    counter.in += bytes.in ?? 0;
    counter.out += bytes.out ?? 0;
    counter.packetsIn += bytes.packetsIn ?? 0;
    counter.packetsOut += bytes.packetsOut ?? 0;
  }

  stop(): void {
    this.minutes.stop();
    this.counters.clear();
  }

  /** @param end of the minute, in milliseconds since the epoch. */
  private publish(end: number): void {
    for (const [key, counter] of this.counters) {
      if (!counter.ended)
        this.put(
          counter,
          end - MINUTE,
          [
            ["StatusCheckFailed", 0],
            ["StatusCheckFailed_Instance", 0],
            ["StatusCheckFailed_System", 0],
          ],
          "Count",
        );
      const period = counter.detailed ? MINUTE : 5 * MINUTE;
      if (end % period !== 0) continue;
      this.put(
        counter,
        end - period,
        [
          ["NetworkIn", counter.in],
          ["NetworkOut", counter.out],
        ],
        "Bytes",
      );
      this.put(
        counter,
        end - period,
        [
          ["NetworkPacketsIn", counter.packetsIn],
          ["NetworkPacketsOut", counter.packetsOut],
        ],
        "Count",
      );
      counter.in = counter.out = counter.packetsIn = counter.packetsOut = 0;
      if (counter.ended) this.counters.delete(key);
    }
  }

  private put(counter: Counter, at: number, values: [name: string, value: number][], unit: string): void {
    const dimensions: Record<string, string>[] = [
      { InstanceId: counter.instanceId },
      ...(counter.group ? [{ AutoScalingGroupName: counter.group }] : []),
    ];
    this.metrics.put(
      counter.scope,
      "AWS/EC2",
      values.flatMap(([name, value]) =>
        dimensions.map((dimension): Parameters<MetricsPort["put"]>[2][number] => ({ name, value, unit, at, dimensions: dimension })),
      ),
    );
  }
}

const keyOf = (scope: Scope, instanceId: string): string => `${scope.account}|${scope.region}|${instanceId}`;
