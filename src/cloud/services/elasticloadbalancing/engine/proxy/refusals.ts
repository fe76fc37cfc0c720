import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ListenerPlan, RulePlan, TargetGroupPlan } from "../model.ts";

type Wanted = Partial<Pick<ListenerPlan, "rules" | "attributes">> & { loadBalancer?: { attributes: Record<string, string> } };

/**
 * What a plan asks for that the proxy does not do, by name: for the control plane to answer NotSupported with, before the
 * plan is in its state. Empty where all of it is done.
 */
export function refusals(plan: Wanted | Pick<TargetGroupPlan, "targetType" | "attributes">): string[] {
  if ("targetType" in plan) return targetGroup(plan.attributes);
  return [...balancer(plan.loadBalancer?.attributes ?? {}), ...listener(plan.attributes ?? {}), ...(plan.rules ?? []).flatMap(rule)];
}

function balancer(attributes: Record<string, string>): string[] {
  const refused = [
    ["access_logs.s3.enabled", "true"],
    ["connection_logs.s3.enabled", "true"],
    ["health_check_logs.s3.enabled", "true"],
    // Node.js's HTTP parser refuses what the monitor mode would only count.
    ["routing.http.desync_mitigation_mode", "monitor"],
  ] as const;
  return refused.filter(([key, value]) => attributes[key] === value).map(([key, value]) => `${key}=${value}`);
}

function listener(attributes: Record<string, string>): string[] {
  return Object.entries(attributes)
    .filter(([key, value]) => value !== "" && key !== "routing.http.response.server.enabled")
    .map(([key, value]) => `${key}=${value}`);
}

function targetGroup(attributes: Record<string, string>): string[] {
  const refused: string[] = [];
  if (attributes["stickiness.enabled"] === "true" && attributes["stickiness.type"] === "app_cookie") refused.push("stickiness.type=app_cookie");
  if (attributes["load_balancing.algorithm.anomaly_mitigation"] === "on") refused.push("load_balancing.algorithm.anomaly_mitigation=on");
  return refused;
}

const rule = (plan: RulePlan): string[] => plan.actions.flatMap(action);

function action({ Type }: Action): string[] {
  return Type === "forward" || Type === "redirect" || Type === "fixed-response" ? [] : [`the action ${Type}`];
}
