import type { DescribeScalingActivitiesRequest, DescribeScalingActivitiesResponse } from "@aws-sdk/client-application-auto-scaling";
import type { Call } from "../../../core/service.ts";
import { filterOf, page } from "../errors.ts";
import type { Parts } from "../index.ts";
import { DIMENSION, NAMESPACE } from "../state.ts";

/** The newest first. What was not scaled is left out unless it is asked for. */
export function DescribeScalingActivities(deps: Parts, input: DescribeScalingActivitiesRequest, call: Call): DescribeScalingActivitiesResponse {
  const wanted = filterOf("DescribeScalingActivities", input, input.ResourceId === undefined ? [] : [input.ResourceId]);
  const found = deps.engine.activities
    .of(call)
    .filter((row) => wanted(row.resourceId) && (row.reasons === undefined || input.IncludeNotScaledActivities === true));
  const { rows, ...rest } = page(found, input);
  return {
    ScalingActivities: rows.map((row) => ({
      ActivityId: row.id,
      ServiceNamespace: NAMESPACE,
      ResourceId: row.resourceId,
      ScalableDimension: DIMENSION,
      Description: row.description,
      Cause: row.cause,
      StartTime: new Date(row.startedAt),
      EndTime: row.endedAt === undefined ? undefined : new Date(row.endedAt),
      StatusCode: row.status,
      StatusMessage: row.message,
      NotScaledReasons: row.reasons,
    })),
    ...rest,
  };
}
