/** Environment of the break-crash-loop function. */
export const BREAK_CRASH_LOOP_ENV = {
  leaf: "ROUSE_LEAF",
  group: "ROUSE_GROUP",
  cluster: "ROUSE_CLUSTER",
  service: "ROUSE_SERVICE",
  /** So many stops … */
  stops: "ROUSE_STOPS",
  /** … within so many seconds. */
  within: "ROUSE_WITHIN",
} as const;
