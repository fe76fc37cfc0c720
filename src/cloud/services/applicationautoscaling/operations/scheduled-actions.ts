import type {
  DeleteScheduledActionRequest,
  DeleteScheduledActionResponse,
  DescribeScheduledActionsRequest,
  DescribeScheduledActionsResponse,
  PutScheduledActionRequest,
  PutScheduledActionResponse,
} from "@aws-sdk/client-application-auto-scaling";
import { AwsError } from "../../../core/errors.ts";
import { arn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { isTimeZone } from "../../../../schedule/zone.ts";
import { kindOf } from "../../scheduler/engine/timetable.ts";
import { between, constraint, filterOf, identified, invalid, notFound, page, resourceOf, targetOf } from "../errors.ts";
import type { Parts } from "../index.ts";
import { actionKey, DIMENSION, NAMESPACE, scheduledActions, type ScheduledActionRow } from "../state.ts";

/** Service endpoints and quotas, Application Auto Scaling. */
const MAX_ACTIONS = 200;
/** Without control characters, `:`, `/`, `|`, and without spaces at either end (botocore: ScheduledActionName). */
// oxlint-disable-next-line no-control-regex -- the pattern is AWS's
const NAME = /^(?! )[^\u0000-\u001f\u007f-\u009f:/|]{1,256}(?<! )$/;

/** "To update a scheduled action, specify the parameters that you want to change. If you don't specify start and end times, the old values are deleted." */
export function PutScheduledAction(deps: Parts, input: PutScheduledActionRequest, call: Call): PutScheduledActionResponse {
  const { resourceId } = targetOf(deps.store, call, resourceOf("PutScheduledAction", input));
  const name = input.ScheduledActionName!;
  if (!NAME.test(name)) throw constraint("scheduledActionName", name, "Member must satisfy AWS's pattern for names of scheduled actions");
  const table = scheduledActions(deps.store, call);
  const key = actionKey(resourceId, name);
  const before = table.get(key);
  if (!before && table.filter((row) => row.resourceId === resourceId).length >= MAX_ACTIONS)
    throw new AwsError("LimitExceededException", `Maximum number of scheduled actions has been reached for ${resourceId}`);
  const { min, max } = limitsOf(input, before);
  const now = deps.clock.now();
  const settings = scheduleOf(input, before);
  const same = before?.expression === settings.expression && before.timezone === settings.timezone && before.startDate === settings.startDate;
  table.set(key, {
    resourceId,
    name,
    arn: before?.arn ?? arn("autoscaling", call, `scheduledAction:${deps.ids.uuid()}:resource/ecs/${resourceId}:scheduledActionName/${name}`),
    createdAt: before?.createdAt ?? now,
    ...settings,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    countsFrom: same ? before.countsFrom : now,
    ...(same && before.lastAt !== undefined ? { lastAt: before.lastAt } : {}),
  });
  deps.scheduled.sync(call, { resourceId, name });
  return {};
}

function limitsOf(
  { ScalableTargetAction: action }: PutScheduledActionRequest,
  before: ScheduledActionRow | undefined,
): { min?: number; max?: number } {
  const { MinCapacity: min, MaxCapacity: max } = action ?? { MinCapacity: before?.min, MaxCapacity: before?.max };
  if (min === undefined && max === undefined) throw invalid("MinCapacity, MaxCapacity or both must be specified in ScalableTargetAction");
  between("scalableTargetAction.minCapacity", min, 0);
  between("scalableTargetAction.maxCapacity", max, 0);
  if (min !== undefined && max !== undefined && min > max) throw invalid("Maximum capacity cannot be less than minimum capacity");
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}

function scheduleOf(
  input: PutScheduledActionRequest,
  before: ScheduledActionRow | undefined,
): Pick<ScheduledActionRow, "expression" | "timezone" | "startDate" | "endDate"> {
  const expression = input.Schedule ?? before?.expression;
  if (expression === undefined) throw invalid("Schedule is required when a scheduled action is created");
  if (kindOf(expression) === undefined) throw invalid(`Invalid schedule expression: ${expression}`);
  const timezone = input.Timezone ?? before?.timezone;
  if (timezone !== undefined && !isTimeZone(timezone)) throw invalid(`Invalid timezone: ${timezone}`);
  const startDate = input.StartTime?.getTime();
  const endDate = input.EndTime?.getTime();
  if (startDate !== undefined && endDate !== undefined && endDate <= startDate) throw invalid("The end time must be later than the start time");
  return {
    expression,
    ...(timezone === undefined ? {} : { timezone }),
    ...(startDate === undefined ? {} : { startDate }),
    ...(endDate === undefined ? {} : { endDate }),
  };
}

export function DeleteScheduledAction(deps: Parts, input: DeleteScheduledActionRequest, call: Call): DeleteScheduledActionResponse {
  const resourceId = resourceOf("DeleteScheduledAction", input);
  const name = input.ScheduledActionName!;
  if (!scheduledActions(deps.store, call).delete(actionKey(resourceId, name)))
    throw notFound(`No scheduled action found for ${identified(resourceId)}, scheduled action name: ${name}`);
  deps.scheduled.sync(call, { resourceId, name });
  return {};
}

export function DescribeScheduledActions({ store }: Parts, input: DescribeScheduledActionsRequest, call: Call): DescribeScheduledActionsResponse {
  const wanted = filterOf("DescribeScheduledActions", input, input.ResourceId === undefined ? [] : [input.ResourceId]);
  const found = scheduledActions(store, call).filter(
    (row) => wanted(row.resourceId) && (!input.ScheduledActionNames?.length || input.ScheduledActionNames.includes(row.name)),
  );
  const { rows, ...rest } = page(found, input);
  return {
    ScheduledActions: rows.map((row) => ({
      ScheduledActionName: row.name,
      ScheduledActionARN: row.arn,
      ServiceNamespace: NAMESPACE,
      Schedule: row.expression,
      Timezone: row.timezone,
      ResourceId: row.resourceId,
      ScalableDimension: DIMENSION,
      StartTime: row.startDate === undefined ? undefined : new Date(row.startDate),
      EndTime: row.endDate === undefined ? undefined : new Date(row.endDate),
      ScalableTargetAction: { MinCapacity: row.min, MaxCapacity: row.max },
      CreationTime: new Date(row.createdAt),
    })),
    ...rest,
  };
}
