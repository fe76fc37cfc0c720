import type {
  DeregisterTargetsInput,
  DeregisterTargetsOutput,
  DescribeTargetHealthInput,
  DescribeTargetHealthOutput,
  RegisterTargetsInput,
  RegisterTargetsOutput,
  TargetDescription,
  TargetHealthDescription,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { targetGroupAttributes } from "../attributes.ts";
import type { ElbDeps } from "../deps.ts";
import { healthOf, NOT_REGISTERED } from "../engine/health/states.ts";
import { requireTargetGroup } from "../errors.ts";
import { LIMITS, TARGETS_PER_GROUP } from "../limits.ts";
import { targetKey, targets, targetsOf, usersOf, type TargetGroupRow, type TargetRow } from "../state.ts";
import { checkTarget, type CheckedTarget } from "./target-check.ts";

type Deps = Pick<ElbDeps, "store" | "clock" | "api" | "engine" | "instances" | "policyAllows">;

export async function RegisterTargets(deps: Deps, input: RegisterTargetsInput, call: Call): Promise<RegisterTargetsOutput> {
  const group = requireTargetGroup(deps.store, call, input.TargetGroupArn);
  const checked: CheckedTarget[] = [];
  for (const target of input.Targets ?? []) checked.push(await checkTarget(deps, call, group, target));
  checkCount(deps, call, group, checked);
  const table = targets(deps.store, call);
  for (const target of checked) {
    const key = targetKey({ groupArn: group.arn, ...target });
    const before = table.get(key);
    // Registering what is registered changes nothing; it puts an end to draining.
    if (before && before.drainingUntil === undefined) continue;
    table.set(key, { groupArn: group.arn, ...target, registeredAt: deps.clock.now(), health: { state: "initial" } });
    deps.engine.targetRegistered(call, group.arn, key);
  }
  deps.engine.groupChanged(call, group.arn);
  return {};
}

function checkCount({ store }: Deps, call: Call, group: TargetGroupRow, given: CheckedTarget[]): void {
  const now = new Set(targetsOf(store, call, group.arn).map(targetKey));
  for (const target of given) now.add(targetKey({ groupArn: group.arn, ...target }));
  const most = group.targetType === "lambda" ? 1 : TARGETS_PER_GROUP;
  if (now.size > most)
    throw new AwsError("TooManyTargets", `A target group with target type '${group.targetType}' can have '${most}' targets at most`);
  const users = usersOf(store, call);
  const user = users.get(group.arn);
  if (user === undefined) return;
  const others = [...users]
    .filter(([arn, lb]) => lb === user && arn !== group.arn)
    .reduce((sum, [arn]) => sum + targetsOf(store, call, arn).length, 0);
  if (others + now.size > LIMITS["targets-per-application-load-balancer"])
    throw new AwsError("TooManyTargets", "You've reached the limit on the number of targets of a load balancer");
}

const portOf = (group: TargetGroupRow, given: TargetDescription): { port?: number } => {
  const port = group.targetType === "lambda" ? undefined : (given.Port ?? group.port);
  return port === undefined ? {} : { port };
};

/**
 * A target of a group in use is `draining` until the deregistration delay has passed, even when it has no requests in flight:
 * "However, even though target deregistration is complete, the status of the target is displayed as draining until the
 * deregistration delay timeout expires" (ALB guide, "Deregistration delay"). A target that no load balancer uses, and a
 * function, which has no delay, is gone at once.
 */
export function DeregisterTargets({ store, clock, engine }: Deps, input: DeregisterTargetsInput, call: Call): DeregisterTargetsOutput {
  const group = requireTargetGroup(store, call, input.TargetGroupArn);
  const table = targets(store, call);
  const delay = Number(targetGroupAttributes(group)["deregistration_delay.timeout_seconds"] ?? 0) * 1000;
  const drains = delay > 0 && usersOf(store, call).has(group.arn);
  for (const given of input.Targets ?? []) {
    const key = targetKey({ groupArn: group.arn, id: given.Id ?? "", ...portOf(group, given) });
    const row = table.get(key);
    // "If the specified target does not exist, the action returns successfully."
    if (!row || row.drainingUntil !== undefined) continue;
    if (drains) table.set(key, { ...row, drainingUntil: clock.now() + delay });
    else table.delete(key);
    engine.targetDeregistered(call, key);
  }
  engine.groupChanged(call, group.arn);
  return {};
}

export function DescribeTargetHealth(deps: Deps, input: DescribeTargetHealthInput, call: Call): DescribeTargetHealthOutput {
  const group = requireTargetGroup(deps.store, call, input.TargetGroupArn);
  const all = targetsOf(deps.store, call, group.arn);
  const shown = (row: TargetRow): TargetHealthDescription => describe(deps, call, group, row);
  if (!input.Targets?.length) return { TargetHealthDescriptions: all.map(shown) };
  return {
    TargetHealthDescriptions: input.Targets.map((given) => {
      const key = targetKey({ groupArn: group.arn, id: given.Id ?? "", ...portOf(group, given) });
      const row = all.find((one) => targetKey(one) === key);
      if (row) return shown(row);
      const { port } = portOf(group, given);
      return { Target: { Id: given.Id, ...(port === undefined ? {} : { Port: port }) }, TargetHealth: NOT_REGISTERED };
    }),
  };
}

function describe(deps: Deps, call: Call, group: TargetGroupRow, row: TargetRow): TargetHealthDescription {
  const { state, reason, description } = healthOf(deps, call, group, row);
  const { port } = group.healthCheck;
  return {
    Target: { Id: row.id, ...(row.port === undefined ? {} : { Port: row.port }), ...(row.zone === undefined ? {} : { AvailabilityZone: row.zone }) },
    ...(row.port === undefined ? {} : { HealthCheckPort: port === "traffic-port" ? String(row.port) : port }),
    TargetHealth: { State: state, ...(reason === undefined ? {} : { Reason: reason, Description: description }) },
  };
}
