/** Environment of the stop-engines function. */
export const STOP_ENGINES_ENV = {
  application: "ROUSE_APPLICATION",
  environment: "ROUSE_ENVIRONMENT",
  /** Longest time between two looks at a task that is waited for, ms. */
  pollMs: "ROUSE_POLL_MS",
  /** How long it waits for tasks to be stopped, ms. Below the function's own time limit. */
  limitMs: "ROUSE_LIMIT_MS",
} as const;
