import type { Clock } from "../../../core/clock.ts";
import { EachMinute, MINUTE } from "../../../core/each-minute.ts";
import type { MetricsPort } from "../../../core/ports.ts";
import type { Scope } from "../../../core/scope.ts";
import type { MessageRow } from "../state.ts";
import { isFifo } from "../state.ts";

interface Counter {
  scope: Scope;
  name: string;
  sent: number;
  sizes: number[];
  received: number;
  emptyReceives: number;
  deleted: number;
  activeAt: number;
}

/** What a queue holds now; undefined when it is gone. */
export type Look = (scope: Scope, name: string) => MessageRow[] | undefined;

/** "Amazon SQS considers a queue active for up to six hours" after its last message or action (SQS Developer Guide, Monitoring). */
const ACTIVE_MS = 6 * 3_600_000;

/** Publishes AWS/SQS metrics of active queues at one-minute intervals (SQS Developer Guide, "Available CloudWatch metrics"). */
export class QueueMetrics {
  private readonly clock: Clock;
  private readonly metrics: MetricsPort;
  private readonly look: Look;
  private readonly counters = new Map<string, Counter>();
  private readonly minutes: EachMinute;

  constructor(clock: Clock, metrics: MetricsPort, look: Look) {
    this.clock = clock;
    this.metrics = metrics;
    this.look = look;
    this.minutes = new EachMinute(clock, { wanted: () => this.counters.size > 0, work: (begin) => this.publishAll(begin) });
  }

  /** Somebody did something with the queue. */
  touch(scope: Scope, name: string): Counter {
    const key = `${scope.account}/${scope.region}/${name}`;
    let counter = this.counters.get(key);
    if (!counter) {
      const at = { account: scope.account, region: scope.region };
      this.counters.set(key, (counter = { scope: at, name, sent: 0, sizes: [], received: 0, emptyReceives: 0, deleted: 0, activeAt: 0 }));
    }
    counter.activeAt = this.clock.now();
    this.minutes.wake();
    return counter;
  }

  sent(scope: Scope, name: string, bytes: number): void {
    const counter = this.touch(scope, name);
    counter.sent++;
    counter.sizes.push(bytes);
  }

  received(scope: Scope, name: string, count: number): void {
    const counter = this.touch(scope, name);
    counter.received += count;
    if (count === 0) counter.emptyReceives++;
  }

  deleted(scope: Scope, name: string): void {
    this.touch(scope, name).deleted++;
  }

  stop(): void {
    this.minutes.stop();
    this.counters.clear();
  }

  private publishAll(begin: number): void {
    for (const [key, counter] of this.counters) if (!this.publish(counter, begin)) this.counters.delete(key);
  }

  /** False when there is nothing more to tell of the queue. */
  private publish(counter: Counter, at: number): boolean {
    const held = this.look(counter.scope, counter.name);
    if (!held) return false;
    if (held.length === 0 && at + MINUTE - counter.activeAt > ACTIVE_MS) return false;
    const dimensions = { QueueName: counter.name };
    const values: [name: string, value: number, unit: string][] = [
      ...gauges(held, this.clock.now(), isFifo(counter)),
      ["NumberOfMessagesSent", counter.sent, "Count"],
      ["NumberOfMessagesReceived", counter.received, "Count"],
      ["NumberOfMessagesDeleted", counter.deleted, "Count"],
      ["NumberOfEmptyReceives", counter.emptyReceives, "Count"],
      ...counter.sizes.map((bytes): [string, number, string] => ["SentMessageSize", bytes, "Bytes"]),
    ];
    this.metrics.put(
      counter.scope,
      "AWS/SQS",
      values.map(([name, value, unit]) => ({ name, dimensions, value, unit, at })),
    );
    Object.assign(counter, { sent: 0, sizes: [], received: 0, deleted: 0, emptyReceives: 0 });
    return true;
  }
}

export interface Counts {
  visible: number;
  inFlight: number;
  delayed: number;
}

/** A message that nobody may see yet is delayed before it was ever received, and in flight after. */
export function countMessages(rows: readonly MessageRow[], now: number): Counts {
  const hidden = rows.filter((row) => row.visibleAt > now);
  const inFlight = hidden.filter((row) => row.receiveCount > 0 && row.receipt !== undefined).length;
  return { visible: rows.length - hidden.length, inFlight, delayed: hidden.length - inFlight };
}

function gauges(rows: readonly MessageRow[], now: number, fifo: boolean): [string, number, string][] {
  const { visible, inFlight, delayed } = countMessages(rows, now);
  const oldest = Math.min(...rows.map((row) => row.arrivedAt));
  const groups = new Set(rows.filter((row) => row.visibleAt > now && row.receipt !== undefined).map((row) => row.groupId));
  return [
    ["ApproximateNumberOfMessagesVisible", visible, "Count"],
    ["ApproximateNumberOfMessagesNotVisible", inFlight, "Count"],
    ["ApproximateNumberOfMessagesDelayed", delayed, "Count"],
    ["ApproximateAgeOfOldestMessage", rows.length === 0 ? 0 : Math.floor((now - oldest) / 1000), "Seconds"],
    ...(fifo ? [["ApproximateNumberOfGroupsWithInflightMessages", groups.size, "Count"] as [string, number, string]] : []),
  ];
}
