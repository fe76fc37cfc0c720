import type {
  DeleteScalingPolicyRequest,
  DeleteScalingPolicyResponse,
  DescribeScalingPoliciesRequest,
  DescribeScalingPoliciesResponse,
} from "@aws-sdk/client-application-auto-scaling";
import type { Call } from "../../../core/service.ts";
import { alarmsThatCall, deleteAlarms } from "../engine/alarms.ts";
import { filterOf, identified, notFound, page, resourceOf } from "../errors.ts";
import type { Parts } from "../index.ts";
import { DIMENSION, NAMESPACE, policies } from "../state.ts";

/** "Deleting a target tracking scaling policy deletes the CloudWatch alarms" that belong to it; others only call nothing any more. */
export async function DeleteScalingPolicy(deps: Parts, input: DeleteScalingPolicyRequest, call: Call): Promise<DeleteScalingPolicyResponse> {
  const resourceId = resourceOf("DeleteScalingPolicy", input);
  const row = policies(deps.store, call).find((one) => one.resourceId === resourceId && one.name === input.PolicyName);
  // The text is recorded in moto (applicationautoscaling/models.py).
  if (!row) throw notFound(`No scaling policy found for ${identified(resourceId)}, policy name: ${input.PolicyName}`);
  policies(deps.store, call).delete(row.arn);
  await deleteAlarms(deps, call, row);
  return {};
}

export async function DescribeScalingPolicies(
  deps: Parts,
  input: DescribeScalingPoliciesRequest,
  call: Call,
): Promise<DescribeScalingPoliciesResponse> {
  const wanted = filterOf("DescribeScalingPolicies", input, input.ResourceId === undefined ? [] : [input.ResourceId]);
  const found = policies(deps.store, call).filter(
    (row) => wanted(row.resourceId) && (!input.PolicyNames?.length || input.PolicyNames.includes(row.name)),
  );
  const { rows, ...rest } = page(found, input);
  const ScalingPolicies = await Promise.all(
    rows.map(async (row) => ({
      PolicyARN: row.arn,
      PolicyName: row.name,
      ServiceNamespace: NAMESPACE,
      ResourceId: row.resourceId,
      ScalableDimension: DIMENSION,
      PolicyType: row.type,
      ...(row.type === "StepScaling" ? { StepScalingPolicyConfiguration: row.step } : { TargetTrackingScalingPolicyConfiguration: row.tracking }),
      Alarms: await alarmsThatCall(deps, call, row.arn),
      CreationTime: new Date(row.createdAt),
    })),
  );
  return { ScalingPolicies: ScalingPolicies as DescribeScalingPoliciesResponse["ScalingPolicies"], ...rest };
}
