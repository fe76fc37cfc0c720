/** Environment of the start-system function. */
export const START_SYSTEM_ENV = {
  application: "ROUSE_APPLICATION",
  environment: "ROUSE_ENVIRONMENT",
  leaf: "ROUSE_LEAF",
  domain: "ROUSE_DOMAIN",
  /** Region of the leaf: its group, its metric. */
  region: "ROUSE_REGION",
  group: "ROUSE_GROUP",
  cluster: "ROUSE_CLUSTER",
  service: "ROUSE_SERVICE",
  /** Seconds after a wake in which queries count as activity. */
  grace: "ROUSE_GRACE",
  /** JSON list of CIDR ranges of resolvers whose queries do not count. */
  ignore: "ROUSE_IGNORE",
} as const;
