import type { Scope } from "../../../../core/scope.ts";
import type { ElbPorts } from "../../deps.ts";
import { SERVICE } from "../../names.ts";
import { loadBalancers, targetGroups, usersOf, type TargetGroupRow, type TargetRow } from "../../state.ts";
import { checkOverHttp, judge, type Outcome } from "./check.ts";

type Deps = Pick<ElbPorts, "store" | "network" | "instances" | "lambda" | "serves">;

/** One health check of a target, as the state is at that moment. */
export async function probe(deps: Deps, scope: Scope, target: TargetRow): Promise<Outcome> {
  const group = targetGroups(deps.store, scope).get(target.groupArn);
  if (!group) return { kind: "failed" };
  return group.targetType === "lambda" ? probeFunction(deps, group, target) : probeAddress(deps, scope, group, target);
}

async function probeAddress(deps: Deps, scope: Scope, group: TargetGroupRow, target: TargetRow): Promise<Outcome> {
  const address = group.targetType === "ip" ? target.id : deps.instances.get(scope, target.id)?.privateIp;
  if (address === undefined) return { kind: "timeout" };
  const { healthCheck: check } = group;
  const port = check.port === "traffic-port" ? target.port! : Number(check.port);
  const user = loadBalancers(deps.store, scope).get(usersOf(deps.store, scope).get(group.arn) ?? "");
  const securityGroupIds = user?.securityGroups ?? [];
  const route = deps.network.route(scope, { vpcId: group.vpcId!, address, port, protocol: "tcp" }, { securityGroupIds });
  // On AWS it is the time-out that tells; here it is known at once.
  if (route === "no-address" || route === "not-allowed") return { kind: "timeout" };
  if (route === "closed") return { kind: "refused" };
  const serves = deps.serves?.(route);
  if (serves !== undefined) return { kind: serves ? "ok" : "refused" };
  return checkOverHttp(check, route, `${address}:${port}`);
}

/** The event of a health check: "Health checks" in "Use Lambda functions as targets of an Application Load Balancer" (ALB guide). */
async function probeFunction({ lambda }: Deps, group: TargetGroupRow, target: TargetRow): Promise<Outcome> {
  const event = {
    requestContext: { elb: { targetGroupArn: group.arn } },
    httpMethod: "GET",
    path: group.healthCheck.path,
    queryStringParameters: {},
    headers: { "user-agent": "ELB-HealthChecker/2.0" },
    body: "",
    isBase64Encoded: false,
  };
  try {
    const { payload, error } = await lambda.invokeSync(target.id, event, { principal: `${SERVICE}.amazonaws.com`, arn: group.arn });
    const code = Number((payload as { statusCode?: unknown } | null)?.statusCode);
    return error !== undefined || !Number.isInteger(code) ? { kind: "failed" } : judge(group.healthCheck, code);
  } catch {
    return { kind: "failed" };
  }
}
