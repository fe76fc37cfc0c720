import type { Notice } from "./notice.ts";
import type { WakeSource } from "./engine.ts";

/**
 * A leaf's history: JSON lines in its log group `historyGroupName`, written by functions alone. A function may run twice, so a
 * line may be there twice: two of the same `line` and `wake` (of a notice: the same `id`) are one.
 */
export type HistoryLine = StartedLine | ReadyLine | SleptLine | NoticeLine | DeliveryLine;

/** What may wake a leaf. `hand`: its desired count was raised, or a task was run, by somebody who is not Rouse. */
export type WokenBy = WakeSource | "dns" | "hand";

/** Steps of a wake, in their order. What a kind of leaf does not have, it leaves out. */
export const PHASES = ["asked", "noticed", "desired", "instance", "task", "image", "running", "healthy", "published", "traffic"] as const;
/**
 * - `asked`: the query, request or event; `noticed`: the function that wakes saw it
 * - `desired`: the count was raised, or RunTask was called
 * - `instance`: it is in service; `task`: the task is there, pending; `image`: its image is there (pullStoppedAt)
 * - `running`: the container runs; `healthy`: its health check, or the load balancer's, has passed
 * - `published`: the address is in DNS, or the rule leads to it
 * - `traffic`: the first minute in which somebody used it
 */
export type Phase = (typeof PHASES)[number];

/** When each phase was reached: ISO 8601, on the environment's clock. */
export type Phases = Readonly<Partial<Record<Phase, string>>>;

export interface Waker {
  readonly by: WokenBy;
  /** Resolver's address, the client's address, the event's source, the schedule's name, or the person. */
  readonly who?: string;
  /** The clients' network (EDNS client subnet). */
  readonly subnet?: string;
  /** `GET /api/auth/login`; the event's detail-type. */
  readonly what?: string;
}

interface OfWake {
  /** Identifies the wake within the leaf: the instance's or the task's id. */
  readonly wake: string;
  /** When the line was written, ISO 8601. */
  readonly at: string;
}

/** It is on its way. */
export interface StartedLine extends OfWake {
  readonly line: "started";
  readonly woken: Waker;
  readonly phases: Phases;
}

/** It can be used. */
export interface ReadyLine extends OfWake {
  readonly line: "ready";
  readonly woken: Waker;
  readonly phases: Phases;
  readonly address?: string;
}

/** It sleeps again; of a scheduled task: its run has ended. */
export interface SleptLine extends OfWake {
  readonly line: "slept";
  readonly woken: Waker;
  readonly phases: Phases;
  readonly why: "idle" | "left-up" | "crashed" | "hand" | "ended" | "failed" | "deleted" | "other";
  /** In words. */
  readonly reason: string;
  /** From the launch of its instance (of a task: the start of its pull) until it was gone: what is paid. */
  readonly upSeconds: number;
  /** US dollars, of what costs only while it is up; absent where a price is not known. */
  readonly usd?: number;
  /** Minutes in which it was used, and of those the ones in which only DNS queries were; absent where it is not measured. */
  readonly used?: { readonly minutes: number; readonly queriesOnly?: number; readonly lastAt?: string };
  /** Bytes (DNS leaves) or requests (engines) while it was up. */
  readonly traffic?: { readonly sum: number; readonly unit: "bytes" | "requests" };
  readonly exitCode?: number;
}

/** People were told. */
export interface NoticeLine {
  readonly line: "notice";
  readonly at: string;
  readonly notice: Notice;
  readonly subject: string;
}

/** A channel was, or was not, reached. */
export interface DeliveryLine {
  readonly line: "delivery";
  readonly at: string;
  /** The notice's id. */
  readonly id: string;
  readonly channel: "discord" | "slack" | "webhook";
  /** Where to, without what is secret in it: the host. */
  readonly to: string;
  readonly ok: boolean;
  readonly error?: string;
}
