/** Environment of the watch-service function of a leaf that is always on. */
export const WATCH_SERVICE_ENV = {
  application: "ROUSE_APPLICATION",
  environment: "ROUSE_ENVIRONMENT",
  leaf: "ROUSE_LEAF",
  cluster: "ROUSE_CLUSTER",
  service: "ROUSE_SERVICE",
  /** So many stops … */
  stops: "ROUSE_STOPS",
  /** … within so many seconds are a crash loop. */
  within: "ROUSE_WITHIN",
  /** Name of the group with the container's log, for messages. */
  logGroup: "ROUSE_LOG_GROUP",
  /** JSON list of the topics that hear of it: the leaf's and the admin's. */
  topics: "ROUSE_TOPICS",
} as const;

/** Names of the events that it is told of (Amazon ECS Developer Guide, "Amazon ECS events"). */
export const SERVICE_EVENTS = {
  failed: "SERVICE_DEPLOYMENT_FAILED",
  unplaced: "SERVICE_TASK_PLACEMENT_FAILURE",
  steady: "SERVICE_STEADY_STATE",
} as const;

/** The stack's custom resource, of which this function is told when the stack goes. */
export const SERVICE_MAILS = "Custom::ServiceMails";
