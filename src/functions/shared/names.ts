/**
 * Names that the stacks, the functions and the command line must agree on. One file, so that a rename cannot half-happen.
 */

/** Where a sleeping leaf's name points: an address nobody can own (RFC 1122, 3.2.1.3). */
export const UNAVAILABLE_ADDRESS = "0.0.0.0";

/** Seconds that a resolver may keep the leaf's address, up or not: the old address of a stopped instance may be somebody else's soon. */
export const RECORD_TTL = 1;

/** The TXT record beside the leaf's A record that says what was last announced. Its value is a word of `Announced`. */
export const stateRecordName = (domain: string): string => `_rouse.${domain}`;

/** What the state record says while the leaf is asleep. It is what the template says too, so that the Domain stack can be deleted. */
export const ASLEEP = "asleep";

/** Custom metric of DNS queries that count as activity. It lives in the leaf's region, beside its alarm. */
export const HITS = { namespace: "Rouse", name: "DnsHits" } as const;

export interface LeafId {
  readonly application: string;
  readonly environment: string;
  readonly leaf: string;
}

export const hitDimensions = (id: LeafId): Record<string, string> => ({ Application: id.application, Environment: id.environment, Leaf: id.leaf });

/** Tags on every resource. */
export const TAGS = { application: "rouse:application", environment: "rouse:environment", leaf: "rouse:leaf" } as const;

/**
 * Tags that functions keep on the leaf's Auto Scaling group; JSON, at most 256 characters (Amazon EC2 Auto Scaling API
 * reference, Tag). No template knows them.
 */
export const MARKS = { wake: "rouse:wake", crashed: "rouse:crashed", unwatched: "rouse:unwatched" } as const;

/** Physical names. They are set and not generated, so that the stack in us-east-1 needs no export of the one in the leaf's region. */
export const groupName = (application: string, leaf: string): string => `${application}-${leaf}`;
export const clusterName = groupName;
export const serviceName = groupName;
/**
 * The watchdog's alarms, which the reconcile function makes and deletes. With a slash, which no name of a leaf has: the alarms of templates
 * before them were named with a hyphen, and the update that deletes those must not delete these.
 */
export const idleAlarmName = (application: string, leaf: string): string => `${application}-${leaf}/idle`;
export const leftUpAlarmName = (application: string, leaf: string): string => `${application}-${leaf}/left-up`;
/** SSM parameter (us-east-1) with the ID of the zone that leaves share: the reconcile functions are in another region. */
export const zoneParameter = (application: string, environment: string): string => `/rouse/${application}/${environment}/zone`;
/** SSM parameters (us-east-1) with what start-system must know of each leaf in that zone (`Sleeper`, as JSON), by the label of its name. */
export const sleepersPath = (application: string, environment: string): string => `/rouse/${application}/${environment}/sleepers`;
export const sleeperParameter = (application: string, environment: string, label: string): string =>
  `${sleepersPath(application, environment)}/${label}`;
/** Managed policy: what the reconcile function of a leaf in the shared zone may do there. IAM's names are of no region. */
export const recordsPolicyName = (application: string, leaf: string): string => `${application}-${leaf}-records`;
export const queryLogGroupName = (domain: string): string => `/aws/route53/${domain}`;

// ------------------------------------------------------------------------------------------------------------ engines

/** Events on the default bus that start and stop engines. */
export const ENGINE_EVENTS = { source: "custom.app", start: "Start ECS Task", stop: "Stop ECS Tasks" } as const;

/** SSM parameters with what the start and stop functions must know of each engine (`Engine`, as JSON), by leaf. */
export const enginesPath = (application: string, environment: string): string => `/rouse/${application}/${environment}/engines`;
export const engineParameter = (id: LeafId): string => `${enginesPath(id.application, id.environment)}/${id.leaf}`;

/**
 * Path of the SSM parameters that say what was announced of a leaf: `<path>/<occasion>/<task id>`. No template knows them.
 * Creating one is the lock of its message, for only one can: see docs/decisions/0018-announcements-of-engines.md.
 */
export const announcedPath = (id: LeafId): string => `/rouse/${id.application}/${id.environment}/announced/${id.leaf}`;

/** Tag on a running task that is to be stopped; written by `writeStopMark`. Gone with its task, and so never about another one. */
export const STOP_MARK = "rouse:stop";

/** Tag on a task that somebody wanted while it was up already: when, ISO 8601. Counts as activity, before any metric tells of it. */
export const USED_TAG = "rouse:used";

/** Tag on a task that says who or what it was started for; written by `writeWokenTag`. Gone with its task. */
export const WOKEN_TAG = "rouse:woken";

/** Tag on a task that was started with another container, port or target group than the engine's own; written by `writeTargetTag`. */
export const TARGET_TAG = "rouse:target";

/** The task definition's family of a leaf. */
export const taskFamily = groupName;
/** EventBridge Scheduler group of a leaf, for the one schedule that its reconcile function keeps: when to look again. */
export const scheduleGroupName = groupName;
export const CHECK_SCHEDULE = "check";

// ----------------------------------------------------------------------------------------------------- scheduled tasks

/** SSM parameter with what it takes to run a scheduled leaf once (`RunSpec`, as JSON). */
export const taskParameter = (id: LeafId): string => `/rouse/${id.application}/${id.environment}/tasks/${id.leaf}`;
/** SSM parameter that says how a scheduled leaf's last run went (`LastRun`, as JSON). No template knows it. */
export const lastRunParameter = (id: LeafId): string => `/rouse/${id.application}/${id.environment}/last-run/${id.leaf}`;
/** Custom metric of ticks that started nothing, because the run before went on. Its dimensions are `hitDimensions`. */
export const SKIPPED = { namespace: "Rouse", name: "SkippedRuns" } as const;
/** The leaf's schedules are named `run`, `run-2`, …; beside them are those that say when a run has taken too long. */
export const TICK_SCHEDULE = "run";
export const leftUpSchedule = (task: string): string => `left-up-${task}`;
export const deadLetterAlarmName = (application: string, leaf: string): string => `${application}-${leaf}-dead-letters`;
/** Log group of a leaf's container, and the stream of one of its tasks (Amazon ECS Developer Guide, "awslogs-stream-prefix"). */
export const logGroupName = (application: string, leaf: string): string => `/rouse/${application}/${leaf}`;
export const logStreamName = (leaf: string, container: string, task: string): string => `${leaf}/${container}/${task}`;

/** Log group of a leaf's history (record.ts), in its region; the container's log is beside it. */
export const historyGroupName = (application: string, leaf: string): string => `/rouse/${application}/${leaf}/history`;

/** Physical names of the functions that all engines share. */
export const engineFunctionName = (application: string, name: "start-engines" | "stop-engines"): string => `${application}-${name}`;

// -------------------------------------------------------------------------------------------------------------- alerts

/** SSM parameter with the channels (`Channel[]`, as JSON) that hear of one leaf, or without a leaf those that hear of all. */
export const alertsParameter = (application: string, environment: string, leaf?: string): string =>
  `/rouse/${application}/${environment}/alerts${leaf === undefined ? "" : `/${leaf}`}`;
/** Path of the SSM parameters that say which failed deployments were told: `<path>/<stack>/<id>`. No template knows them. */
export const toldDeploymentsPath = (application: string, environment: string): string => `/rouse/${application}/${environment}/deployments`;
