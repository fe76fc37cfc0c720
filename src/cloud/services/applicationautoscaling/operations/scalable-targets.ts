import type {
  DeregisterScalableTargetRequest,
  DeregisterScalableTargetResponse,
  DescribeScalableTargetsRequest,
  DescribeScalableTargetsResponse,
  ScalableTarget,
} from "@aws-sdk/client-application-auto-scaling";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { deleteAlarms } from "../engine/alarms.ts";
import { roleArn } from "../engine/ecs.ts";
import { filterOf, page, resourceOf, targetOf } from "../errors.ts";
import type { Parts } from "../index.ts";
import { actionKey, DIMENSION, NAMESPACE, policies, scheduledActions, targets, type TargetRow } from "../state.ts";

/** "Deregistering a scalable target deletes the scaling policies and the scheduled actions that are associated with it." */
export async function DeregisterScalableTarget(
  deps: Parts,
  input: DeregisterScalableTargetRequest,
  call: Call,
): Promise<DeregisterScalableTargetResponse> {
  const { resourceId } = targetOf(deps.store, call, resourceOf("DeregisterScalableTarget", input));
  targets(deps.store, call).delete(resourceId);
  for (const row of scheduledActions(deps.store, call).filter((one) => one.resourceId === resourceId)) {
    scheduledActions(deps.store, call).delete(actionKey(resourceId, row.name));
    deps.scheduled.sync(call, row);
  }
  for (const policy of policies(deps.store, call).filter((one) => one.resourceId === resourceId)) {
    policies(deps.store, call).delete(policy.arn);
    await deleteAlarms(deps, call, policy);
  }
  return {};
}

export function DescribeScalableTargets({ store }: Parts, input: DescribeScalableTargetsRequest, call: Call): DescribeScalableTargetsResponse {
  const wanted = filterOf("DescribeScalableTargets", input, input.ResourceIds ?? []);
  const found = targets(store, call).filter(({ resourceId }) => wanted(resourceId));
  const { rows, ...rest } = page(found, input);
  return { ScalableTargets: rows.map((row) => view(call, row)), ...rest };
}

const view = (scope: Scope, row: TargetRow): ScalableTarget => ({
  ServiceNamespace: NAMESPACE,
  ResourceId: row.resourceId,
  ScalableDimension: DIMENSION,
  MinCapacity: row.min,
  MaxCapacity: row.max,
  RoleARN: roleArn(scope),
  CreationTime: new Date(row.createdAt),
  SuspendedState: {
    DynamicScalingInSuspended: row.suspended.in,
    DynamicScalingOutSuspended: row.suspended.out,
    ScheduledScalingSuspended: row.suspended.scheduled,
  },
  ScalableTargetARN: row.arn,
});
