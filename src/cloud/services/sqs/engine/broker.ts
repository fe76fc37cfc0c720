import { createHash } from "node:crypto";
import type { MessageAttributeValue } from "@aws-sdk/client-sqs";
import type { Clock } from "../../../core/clock.ts";
import type { Ids } from "../../../core/ids.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Store } from "../../../core/store.ts";
import { redrivePolicy, seconds } from "../attributes.ts";
import { type Found, queueByArn } from "../shared.ts";
import { isFifo, messages, type MessageRow, queues, type QueueRow, sent } from "../state.ts";
import type { QueueMetrics } from "./metrics.ts";

/** A message as a sender hands it in; checked already. */
export interface NewMessage {
  body: string;
  attributes: Record<string, MessageAttributeValue>;
  traceHeader?: string;
  senderId: string;
  delaySeconds?: number;
  groupId?: string;
  deduplicationId?: string;
}

export interface Receive {
  max: number;
  visibilityTimeout?: number;
}

/** "Amazon SQS … deduplication interval": five minutes (SQS Developer Guide, "Exactly-once processing"). */
const DEDUPLICATION_MS = 300_000;

type Deps = { store: Store; clock: Clock; ids: Ids; metrics: QueueMetrics };

/** Keeps the messages: who may see which one when. Tells those who wait when one comes. */
export class Broker {
  private readonly deps: Deps;
  private readonly waiting = new Map<string, Set<() => void>>();
  private orders = 0;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /** Puts a message into a queue; a FIFO queue answers a repeated one with what it answered first. */
  send({ scope, queue }: Found, message: NewMessage): Pick<MessageRow, "id" | "sequenceNumber"> {
    const { store, clock, ids, metrics } = this.deps;
    const now = clock.now();
    const id = ids.uuid();
    const fifo = isFifo(queue);
    const order = this.nextOrder(scope, queue);
    // "a 128-bit integer, unique and increasing for each message group": 20 digits, as AWS shows them.
    const sequenceNumber = fifo ? String(18_000_000_000_000_000_000n + BigInt(order) * 256n) : undefined;
    const deduplicationId = fifo ? (message.deduplicationId ?? createHash("sha256").update(message.body).digest("hex")) : message.deduplicationId;
    if (fifo) {
      const earlier = this.earlier(scope, queue, message.groupId!, deduplicationId!);
      if (earlier) return { id: earlier.messageId, sequenceNumber: earlier.sequenceNumber };
      const key = sentKey(queue, message.groupId!, deduplicationId!);
      sent(store, scope, queue.name).set(key, { at: now, messageId: id, sequenceNumber: sequenceNumber! });
    }
    const { delaySeconds = seconds(queue, "DelaySeconds"), ...rest } = message;
    messages(store, scope, queue.name).set(id, {
      ...rest,
      id,
      order,
      sentAt: now,
      arrivedAt: now,
      visibleAt: now + delaySeconds * 1000,
      receiveCount: 0,
      ...(deduplicationId === undefined ? {} : { deduplicationId }),
      ...(sequenceNumber === undefined ? {} : { sequenceNumber }),
    });
    metrics.sent(scope, queue.name, Buffer.byteLength(message.body));
    this.wake(queue.arn);
    return { id, ...(sequenceNumber === undefined ? {} : { sequenceNumber }) };
  }

  /** Takes messages that are to be seen, and hides them; those that were received too often go to the dead-letter queue. */
  receive({ scope, queue }: Found, { max, visibilityTimeout = seconds(queue, "VisibilityTimeout") }: Receive): MessageRow[] {
    const { store, clock, ids, metrics } = this.deps;
    const now = clock.now();
    const table = messages(store, scope, queue.name);
    const redrive = redrivePolicy(queue);
    const taken: MessageRow[] = [];
    for (const row of this.visible(scope, queue)) {
      if (taken.length >= max) break;
      if (redrive && row.receiveCount >= redrive.maxReceiveCount && this.moveTo(redrive.deadLetterTargetArn, { scope, queue }, row)) continue;
      const received: MessageRow = {
        ...row,
        receiveCount: row.receiveCount + 1,
        firstReceivedAt: row.firstReceivedAt ?? now,
        receipt: ids.hex(16),
        visibleAt: now + visibilityTimeout * 1000,
      };
      taken.push(table.set(row.id, received));
    }
    metrics.received(scope, queue.name, taken.length);
    return taken;
  }

  /** As `receive`, waiting up to `waitSeconds` for the first message. */
  async poll(found: Found, request: Receive, waitSeconds: number): Promise<MessageRow[]> {
    const { store, clock } = this.deps;
    const until = clock.now() + waitSeconds * 1000;
    for (;;) {
      const queue = queues(store, found.scope).get(found.queue.name);
      if (!queue) return [];
      const taken = this.peek(found.scope, queue) ? this.receive({ scope: found.scope, queue }, request) : [];
      const left = until - clock.now();
      if (taken.length > 0) return taken;
      if (left <= 0) return this.receive({ scope: found.scope, queue }, request);
      if (!(await this.change(found.scope, queue, left))) return [];
    }
  }

