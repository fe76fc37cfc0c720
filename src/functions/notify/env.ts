/** Environment of the notify function, one for the application. */
export const NOTIFY_ENV = {
  application: "ROUSE_APPLICATION",
  environment: "ROUSE_ENVIRONMENT",
  /** Its own name: what could not be delivered it gives to itself, to be tried again. */
  self: "ROUSE_SELF",
} as const;
