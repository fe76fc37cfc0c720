/** Environment of the reconcile function. */
export const RECONCILE_ENV = {
  application: "ROUSE_APPLICATION",
  environment: "ROUSE_ENVIRONMENT",
  leaf: "ROUSE_LEAF",
  domain: "ROUSE_DOMAIN",
  /** ID of the leaf's own zone; or, beginning with a slash, the SSM parameter in us-east-1 that has the ID of the zone that leaves share. */
  hostedZone: "ROUSE_HOSTED_ZONE",
  group: "ROUSE_GROUP",
  cluster: "ROUSE_CLUSTER",
  service: "ROUSE_SERVICE",
  /** `true` when the container has a health check: then it must be HEALTHY before its address is published. */
  healthCheck: "ROUSE_HEALTH_CHECK",
  /** Seconds after its start until ECS gives up a container that does not become healthy; 0 without a health check. */
  boot: "ROUSE_BOOT",
  /** JSON list of `25565/tcp`. */
  ports: "ROUSE_PORTS",
  idleAlarm: "ROUSE_IDLE_ALARM",
  leftUpAlarm: "ROUSE_LEFT_UP_ALARM",
  /** JSON: `Watch`. What the alarms that this function makes watch for. */
  watch: "ROUSE_WATCH",
  /** ARN of this function, which the left-up alarm invokes. */
  self: "ROUSE_SELF",
  /** What an hour awake costs, US dollars, as `rouse cost` reckons it; empty where no price is known. */
  hourUsd: "ROUSE_HOUR_USD",
  /** JSON list of the topics that hear of it: the leaf's and the admin's. */
  topics: "ROUSE_TOPICS",
} as const;

/** The stack's custom resource: the alarms that exist while the leaf is up. This function is told of it when they change, or go. */
export const WATCHDOG_ALARMS = "Custom::WatchdogAlarms";
