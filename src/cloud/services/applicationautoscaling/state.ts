import type {
  NotScaledReason,
  ScalingActivityStatusCode,
  StepScalingPolicyConfiguration,
  TargetTrackingScalingPolicyConfiguration,
} from "@aws-sdk/client-application-auto-scaling";
import type { Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";

export const NAMESPACE = "ecs";
export const DIMENSION = "ecs:service:DesiredCount";

/** A change of capacity by a policy, for its cooldown. */
export interface Move {
  /** Milliseconds since the epoch, as all times here. */
  at: number;
  /** The capacity before it; in a row of scale-outs within one cooldown, before the first of them. */
  from: number;
  /** The cooldown, seconds. */
  cooldown: number;
}

/** A scalable target: an ECS service, by its resource ID (`service/<cluster>/<service>`). */
export interface TargetRow {
  resourceId: string;
  arn: string;
  min: number;
  max: number;
  suspended: { in: boolean; out: boolean; scheduled: boolean };
  createdAt: number;
  tags: Record<string, string>;
  lastOut?: Move;
  lastIn?: Move;
}

interface PolicyBase {
  resourceId: string;
  name: string;
  arn: string;
  createdAt: number;
}

export interface StepPolicyRow extends PolicyBase {
  type: "StepScaling";
  step: StepScalingPolicyConfiguration;
}

export interface TrackingPolicyRow extends PolicyBase {
  type: "TargetTrackingScaling";
  tracking: TargetTrackingScalingPolicyConfiguration;
  /** What follows the policy's ARN in its alarms' actions: `createdBy/<uuid>`. */
  createdBy: string;
  /** Names of its alarms; there is no low one where scaling in is disabled. */
  high: string;
  low?: string;
  /** The capacity that it would scale in to, told at `at`: it waits for the other policies of the target. */
  wish?: { at: number; to: number };
}

export type PolicyRow = StepPolicyRow | TrackingPolicyRow;

export interface ScheduledActionRow {
  resourceId: string;
  name: string;
  arn: string;
  /** `at(…)`, `rate(…)` or `cron(…)`. */
  expression: string;
  timezone?: string;
  startDate?: number;
  endDate?: number;
  min?: number;
  max?: number;
  createdAt: number;
  /** From when a rate counts: when its expression was set. */
  countsFrom: number;
  /** The latest time for which it was done. */
  lastAt?: number;
}

export interface ActivityRow {
  id: string;
  resourceId: string;
  description: string;
  cause: string;
  startedAt: number;
  endedAt?: number;
  status: ScalingActivityStatusCode;
  message?: string;
  reasons?: NotScaledReason[];
  /** The capacity that it set, while it waits for the service to have it. */
  waitsFor?: number;
}

export const targets = (store: Store, scope: Scope): Table<TargetRow> => store.table("application-autoscaling.targets", scope);
/** By ARN. */
export const policies = (store: Store, scope: Scope): Table<PolicyRow> => store.table("application-autoscaling.policies", scope);
/** By `actionKey`. */
export const scheduledActions = (store: Store, scope: Scope): Table<ScheduledActionRow> =>
  store.table("application-autoscaling.scheduled-actions", scope);
/** By id, in the order in which they began. */
export const activities = (store: Store, scope: Scope): Table<ActivityRow> => store.table("application-autoscaling.activities", scope);

/** Names of scheduled actions have no `|`. */
export const actionKey = (resourceId: string, name: string): string => `${resourceId}|${name}`;
