import type { TargetHealthReasonEnum } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Scope } from "../../../../core/scope.ts";
import type { ElbDeps } from "../../deps.ts";
import { loadBalancers, usersOf, type TargetGroupRow, type TargetRow } from "../../state.ts";
import type { TargetState } from "../model.ts";

/** Reasons and descriptions: "Health check reason codes" (ALB guide). */

export interface Health {
  state: TargetState;
  reason?: TargetHealthReasonEnum;
  description?: string;
}

export const NOT_REGISTERED = {
  State: "unused",
  Reason: "Target.NotRegistered",
  Description: "Target is not registered to the target group",
} as const;

const NOT_IN_USE: Health = {
  state: "unused",
  reason: "Target.NotInUse",
  description: "Target group is not configured to receive traffic from the load balancer",
};
const OTHER_ZONE: Health = {
  state: "unused",
  reason: "Target.NotInUse",
  description: "Target is in an Availability Zone that is not enabled for the load balancer",
};
const DRAINING: Health = {
  state: "draining",
  reason: "Target.DeregistrationInProgress",
  description: "Target deregistration is in progress",
};
const DISABLED: Health = { state: "unavailable", reason: "Target.HealthCheckDisabled", description: "Health checks are disabled" };

export const REGISTERING = { state: "initial", reason: "Elb.RegistrationInProgress", description: "Target registration is in progress" } as const;
export const CHECKING = { state: "initial", reason: "Elb.InitialHealthChecking", description: "Initial health checks in progress" } as const;

type Deps = Pick<ElbDeps, "store" | "instances">;

/** The state of a target that decides whether it is checked at all; undefined where its health checks decide. */
export function standingOf(
  deps: Deps,
  scope: Scope,
  group: TargetGroupRow,
  target: TargetRow,
  users = usersOf(deps.store, scope),
): Health | undefined {
  if (target.drainingUntil !== undefined) return DRAINING;
  const user = users.get(group.arn);
  if (user === undefined) return NOT_IN_USE;
  if (group.targetType === "instance") {
    const state = deps.instances.get(scope, target.id)?.state ?? "terminated";
    if (state !== "running" && state !== "pending") {
      const known = state === "stopped" || state === "terminated";
      const description = known ? `Target is in the ${state} state` : "Target is in an invalid state";
      return { state: "unused", reason: "Target.InvalidState", description };
    }
  }
  const zones = loadBalancers(deps.store, scope)
    .get(user)
    ?.subnets.map(({ zone }) => zone);
  if (target.zone !== undefined && target.zone !== "all" && zones && !zones.includes(target.zone)) return OTHER_ZONE;
  return group.healthCheck.enabled ? undefined : DISABLED;
}

export const healthOf = (deps: Deps, scope: Scope, group: TargetGroupRow, target: TargetRow, users = usersOf(deps.store, scope)): Health =>
  standingOf(deps, scope, group, target, users) ?? (target.health.reason || target.health.state === "healthy" ? target.health : REGISTERING);
