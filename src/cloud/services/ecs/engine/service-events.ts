import type { Scope } from "../../../core/scope.ts";
import { type Parts, now } from "../parts.ts";
import { type DeploymentRow, type ServiceRow, serviceKey, services } from "../state.ts";
import { clusterArn } from "../lookup.ts";

type Deps = Pick<Parts, "store" | "clock" | "ids" | "events">;

/** DescribeServices shows the last 100 (API_Service). */
const KEPT_EVENTS = 100;

/**
 * Adds to a service's events, in the words of https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html.
 * @param deploymentId where ECS names the deployment beside the service ("taskSet")
 */
export function say(deps: Deps, scope: Scope, service: ServiceRow, text: string, deploymentId?: string): void {
  const table = services(deps.store, scope);
  const row = table.get(serviceKey(service));
  if (!row) return; // It has been deleted meanwhile.
  const who = deploymentId === undefined ? service.name : `${service.name}, taskSet ${deploymentId}`;
  const event = { id: deps.ids.uuid(), createdAt: now(deps), message: `(service ${who}) ${text}` };
  table.update(serviceKey(service), { events: [event, ...row.events].slice(0, KEPT_EVENTS) });
}

/** Whether the service's last event says this already: ECS omits a repeated one. */
export function hasSaid(deps: Deps, scope: Scope, service: ServiceRow, text: string): boolean {
  return services(deps.store, scope).get(serviceKey(service))?.events[0]?.message === `(service ${service.name}) ${text}`;
}

/** "ECS Service Action" (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html) */
export function serviceAction(
  deps: Deps,
  scope: Scope,
  service: ServiceRow,
  event: { eventType: "INFO" | "WARN" | "ERROR"; eventName: string; reason?: string; capacityProviderArns?: string[] },
): void {
  const detail = {
    eventType: event.eventType,
    eventName: event.eventName,
    clusterArn: clusterArn(scope, service.clusterName),
    ...(event.capacityProviderArns ? { capacityProviderArns: event.capacityProviderArns } : {}),
    createdAt: now(deps).toISOString(),
  };
  deps.events.emit(scope, {
    source: "aws.ecs",
    detailType: "ECS Service Action",
    detail: event.reason ? { ...detail, reason: event.reason } : detail,
    resources: [service.arn],
  });
}

/** "ECS Deployment State Change" (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html) */
export function deploymentChange(deps: Deps, scope: Scope, service: ServiceRow, deployment: DeploymentRow): void {
  deps.events.emit(scope, {
    source: "aws.ecs",
    detailType: "ECS Deployment State Change",
    detail: {
      eventType: deployment.rolloutState === "FAILED" ? "ERROR" : "INFO",
      eventName: `SERVICE_DEPLOYMENT_${deployment.rolloutState}`,
      clusterArn: clusterArn(scope, service.clusterName),
      deploymentId: deployment.id,
      updatedAt: now(deps).toISOString(),
      reason: deployment.rolloutStateReason,
    },
    resources: [service.arn],
  });
}
