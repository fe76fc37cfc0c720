/** Environment of the watch-stacks function, one for the application. */
export const WATCH_STACKS_ENV = {
  application: "ROUSE_APPLICATION",
  environment: "ROUSE_ENVIRONMENT",
  /** Region of the leaves' own stacks, where their topics are. */
  region: "ROUSE_REGION",
  /** ARN of the admin's topic. */
  topic: "ROUSE_TOPIC",
} as const;

/**
 * Statuses in which a deployment, or a deletion, has ended badly (AWS CloudFormation user guide, "Stack status codes"). One that
 * is rolled back ends in one of these, too; what goes on is none of them.
 */
export const FAILED_STATUSES = [
  "CREATE_FAILED",
  "ROLLBACK_COMPLETE",
  "ROLLBACK_FAILED",
  "UPDATE_FAILED",
  "UPDATE_ROLLBACK_COMPLETE",
  "UPDATE_ROLLBACK_FAILED",
  "DELETE_FAILED",
  "IMPORT_ROLLBACK_COMPLETE",
  "IMPORT_ROLLBACK_FAILED",
] as const;
