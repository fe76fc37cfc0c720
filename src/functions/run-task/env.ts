/** Environment of the run-task function of a scheduled leaf. */
export const RUN_TASK_ENV = {
  application: "ROUSE_APPLICATION",
  environment: "ROUSE_ENVIRONMENT",
  leaf: "ROUSE_LEAF",
  /** JSON: `RunSpec`. */
  spec: "ROUSE_SPEC",
  /** URL of the queue of what could not be started. */
  deadLetters: "ROUSE_DEAD_LETTERS",
} as const;

/**
 * What a schedule sends the function. EventBridge Scheduler fills in what is in angle brackets (EventBridge Scheduler user guide,
 * "Adding context attributes").
 * @param isRate a rate begins with a tick in the moment in which it is made or changed
 */
export const tickEvent = (isRate: boolean): TickEvent => ({
  schedule: "<aws.scheduler.schedule-arn>",
  at: "<aws.scheduler.scheduled-time>",
  ...(isRate ? { rate: true } : {}),
});

export interface TickEvent {
  /** ARN. */
  readonly schedule: string;
  /** When it was to run, ISO 8601. */
  readonly at: string;
  readonly rate?: true;
}

/** What the watch-task function sends: a task for which there was no spot capacity, and which another one is to replace. */
export interface InsteadEvent {
  /** ARN. */
  readonly insteadOf: string;
}
