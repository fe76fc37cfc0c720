import type { Scope } from "../../../core/scope.ts";
import { type Parts, now } from "../parts.ts";
import { type DeploymentRow, type ServiceRow, type TaskRow, serviceKey, services } from "../state.ts";
import { deploymentChange, say } from "./service-events.ts";

/*
 * The deployment circuit breaker: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html.
 * The words of events and reasons are those that accounts with it show.
 */

const FAILED = "ECS deployment circuit breaker: tasks failed to start.";
const CONTAINER_CHECKS = "Task failed container health checks";
const TARGET_CHECKS = "Task failed ELB health checks in";

/** The `stoppedReason` of a task that a service has stopped because of its health; `groupArn`: the target group that says so. */
export const unhealthyReason = (groupArn?: string): string =>
  groupArn === undefined ? CONTAINER_CHECKS : `${TARGET_CHECKS} (target-group ${groupArn})`;

/** Whether a stopped task failed its health checks. */
export const failedChecks = ({ task: { stoppedReason } }: TaskRow): boolean =>
  stoppedReason === CONTAINER_CHECKS || stoppedReason?.startsWith(TARGET_CHECKS) === true;

/** Whether a circuit breaker watches the service's deployment that is under way. */
export const breaks = (service: ServiceRow): boolean =>
  service.deploymentConfiguration.deploymentCircuitBreaker?.enable === true && service.deployments[0]?.rolloutState === "IN_PROGRESS";

/** After how many failed tasks a deployment has failed: half of the desired count, 3 to 200, unless told (API_ThresholdConfiguration). */
export function threshold({ deploymentConfiguration, desiredCount }: Pick<ServiceRow, "deploymentConfiguration" | "desiredCount">): number {
  const { type = "BOUNDED_PERCENT", value = 50 } = deploymentConfiguration.deploymentCircuitBreaker?.thresholdConfiguration ?? {};
  if (type === "COUNT") return value;
  const share = Math.ceil((desiredCount * value) / 100);
  return type === "UNBOUNDED_PERCENT" ? Math.max(1, share) : Math.min(200, Math.max(3, share));
}

/**
 * Whether a stopped task speaks against its deployment: it never reached RUNNING (the first stage), failed its health checks
 * (the second), or ended by itself before it was healthy.
 */
export const isFailure = (row: TaskRow): boolean =>
  row.task.stopCode === "TaskFailedToStart" || failedChecks(row) || (row.task.stopCode === "EssentialContainerExited" && !row.wasHealthy);

/** Counts a failure of a deployment, and ends the deployment when that was one too many. */
export function countFailure(deps: Parts, scope: Scope, key: string, deploymentId: string): void {
  const table = services(deps.store, scope);
  const before = table.get(key)!;
  const deployments = before.deployments.map((one) => (one.id === deploymentId ? { ...one, failedTasks: one.failedTasks + 1 } : one));
  const service = table.update(key, { deployments });
  const [primary] = deployments;
  if (primary?.id === deploymentId && breaks(service) && primary.failedTasks >= threshold(service)) fail(deps, scope, service, primary);
}

/** A task of the deployment is healthy: "resets the failure count", unless that was switched off (`resetOnHealthyTask`). */
export function countHealthy(deps: Parts, scope: Scope, key: string, deploymentId: string): void {
  const table = services(deps.store, scope);
  const { deployments, deploymentConfiguration } = table.get(key)!;
  if (deploymentConfiguration.deploymentCircuitBreaker?.resetOnHealthyTask === false) return;
  if (!deployments.some(({ id, failedTasks }) => id === deploymentId && failedTasks > 0)) return;
  table.update(key, { deployments: deployments.map((one) => (one.id === deploymentId ? { ...one, failedTasks: 0 } : one)) });
}

/**
 * With `rollback`, the last deployment that was completed is PRIMARY and in progress again, under its own id; while it is, there
 * is nothing to roll back to. Otherwise, and without such a deployment, the failed one stays, and starts nothing more.
 */
function fail(deps: Parts, scope: Scope, service: ServiceRow, primary: DeploymentRow): void {
  const failed: DeploymentRow = { ...primary, rolloutState: "FAILED", rolloutStateReason: FAILED, updatedAt: now(deps) };
  const target = service.deploymentConfiguration.deploymentCircuitBreaker?.rollback ? service.completed : undefined;
  const older = service.deployments.slice(1);
  const table = services(deps.store, scope);
  if (!target) {
    table.update(serviceKey(service), { deployments: [failed, ...older], steady: false });
    tell(deps, scope, service, failed);
    return;
  }
  const again: DeploymentRow = {
    ...target,
    status: "PRIMARY",
    rolloutState: "IN_PROGRESS",
    rolloutStateReason: `ECS deployment circuit breaker: rolling back to deploymentId ${target.id}.`,
    failedTasks: 0,
    updatedAt: now(deps),
  };
  table.update(serviceKey(service), {
    ...target.revision,
    deployments: [again, { ...failed, status: "ACTIVE" }, ...older.filter(({ id }) => id !== target.id)],
    completed: undefined,
    steady: false,
  });
  tell(deps, scope, service, failed);
  say(deps, scope, service, `rolling back to deployment ${target.id}.`);
  deploymentChange(deps, scope, service, again);
}

function tell(deps: Parts, scope: Scope, service: ServiceRow, failed: DeploymentRow): void {
  say(deps, scope, service, `(deployment ${failed.id}) deployment failed: tasks failed to start.`);
  deploymentChange(deps, scope, service, failed);
}
