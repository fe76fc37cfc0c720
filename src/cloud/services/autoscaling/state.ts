import type { LifecycleState, ScalingActivityStatusCode, StepAdjustment } from "@aws-sdk/client-auto-scaling";
import type { Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";

/** A launch template as the group names it; the version may be `$Latest`, `$Default` or a number. */
export interface TemplateRef {
  id: string;
  name: string;
  version: string;
}

export interface SubnetRef {
  id: string;
  zone: string;
}

export interface GroupTag {
  key: string;
  value: string;
  propagate: boolean;
}

export interface GroupRow {
  name: string;
  arn: string;
  template: TemplateRef;
  min: number;
  max: number;
  desired: number;
  defaultCooldown: number;
  defaultInstanceWarmup?: number;
  subnets: SubnetRef[];
  healthCheckGracePeriod: number;
  terminationPolicies: string[];
  protectNew: boolean;
  serviceLinkedRoleArn: string;
  context?: string;
  createdAt: number;
  tags: GroupTag[];
  suspended: { process: string; reason: string }[];
  metrics: string[];
  deleting: boolean;
  /** Why the desired capacity was changed, for the activities that follow from it; empty once they have begun. */
  causes: string[];
  /** When the last scaling activity of this group was finished, for cooldowns; and the cooldown that it began, in seconds. */
  cooldown?: { since: number; seconds: number };
  /** No launch is tried before this time, after launches failed; how many did in a row. */
  backoff?: { until: number; failures: number };
}

export interface InstanceRow {
  id: string;
  group: string;
  subnet: SubnetRef;
  type: string;
  imageId?: string;
  /** With the number of the version that it was launched from. */
  template: TemplateRef;
  state: LifecycleState;
  health: "Healthy" | "Unhealthy";
  /** In the words of an activity's cause. */
  unhealthyBecause?: string;
  isProtected: boolean;
  launchedAt: number;
  inServiceAt?: number;
  /** The activity that launches or terminates it. */
  activity: string;
}

export interface ActivityRow {
  id: string;
  group: string;
  groupArn: string;
  instanceId?: string;
  kind: "launch" | "terminate";
  description: string;
  cause: string;
  startedAt: number;
  endedAt?: number;
  status: ScalingActivityStatusCode;
  message?: string;
  progress: number;
  subnet?: SubnetRef;
  groupDeleted?: boolean;
}

export interface PolicyRow {
  group: string;
  name: string;
  arn: string;
  type: "StepScaling" | "SimpleScaling";
  adjustmentType: "ChangeInCapacity" | "ExactCapacity" | "PercentChangeInCapacity";
  minAdjustmentMagnitude?: number;
  scalingAdjustment?: number;
  cooldown?: number;
  steps: StepAdjustment[];
  aggregation: "Average" | "Minimum" | "Maximum";
  warmup?: number;
  enabled: boolean;
}

export type Transition = "autoscaling:EC2_INSTANCE_LAUNCHING" | "autoscaling:EC2_INSTANCE_TERMINATING";

export interface HookRow {
  group: string;
  name: string;
  transition: Transition;
  targetArn?: string;
  roleArn?: string;
  metadata?: string;
  /** Seconds. */
  heartbeatTimeout: number;
  defaultResult: "CONTINUE" | "ABANDON";
}

/** A hook that an instance waits for. */
export interface ActionRow {
  token: string;
  group: string;
  hook: string;
  instanceId: string;
  transition: Transition;
  defaultResult: "CONTINUE" | "ABANDON";
  heartbeatTimeout: number;
  /** Milliseconds; a heartbeat moves it, never beyond `latest`. */
  deadline: number;
  latest: number;
}

export interface NotificationRow {
  group: string;
  topicArn: string;
  type: string;
}

/** By name. */
export const groups = (store: Store, scope: Scope): Table<GroupRow> => store.table("autoscaling.groups", scope);
/** By instance ID. */
export const instances = (store: Store, scope: Scope): Table<InstanceRow> => store.table("autoscaling.instances", scope);
/** By activity ID. */
export const activities = (store: Store, scope: Scope): Table<ActivityRow> => store.table("autoscaling.activities", scope);
/** By ARN. */
export const policies = (store: Store, scope: Scope): Table<PolicyRow> => store.table("autoscaling.policies", scope);
/** By `group|name`. */
export const hooks = (store: Store, scope: Scope): Table<HookRow> => store.table("autoscaling.hooks", scope);
/** By token. */
export const actions = (store: Store, scope: Scope): Table<ActionRow> => store.table("autoscaling.actions", scope);
/** By `group|topic|type`. */
export const notifications = (store: Store, scope: Scope): Table<NotificationRow> => store.table("autoscaling.notifications", scope);

export const groupScopes = (store: Store): Scope[] => store.scopes("autoscaling.groups");

/** An instance that is going down no longer counts towards the desired capacity. */
export const isLeaving = (instance: InstanceRow): boolean => instance.state.startsWith("Terminat");

export const isPending = (instance: InstanceRow): boolean => instance.state.startsWith("Pending");

export const membersOf = (store: Store, scope: Scope, group: string): InstanceRow[] =>
  instances(store, scope).filter((instance) => instance.group === group);