  /** Moves a message into another queue. False where that queue is gone. */
  moveTo(targetArn: string, { scope, queue }: Found, row: MessageRow, how: "dead" | "back" = "dead"): boolean {
    const target = queueByArn(this.deps.store, targetArn);
    if (!target) return false;
    const now = this.deps.clock.now();
    messages(this.deps.store, scope, queue.name).delete(row.id);
    const { receipt: _, deadLetterSource: __, firstReceivedAt: ___, ...kept } = row;
    messages(this.deps.store, target.scope, target.queue.name).set(row.id, {
      ...kept,
      order: this.nextOrder(target.scope, target.queue),
      // "For standard queues, the expiration of a message is always based on its original enqueue timestamp": moving to a
      // dead-letter queue leaves it; for FIFO queues, and for a redrive, it starts anew (SQS Developer Guide).
      sentAt: how === "back" || isFifo(target.queue) ? now : row.sentAt,
      arrivedAt: now,
      visibleAt: now,
      ...(how === "back" ? { receiveCount: 0 } : { deadLetterSource: queue.arn, receiveCount: row.receiveCount }),
    });
    this.wake(target.queue.arn);
    return true;
  }

  /** Wakes those who wait for a message: one came, or one can be seen earlier than was thought. */
  wake(queueArn: string): void {
    for (const resolve of this.waiting.get(queueArn) ?? []) resolve();
  }

  /** Ends all waiting. */
  stop(): void {
    for (const queueArn of this.waiting.keys()) this.wake(queueArn);
    this.waiting.clear();
    this.orders = 0;
  }

  /** All messages that have not outlived the retention period, oldest first. */
  live(scope: Scope, queue: QueueRow): MessageRow[] {
    const table = messages(this.deps.store, scope, queue.name);
    const oldest = this.deps.clock.now() - seconds(queue, "MessageRetentionPeriod") * 1000;
    for (const row of table.filter(({ sentAt }) => sentAt <= oldest)) table.delete(row.id);
    return table.values().sort((a, b) => a.order - b.order);
  }

  private peek(scope: Scope, queue: QueueRow): boolean {
    return this.visible(scope, queue).length > 0;
  }

  /** In a FIFO queue a message hides the later ones of its group: "no more messages of that group until it is deleted or visible". */
  private visible(scope: Scope, queue: QueueRow): MessageRow[] {
    const now = this.deps.clock.now();
    const all = this.live(scope, queue);
    if (!isFifo(queue)) return all.filter((row) => row.visibleAt <= now);
    const blocked = new Set<string>();
    return all.filter((row) => {
      if (row.visibleAt > now) blocked.add(row.groupId!);
      return !blocked.has(row.groupId!);
    });
  }

  /** Waits until something may have become visible, at most `limit` milliseconds. False when the broker has stopped. */
  private async change(scope: Scope, queue: QueueRow, limit: number): Promise<boolean> {
    const now = this.deps.clock.now();
    const next = Math.min(...this.live(scope, queue).map((row) => (row.visibleAt > now ? row.visibleAt - now : Infinity)), limit);
    let set = this.waiting.get(queue.arn);
    if (!set) this.waiting.set(queue.arn, (set = new Set()));
    const waiters = set;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        waiters.delete(done);
        timer.cancel();
        resolve();
      };
      const timer = this.deps.clock.setTimer(next, done);
      waiters.add(done);
    });
    return this.waiting.get(queue.arn) === waiters;
  }

  private earlier(scope: Scope, queue: QueueRow, groupId: string, deduplicationId: string) {
    const table = sent(this.deps.store, scope, queue.name);
    const oldest = this.deps.clock.now() - DEDUPLICATION_MS;
    for (const [key, row] of table.entries()) if (row.at <= oldest) table.delete(key);
    return table.get(sentKey(queue, groupId, deduplicationId));
  }

  private nextOrder(scope: Scope, queue: QueueRow): number {
    if (this.orders === 0) {
      const kept = this.deps.store.scopes("sqs.queues").flatMap((at) =>
        queues(this.deps.store, at)
          .values()
          .flatMap(({ name }) => messages(this.deps.store, at, name).values()),
      );
      this.orders = Math.max(
        0,
        ...kept.map(({ order }) => order),
        ...messages(this.deps.store, scope, queue.name)
          .values()
          .map((row) => row.order),
      );
    }
    return ++this.orders;
  }
}

const sentKey = (queue: QueueRow, groupId: string, deduplicationId: string): string =>
  queue.attributes["DeduplicationScope"] === "messageGroup" ? `${groupId} ${deduplicationId}` : deduplicationId;
