/** Environment of the watch-task function of a scheduled leaf. */
export const WATCH_TASK_ENV = {
  application: "ROUSE_APPLICATION",
  environment: "ROUSE_ENVIRONMENT",
  leaf: "ROUSE_LEAF",
  /** JSON: `RunSpec`. */
  spec: "ROUSE_SPEC",
  /** URLs of the queue of what could not be started, and of the one where such letters are kept once they are told of. */
  deadLetters: "ROUSE_DEAD_LETTERS",
  keptLetters: "ROUSE_KEPT_LETTERS",
  /** Name of the alarm on the first. */
  alarm: "ROUSE_ALARM",
  /** Seconds that a run may take before people are told of it; 0: any. */
  leftUp: "ROUSE_LEFT_UP",
  /** `true`: it is also stopped then. */
  leftUpStop: "ROUSE_LEFT_UP_STOP",
  /** Seconds between its stop signal and its end. */
  stopTimeout: "ROUSE_STOP_TIMEOUT",
  /** ARN of this function, and of the role with which EventBridge Scheduler invokes it. */
  self: "ROUSE_SELF",
  schedulerRole: "ROUSE_SCHEDULER_ROLE",
  /** Name of the function that starts runs; empty where EventBridge Scheduler itself starts them. */
  runTask: "ROUSE_RUN_TASK",
  /** What an hour of a run costs, US dollars, as `rouse cost` reckons it; empty where no price is known. */
  hourUsd: "ROUSE_HOUR_USD",
  /** JSON list of the topics that hear of it: the leaf's and the admin's. */
  topics: "ROUSE_TOPICS",
} as const;

/** The stack's custom resource, of which this function is told when the stack goes: its runs end before their cluster. */
export const RUNS_RESOURCE = "Custom::ScheduledRuns";
