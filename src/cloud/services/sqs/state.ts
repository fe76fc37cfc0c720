import type { MessageAttributeValue } from "@aws-sdk/client-sqs";
import { arn, type Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";

export interface QueueRow {
  name: string;
  arn: string;
  /** Attributes that were set; what is not there has its default (attributes.ts). */
  attributes: Record<string, string>;
  tags: Record<string, string>;
  /** Milliseconds since the epoch. */
  createdAt: number;
  modifiedAt: number;
  purgedAt?: number;
}

export interface MessageRow {
  id: string;
  /** Order of arrival in the queue. */
  order: number;
  body: string;
  attributes: Record<string, MessageAttributeValue>;
  traceHeader?: string;
  senderId: string;
  /** Milliseconds since the epoch: from when the retention period counts. */
  sentAt: number;
  /** When it came into this queue: later than `sentAt` in a dead-letter queue. */
  arrivedAt: number;
  /** Not to be seen before. */
  visibleAt: number;
  receiveCount: number;
  firstReceivedAt?: number;
  /** The part of the newest receipt handle that tells it from older ones. */
  receipt?: string;
  groupId?: string;
  deduplicationId?: string;
  sequenceNumber?: string;
  /** The queue that it was moved from for having been received too often. */
  deadLetterSource?: string;
}

/** A message that was sent to a FIFO queue within the last five minutes. */
export interface SentRow {
  at: number;
  messageId: string;
  sequenceNumber: string;
}

/** Queues by name. */
export const queues = (store: Store, scope: Scope): Table<QueueRow> => store.table("sqs.queues", scope);

/** The messages of one queue, by id. */
export const messages = (store: Store, scope: Scope, queue: string): Table<MessageRow> => store.table(`sqs.messages/${queue}`, scope);

/** What was sent to one FIFO queue, by deduplication id (and message group, where the queue's scope is the group). */
export const sent = (store: Store, scope: Scope, queue: string): Table<SentRow> => store.table(`sqs.sent/${queue}`, scope);

export const queueArn = (scope: Scope, name: string): string => arn("sqs", scope, name);

export const isFifo = (queue: Pick<QueueRow, "name">): boolean => queue.name.endsWith(".fifo");

/** A redrive of a dead-letter queue; it is over when it is written down. */
export interface MoveTaskRow {
  sourceArn: string;
  destinationArn?: string;
  startedAt: number;
  moved: number;
}

export const moveTasks = (store: Store, scope: Scope): Table<MoveTaskRow> => store.table("sqs.moveTasks", scope);
