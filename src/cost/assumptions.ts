/**
 * What a template does not know: how much something is used. Every figure is a choice of the one who asks; the defaults are
 * small, and `rouse cost` prints them.
 */
export interface Assumptions {
  /** Hours a month for which each leaf is awake, where neither `always` nor a schedule decides. */
  readonly hours: number;
  /** How long a run of a scheduled task takes, in minutes. */
  readonly minutes: number;
  /** GB in each volume; as much again in its backups. */
  readonly storage: number;
  /** GB of each image that is built (compressed, as ECR keeps it). */
  readonly image: number;
  /** MB that a container writes to its log in an hour. */
  readonly logs: number;
  /** DNS queries, messages, requests and transitions a month, for each resource that is paid by them. */
  readonly requests: number;
  /** Invocations a month of each function, half a second each. */
  readonly invocations: number;
  /** Capacity units of each load balancer's traffic, on average over the month. */
  readonly lcu: number;
  /** Percent off for Fargate Spot, whose price moves. AWS: "up to 70% off" (AWS Fargate pricing). */
  readonly spotDiscount: number;
}

export const DEFAULTS: Assumptions = {
  hours: 20,
  minutes: 5,
  storage: 5,
  image: 0.5,
  logs: 1,
  requests: 1000,
  invocations: 1000,
  lcu: 0.1,
  spotDiscount: 70,
};

/** Seconds of one invocation. */
export const INVOCATION_SECONDS = 0.5;

/** Of a line of Route 53's query log, in bytes: the lines in "Public DNS query logging" (Route 53 Developer Guide) have 120 to 170. */
export const QUERY_LOG_BYTES = 170;

/** What is part of a bill and not of this one. */
export const NOT_COUNTED = [
  "the account's free allowances (each month 10 metrics of alarms, 3 dashboards, 5 GB of log, a million invocations, …)",
  "data transfer out, and what EFS reads and writes cost in elastic mode",
  "the tasks that an autoscaling service runs above its minimum; mails above a thousand; taxes and support",
] as const;
