/** A leaf's use, beside what its watchdog asks for. Times are ISO 8601 on the environment's clock. */
export interface Use {
  /** What is counted a minute: bytes per second into the container, or requests. */
  readonly unit: "bytes/s" | "requests";
  /** Less than that in all of the newest minutes is idleness; null where it never sleeps by itself. */
  readonly threshold: number | null;
  /** So many seconds of it. */
  readonly forSeconds: number;
  /** One for each minute of the time that was asked for, the oldest first; null where nothing was measured. */
  readonly minutes: readonly { readonly at: string; readonly value: number | null }[];
  /** When it goes to sleep if nobody uses it from now on; null while it is not up. */
  readonly sleepsAt: string | null;
  /** State of the alarm, as CloudWatch has it; null where there is none. */
  readonly alarm: "OK" | "ALARM" | "INSUFFICIENT_DATA" | null;
}
