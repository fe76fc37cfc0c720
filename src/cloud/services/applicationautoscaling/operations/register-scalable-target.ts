import type { RegisterScalableTargetRequest, RegisterScalableTargetResponse } from "@aws-sdk/client-application-auto-scaling";
import { arn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { capacityOf, ensureRole } from "../engine/ecs.ts";
import { between, invalid, resourceOf } from "../errors.ts";
import type { Parts } from "../index.ts";
import { targets, type TargetRow } from "../state.ts";
import { checkTags } from "./tags.ts";

/**
 * Registers a service, or changes what is named; either way its count is brought within the limits. A RoleARN is taken and
 * not used, as on AWS: ECS services are scaled with the service-linked role, which is made where it is not there.
 */
export async function RegisterScalableTarget(deps: Parts, input: RegisterScalableTargetRequest, call: Call): Promise<RegisterScalableTargetResponse> {
  const resourceId = resourceOf("RegisterScalableTarget", input);
  const before = targets(deps.store, call).get(resourceId);
  const { min, max } = limitsOf(input, before);
  if (before && input.Tags && Object.keys(input.Tags).length > 0)
    throw invalid("Tags can only be added when a scalable target is created. Use TagResource.");
  checkTags(input.Tags ?? {});
  const service = await capacityOf(deps, call, resourceId);
  // Recorded in moto (applicationautoscaling/models.py) and in messages of Terraform users.
  if (!service) throw invalid(`ECS service doesn't exist: ${resourceId}`);
  if (service.daemon) throw invalid(`The desired count of a service with the scheduling strategy DAEMON cannot be scaled: ${resourceId}`);
  await ensureRole(deps, call, call.principal);
  const { DynamicScalingInSuspended, DynamicScalingOutSuspended, ScheduledScalingSuspended } = input.SuspendedState ?? {};
  const suspended = {
    in: DynamicScalingInSuspended ?? before?.suspended.in ?? false,
    out: DynamicScalingOutSuspended ?? before?.suspended.out ?? false,
    scheduled: ScheduledScalingSuspended ?? before?.suspended.scheduled ?? false,
  };
  const made = {
    arn: arn("application-autoscaling", call, `scalable-target/${deps.ids.hex(36)}`),
    createdAt: deps.clock.now(),
    tags: input.Tags ?? {},
  };
  // Read again: the calls above gave others time.
  const row = { ...made, ...targets(deps.store, call).get(resourceId), resourceId, min, max, suspended };
  targets(deps.store, call).set(resourceId, row);
  await deps.engine.enforce(call, resourceId);
  return { ScalableTargetARN: row.arn };
}

function limitsOf({ MinCapacity, MaxCapacity }: RegisterScalableTargetRequest, before: TargetRow | undefined): { min: number; max: number } {
  const min = MinCapacity ?? before?.min;
  const max = MaxCapacity ?? before?.max;
  // "When you register a new scalable target, you must specify values for the minimum and maximum capacity."
  if (min === undefined || max === undefined) throw invalid("MinCapacity and MaxCapacity are required when registering a new scalable target.");
  between("minCapacity", min, 0);
  between("maxCapacity", max, 0);
  if (min > max) throw invalid("Maximum capacity cannot be less than minimum capacity");
  return { min, max };
}
