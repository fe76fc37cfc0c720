import type { Notice } from "../functions/shared/notice.ts";
import type { Phase, SleptLine, Waker } from "../functions/shared/record.ts";

/** One wake of a leaf, from its history. Times are ISO 8601 on the environment's clock. */
export interface Wake {
  readonly leaf: string;
  /** Its instance's or task's id. */
  readonly id: string;
  readonly woken: Waker;
  /** The same in words: `DNS query from 192.0.2.1 for 198.51.100.0/24`. */
  readonly wokenBy: string;
  /** Known phases, in their order. */
  readonly phases: readonly { readonly name: Phase; readonly at: string }[];
  /** From the first phase until it could be used, milliseconds; null where it never could be, or not yet. */
  readonly readyMs: number | null;
  /** Where it was reached. */
  readonly address: string | null;
  /** Null while it is up, or on its way. */
  readonly slept: { readonly at: string; readonly why: SleptLine["why"]; readonly reason: string } | null;
  /** What kept it up, in words: `traffic in 42 of 60 minutes, the last at 18:03`. */
  readonly keptUp: string | null;
  /** Until now while it is up. */
  readonly upSeconds: number | null;
  readonly usd: number | null;
  /** True: it was woken and nobody used it. Null while that is not known yet, or is not measured for its kind. */
  readonly isFalse: boolean | null;
  readonly exitCode?: number;
}

/** What people were told, and whom it reached. */
export interface Alert {
  readonly at: string;
  readonly subject: string;
  readonly notice: Notice;
  /** Besides the mails, of which SNS does not tell. */
  readonly deliveries: readonly {
    readonly channel: string;
    readonly to: string;
    readonly ok: boolean;
    readonly error?: string;
    readonly at: string;
  }[];
}

/** A leaf's history: the newest first. */
export interface History {
  readonly leaf: string;
  readonly wakes: readonly Wake[];
  readonly alerts: readonly Alert[];
}
