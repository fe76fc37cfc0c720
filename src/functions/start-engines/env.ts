/** Environment of the start-engines function. */
export const START_ENGINES_ENV = {
  application: "ROUSE_APPLICATION",
  environment: "ROUSE_ENVIRONMENT",
  /** Longest time between two looks at a task that is waited for, ms. */
  pollMs: "ROUSE_POLL_MS",
  /** How long it waits for a task to run and, where asked for, to be healthy, ms. Below the function's own time limit. */
  limitMs: "ROUSE_LIMIT_MS",
  /** ARN of the topic that hears of starts that failed where nobody reads the answer (events, schedules). */
  topic: "ROUSE_TOPIC",
} as const;
