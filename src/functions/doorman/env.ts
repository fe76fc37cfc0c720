/** Environment of the doorman function of a leaf. */
export const DOORMAN_ENV = {
  application: "ROUSE_APPLICATION",
  environment: "ROUSE_ENVIRONMENT",
  leaf: "ROUSE_LEAF",
  /** JSON: `Engine`. */
  engine: "ROUSE_ENGINE",
  /**
   * The listener rule that is switched when the leaf is awake, by its listener's ARN and its priority. Its own ARN cannot be
   * told here: the rule leads to the function's target group, and that to the function, which must be there first.
   */
  listener: "ROUSE_LISTENER",
  priority: "ROUSE_PRIORITY",
  /** How long a client is held, ms. */
  holdMs: "ROUSE_HOLD_MS",
  /** JSON list of regular expressions for user agents that wake nothing, besides the known bots and monitors. */
  ignoreAgents: "ROUSE_IGNORE_AGENTS",
  /** JSON list of path patterns (`*` and `?`, as in listener rules) that wake nothing. */
  ignorePaths: "ROUSE_IGNORE_PATHS",
  /** JSON list of the path patterns of the listener rule. */
  route: "ROUSE_ROUTE",
  /** Path of the health check. */
  healthPath: "ROUSE_HEALTH_PATH",
} as const;
