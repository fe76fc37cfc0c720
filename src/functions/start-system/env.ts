/** Environment of the start-system function. */
export const START_SYSTEM_ENV = {
  application: "ROUSE_APPLICATION",
  environment: "ROUSE_ENVIRONMENT",
  /** Region of the leaves: their groups, their metric. */
  region: "ROUSE_REGION",
  /** Name of the zone whose queries it is handed. */
  zone: "ROUSE_ZONE",
  /** The one leaf whose zone that is (`Sleeper`, as JSON); empty where leaves share the zone, and each has a parameter. */
  sleeper: "ROUSE_SLEEPER",
} as const;
