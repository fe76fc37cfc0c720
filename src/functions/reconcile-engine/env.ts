/** Environment of the reconcile-engine function of a leaf. */
export const RECONCILE_ENGINE_ENV = {
  application: "ROUSE_APPLICATION",
  environment: "ROUSE_ENVIRONMENT",
  leaf: "ROUSE_LEAF",
  /** JSON: `Engine`. */
  engine: "ROUSE_ENGINE",
  /** ARN of the listener rule that this function switches; empty where the leaf does not wake by HTTP. */
  rule: "ROUSE_RULE",
  /** ARN of the doorman's target group; empty where there is no doorman. */
  doorman: "ROUSE_DOORMAN",
  /** Metric dimensions: `targetgroup/…/…` and `app/…/…`; empty where there is no target group. */
  targetGroupMetric: "ROUSE_TARGET_GROUP_METRIC",
  loadBalancerMetric: "ROUSE_LOAD_BALANCER_METRIC",
  /** Seconds without a request after which it sleeps; 0: never by itself. */
  idle: "ROUSE_IDLE",
  /** Seconds of being up after which somebody should look. */
  leftUp: "ROUSE_LEFT_UP",
  /** `true`: it is also put to sleep then. */
  leftUpStop: "ROUSE_LEFT_UP_STOP",
  /** Deregistration delay of the target group, seconds. */
  drain: "ROUSE_DRAIN",
  /** Where it can be reached, for messages: `https://api.example.com/api/auth/*`; may be empty. */
  address: "ROUSE_ADDRESS",
  /** ARN of this function, and of the role with which EventBridge Scheduler invokes it: for the next look. */
  self: "ROUSE_SELF",
  schedulerRole: "ROUSE_SCHEDULER_ROLE",
  /** What an hour awake costs, US dollars, as `rouse cost` reckons it; empty where no price is known. */
  hourUsd: "ROUSE_HOUR_USD",
  /** JSON list of the topics that hear of it: the leaf's and the admin's. */
  topics: "ROUSE_TOPICS",
} as const;

/** The stack's custom resource, of which this function is told when the stack goes. */
export const ENGINE_TASKS = {
  type: "Custom::EngineTasks",
  /** Property: which tasks of the engine's family are stopped then. */
  stop: "Stop",
  all: "all",
  /** In a cluster of somebody else. */
  own: "those that Rouse has started",
} as const;
